#include "component/reload.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/mem.h"
#include "component/audit.h"
#include "component/campaign_units.h"
#include "component/presence.h"
#include "component/route.h"

#define LOG_MODULE "platend"

static void take(struct component *c, struct units *units)
{
	units_free(c->units);
	c->units = units;
	presence_new_units(c);
	campaign_units_again(c);
	route_check_rights(c);
	log_info("%s was read again", c->config.units_file);
}

/* A line each. */
static size_t count_mistakes(const char *text)
{
	size_t n = 0;

	for (; (text = strchr(text, '\n')) != NULL; text++)
		n++;
	return n > 0 ? n : 1;
}

void reload_units(struct component *c)
{
	char *mistakes = NULL;
	size_t n;
	FILE *errors = open_memstream(&mistakes, &n);
	struct units *units;

	if (errors == NULL)
		mem_fatal();
	units = units_read(c->config.units_file, errors);
	fclose(errors);
	fputs(mistakes, stderr);
	c->stats.units_refused = units == NULL;
	if (units != NULL)
		take(c, units);
	else
		log_error("%s has mistakes: what was read before stays in force", c->config.units_file);
	audit_reload(c, units == NULL ? count_mistakes(mistakes) : 0);
	free(mistakes);
}
