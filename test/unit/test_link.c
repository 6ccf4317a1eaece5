// link: test/unit/link_fixture.o component/connection.o component/link.o
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#include "common/clock.h"
#include "test/unit/link_fixture.h"

#define LONG 5000

static int teardown(void **state)
{
	(void)state;
	link_fixture_stop();
	clock_set(-1, -1);
	return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, NULL, teardown)

static void start(const char *text, bool closing)
{
	link_fixture_start(text, strlen(text), closing);
}

static void it_shakes_hands_and_hands_stanzas_up(void **state)
{
	(void)state;
	start(server_greeting, false);
	assert_true(link_run(&link_onlines, 1, LONG));
	assert_true(link_is_online(link_under_test()));
	assert_non_null(strstr(server_heard(), "xmlns='jabber:component:accept'"));
	assert_non_null(strstr(server_heard(), " to='devices.example.com'>"));
	server_say("<iq type='get' id='1' from='a@x' to='devices.example.com'/>"
	           "<iq type='get' id='2' from='a@x' to='n@Devices.Example.com/r'/><presence/>");
	assert_true(link_run(&link_stanzas, 3, LONG));
	/* XEP-0114: SHA-1 of "3BF96D32secret" */
	assert_non_null(strstr(server_heard(),
	                       "<handshake>b09ea9b3b7f586be8a08d0a3dd7466f110aeb136</handshake>"));
	assert_int_equal(link_fatals + link_offlines, 0);
}

static void a_first_connection_that_fails_is_the_end(void **state)
{
	static const char *const texts[] = {
		"HTTP/1.1 400 Bad Request\r\n\r\n",
		"<stream:stream xmlns='jabber:component:accept' "
		"xmlns:stream='http://etherx.jabber.org/streams' id='1'><stream:error><not-authorized "
		"xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error></stream:stream>",
		"<html id='1'>", "",
	};

	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		if (i > 0)
			link_fixture_stop();
		start(texts[i], true);
		assert_true(link_run(&link_fatals, 1, LONG));
		assert_int_equal(link_onlines + link_offlines, 0);
	}
}

static void another_components_stanza_is_the_end(void **state)
{
	(void)state;
	start(server_greeting, false);
	assert_true(link_run(&link_onlines, 1, LONG));
	server_say("<message to='other.example.com' from='a@x'/>");
	assert_true(link_run(&link_fatals, 1, LONG));
	assert_int_equal(link_stanzas, 0);
}

static void a_lost_stream_is_tried_again_at_once(void **state)
{
	(void)state;
	start(server_greeting, false);
	assert_true(link_run(&link_onlines, 1, LONG));
	server_hang_up();
	assert_true(link_run(&link_onlines, 2, 400));
	assert_int_equal(link_offlines, 1);
	assert_int_equal(link_fatals, 0);
}

/* The server takes us and ends it, again and again. */
static void streams_that_die_young_are_not_tried_in_a_storm(void **state)
{
	(void)state;
	start(server_greeting, true);
	assert_false(link_run(&server_accepted, 4, 900));
	assert_in_range(server_accepted, 2, 3);
}

/* Back-off begins anew when a stream has lasted. */
static void after_a_steady_stream_it_is_tried_at_once(void **state)
{
	int64_t now = clock_mono_ms();

	(void)state;
	start(server_greeting, false);
	assert_true(link_run(&link_onlines, 1, LONG));
	server_hang_up();
	assert_true(link_run(&link_onlines, 2, 400));
	clock_set(now + 120000, -1);
	server_hang_up();
	assert_true(link_run(&link_onlines, 3, 400));
}

static void it_may_be_freed_in_a_stanza(void **state)
{
	(void)state;
	start(server_greeting, false);
	assert_true(link_run(&link_onlines, 1, LONG));
	link_free_in_stanza = true;
	server_say("<message/><message/><presence/>");
	assert_true(link_run(&link_stanzas, 1, LONG));
	assert_false(link_run(&link_stanzas, 2, 50));
	assert_null(link_under_test());
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(it_shakes_hands_and_hands_stanzas_up),
		TEST(a_first_connection_that_fails_is_the_end),
		TEST(another_components_stanza_is_the_end),
		TEST(a_lost_stream_is_tried_again_at_once),
		TEST(streams_that_die_young_are_not_tried_in_a_storm),
		TEST(after_a_steady_stream_it_is_tried_at_once),
		TEST(it_may_be_freed_in_a_stanza),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
