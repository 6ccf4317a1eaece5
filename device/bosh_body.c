#include "device/bosh_body.h"

#include <string.h>

#define NS_CLIENT "jabber:client"
#define HOLD 1                    /* of our requests the server keeps one until it has something */
#define MAX_NUMBER 86400

/* A stanza in a body is as deep as one in a stream, and one element deeper. */
static const struct xml_limits limits = {
	.bytes = BOSH_BODY_BYTES, .depth = 33, .elements = 100000, .attributes = 64
};

/* The tree calls all namespaces of streams ""; a body has another one, so this must be said. */
static const char *namespace_of(const struct xml *el)
{
	return *el->ns == '\0' ? NS_CLIENT : el->ns;
}

static void copy(struct xml_writer *w, const struct xml *el)
{
	if (el->name == NULL) {
		xml_text(w, el->text);
		return;
	}
	xml_open(w, el->name, namespace_of(el));
	for (const struct xml_attr *a = el->attrs; a != NULL; a = a->next)
		xml_attr(w, a->name, a->value);
	for (const struct xml *c = el->children; c != NULL; c = c->next)
		copy(w, c);
	xml_close(w);
}

char *bosh_stanza(const struct xml *el, size_t *len)
{
	struct xml_writer w = { 0 };

	copy(&w, el);
	return xml_take(&w, len);
}

static void write_creation(struct xml_writer *w, const struct bosh_head *head)
{
	xml_attr(w, "content", "text/xml; charset=utf-8");
	xml_attr(w, "ver", "1.6");
	xml_attr_int(w, "wait", head->wait_s);
	xml_attr_int(w, "hold", HOLD);
	xml_attr(w, "xmpp:version", "1.0");
}

char *bosh_body_write(const struct bosh_head *head, const char *stanzas, size_t *len)
{
	bool opens = head->kind == BOSH_CREATE || head->kind == BOSH_RESTART;
	struct xml_writer w = { 0 };

	xml_open(&w, "body", BOSH_NS);
	xml_attr_int(&w, "rid", head->rid);
	xml_attr(&w, "sid", head->sid);
	if (opens) {
		xml_attr(&w, "to", head->to);
		xml_attr(&w, "xml:lang", head->lang);
		xml_attr(&w, "xmlns:xmpp", "urn:xmpp:xbosh");
	}
	if (head->kind == BOSH_CREATE)
		write_creation(&w, head);
	if (head->kind == BOSH_RESTART)
		xml_attr(&w, "xmpp:restart", "true");
	if (head->kind == BOSH_TERMINATE)
		xml_attr(&w, "type", "terminate");
	if (*stanzas != '\0')
		xml_raw(&w, stanzas);
	xml_close(&w);
	return xml_take(&w, len);
}

static int64_t number(const struct xml *el, const char *name)
{
	int64_t value;

	return xml_get_int(el, name, &value) && value >= 0 && value <= MAX_NUMBER ? value : -1;
}

bool bosh_body_read(struct bosh_body *b, const char *text, size_t len, const char **why)
{
	struct xml *tree = xml_parse(text, len, &limits, why);
	const char *type;

	memset(b, 0, sizeof *b);
	if (tree == NULL)
		return false;
	if (!xml_is(tree, "body", BOSH_NS)) {
		*why = "XML that is no BOSH body";
		xml_free(tree);
		return false;
	}
	type = xml_get(tree, "type");
	b->tree = tree;
	b->terminate = type != NULL && strcmp(type, "terminate") == 0;
	b->condition = b->terminate ? xml_get(tree, "condition") : NULL;
	b->sid = xml_get(tree, "sid");
	b->wait = number(tree, "wait");
	b->inactivity = number(tree, "inactivity");
	b->polling = number(tree, "polling");
	b->requests = number(tree, "requests");
	return true;
}

void bosh_body_clear(struct bosh_body *b)
{
	xml_free(b->tree);
	memset(b, 0, sizeof *b);
}
