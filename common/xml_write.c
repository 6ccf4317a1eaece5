#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "common/decimal.h"
#include "common/mem.h"
#include "common/xml.h"

/* Room for n more bytes and a NUL. */
static char *room(struct xml_writer *w, size_t n)
{
	if (w->len + n + 1 > w->cap) {
		w->cap = (w->len + n + 1) * 2;
		if (w->cap < 512)
			w->cap = 512;
		w->buf = mem_realloc(w->buf, w->cap);
	}
	return w->buf + w->len;
}

static void put(struct xml_writer *w, const char *s, size_t n)
{
	memcpy(room(w, n), s, n);
	w->len += n;
}

static void puts_(struct xml_writer *w, const char *s)
{
	put(w, s, strlen(s));
}

/* How many of the n bytes at s make one UTF-8 character that XML 1.0 can hold
 * (its production 2); 0 if they make none. */
static size_t character(const unsigned char *s, size_t n)
{
	uint32_t c;
	size_t len;

	if (s[0] < 0x80)
		return s[0] >= 0x20 || s[0] == '\t' || s[0] == '\n' || s[0] == '\r';
	len = s[0] >= 0xf0 ? 4 : s[0] >= 0xe0 ? 3 : 2;
	if (s[0] < 0xc2 || s[0] > 0xf4 || len > n)
		return 0;
	c = s[0] & (0xffu >> (len + 1));
	for (size_t i = 1; i < len; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (s[i] & 0x3f);
	}
	if ((len == 3 && c < 0x800) || (len == 4 && c < 0x10000) || c > 0x10ffff ||
	    (c >= 0xd800 && c <= 0xdfff) || c == 0xfffe || c == 0xffff)
		return 0;
	return len;
}

#define REPLACEMENT "\xef\xbf\xbd"   /* U+FFFD */

static const char *escape(unsigned char c, bool attribute)
{
	switch (c) {
	case '&': return "&amp;";
	case '<': return "&lt;";
	case '>': return "&gt;";
	case '\r': return "&#13;";
	case '\'': return attribute ? "&apos;" : NULL;
	case '"': return attribute ? "&quot;" : NULL;
	case '\t': return attribute ? "&#9;" : NULL;
	case '\n': return attribute ? "&#10;" : NULL;
	}
	return NULL;
}

/* Bytes that do not stand in text and in values as they are; a NUL is one. */
static const bool is_special[256] = {
	[0 ... 0x1f] = true, ['&'] = true, ['<'] = true, ['>'] = true, ['\''] = true, ['"'] = true,
	[0x80 ... 0xff] = true,
};

/* Writes what begins with a special byte, as it must be. Returns how much that was. */
static size_t put_special(struct xml_writer *w, const char *s, size_t n, bool attribute)
{
	size_t len = character((const unsigned char *)s, n);
	const char *e = len == 0 ? REPLACEMENT : len == 1 ? escape((unsigned char)*s, attribute) : NULL;

	if (e != NULL)
		puts_(w, e);
	else
		put(w, s, len);
	return len == 0 ? 1 : len;
}

static void put_value(struct xml_writer *w, const char *value)
{
	const unsigned char *s = (const unsigned char *)value;

	for (;;) {
		while (!is_special[*s])
			s++;
		put(w, value, (size_t)(s - (const unsigned char *)value));
		if (*s == '\0')
			return;
		value = (const char *)s + put_special(w, (const char *)s, strnlen((const char *)s, 4), true);
		s = (const unsigned char *)value;
	}
}

static void put_text(struct xml_writer *w, const char *text, size_t n)
{
	const unsigned char *s = (const unsigned char *)text;
	size_t i = 0, from = 0;

	for (;;) {
		while (i < n && !is_special[s[i]])
			i++;
		put(w, text + from, i - from);
		if (i == n)
			return;
		from = i += put_special(w, text + i, n - i, false);
	}
}

static void end_tag(struct xml_writer *w)
{
	if (w->in_tag)
		put(w, ">", 1);
	w->in_tag = false;
}

