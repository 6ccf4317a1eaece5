/* The one XML tree, parser and writer: bounded, no DTD, no entities, always
 * valid UTF-8 and XML 1.0 characters (RFC 6120 section 11). */
#ifndef COMMON_XML_H
#define COMMON_XML_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* A namespace of "" is the stream's own: jabber:client, jabber:server and
 * jabber:component:accept are read as it, and it is never declared in what is
 * written, so a stanza fits any stream. */
#define XML_STREAM_NS "http://etherx.jabber.org/streams"

struct xml_attr {
	const char *name;     /* "xml:lang" for that one; of other namespaces none is kept */
	const char *value;
	struct xml_attr *next;
};

/* An element, or text (name NULL). Facts, owned by the tree's root. */
struct xml {
	const char *name;
	const char *ns;       /* never NULL in an element */
	const char *text;     /* of a text node */
	struct xml_attr *attrs;
	struct xml *parent, *children, *next;
};

struct xml_limits {
	size_t bytes;         /* of one document or stanza as received */
	unsigned depth;       /* of elements, the root being 1 */
	unsigned elements;
	unsigned attributes;  /* of one element */
};

/* What a stanza of a stream may be: 512 KiB, 32 deep. */
extern const struct xml_limits xml_limits_stanza;
/* What a device's or an operator's payload may be: 64 KiB, 16 deep. */
extern const struct xml_limits xml_limits_payload;

/* Parses one document. NULL if it is not well-formed or breaks a limit; *why
 * (may be NULL) then points to a constant saying which. xml_free() the root. */
struct xml *xml_parse(const char *text, size_t len, const struct xml_limits *limits,
                      const char **why);
void xml_free(struct xml *root);

/* Questions to a tree. A ns of NULL matches any. All return NULL for none. */
bool xml_is(const struct xml *el, const char *name, const char *ns);
const struct xml *xml_first(const struct xml *el);                  /* child element */
const struct xml *xml_following(const struct xml *el);              /* sibling element */
const struct xml *xml_child(const struct xml *el, const char *name, const char *ns);
const struct xml *xml_again(const struct xml *el, const char *name, const char *ns);
const char *xml_get(const struct xml *el, const char *attr);
/* The attribute as a whole decimal number; false if absent or not one. */
bool xml_get_int(const struct xml *el, const char *attr, int64_t *value);
/* The text directly in el, all pieces joined; "" if none; owned by the tree. */
const char *xml_text_of(const struct xml *el);

/* A stream: a root that stays open, and stanzas in it. */
struct xml_stream_events {
	void (*open)(void *arg, const struct xml *root);      /* its header, no children */
	/* Gone when this returns. cut: NULL, or which limit it broke: then only its
	 * root's attributes are there. One peer's stanza does not end the stream. */
	void (*stanza)(void *arg, const struct xml *stanza, const char *cut);
	void (*close)(void *arg);
};

struct xml_stream;
struct xml_stream *xml_stream_new(const struct xml_limits *limits,
                                  const struct xml_stream_events *events, void *arg);
/* Not from within an event. NULL is nothing. */
void xml_stream_free(struct xml_stream *s);
/* Feeds received bytes. False once the stream is broken (not well-formed, or a
 * stanza of over 32 times limits->bytes); *why says how. An
 * event may call xml_stream_stop(): no further event comes, feed returns true. */
bool xml_stream_feed(struct xml_stream *s, const char *bytes, size_t len, const char **why);
void xml_stream_stop(struct xml_stream *s);

/* The writer. { 0 } is an empty one; xml_writer_free() or xml_take() ends it.
 * Text that is not UTF-8 or no XML character is written as U+FFFD. */
struct xml_writer {
	char *buf;
	size_t len, cap;
	struct xml_open_element { const char *name, *ns; } stack[40];
	unsigned depth;
	bool in_tag;
};

/* name and ns must outlive the element. ns "" or NULL: the stream's own. */
void xml_open(struct xml_writer *w, const char *name, const char *ns);
void xml_attr_n(struct xml_writer *w, const char *name, size_t n, const char *value);
/* value NULL: left out. The length of a constant name is one. */
static inline void xml_attr(struct xml_writer *w, const char *name, const char *value)
{
	if (value != NULL)
		xml_attr_n(w, name, strlen(name), value);
}
void xml_attr_int(struct xml_writer *w, const char *name, int64_t value);
void xml_text(struct xml_writer *w, const char *text);                    /* NULL: nothing */
void xml_text_n(struct xml_writer *w, const char *text, size_t n);        /* NULs too */
void xml_close(struct xml_writer *w);
void xml_element(struct xml_writer *w, const char *name, const char *ns, const char *text);
void xml_copy(struct xml_writer *w, const struct xml *el);
/* Puts in what an xml_writer has made before: as text, or as it still has it. */
void xml_raw(struct xml_writer *w, const char *xml);
void xml_join(struct xml_writer *w, const struct xml_writer *made);
/* The finished text, NUL-terminated; the caller frees it; the writer is empty. */
char *xml_take(struct xml_writer *w, size_t *len);
void xml_writer_free(struct xml_writer *w);

/* el as text that stands alone; the caller frees it. */
char *xml_to_text(const struct xml *el);

/* How many blanks to send behind stanzas so that a peer whose expat defers does
 * not keep them: it parses a tag that the end of a read has cut again only when as
 * much as there was has come (since the answer to CVE-2023-52425). */
size_t xml_blanks_behind(const char *stanzas, size_t n);

/* A copy of n bytes with everything that XML cannot hold as U+FFFD. */
char *xml_clean(const char *text, size_t n);

#endif
