#include "common/xml.h"

#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "common/xml_build.h"

/* A page of rows ends with the first one behind 64 KiB; all of it may be elements
 * of four bytes, and the last row has as many as a payload may have. */
const struct xml_limits xml_limits_stanza = { 512 * 1024, 32, 25000, 64 };
const struct xml_limits xml_limits_payload = { 64 * 1024, 16, 5000, 64 };

/* A tree lives in one arena that its root heads; it goes in one piece. */

struct chunk {
	struct chunk *next;
	size_t used, size;
	char data[];
};

#define CHUNK 8000       /* a stanza of usual size in one */

struct document {
	struct xml root;      /* first, so that the root is the document */
	struct chunk *chunks;
};

static void *take(struct document *doc, size_t n)
{
	struct chunk *c = doc->chunks;
	void *p;

	n = (n + 7) & ~(size_t)7;
	if (c == NULL || c->size - c->used < n) {
		size_t size = n > CHUNK ? n : CHUNK;

		c = mem_alloc(sizeof *c + size);
		c->next = doc->chunks;
		c->used = 0;
		c->size = size;
		doc->chunks = c;
	}
	p = c->data + c->used;
	c->used += n;
	return p;
}

static char *take_string(struct document *doc, const char *s, size_t n)
{
	char *copy = take(doc, n + 1);

	memcpy(copy, s, n);
	copy[n] = '\0';
	return copy;
}

static struct document *document_of(const struct xml *el)
{
	while (el->parent != NULL)
		el = el->parent;
	return (struct document *)(uintptr_t)el;
}

static void free_chunks(struct document *doc)
{
	struct chunk *c, *next;

	for (c = doc->chunks; c != NULL; c = next) {
		next = c->next;
		free(c);
	}
}

void xml_free(struct xml *root)
{
	if (root == NULL)
		return;
	free_chunks(document_of(root));
	free(root);
}

/* What the parser (xml_parse.c) builds trees with. */

struct xml *xml_build_root(void)
{
	struct document *doc = mem_zero(1, sizeof *doc);

	return &doc->root;
}

void xml_build_again(struct xml *root)
{
	struct document *doc = document_of(root);
	struct chunk *kept = doc->chunks;

	/* One that was made for a large stanza goes. */
	if (kept != NULL && kept->size == CHUNK) {
		doc->chunks = kept->next;
		kept->next = NULL;
		kept->used = 0;
	} else {
		kept = NULL;
	}
	free_chunks(doc);
	*doc = (struct document){ .chunks = kept };
}

static const char *stream_ns(const char *ns, size_t n)
{
	static const char *const own[] = { "jabber:client", "jabber:server",
	                                   "jabber:component:accept" };

	for (size_t i = 0; i < sizeof own / sizeof *own; i++) {
		if (strlen(own[i]) == n && memcmp(own[i], ns, n) == 0)
			return "";
	}
	return NULL;
}

void xml_build_name(struct xml *el, const char *ns, size_t ns_len, const char *name)
{
	struct document *doc = document_of(el);
	const char *own = stream_ns(ns, ns_len);

	if (own == NULL && el->parent != NULL && strlen(el->parent->ns) == ns_len &&
	    memcmp(el->parent->ns, ns, ns_len) == 0)
		own = el->parent->ns;
	el->ns = own != NULL ? own : take_string(doc, ns, ns_len);
	el->name = take_string(doc, name, strlen(name));
}

struct xml *xml_build_child(struct xml *parent, struct xml *last)
{
	struct xml *el = take(document_of(parent), sizeof *el);

	memset(el, 0, sizeof *el);
	el->parent = parent;
	if (last != NULL)
		last->next = el;
	else
		parent->children = el;
	return el;
}

void xml_build_text(struct xml *node, const char *text, size_t n)
{
	node->text = take_string(document_of(node), text, n);
}

void xml_build_attr(struct xml *el, const char *name, const char *value)
{
	struct document *doc = document_of(el);
	size_t name_len = strlen(name) + 1, value_len = strlen(value) + 1;
	struct xml_attr *a = take(doc, sizeof *a + name_len + value_len), **tail;

	a->name = memcpy(a + 1, name, name_len);
	a->value = memcpy((char *)(a + 1) + name_len, value, value_len);
	a->next = NULL;
	for (tail = &el->attrs; *tail != NULL; tail = &(*tail)->next)
		;
	*tail = a;
}

/* Questions. */

/* Most names differ in their first byte. */
static bool is_same(const char *x, const char *y)
{
	return *x == *y && strcmp(x, y) == 0;
}

bool xml_is(const struct xml *el, const char *name, const char *ns)
{
	return el != NULL && el->name != NULL && is_same(el->name, name) &&
	       (ns == NULL || strcmp(el->ns, ns) == 0);
}

static const struct xml *element_from(const struct xml *el)
{
	while (el != NULL && el->name == NULL)
		el = el->next;
	return el;
}

const struct xml *xml_first(const struct xml *el)
{
	return el == NULL ? NULL : element_from(el->children);
}

const struct xml *xml_following(const struct xml *el)
{
	return element_from(el->next);
}

static const struct xml *named_from(const struct xml *el, const char *name, const char *ns)
{
	while (el != NULL && !xml_is(el, name, ns))
		el = el->next;
	return el;
}

const struct xml *xml_child(const struct xml *el, const char *name, const char *ns)
{
	return el == NULL ? NULL : named_from(el->children, name, ns);
}

const struct xml *xml_again(const struct xml *el, const char *name, const char *ns)
{
	return named_from(el->next, name, ns);
}

const char *xml_get(const struct xml *el, const char *attr)
{
	const struct xml_attr *a;

	if (el == NULL)
		return NULL;
	for (a = el->attrs; a != NULL && !is_same(a->name, attr); a = a->next)
		;
	return a == NULL ? NULL : a->value;
}

bool xml_get_int(const struct xml *el, const char *attr, int64_t *value)
{
	const char *s = xml_get(el, attr);
	size_t n = s == NULL ? 0 : strlen(s);
	size_t sign = n > 0 && s[0] == '-';

	if (n == sign || n - sign > 18 || strspn(s + sign, "0123456789") != n - sign)
		return false;
	*value = strtoll(s, NULL, 10);
	return true;
}

const char *xml_text_of(const struct xml *el)
{
	const struct xml *c, *only = NULL;
	size_t n = 0, pieces = 0;
	char *all;

	if (el == NULL)
		return "";
	for (c = el->children; c != NULL; c = c->next) {
		if (c->name == NULL) {
			n += strlen(c->text);
			only = c;
			pieces++;
		}
	}
	if (pieces <= 1)
		return only == NULL ? "" : only->text;
	all = take(document_of(el), n + 1);
	*all = '\0';
	for (c = el->children, n = 0; c != NULL; c = c->next) {
		if (c->name == NULL) {
			strcpy(all + n, c->text);
			n += strlen(c->text);
		}
	}
	return all;
}

char *xml_to_text(const struct xml *el)
{
	struct xml_writer w = { 0 };

	xml_copy(&w, el);
	return xml_take(&w, NULL);
}
