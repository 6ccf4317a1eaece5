#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/xml.h"

static struct xml *parse(const char *text)
{
	return xml_parse(text, strlen(text), &xml_limits_payload, NULL);
}

static const char *why_not(const char *text)
{
	const char *why = NULL;

	assert_null(xml_parse(text, strlen(text), &xml_limits_payload, &why));
	assert_non_null(why);
	return why;
}

static void answers_questions(void **state)
{
	struct xml *el = parse("<r xmlns='u' n='-7' big='99999999999999999999' x='1x'>a<c/>b<d "
	                       "xmlns='v' k='w'/><c i='2'/></r>");
	int64_t n = 0;

	(void)state;
	assert_true(xml_is(el, "r", "u"));
	assert_false(xml_is(el, "r", "v"));
	assert_true(xml_get_int(el, "n", &n));
	assert_int_equal(n, -7);
	assert_false(xml_get_int(el, "big", &n));
	assert_false(xml_get_int(el, "x", &n));
	assert_false(xml_get_int(el, "none", &n));
	assert_string_equal(xml_text_of(el), "ab");
	assert_true(xml_is(xml_first(el), "c", "u"));
	assert_true(xml_is(xml_following(xml_first(el)), "d", "v"));
	assert_string_equal(xml_get(xml_child(el, "d", NULL), "k"), "w");
	assert_null(xml_child(el, "d", "u"));
	assert_string_equal(xml_get(xml_again(xml_child(el, "c", "u"), "c", "u"), "i"), "2");
	xml_free(el);
}

static void the_streams_namespaces_are_one(void **state)
{
	struct xml *el = parse("<iq xmlns='jabber:client'><q xmlns='u'/></iq>");
	char *text = xml_to_text(el);

	(void)state;
	assert_true(xml_is(el, "iq", ""));
	assert_string_equal(text, "<iq><q xmlns='u'/></iq>");
	free(text);
	xml_free(el);
}

/* Anybody may send it, and the server passes it on. */
static void a_namespace_may_hold_blanks(void **state)
{
	struct xml *el = parse("<r xmlns='urn:x y z' xmlns:p='a&#9;b' p:k='1' k='2'><c/></r>");

	(void)state;
	assert_true(xml_is(el, "r", "urn:x y z"));
	assert_true(xml_is(xml_first(el), "c", "urn:x y z"));
	assert_string_equal(xml_get(el, "k"), "2");
	xml_free(el);
}

static void refuses_what_is_dangerous(void **state)
{
	char deep[16 * 8 + 1] = "";
	int i;

	(void)state;
	assert_string_equal(why_not("<!DOCTYPE a><a/>"),
	                    "document type declarations are not accepted");
	why_not("<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>");
	why_not("<a>&b;</a>");
	why_not("<a>");
	why_not("<a/><b/>");
	why_not("<a>\xff</a>");
	why_not("<a>&#0;</a>");
	for (i = 0; i < 17; i++)
		strcat(deep, "<a>");
	for (i = 0; i < 17; i++)
		strcat(deep, "</a>");
	assert_string_equal(why_not(deep), "nested too deep");
}

static void text_is_written_so_that_it_reads_back(void **state)
{
	const char odd[] = "<&>'\"\t\n\r ]]> \xc3\xa4 \xf0\x9f\x96\xa8";
	struct xml_writer w = { 0 };
	struct xml *el;
	char *text;

	(void)state;
	xml_open(&w, "a", "u");
	xml_attr(&w, "b", odd);
	xml_attr(&w, "left-out", NULL);
	xml_attr_int(&w, "c", INT64_MIN);
	xml_text(&w, odd);
	xml_close(&w);
	text = xml_take(&w, NULL);
	el = parse(text);
	assert_non_null(el);
	assert_string_equal(xml_get(el, "b"), odd);
	assert_string_equal(xml_get(el, "c"), "-9223372036854775808");
	assert_null(xml_get(el, "left-out"));
	assert_string_equal(xml_text_of(el), odd);
	xml_free(el);
	free(text);
}

