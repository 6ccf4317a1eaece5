#include "component/tell.h"

#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "component/outbox.h"
#include "component/stanza.h"
#include "component/view.h"

static const char *column(const struct request *r, enum request_column column)
{
	return r->columns[column] == NULL ? "" : r->columns[column];
}

/* What any chat client shows. */
static char *body(const struct request *r)
{
	const char *error = column(r, REQ_ERROR), *text = strchr(error, ' ');
	const char *ms = column(r, REQ_RESPONSE_MS);

	if (*error != '\0')
		return mem_printf("%s %s: %s (%s)", column(r, REQ_DEVICE), column(r, REQ_COMMAND),
		                  column(r, REQ_STATUS), text == NULL ? error : text + 1);
	return mem_printf("%s %s: %s%s%s%s", column(r, REQ_DEVICE), column(r, REQ_COMMAND),
	                  column(r, REQ_STATUS), *ms ? " in " : "", ms, *ms ? " ms" : "");
}

void tell_ended(struct component *c, const struct request *r, uint64_t ticket)
{
	struct xml_writer w = { 0 };
	char *text = body(r);

	stanza_open(&w, "message", "headline", column(r, REQ_ASKED_BY), r->id);
	xml_element(&w, "body", NULL, text);
	view_request(&w, r->columns);
	xml_close(&w);
	outbox_send(c->outbox, ticket, &w);
	free(text);
}
