/* What is over a limit is refused as a document; as a stanza it is cut, says what was too
 * much, and the stream goes on. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "common/mem.h"
#include "common/xml.h"

#define HEADER "<stream:stream xmlns='jabber:component:accept' " \
               "xmlns:stream='http://etherx.jabber.org/streams'>"

static const struct xml_limits limits = { .bytes = 1000, .depth = 4, .elements = 20,
                                          .attributes = 5 };

static const char *cut;
static char *name;
static unsigned stanzas;

static void opened(void *arg, const struct xml *root)
{
	(void)arg, (void)root;
}

static void came(void *arg, const struct xml *stanza, const char *why)
{
	(void)arg;
	stanzas++;
	cut = why;
	mem_set(&name, stanza->name);
}

static void closed(void *arg)
{
	(void)arg;
}

static const struct xml_stream_events events = { opened, came, closed };

/* The caller frees it. */
static char *repeat(const char *before, const char *piece, unsigned n, const char *behind)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	fputs(before, out);
	while (n-- > 0)
		fputs(piece, out);
	fputs(behind, out);
	fclose(out);
	return text;
}

/* Owned by the caller: one over each limit, and what is said of it. */
static char *over(unsigned which, const char **why)
{
	static const struct { const char *before, *piece, *behind, *why; unsigned n; } texts[] = {
		{ "<a>", "<b>", "</b></b></b></b></a>", "nested too deep", 4 },
		{ "<a>", "<b/>", "</a>", "too many elements", 20 },
		{ "<a", " b='' c='' d='' e='' f='' g=''", "/>", "too many attributes", 1 },
		{ "<a>", "123456789 ", "<b/></a>", "too large", 100 },
	};

	if (which >= sizeof texts / sizeof *texts)
		return NULL;
	*why = texts[which].why;
	return repeat(texts[which].before, texts[which].piece, texts[which].n, texts[which].behind);
}

static void a_document_over_a_limit_is_refused(void **state)
{
	const char *why, *said = NULL;
	char *text;

	(void)state;
	for (unsigned i = 0; (text = over(i, &why)) != NULL; i++) {
		assert_null(xml_parse(text, strlen(text), &limits, &said));
		assert_string_equal(said, why);
		assert_null(xml_parse(text, strlen(text), &limits, NULL));
		free(text);
	}
}

static void a_document_at_the_limits_is_read(void **state)
{
	struct xml *el = xml_parse("<a b='' c='' d='' e='' f=''><b><b><b/></b></b></a>", 50, &limits,
	                           NULL);
	char *text = repeat("<a>", "<b/>", 19, "</a>");

	(void)state;
	assert_non_null(el);
	xml_free(el);
	el = xml_parse(text, strlen(text), &limits, NULL);
	assert_non_null(el);
	xml_free(el);
	free(text);
}

static void feed(struct xml_stream *s, const char *text)
{
	assert_true(xml_stream_feed(s, text, strlen(text), NULL));
}

static void a_stanza_over_a_limit_is_cut_and_the_next_one_is_whole(void **state)
{
	struct xml_stream *s = xml_stream_new(&limits, &events, NULL);
	const char *why;
	char *text;

	(void)state;
	stanzas = 0;
	feed(s, HEADER);
	for (unsigned i = 0; (text = over(i, &why)) != NULL; i++) {
		feed(s, text);
		assert_int_equal(stanzas, 2 * i + 1);
		assert_string_equal(name, "a");
		assert_non_null(cut);
		assert_string_equal(cut, why);
		feed(s, "<c d='e'>f<g/></c>");
		assert_int_equal(stanzas, 2 * i + 2);
		assert_string_equal(name, "c");
		assert_null(cut);
		free(text);
	}
	xml_stream_free(s);
}

/* Thirty times too much, without an end in sight: nobody waits for that. */
static void a_stanza_without_an_end_ends_the_stream(void **state)
{
	struct xml_stream *s = xml_stream_new(&limits, &events, NULL);
	char text[1000];
	const char *why = NULL;
	unsigned n = 0;

	(void)state;
	memset(text, 'x', sizeof text);
	feed(s, HEADER "<a>");
	while (n < 100 && xml_stream_feed(s, text, sizeof text, &why))
		n++;
	assert_int_equal(n, 31);     /* and the tag */
	assert_string_equal(why, "too large");
	xml_stream_free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_document_over_a_limit_is_refused),
		cmocka_unit_test(a_document_at_the_limits_is_read),
		cmocka_unit_test(a_stanza_over_a_limit_is_cut_and_the_next_one_is_whole),
		cmocka_unit_test(a_stanza_without_an_end_ends_the_stream),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	free(name);
	return failed;
}
