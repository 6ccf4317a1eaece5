/* Configured hosts, and domains that are not in DNS: what DNS says is for test/e2e. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/finder.h"
#include "common/mem.h"

static uv_loop_t loop;
static struct finder *finder;
static struct finder_target targets[FINDER_TARGETS];
static size_t n_targets;
static char *why;
static enum xmpp_end how;

static void on_found(void *arg, const struct finder_target *list, size_t n)
{
	(void)arg;
	memcpy(targets, list, n * sizeof *list);
	n_targets = n;
	finder_free(finder);
}

static void on_not_found(void *arg, enum xmpp_end end, const char *text)
{
	(void)arg;
	how = end;
	mem_set(&why, text);
	finder_free(finder);
}

static const struct finder_events events = { on_found, on_not_found };

static int set_up(void **state)
{
	(void)state;
	n_targets = 0;
	why = NULL;
	return uv_loop_init(&loop);
}

static int tear_down(void **state)
{
	(void)state;
	mem_set(&why, NULL);
	return uv_loop_close(&loop);
}

static void find(const char *domain, const char *hosts, int port, enum xmpp_security security)
{
	const struct finder_options options = {
		.domain = domain, .hosts = hosts, .port = port, .security = security
	};

	n_targets = 0;
	mem_set(&why, NULL);
	finder = finder_start(&loop, &options, &events, NULL);
	assert_int_equal(n_targets, 0);
	assert_null(why);
	uv_run(&loop, UV_RUN_DEFAULT);
}

static void check(size_t i, const char *address, int port, unsigned place)
{
	assert_true(i < n_targets);
	assert_string_equal(targets[i].address, address);
	assert_int_equal(targets[i].port, port);
	assert_int_equal(targets[i].place, place);
}

static void test_configured_hosts_keep_their_order(void **state)
{
	(void)state;
	find("example.com", "192.0.2.7:5300, [2001:db8::1] 192.0.2.3", 0, XMPP_STARTTLS);
	assert_int_equal(n_targets, 3);
	check(0, "192.0.2.7", 5300, 0);
	check(1, "2001:db8::1", 5222, 1);
	check(2, "192.0.2.3", 5222, 2);
	assert_int_equal(targets[2].security, XMPP_STARTTLS);
}

static void test_ports_follow_the_configuration(void **state)
{
	(void)state;
	find("example.com", "192.0.2.7", 0, XMPP_DIRECT_TLS);
	check(0, "192.0.2.7", 5223, 0);
	assert_int_equal(targets[0].security, XMPP_DIRECT_TLS);
	find("example.com", "192.0.2.7, 192.0.2.8:1", 99, XMPP_STARTTLS);
	check(0, "192.0.2.7", 99, 0);
	check(1, "192.0.2.8", 1, 1);
}

static void test_a_domain_outside_of_dns_is_its_own_host(void **state)
{
	(void)state;
	find("192.0.2.9", NULL, 0, XMPP_STARTTLS);
	assert_int_equal(n_targets, 1);
	check(0, "192.0.2.9", 5222, 0);
	find("localhost", NULL, 0, XMPP_PLAIN);
	assert_true(n_targets >= 1);
	assert_true(strcmp(targets[0].address, "127.0.0.1") == 0 ||
	            strcmp(targets[0].address, "::1") == 0);
}

static void test_plain_is_for_the_loopback_only(void **state)
{
	(void)state;
	find("example.com", "192.0.2.1, 2001:db8::1", 0, XMPP_PLAIN);
	assert_int_equal(n_targets, 0);
	assert_int_equal(how, XMPP_END_TLS);
	find("example.com", "192.0.2.1, ::1, 127.0.0.2", 0, XMPP_PLAIN);
	assert_int_equal(n_targets, 2);
	check(0, "::1", 5222, 1);
	check(1, "127.0.0.2", 5222, 2);
}

static void test_a_name_that_is_nobodys_is_said(void **state)
{
	(void)state;
	find("example.com", "nobody.invalid", 0, XMPP_STARTTLS);
	assert_int_equal(n_targets, 0);
	assert_int_equal(how, XMPP_END_RESOLVE);
	assert_true(*why != '\0');
}

static void test_hosts_are_bounded(void **state)
{
	(void)state;
	find("example.com", "192.0.2.1 192.0.2.2 192.0.2.3 192.0.2.4 192.0.2.5 192.0.2.6 192.0.2.7 "
	     "192.0.2.8 192.0.2.9", 0, XMPP_STARTTLS);
	assert_int_equal(n_targets, FINDER_HOSTS);
}

static void test_it_can_be_left_at_any_time(void **state)
{
	const struct finder_options names = {
		.domain = "example.com", .hosts = "localhost, nobody.invalid", .security = XMPP_STARTTLS
	};
	const struct finder_options dns = { .domain = "nobody.invalid", .security = XMPP_STARTTLS };

	(void)state;
	finder_free(finder_start(&loop, &names, &events, NULL));
	finder_free(finder_start(&loop, &dns, &events, NULL));
	finder_free(NULL);
	uv_run(&loop, UV_RUN_DEFAULT);
	assert_int_equal(n_targets, 0);
	assert_null(why);
}

static void test_a_list_s_mistakes_are_said(void **state)
{
	static const struct { const char *hosts, *bad; } cases[] = {
		{ "a, b:70000", "'b:70000' is no HOST, HOST:PORT, [IPv6] or [IPv6]:PORT" },
		{ "a@b", "'a@b' is no HOST, HOST:PORT, [IPv6] or [IPv6]:PORT" },
		{ " , ", "no host is named" },
		{ "a b c d e f g h i", "more than 8 hosts" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char *bad = finder_bad_host(cases[i].hosts);

		assert_non_null(bad);
		assert_string_equal(bad, cases[i].bad);
		free(bad);
	}
	assert_null(finder_bad_host("a, [::1]:1,192.0.2.1:5222"));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_configured_hosts_keep_their_order),
		TEST(test_ports_follow_the_configuration),
		TEST(test_a_domain_outside_of_dns_is_its_own_host),
		TEST(test_plain_is_for_the_loopback_only),
		TEST(test_a_name_that_is_nobodys_is_said),
		TEST(test_hosts_are_bounded),
		TEST(test_it_can_be_left_at_any_time),
		TEST(test_a_list_s_mistakes_are_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
