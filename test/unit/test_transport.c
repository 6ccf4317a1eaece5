// link: device/transport.o
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/file.h"
#include "common/mem.h"
#include "device/transport.h"

#define RETURN 1000
#define STEADY 200000

static char folder[] = "/tmp/platen-test-XXXXXX";
static char *path;
static const char *here;
static struct transport t;

void network_name(char name[static NETWORK_NAME])
{
	snprintf(name, NETWORK_NAME, "%s", here);
}

static int make_folder(void **state)
{
	(void)state;
	if (mkdtemp(folder) == NULL)
		return -1;
	path = mem_printf("%s/transport", folder);
	return 0;
}

static int remove_folder(void **state)
{
	(void)state;
	free(path);
	return rmdir(folder);
}

static int begin(void **state)
{
	(void)state;
	here = "192.0.2.1%eth0";
	unlink(path);
	transport_init(&t, TRANSPORT_AUTO, RETURN, folder);
	return 0;
}

static int end(void **state)
{
	(void)state;
	transport_clear(&t);
	unlink(path);
	return 0;
}

static void restart(void)
{
	transport_clear(&t);
	transport_init(&t, TRANSPORT_AUTO, RETURN, folder);
}

static void file_is(const char *expected)
{
	char *text;
	size_t len;

	assert_int_equal(file_read(path, 4096, &text, &len), 0);
	assert_string_equal(text, expected);
	free(text);
}

static void test_a_round_is_tcp_then_bosh(void **state)
{
	(void)state;
	for (int i = 0; i < 2; i++) {
		assert_false(t.bosh);
		assert_true(transport_failed(&t, XMPP_END_CONNECT, false));
		assert_true(t.bosh);
		assert_false(transport_failed(&t, XMPP_END_LOST, false));
	}
	assert_int_equal(access(path, F_OK), -1);
}

static void test_what_worked_is_tried_first(void **state)
{
	(void)state;
	transport_failed(&t, XMPP_END_TIMEOUT, false);
	transport_online(&t);
	file_is("192.0.2.1%eth0 bosh\n");
	restart();
	assert_true(t.bosh);
	assert_true(transport_failed(&t, XMPP_END_CONNECT, false));
	assert_false(t.bosh);
	transport_online(&t);
	file_is("192.0.2.1%eth0 tcp\n");
}

static void test_each_network_has_its_own(void **state)
{
	(void)state;
	transport_failed(&t, XMPP_END_TIMEOUT, false);
	transport_online(&t);
	here = "198.51.100.1%eth0";
	transport_moved(&t);
	assert_true(t.bosh);            /* what is under way goes on */
	transport_begin(&t);
	assert_false(t.bosh);
	transport_online(&t);
	file_is("198.51.100.1%eth0 tcp\n192.0.2.1%eth0 bosh\n");
	here = "192.0.2.1%eth0";
	transport_moved(&t);
	transport_begin(&t);
	assert_true(t.bosh);
}

static void test_of_many_networks_the_newest_are_kept(void **state)
{
	char name[NETWORK_NAME], *text;
	unsigned lines = 0;
	size_t len;

	(void)state;
	here = name;
	for (int i = 0; i < 40; i++) {
		snprintf(name, sizeof name, "%078d", i);
		transport_moved(&t);
		transport_begin(&t);
		transport_online(&t);
	}
	assert_int_equal(file_read(path, 4096, &text, &len), 0);
	for (const char *at = text; (at = strchr(at, '\n')) != NULL; at++)
		lines++;
	assert_int_equal(lines, 16);
	assert_int_equal(strncmp(text, name, strlen(name)), 0);
	free(text);
}

