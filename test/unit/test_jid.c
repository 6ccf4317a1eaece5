#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "common/jid.h"
#include "common/mem.h"

static void accepts_what_rfc_7622_has(void **state)
{
	static const char *const good[] = {
		"example.com", "a@example.com", "a@example.com/r", "example.com/r",
		"mfp-0001@xn--fu-hia.example", "fu\xc3\xbf@example.com", "a@[::1]",
		"a@b/c@d", "a@b/c/d", "a@127.0.0.1", "a@b/r s",
	};

	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof *good; i++)
		assert_true(jid_valid(good[i]));
}

static void refuses_the_rest(void **state)
{
	static const char *const bad[] = {
		"", "@", "@b", "a@", "a@/r", "/r", "a@b/", "a b@c", "a\"@b", "a:b@c", "a<@b", "a@b@c",
		"a@b..c", "a@.b", "a@b.", "a@b c", "a\n@b", "a@b/\x01", "a@b:5222", "a@[::1",
	};

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_false(jid_valid(bad[i]));
}

static void bounds_each_part(void **state)
{
	char jid[JID_MAX + 10];

	(void)state;
	memset(jid, 'a', sizeof jid);
	strcpy(jid + 1023, "@b/r");
	assert_true(jid_valid(jid));
	memset(jid, 'a', sizeof jid);
	strcpy(jid + 1024, "@b/r");
	assert_false(jid_valid(jid));
	memset(jid, 'a', sizeof jid);
	jid[1] = '/';
	jid[2 + 1024] = '\0';
	assert_false(jid_valid(jid));
	jid[2 + 1023] = '\0';
	assert_true(jid_valid(jid));
}

static void check_bare(const char *jid, const char *expected)
{
	char *bare = jid_bare(jid);

	assert_string_equal(bare, expected);
	free(bare);
}

static void splits(void **state)
{
	size_t len;

	(void)state;
	check_bare("MFP@Example.COM/Platen-A", "mfp@example.com");
	check_bare("Example.COM", "example.com");
	assert_string_equal(jid_resource("a@b/C/d"), "C/d");
	assert_null(jid_resource("a@b"));
	assert_string_equal(jid_domain("a@b.c/d", &len), "b.c/d");
	assert_int_equal(len, 3);
	assert_string_equal(jid_domain("b.c/d@e", &len), "b.c/d@e");
	assert_int_equal(len, 3);
}

/* nodeprep and nameprep, as servers do it. */
static void folds_beyond_ascii(void **state)
{
	(void)state;
	check_bare("a\xc3\x84@b/\xc3\x84", "a\xc3\xa4@b");
	check_bare("A\xcc\x88@B\xc3\x96.X", "\xc3\xa4@b\xc3\xb6.x");
	check_bare("stra\xc3\x9f" "e@b", "strasse@b");
	check_bare("A@b\xef\xbc\x8e" "c", "a@b.c");
	check_bare("A\xf0\x9f\x98\x80@b", "a\xf0\x9f\x98\x80@b");
	/* What is no JID: as it came, but for ASCII. */
	check_bare("A\xc3\x84\xef\xbc\xa0@b", "a\xc3\x84\xef\xbc\xa0@b");
	check_bare("A\xff@b", "a\xff@b");
}

/* Forbidden characters in other forms, a soft hyphen alone, both directions, no UTF-8, and
 * a domain with what nobody looks up. */
static void refuses_what_cannot_be_folded(void **state)
{
	static const char *const bad[] = {
		"a\xef\xbc\xa0@b", "a\xef\xbc\x8f@b", "a@b\xef\xbc\x8f" "c", "a@b.\xef\xbc\x8e" "c",
		"\xc2\xad@b", "a@\xc2\xad", "\xd7\x90" "a@b", "a\xff@b", "a\xc3@b", "a\xe2\x80\xa8@b",
		"a@\xf0\x9f\x98\x80",
	};

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		if (jid_valid(bad[i]))
			fail_msg("%s", bad[i]);
	}
	assert_true(jid_valid("a\xc3\x84@b"));
	assert_true(jid_valid("a\xf0\x9f\x98\x80@b"));
}

static void globs(void **state)
{
	static const struct { const char *glob, *jid; bool matches; } cases[] = {
		{ "mfp-*@example.com", "mfp-0001@example.com", true },
		{ "mfp-*@example.com", "mfp-@example.com", true },
		{ "mfp-*@example.com", "mfx-0001@example.com", false },
		{ "MFP-*@Example.com", "mfp-1@example.COM", true },
		{ "*@example.com", "a@b@example.com", false },
		{ "*", "a@example.com", false },
		{ "*", "example.com", true },
		{ "*.example.com", "a.example.com", true },
		{ "*.example.com", "x@a.example.com", false },
		{ "*@*", "a@b", true },
		{ "*a*b@*.c", "xaaybb@e.c.c", true },
		{ "*a*b@*.c", "xaaybc@e.c.c", false },
		{ "a?@b", "a\xc3\xa9@b", true },
		{ "a?@b", "a@b", false },
		{ "a?b", "a@b", false },
		{ "a@b", "a@b", true },
		{ "a@b", "a@bc", false },
		{ "a@bc", "a@b", false },
		{ "", "", true },
		{ "", "a", false },
		{ "?", "", false },
		{ "**", "", true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		if (jid_glob(cases[i].glob, cases[i].jid) != cases[i].matches)
			fail_msg("%s %s", cases[i].glob, cases[i].jid);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(accepts_what_rfc_7622_has),
		cmocka_unit_test(refuses_the_rest),
		cmocka_unit_test(bounds_each_part),
		cmocka_unit_test(splits),
		cmocka_unit_test(folds_beyond_ascii),
		cmocka_unit_test(refuses_what_cannot_be_folded),
		cmocka_unit_test(globs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
