#include "component/rights.h"

#include <assert.h>
#include <stddef.h>
#include <string.h>

#include "component/units.h"

#define ASK (RIGHT_VIEW | RIGHT_REQUEST)
#define CHANGE (RIGHT_VIEW | RIGHT_CONFIGURE)
#define ADMINISTER (RIGHT_VIEW | RIGHT_ADMIN)

const struct rights_row rights_table[] = {
	{ RIGHTS_QUESTION, "requests",          RIGHT_VIEW },
	{ RIGHTS_QUESTION, "devices",           RIGHT_VIEW },
	{ RIGHTS_QUESTION, "stats",             RIGHT_VIEW },
	{ RIGHTS_QUESTION, "watch",             RIGHT_VIEW },
	{ RIGHTS_QUESTION, "audit",             RIGHT_ADMIN },
	{ RIGHTS_ANYWHERE, "unassigned",        RIGHT_ADMIN },
	{ RIGHTS_COMMAND,  "get-counters",      ASK },
	{ RIGHTS_COMMAND,  "get-supplies",      ASK },
	{ RIGHTS_COMMAND,  "get-status",        ASK },
	{ RIGHTS_COMMAND,  "get-information",   ASK },
	{ RIGHTS_COMMAND,  "get-configuration", ASK },
	{ RIGHTS_COMMAND,  "identify",          ASK },
	{ RIGHTS_COMMAND,  "print",             ASK },
	{ RIGHTS_COMMAND,  "scan",              ASK },
	{ RIGHTS_COMMAND,  "set-configuration", CHANGE },
	{ RIGHTS_COMMAND,  "reboot",            CHANGE },
	{ RIGHTS_COMMAND,  "install-firmware",  CHANGE },
	{ RIGHTS_CHANGE,   "decommission",      ADMINISTER },
	{ RIGHTS_CHANGE,   "commission",        ADMINISTER },
	{ RIGHTS_CHANGE,   "rename",            ADMINISTER },
	{ RIGHTS_CHANGE,   "acknowledge",       ADMINISTER },
	{ .name = NULL },
};

static const struct rights_row *find(enum rights_kind kind, const char *name)
{
	const struct rights_row *row = rights_table;

	while (row->name != NULL && (row->kind != kind || strcmp(row->name, name) != 0))
		row++;
	return row;
}

unsigned rights_of_command(const char *name, bool for_requesters)
{
	const struct rights_row *row = find(RIGHTS_COMMAND, name);

	if (row->name != NULL)
		return row->needs;
	return for_requesters ? ASK : CHANGE;
}

unsigned rights_needed(enum rights_kind kind, const char *name)
{
	const struct rights_row *row = find(kind, name);

	assert(row->name != NULL);
	return row->needs;
}
