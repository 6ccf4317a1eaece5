#include "component/tell.h"

#include <string.h>

#include "component/outbox.h"
#include "component/stanza.h"
#include "component/view.h"

static const char *column(const struct request *r, enum request_column column)
{
	return r->columns[column] == NULL ? "" : r->columns[column];
}

static void say(struct xml_writer *w, size_t n, const char *const *words)
{
	for (size_t i = 0; i < n; i++)
		xml_text(w, words[i]);
}

/* What any chat client shows. */
static void body(struct xml_writer *w, const struct request *r)
{
	const char *error = column(r, REQ_ERROR), *text = strchr(error, ' ');
	const char *ms = column(r, REQ_RESPONSE_MS);
	const char *const what[] = { column(r, REQ_DEVICE), " ", column(r, REQ_COMMAND), ": ",
	                             column(r, REQ_STATUS) };
	const char *const why[] = { " (", text == NULL ? error : text + 1, ")" };
	const char *const when[] = { " in ", ms, " ms" };

	xml_open(w, "body", NULL);
	say(w, 5, what);
	if (*error != '\0')
		say(w, 3, why);
	else if (*ms != '\0')
		say(w, 3, when);
	xml_close(w);
}

void tell_ended(struct component *c, const struct request *r, uint64_t ticket)
{
	struct xml_writer w = { 0 };

	stanza_open(&w, "message", "headline", column(r, REQ_ASKED_BY), r->id);
	body(&w, r);
	view_request(&w, r->columns);
	xml_close(&w);
	outbox_send(c->outbox, ticket, &w);
}
