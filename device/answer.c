#include "device/answer.h"

#include <assert.h>

#define ERRORS_NS "urn:ietf:params:xml:ns:xmpp-stanzas"

static const struct {
	const char *type, *condition;
} errors[] = {
	[ANSWER_BAD_REQUEST] = { "modify", "bad-request" },
	[ANSWER_FORBIDDEN] = { "auth", "forbidden" },
	[ANSWER_SERVICE_UNAVAILABLE] = { "cancel", "service-unavailable" },
	[ANSWER_BUSY] = { "wait", "resource-constraint" },
	[ANSWER_TOO_EARLY] = { "wait", "unexpected-request" },
};

static void open_iq(struct xml_writer *w, const char *type, const char *to, const char *id)
{
	xml_open(w, "iq", "");
	xml_attr(w, "type", type);
	xml_attr(w, "to", to);
	xml_attr(w, "id", id);
}

void answer_open(struct xml_writer *w, const char *to, const char *id)
{
	open_iq(w, "result", to, id);
}

void answer_error(struct xml_writer *w, const char *to, const char *id, enum answer error,
                  const char *text)
{
	assert(error >= ANSWER_BAD_REQUEST && error <= ANSWER_TOO_EARLY);
	open_iq(w, "error", to, id);
	xml_open(w, "error", "");
	xml_attr(w, "type", errors[error].type);
	xml_element(w, errors[error].condition, ERRORS_NS, NULL);
	if (text != NULL)
		xml_element(w, "text", ERRORS_NS, text);
	xml_close(w);
	xml_close(w);
}
