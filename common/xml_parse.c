/* Expat to trees: documents, and streams whose root stays open. */
#include <expat.h>
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "common/xml.h"
#include "common/xml_build.h"

#define NS_XML "http://www.w3.org/XML/1998/namespace"
/* Between namespace and name. Expat ends a stream over a namespace that holds
 * it, so it is one that no document can hold. */
#define NS_SEPARATOR '\1'

struct parser {
	XML_Parser expat;
	const struct xml_limits *limits;
	const char *why;          /* set when broken */
	const char *cut;          /* set when this stanza broke a limit; the stream goes on */
	unsigned skipped;         /* open elements of it that are not in the tree */
	bool is_stream, stopped;

	struct xml *root, *here;  /* of the document or stanza under way */
	struct xml *spare;        /* of the stanza before, emptied: memory for the next */
	struct xml **last;        /* last child of each open element */
	unsigned depth, elements;

	char *text;               /* what came since the last tag */
	size_t text_len, text_cap;
};

static void break_off(struct parser *p, const char *why)
{
	if (p->why == NULL)
		p->why = why;
	XML_StopParser(p->expat, XML_FALSE);
}

/* A limit is broken: the end of a document, but only of one stanza. */
static void over(struct parser *p, const char *why)
{
	if (!p->is_stream)
		break_off(p, why);
	else if (p->cut == NULL)
		p->cut = why;
}

static void flush_text(struct parser *p)
{
	struct xml *node;

	if (p->text_len == 0)
		return;
	node = xml_build_child(p->here, p->last[p->depth]);
	xml_build_text(node, p->text, p->text_len);
	p->last[p->depth] = node;
	p->text_len = 0;
}

/* Expat gives namespace, separator and name, or the name alone. */
static void split(const char *full, const char **ns, size_t *ns_len, const char **name)
{
	const char *sep = strrchr(full, NS_SEPARATOR);

	*ns = full;
	*ns_len = sep == NULL ? 0 : (size_t)(sep - full);
	*name = sep == NULL ? full : sep + 1;
}

static void fill(struct parser *p, struct xml *el, const char *full, const char **attrs)
{
	const char *ns, *name;
	unsigned count = 0;
	size_t ns_len;

	split(full, &ns, &ns_len, &name);
	xml_build_name(el, ns, ns_len, name);
	for (; attrs[0] != NULL; attrs += 2) {
		if (++count > p->limits->attributes) {
			over(p, "too many attributes");
			return;
		}
		split(attrs[0], &ns, &ns_len, &name);
		if (ns_len == 0)
			xml_build_attr(el, name, attrs[1]);
		else if (ns_len == strlen(NS_XML) && memcmp(ns, NS_XML, ns_len) == 0 &&
		         strcmp(name, "lang") == 0)
			xml_build_attr(el, "xml:lang", attrs[1]);
	}
}

static struct xml *begin_tree(struct parser *p)
{
	struct xml *root = p->spare;

	p->spare = NULL;
	return root != NULL ? root : xml_build_root();
}

static void element_begins(struct parser *p, const char *name, const char **attrs)
{
	struct xml *el;

	if (p->why != NULL)
		return;
	if (p->depth >= p->limits->depth)
		over(p, "nested too deep");
	if (++p->elements > p->limits->elements)
		over(p, "too many elements");
	if (p->cut != NULL)
		p->skipped++;
	if (p->cut != NULL || p->why != NULL)
		return;
	if (p->root == NULL) {
		el = p->root = begin_tree(p);
	} else {
		flush_text(p);
		el = xml_build_child(p->here, p->last[p->depth]);
		p->last[p->depth] = el;
	}
	p->here = el;
	p->last[++p->depth] = NULL;
	fill(p, el, name, attrs);
}

/* True when that was the end of the root. */
static bool element_ends(struct parser *p)
{
	if (p->why != NULL)
		return false;
	if (p->skipped > 0) {
		p->skipped--;
		return false;
	}
	flush_text(p);
	p->here = p->here->parent;
	return --p->depth == 0;
}

static void text_comes(void *arg, const char *text, int len)
{
	struct parser *p = arg;

	if (p->why != NULL || p->cut != NULL || p->root == NULL || len <= 0)
		return;
	if (p->text_len + (size_t)len > p->text_cap) {
		p->text_cap = (p->text_len + (size_t)len) * 2;
		p->text = mem_realloc(p->text, p->text_cap);
	}
	memcpy(p->text + p->text_len, text, (size_t)len);
	p->text_len += (size_t)len;
}

#define NO_DOCTYPE "document type declarations are not accepted"

static void parser_init(struct parser *p, const struct xml_limits *limits)
{
	memset(p, 0, sizeof *p);
	p->limits = limits;
	p->last = mem_zero(limits->depth + 1, sizeof *p->last);
	p->expat = XML_ParserCreateNS("UTF-8", NS_SEPARATOR);
	if (p->expat == NULL)
		mem_fatal();
}

static void parser_clear(struct parser *p)
{
	XML_ParserFree(p->expat);
	xml_free(p->root);
	xml_free(p->spare);
	free(p->last);
	free(p->text);
}

static const char *why_broken(const struct parser *p)
{
	return p->why != NULL ? p->why : XML_ErrorString(XML_GetErrorCode(p->expat));
}

/* Documents. */

static void document_start(void *arg, const char *name, const char **attrs)
{
	element_begins(arg, name, attrs);
}

