#include "component/stanza.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define NS_STANZAS "urn:ietf:params:xml:ns:xmpp-stanzas"
#define NS_OPERATION "urn:platen:operation:1"
#define NAME_MAX_BYTES 64
#define SPARE_MAX 65536
#define ALNUM "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

static const char *own_domain = "";

void stanza_set_from(const char *domain)
{
	own_domain = domain;
}

/* Stanzas are made one after the other: the memory of the last one. */
static struct xml_writer spare;

static void take_spare(struct xml_writer *w)
{
	if (w->buf != NULL)
		return;
	w->buf = spare.buf;
	w->cap = spare.cap;
	spare = (struct xml_writer){ 0 };
}

void stanza_free(struct xml_writer *w)
{
	stanza_forget();
	if (w->cap <= SPARE_MAX) {
		spare.buf = w->buf;
		spare.cap = w->cap;
		w->buf = NULL;
	}
	xml_writer_free(w);
}

void stanza_forget(void)
{
	xml_writer_free(&spare);
}

void stanza_open_as(struct xml_writer *w, const char *from, const char *kind, const char *type,
                    const char *to, const char *id)
{
	take_spare(w);
	xml_open(w, kind, NULL);
	xml_attr(w, "type", type);
	xml_attr(w, "from", from);
	xml_attr(w, "to", to);
	xml_attr(w, "id", id);
}

void stanza_open(struct xml_writer *w, const char *kind, const char *type, const char *to,
                 const char *id)
{
	stanza_open_as(w, own_domain, kind, type, to, id);
}

bool stanza_is_ours(const char *to)
{
	return to == NULL || strcasecmp(to, own_domain) == 0;
}

/* The type that RFC 6120 section 8.3.3 gives each condition we use. */
static const char *type_of(const char *condition)
{
	static const struct { const char *condition, *type; } types[] = {
		{ "bad-request", "modify" },
		{ "not-acceptable", "modify" },
		{ "forbidden", "auth" },
		{ "not-allowed", "cancel" },
		{ "resource-constraint", "wait" },
		{ "internal-server-error", "cancel" },
	};

	for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
		if (strcmp(types[i].condition, condition) == 0)
			return types[i].type;
	}
	return "cancel";
}

void stanza_error(struct xml_writer *w, struct stanza_error *error)
{
	xml_open(w, "error", NULL);
	xml_attr(w, "type", type_of(error->condition));
	xml_element(w, error->condition, NS_STANZAS, NULL);
	if (error->text != NULL)
		xml_element(w, "text", NS_STANZAS, error->text);
	if (error->app_condition != NULL) {
		xml_open(w, error->app_condition, NS_OPERATION);
		xml_attr(w, "name", error->app_name);
		xml_close(w);
	}
	xml_close(w);
	free(error->text);
	error->text = NULL;
}

bool stanza_is_name(const char *text)
{
	size_t n = strlen(text);

	return n >= 1 && n <= NAME_MAX_BYTES && strspn(text, ALNUM) > 0 &&
	       strspn(text, ALNUM "._-") == n;
}
