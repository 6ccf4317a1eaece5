#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "common/endpoint.h"

static void test_hosts_and_ports_are_read(void **state)
{
	static const struct { const char *text, *host; int port; } good[] = {
		{ "xmpp.example.com", "xmpp.example.com", 0 },
		{ "xmpp.example.com:5269", "xmpp.example.com", 5269 },
		{ "192.0.2.1:1", "192.0.2.1", 1 },
		{ "[2001:db8::1]", "2001:db8::1", 0 },
		{ "[2001:db8::1]:65535", "2001:db8::1", 65535 },
		{ "2001:db8::1", "2001:db8::1", 0 },
		{ "[fe80::1%eth0]:80", "fe80::1%eth0", 80 },
		{ "7.example.com", "7.example.com", 0 },
	};
	struct endpoint e;

	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		assert_true(endpoint_parse(good[i].text, &e));
		assert_string_equal(e.host, good[i].host);
		assert_int_equal(e.port, good[i].port);
	}
}

static void test_what_is_none_is_refused(void **state)
{
	static const char *const bad[] = {
		"", ":5222", "a b", "a:", "a:0", "a:65536", "a:b", "a:1:2", "[::1", "[]", "[a]", "[::1]x",
		"[::1]:", "192.0.2", "192.0.2.256", "a/b", "alice@a", "::1]",
	};
	char name[ENDPOINT_HOST + 1];
	struct endpoint e;

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		if (endpoint_parse(bad[i], &e))
			fail_msg("'%s' is taken", bad[i]);
	}
	memset(name, 'a', ENDPOINT_HOST);
	name[ENDPOINT_HOST] = '\0';
	assert_false(endpoint_parse(name, &e));
	assert_true(endpoint_parse(name + 1, &e));
}

static void test_names_of_dns(void **state)
{
	static const char *const good[] = { "a", "a.b", "xn--bcher-kva.example", "_x.a-1", "a." };
	static const char *const bad[] = { "", ".", ".a", "a..b", "a b", "a\\032b", "b\303\274cher",
	                                   "a/b", "a\x1b[2J" };
	char label[66];

	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof *good; i++)
		assert_true(endpoint_is_name(good[i]));
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_false(endpoint_is_name(bad[i]));
	memset(label, 'a', 64);
	label[64] = '\0';
	assert_false(endpoint_is_name(label));
	assert_true(endpoint_is_name(label + 1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hosts_and_ports_are_read),
		cmocka_unit_test(test_what_is_none_is_refused),
		cmocka_unit_test(test_names_of_dns),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