static void document_end(void *arg, const char *name)
{
	(void)name;
	element_ends(arg);
}

static void document_doctype(void *arg, const char *name, const char *sysid, const char *pubid,
                             int internal)
{
	(void)name, (void)sysid, (void)pubid, (void)internal;
	break_off(arg, NO_DOCTYPE);
}

struct xml *xml_parse(const char *text, size_t len, const struct xml_limits *limits,
                      const char **why)
{
	struct xml *root = NULL;
	struct parser p;

	if (len > limits->bytes) {
		if (why != NULL)
			*why = "too large";
		return NULL;
	}
	parser_init(&p, limits);
	XML_SetUserData(p.expat, &p);
	XML_SetElementHandler(p.expat, document_start, document_end);
	XML_SetCharacterDataHandler(p.expat, text_comes);
	XML_SetStartDoctypeDeclHandler(p.expat, document_doctype);
	if (XML_Parse(p.expat, text, (int)len, XML_TRUE) == XML_STATUS_OK && p.why == NULL) {
		root = p.root;
		p.root = NULL;
	} else if (why != NULL) {
		*why = why_broken(&p);
	}
	parser_clear(&p);
	return root;
}

/* Streams. */

#define HARD_LIMIT 32

struct xml_stream {
	struct parser p;
	const struct xml_stream_events *events;
	void *arg;
	bool is_open;
	int64_t fed;              /* bytes in all */
	int64_t stanza_began;     /* at this byte, or the last one ended there */
};

static void check_size(struct xml_stream *s)
{
	int64_t size = XML_GetCurrentByteIndex(s->p.expat) - s->stanza_began;

	if (s->p.root != NULL && size > (int64_t)s->p.limits->bytes)
		over(&s->p, "too large");
}

static void stream_start(void *arg, const char *name, const char **attrs)
{
	struct xml_stream *s = arg;
	struct xml *header;

	if (s->p.stopped)
		return;
	if (s->is_open) {
		check_size(s);
		element_begins(&s->p, name, attrs);
		return;
	}
	header = xml_build_root();
	fill(&s->p, header, name, attrs);
	s->is_open = true;
	s->stanza_began = XML_GetCurrentByteIndex(s->p.expat);
	if (s->p.why == NULL)
		s->events->open(s->arg, header);
	xml_free(header);
}

static void stream_end(void *arg, const char *name)
{
	struct xml_stream *s = arg;
	struct xml *stanza;
	const char *cut;

	(void)name;
	if (s->p.stopped)
		return;
	if (s->p.depth == 0) {
		s->events->close(s->arg);
		return;
	}
	if (!element_ends(&s->p))
		return;
	stanza = s->p.root;
	cut = s->p.cut;
	s->p.root = NULL;
	s->p.cut = NULL;
	s->p.elements = 0;
	s->stanza_began = XML_GetCurrentByteIndex(s->p.expat);
	s->events->stanza(s->arg, stanza, cut);
	xml_build_again(stanza);
	s->p.spare = stanza;
}

static void stream_text(void *arg, const char *text, int len)
{
	struct xml_stream *s = arg;

	/* White space between stanzas says only that the peer is there. */
	if (!s->p.stopped && s->p.root != NULL) {
		check_size(s);
		text_comes(&s->p, text, len);
	} else {
		s->stanza_began = XML_GetCurrentByteIndex(s->p.expat);
	}
}

static void stream_doctype(void *arg, const char *name, const char *sysid, const char *pubid,
                           int internal)
{
	struct xml_stream *s = arg;

	(void)name, (void)sysid, (void)pubid, (void)internal;
	break_off(&s->p, NO_DOCTYPE);
}

struct xml_stream *xml_stream_new(const struct xml_limits *limits,
                                  const struct xml_stream_events *events, void *arg)
{
	struct xml_stream *s = mem_zero(1, sizeof *s);

	parser_init(&s->p, limits);
	s->p.is_stream = true;
	s->events = events;
	s->arg = arg;
	XML_SetUserData(s->p.expat, s);
	XML_SetElementHandler(s->p.expat, stream_start, stream_end);
	XML_SetCharacterDataHandler(s->p.expat, stream_text);
	XML_SetStartDoctypeDeclHandler(s->p.expat, stream_doctype);
	/* Expat otherwise waits for more when a tag came in two pieces, the second
	 * one shorter: a stanza would lie there until the next one comes. */
	XML_SetReparseDeferralEnabled(s->p.expat, XML_FALSE);
	return s;
}

void xml_stream_free(struct xml_stream *s)
{
	if (s == NULL)
		return;
	parser_clear(&s->p);
	free(s);
}

void xml_stream_stop(struct xml_stream *s)
{
	s->p.stopped = true;
	XML_StopParser(s->p.expat, XML_FALSE);
}

bool xml_stream_feed(struct xml_stream *s, const char *bytes, size_t len, const char **why)
{
	if (s->p.stopped)
		return true;
	s->fed += (int64_t)len;
	if (XML_Parse(s->p.expat, bytes, (int)len, XML_FALSE) != XML_STATUS_OK || s->p.why != NULL) {
		if (s->p.stopped)
			return true;
		*why = why_broken(&s->p);
		return false;
	}
	if (s->fed - s->stanza_began > HARD_LIMIT * (int64_t)s->p.limits->bytes) {
		*why = "too large";
		return false;
	}
	return true;
}