void xml_open(struct xml_writer *w, const char *name, const char *ns)
{
	const char *outer = w->depth == 0 ? "" : w->stack[w->depth - 1].ns;

	assert(w->depth < sizeof w->stack / sizeof *w->stack);
	if (ns == NULL)
		ns = "";
	end_tag(w);
	put(w, "<", 1);
	puts_(w, name);
	w->stack[w->depth].name = name;
	w->stack[w->depth++].ns = ns;
	w->in_tag = true;
	if (strcmp(ns, outer) != 0)
		xml_attr(w, "xmlns", ns);
}

/* An attribute up to its value. */
static void put_name(struct xml_writer *w, const char *name, size_t n)
{
	char *p = room(w, n + 3);

	*p++ = ' ';
	p = mempcpy(p, name, n);
	memcpy(p, "='", 2);
	w->len += n + 3;
}

void xml_attr_n(struct xml_writer *w, const char *name, size_t n, const char *value)
{
	assert(w->in_tag);
	put_name(w, name, n);
	put_value(w, value);
	put(w, "'", 1);
}

void xml_attr_int(struct xml_writer *w, const char *name, int64_t value)
{
	char s[DECIMAL_STRING];

	xml_attr(w, name, decimal(value, s));
}

void xml_text_n(struct xml_writer *w, const char *text, size_t n)
{
	end_tag(w);
	put_text(w, text, n);
}

void xml_text(struct xml_writer *w, const char *text)
{
	if (text != NULL)
		xml_text_n(w, text, strlen(text));
}

void xml_close(struct xml_writer *w)
{
	assert(w->depth > 0);
	w->depth--;
	if (w->in_tag) {
		put(w, "/>", 2);
		w->in_tag = false;
		return;
	}
	put(w, "</", 2);
	puts_(w, w->stack[w->depth].name);
	put(w, ">", 1);
}

void xml_element(struct xml_writer *w, const char *name, const char *ns, const char *text)
{
	xml_open(w, name, ns);
	if (text != NULL && *text != '\0')
		xml_text(w, text);
	xml_close(w);
}

void xml_copy(struct xml_writer *w, const struct xml *el)
{
	const struct xml *c;

	if (el->name == NULL) {
		xml_text(w, el->text);
		return;
	}
	xml_open(w, el->name, el->ns);
	for (const struct xml_attr *a = el->attrs; a != NULL; a = a->next)
		xml_attr(w, a->name, a->value);
	for (c = el->children; c != NULL; c = c->next)
		xml_copy(w, c);
	xml_close(w);
}

void xml_raw(struct xml_writer *w, const char *xml)
{
	end_tag(w);
	puts_(w, xml);
}

void xml_join(struct xml_writer *w, const struct xml_writer *made)
{
	assert(made->depth == 0);
	if (made->len == 0)
		return;
	end_tag(w);
	put(w, made->buf, made->len);
}

char *xml_take(struct xml_writer *w, size_t *len)
{
	char *text;

	assert(w->depth == 0);
	*room(w, 0) = '\0';
	text = w->buf;
	if (len != NULL)
		*len = w->len;
	memset(w, 0, sizeof *w);
	return text;
}

void xml_writer_free(struct xml_writer *w)
{
	free(w->buf);
	memset(w, 0, sizeof *w);
}

#define ONE_READ 1024   /* so much comes whole */

size_t xml_blanks_behind(const char *stanzas, size_t n)
{
	const char *at = stanzas, *end = at + n, *close;
	size_t longest = 0;

	if (n < ONE_READ)
		return 0;
	/* Our writer leaves neither character in text or values. */
	while ((at = memchr(at, '<', (size_t)(end - at))) != NULL &&
	       (close = memchr(at, '>', (size_t)(end - at))) != NULL) {
		if ((size_t)(close - at) > longest)
			longest = (size_t)(close - at);
		at = close;
	}
	return longest;
}

char *xml_clean(const char *text, size_t n)
{
	struct xml_writer w = { 0 };
	size_t i = 0;

	while (i < n) {
		size_t len = character((const unsigned char *)text + i, n - i);

		if (len == 0)
			puts_(&w, REPLACEMENT);
		else
			put(&w, text + i, len);
		i += len == 0 ? 1 : len;
	}
	return xml_take(&w, NULL);
}