static void test_a_file_of_somebody_else_is_no_trouble(void **state)
{
	static const char *const texts[] = {
		"", "\n\n", "192.0.2.1%eth0", "192.0.2.1%eth0 \n", "192.0.2.1%eth0 pigeon\n",
		"\x01\x02\n192.0.2.1%eth0 tcp bosh\n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		assert_int_equal(file_replace(path, texts[i], strlen(texts[i]), 0600), 0);
		restart();
		assert_false(t.bosh);
		transport_online(&t);
	}
}

static void test_accounts_that_are_refused_are_so_everywhere(void **state)
{
	(void)state;
	assert_false(transport_failed(&t, XMPP_END_AUTH, false));
	assert_false(transport_failed(&t, XMPP_END_CONFLICT, true));
	assert_false(t.bosh);
}

static void test_a_tcp_stream_that_dies_young_was_no_way(void **state)
{
	(void)state;
	transport_online(&t);
	assert_true(transport_failed(&t, XMPP_END_LOST, true));
	assert_true(t.bosh);
	transport_online(&t);
	/* Over BOSH it is a loss like any other. */
	assert_false(transport_failed(&t, XMPP_END_LOST, true));
	assert_true(t.bosh);
}

static void test_a_steady_one_is_made_again(void **state)
{
	(void)state;
	transport_online(&t);
	t.online -= STEADY;
	assert_false(transport_failed(&t, XMPP_END_LOST, true));
	assert_false(t.bosh);
}

static void test_tcp_is_tried_again_ever_more_rarely(void **state)
{
	(void)state;
	transport_online(&t);
	assert_int_equal(transport_return_ms(&t, 0), -1);
	t.bosh = true;
	transport_online(&t);
	assert_int_equal(transport_return_ms(&t, 0), RETURN);
	assert_int_equal(transport_return_ms(&t, 1), RETURN - RETURN / 4);
	transport_returned(&t, false);
	assert_true(t.bosh);
	assert_int_equal(transport_return_ms(&t, 0), 2 * RETURN);
	for (int i = 0; i < 60; i++)
		transport_returned(&t, false);
	assert_in_range(transport_return_ms(&t, 0), 24 * 3600 * 1000, 48 * 3600 * 1000);
	/* One that dies young does not begin anew. */
	transport_returned(&t, true);
	assert_false(t.bosh);
	transport_online(&t);
	transport_failed(&t, XMPP_END_LOST, true);
	transport_online(&t);
	assert_in_range(transport_return_ms(&t, 0), 24 * 3600 * 1000, 48 * 3600 * 1000);
	/* A steady one does. */
	transport_returned(&t, true);
	t.online -= STEADY;
	transport_failed(&t, XMPP_END_LOST, true);
	t.bosh = true;
	assert_int_equal(transport_return_ms(&t, 0), RETURN);
}

static void test_where_one_is_configured_it_stays(void **state)
{
	(void)state;
	for (int mode = TRANSPORT_TCP; mode <= TRANSPORT_BOSH; mode++) {
		transport_clear(&t);
		transport_init(&t, (enum transport_mode)mode, RETURN, folder);
		assert_int_equal(t.bosh, mode == TRANSPORT_BOSH);
		assert_false(transport_failed(&t, XMPP_END_CONNECT, false));
		transport_moved(&t);
		transport_online(&t);
		assert_int_equal(transport_return_ms(&t, 0), -1);
		assert_int_equal(t.bosh, mode == TRANSPORT_BOSH);
		assert_int_equal(access(path, F_OK), -1);
	}
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_a_round_is_tcp_then_bosh),
		TEST(test_what_worked_is_tried_first),
		TEST(test_each_network_has_its_own),
		TEST(test_of_many_networks_the_newest_are_kept),
		TEST(test_a_file_of_somebody_else_is_no_trouble),
		TEST(test_accounts_that_are_refused_are_so_everywhere),
		TEST(test_a_tcp_stream_that_dies_young_was_no_way),
		TEST(test_a_steady_one_is_made_again),
		TEST(test_tcp_is_tried_again_ever_more_rarely),
		TEST(test_where_one_is_configured_it_stays),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