static void what_xml_cannot_hold_becomes_u_fffd(void **state)
{
	static const struct { const char *in; size_t n; const char *out; } cases[] = {
		{ "a\0b", 3, "a\xef\xbf\xbd" "b" },
		{ "\x1b[31m", 5, "\xef\xbf\xbd[31m" },
		{ "\xe4", 1, "\xef\xbf\xbd" },
		{ "\xc3\xa4", 2, "\xc3\xa4" },
		{ "", 0, "" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		char *clean = xml_clean(cases[i].in, cases[i].n);

		assert_string_equal(clean, cases[i].out);
		free(clean);
	}
}

struct seen {
	int opened, closed, stanzas, cut;
	char last[64];
};

static void opened(void *arg, const struct xml *root)
{
	((struct seen *)arg)->opened++;
	assert_string_equal(xml_get(root, "id"), "7");
}

static void came(void *arg, const struct xml *stanza, const char *cut)
{
	struct seen *seen = arg;

	seen->stanzas++;
	seen->cut += cut != NULL;
	snprintf(seen->last, sizeof(seen->last), "%s %s", stanza->name, xml_get(stanza, "id"));
}

static void closed(void *arg)
{
	((struct seen *)arg)->closed++;
}

static const struct xml_stream_events events = { opened, came, closed };

#define HEADER "<stream:stream xmlns='jabber:component:accept' id='7' " \
               "xmlns:stream='http://etherx.jabber.org/streams'>"

static void a_stream_comes_in_any_pieces(void **state)
{
	const char text[] = "<?xml version='1.0'?>" HEADER "<iq id='1'><q/></iq> \n<message id='2'>"
	                    "<body>&lt;</body></message></stream:stream>";
	size_t step, at;

	(void)state;
	for (step = 1; step < sizeof(text); step++) {
		struct seen seen = { 0 };
		struct xml_stream *s = xml_stream_new(&xml_limits_stanza, &events, &seen);

		for (at = 0; at < strlen(text); at += step) {
			size_t left = strlen(text) - at;

			assert_true(xml_stream_feed(s, text + at, left < step ? left : step, NULL));
		}
		assert_int_equal(seen.opened, 1);
		assert_int_equal(seen.stanzas, 2);
		assert_int_equal(seen.closed, 1);
		assert_string_equal(seen.last, "message 2");
		xml_stream_free(s);
	}
}

static void one_bad_stanza_does_not_end_the_stream(void **state)
{
	struct seen seen = { 0 };
	struct xml_stream *s = xml_stream_new(&xml_limits_payload, &events, &seen);
	const char *why = NULL;
	int i;

	(void)state;
	assert_true(xml_stream_feed(s, HEADER, strlen(HEADER), NULL));
	assert_true(xml_stream_feed(s, "<iq id='1'>", 11, NULL));
	for (i = 0; i < 1000; i++)
		assert_true(xml_stream_feed(s, "<a>", 3, NULL));
	for (i = 0; i < 1000; i++)
		assert_true(xml_stream_feed(s, "</a>", 4, NULL));
	assert_true(xml_stream_feed(s, "</iq>", 5, NULL));
	assert_string_equal(seen.last, "iq 1");
	assert_int_equal(seen.cut, 1);
	assert_true(xml_stream_feed(s, "<iq id='2'/>", 12, NULL));
	assert_string_equal(seen.last, "iq 2");
	assert_int_equal(seen.cut, 1);
	assert_false(xml_stream_feed(s, "<iq></qi>", 9, &why));
	assert_non_null(why);
	xml_stream_free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(answers_questions),
		cmocka_unit_test(the_streams_namespaces_are_one),
		cmocka_unit_test(a_namespace_may_hold_blanks),
		cmocka_unit_test(refuses_what_is_dangerous),
		cmocka_unit_test(text_is_written_so_that_it_reads_back),
		cmocka_unit_test(what_xml_cannot_hold_becomes_u_fffd),
		cmocka_unit_test(a_stream_comes_in_any_pieces),
		cmocka_unit_test(one_bad_stanza_does_not_end_the_stream),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
