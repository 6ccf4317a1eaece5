// link: device/bosh_body.o device/bosh_session.o
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/log.h"
#include "common/mem.h"
#include "device/bosh_body.h"
#include "device/bosh_session.h"

#define FIRST 100
#define CREATED "sid='s' wait='45' inactivity='30' polling='2' requests='2'"
#define FEATURES "<features xmlns='" XML_STREAM_NS "'/>"
#define MESSAGE(id) "<message xmlns='jabber:client' id='" id "'/>"

static struct bosh_session *s;
static int64_t now;
static char heard[4096];          /* names or ids of what has come */
static char end_text[300];
static enum bosh_end end;
static unsigned ends;

static void on_child(void *arg, const struct xml *el)
{
	size_t used = strlen(heard);

	(void)arg;
	snprintf(heard + used, sizeof heard - used, "%s ",
	         xml_get(el, "id") != NULL ? xml_get(el, "id") : el->name);
}

static void on_ended(void *arg, enum bosh_end how, const char *text)
{
	(void)arg;
	ends++;
	end = how;
	snprintf(end_text, sizeof end_text, "%s", text);
}

static int set_up(void **state)
{
	static const struct bosh_session_events events = { on_child, on_ended };
	const struct bosh_session_options options = { "example.com", "en", 45, FIRST };

	(void)state;
	*heard = *end_text = '\0';
	ends = 0;
	now = 1000000;
	log_set_level(LOG_LEVEL_ERROR);
	s = bosh_session_new(&options, &events, NULL);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	bosh_session_free(s);
	return 0;
}

/* The next request is due in so many ms, is this one, and is sent. */
static void expect(int64_t in, int64_t rid, const char *part)
{
	struct bosh_request r;

	if (in > 0) {
		now += in - 1;
		assert_false(bosh_session_next(s, now, true, &r));
		now++;
	}
	assert_true(bosh_session_due(s, true) <= now);
	assert_true(bosh_session_next(s, now, true, &r));
	assert_int_equal(r.rid, rid);
	assert_int_equal(r.len, strlen(r.text));
	if (strstr(r.text, part) == NULL)
		fail_msg("no %s in %s", part, r.text);
}

static void expect_nothing(int64_t for_ms)
{
	struct bosh_request r;

	now += for_ms;
	assert_false(bosh_session_next(s, now, true, &r));
}

static void answer(int64_t rid, const char *attributes, const char *stanzas)
{
	char *text = mem_printf("<body xmlns='" BOSH_NS "' %s>%s</body>", attributes, stanzas);

	bosh_session_answered(s, now, rid, 2, text, strlen(text));
	free(text);
}

static void send_stanza(const char *text)
{
	struct xml *el = xml_parse(text, strlen(text), &xml_limits_stanza, NULL);

	assert_non_null(el);
	bosh_session_send(s, el);
	xml_free(el);
}

static void create(void)
{
	expect(0, FIRST, "to='example.com'");
	expect_nothing(2);
	answer(FIRST, CREATED, FEATURES);
}

/* With one request that the server holds. */
static void create_and_poll(void)
{
	create();
	expect(3, FIRST + 1, "sid='s'/>");
}

static void test_one_request_is_always_at_the_server(void **state)
{
	(void)state;
	create_and_poll();
	assert_string_equal(heard, "features ");
	expect_nothing(44000);
	answer(FIRST + 1, "", "");
	expect(3, FIRST + 2, "sid='s'/>");
	answer(FIRST + 2, "", MESSAGE("a") MESSAGE("b"));
	assert_string_equal(heard, "features a b ");
	expect(3, FIRST + 3, "sid='s'/>");
	assert_int_equal(ends, 0);
}

/* Also when the client says something at once: then this goes, and no empty one. */
static void test_what_is_said_goes_in_a_second_request(void **state)
{
	(void)state;
	create();
	send_stanza(MESSAGE("x"));
	send_stanza("<iq id='y'><q xmlns='z'/></iq>");
	expect(0, FIRST + 1, MESSAGE("x") "<iq xmlns='jabber:client' id='y'>");
	assert_int_equal(bosh_session_waiting(s), 0);
	now += 100;
	send_stanza(MESSAGE("z"));
	expect(0, FIRST + 2, MESSAGE("z"));
	send_stanza(MESSAGE("too much"));
	expect_nothing(1000);
	answer(FIRST + 1, "", "");
	expect(0, FIRST + 3, MESSAGE("too much"));
}

/* They may overtake each other on their way. */
static void test_the_second_one_leaves_when_the_first_has_arrived(void **state)
{
	(void)state;
	create_and_poll();
	send_stanza(MESSAGE("x"));
	expect(5, FIRST + 2, MESSAGE("x"));
	answer(FIRST + 1, "", "");
	send_stanza(MESSAGE("y"));
	/* Two milliseconds are a round trip here. */
	expect(5, FIRST + 3, MESSAGE("y"));
}

static void test_a_long_way_has_more_time(void **state)
{
	const char *body = "<body xmlns='" BOSH_NS "' " CREATED ">" FEATURES "</body>";

	(void)state;
	expect(0, FIRST, "");
	now += 300;
	bosh_session_answered(s, now, FIRST, 200, body, strlen(body));
	expect(3, FIRST + 1, "");
	send_stanza(MESSAGE("x"));
	expect(100, FIRST + 2, MESSAGE("x"));
}

static void test_a_restart_is_alone(void **state)
{
	(void)state;
	create();
	send_stanza("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>");
	bosh_session_restart(s);
	send_stanza(MESSAGE("x"));
	expect(0, FIRST + 1, "<auth");
	answer(FIRST + 1, "", "<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>");
	expect(0, FIRST + 2, "xmpp:restart='true'/>");
	answer(FIRST + 2, "", FEATURES);
	expect(0, FIRST + 3, MESSAGE("x"));
	assert_string_equal(heard, "features success features ");
}

static void test_answers_count_in_the_order_of_their_requests(void **state)
{
	(void)state;
	create_and_poll();
	send_stanza(MESSAGE("x"));
	expect(5, FIRST + 2, MESSAGE("x"));
	answer(FIRST + 2, "", MESSAGE("second"));
	assert_string_equal(heard, "features ");
	expect_nothing(100);
	answer(FIRST + 1, "", MESSAGE("first"));
	assert_string_equal(heard, "features first second ");
	expect(3, FIRST + 3, "");
}

static void test_what_was_lost_is_asked_for_again_and_counts_once(void **state)
{
	(void)state;
	create_and_poll();
	send_stanza(MESSAGE("x"));
	expect(5, FIRST + 2, MESSAGE("x"));
	bosh_session_failed(s, now, FIRST + 2, false, "reset");
	bosh_session_failed(s, now, FIRST + 1, false, "reset");
	send_stanza(MESSAGE("y"));
	expect_nothing(99);
	now += 101;
	expect(0, FIRST + 1, "sid='s'/>");
	expect_nothing(4);
	expect(1, FIRST + 2, MESSAGE("x"));
	answer(FIRST + 1, "", MESSAGE("a"));
	answer(FIRST + 1, "", MESSAGE("a"));
	answer(FIRST + 2, "", MESSAGE("b"));
	answer(FIRST + 2, "", MESSAGE("b"));
	assert_string_equal(heard, "features a b ");
	expect(0, FIRST + 3, MESSAGE("y"));
	answer(FIRST + 999, "", MESSAGE("never asked"));
	assert_string_equal(heard, "features a b ");
	assert_int_equal(ends, 0);
}

/* The session is gone at the server when it has heard nothing for so long. */
static void test_it_is_given_up_after_the_inactivity(void **state)
{
	struct bosh_request r;
	int64_t began;
	unsigned tries = 0;

	(void)state;
	create_and_poll();
	began = now;
	while (ends == 0) {
		bosh_session_failed(s, now, FIRST + 1, false, "connection refused");
		if (ends > 0)
			break;
		tries++;
		now = bosh_session_due(s, true);
		assert_true(bosh_session_next(s, now, true, &r));
		assert_int_equal(r.rid, FIRST + 1);
	}
	assert_true(now - began >= 30000 && now - began <= 36000);
	assert_true(tries > 6 && tries < 40);
	assert_int_equal(end, BOSH_END_LOST);
	assert_non_null(strstr(end_text, "connection refused"));
	assert_int_equal(bosh_session_due(s, true), INT64_MAX);
	answer(FIRST + 1, "", MESSAGE("late"));
	assert_int_equal(ends, 1);
}

static void test_an_answer_in_between_begins_it_anew(void **state)
{
	struct bosh_request r;

	(void)state;
	create_and_poll();
	for (int64_t rid = FIRST + 1; rid < FIRST + 20; rid++) {
		bosh_session_failed(s, now, rid, false, "reset");
		now += 20000;
		assert_true(bosh_session_next(s, now, true, &r));
		answer(rid, "", MESSAGE("m"));
		now += 20000;
		assert_true(bosh_session_next(s, now, true, &r));
	}
	assert_int_equal(ends, 0);
}

/* As reverse proxies have them: then the server is made to answer before. */
static void test_a_time_out_on_the_way_is_learnt(void **state)
{
	(void)state;
	create_and_poll();
	now += 20000;
	bosh_session_failed(s, now, FIRST + 1, true, "HTTP status 504");
	now += 200;
	expect(0, FIRST + 1, "");
	expect(15000, FIRST + 2, "sid='s'/>");
	answer(FIRST + 1, "", "");
	expect(15000, FIRST + 3, "sid='s'/>");
	/* The same with both under way is a failure. */
	now += 20000;
	bosh_session_failed(s, now, FIRST + 2, true, "HTTP status 504");
	bosh_session_failed(s, now, FIRST + 3, true, "HTTP status 504");
	assert_int_equal(ends, 0);
	now += 20000;
	expect(0, FIRST + 2, "");
	now += 20000;
	bosh_session_failed(s, now, FIRST + 2, true, "HTTP status 504");
	assert_int_equal(ends, 1);
}

static void test_a_request_without_an_answer_is_overdue(void **state)
{
	int64_t rid = 0;

	(void)state;
	create_and_poll();
	now += 74999;
	assert_false(bosh_session_overdue(s, now, &rid));
	assert_int_equal(bosh_session_due(s, true), now + 1);
	assert_true(bosh_session_overdue(s, now + 1, &rid));
	assert_int_equal(rid, FIRST + 1);
	/* With a second one the server has no reason to hold the first. */
	send_stanza(MESSAGE("x"));
	expect(0, FIRST + 2, MESSAGE("x"));
	assert_false(bosh_session_overdue(s, now + 29999, &rid));
	assert_true(bosh_session_overdue(s, now + 30000, &rid));
	assert_int_equal(rid, FIRST + 1);
}

/* A server must answer the first of two; one that was overtaken ejabberd keeps instead. */
static void test_requests_in_the_wrong_order_are_not_waited_for(void **state)
{
	int64_t rid;

	(void)state;
	create_and_poll();
	send_stanza(MESSAGE("x"));
	expect(5, FIRST + 2, MESSAGE("x"));
	bosh_session_failed(s, now, FIRST + 1, true, "reset");
	now += 200;
	expect(0, FIRST + 1, "");
	assert_false(bosh_session_overdue(s, now + 4999, &rid));
	assert_int_equal(bosh_session_due(s, true), now + 5000);
	now += 5000;
	assert_true(bosh_session_overdue(s, now, &rid));
	bosh_session_failed(s, now, rid, false, "no answer in time");
	assert_int_equal(ends, 1);
	assert_string_equal(end_text, "the server keeps requests that came in the wrong order");
}

static void test_closing_sends_the_rest_first(void **state)
{
	(void)state;
	create_and_poll();
	now += 1000;
	send_stanza(MESSAGE("last"));
	bosh_session_close(s);
	expect(0, FIRST + 2, MESSAGE("last"));
	answer(FIRST + 1, "", "");
	expect(5, FIRST + 3, "type='terminate'");
	answer(FIRST + 2, "", "");
	assert_int_equal(ends, 0);
	answer(FIRST + 3, "type='terminate'", "");
	assert_int_equal(ends, 1);
	assert_int_equal(end, BOSH_END_CLOSED);
}

static void test_closing_before_the_session_is_made_is_the_end(void **state)
{
	(void)state;
	bosh_session_close(s);
	assert_int_equal(ends, 1);
	assert_int_equal(end, BOSH_END_CLOSED);
	assert_int_equal(bosh_session_due(s, true), INT64_MAX);
}

/* Whichever request it comes on. */
static void test_the_server_ends_it(void **state)
{
	(void)state;
	create_and_poll();
	send_stanza(MESSAGE("x"));
	expect(5, FIRST + 2, MESSAGE("x"));
	answer(FIRST + 2, "type='terminate' condition='item-not-found'", "");
	assert_int_equal(ends, 1);
	assert_int_equal(end, BOSH_END_LOST);
	assert_string_equal(end_text, "the server has ended the session: item-not-found");
}

static void test_the_server_ends_it_by_a_stream_error(void **state)
{
	(void)state;
	create_and_poll();
	answer(FIRST + 1, "type='terminate' condition='remote-stream-error'",
	       "<error xmlns='" XML_STREAM_NS "'><conflict/></error>");
	assert_string_equal(heard, "features error ");
	assert_int_equal(end, BOSH_END_TOLD);
	assert_int_equal(ends, 1);
}

static void test_sessions_that_cannot_be_used(void **state)
{
	(void)state;
	expect(0, FIRST, "");
	answer(FIRST, "requests='2'", FEATURES);
	assert_string_equal(end_text, "the server's answer has no session id");
	tear_down(state);
	set_up(state);
	expect(0, FIRST, "");
	answer(FIRST, "sid='s' requests='1'", FEATURES);
	assert_string_equal(end_text, "the server takes one request at a time only");
	tear_down(state);
	set_up(state);
	expect(0, FIRST, "");
	answer(FIRST, "type='terminate' condition='host-unknown'", "");
	assert_string_equal(end_text, "the server has ended the session: host-unknown");
	tear_down(state);
	set_up(state);
	expect(0, FIRST, "");
	bosh_session_failed(s, now, FIRST, false, "the proxy refuses the connection (403)");
	assert_string_equal(end_text, "the proxy refuses the connection (403)");
	assert_string_equal(heard, "");
}

/* A server that holds nothing, or a page of somebody in between. */
static void test_nobody_is_asked_without_end(void **state)
{
	(void)state;
	create_and_poll();
	for (int64_t rid = FIRST + 1; rid < FIRST + 50; rid++) {
		answer(rid, "", "");
		expect(2000, rid + 1, "");
	}
	for (int n = 0; n < 5; n++) {
		assert_int_equal(ends, 0);
		bosh_session_answered(s, now, FIRST + 50, 1, "<html/>", 7);
		now += 5000;
		if (ends == 0)
			expect(0, FIRST + 50, "");
	}
	assert_int_equal(ends, 1);
	assert_string_equal(end_text, "answers are no BOSH bodies");
}

static void test_a_client_that_is_behind_is_not_asked_for(void **state)
{
	struct bosh_request r;

	(void)state;
	create();
	now += 100000;
	assert_false(bosh_session_next(s, now, false, &r));
	assert_int_equal(bosh_session_due(s, false), INT64_MAX);
	send_stanza(MESSAGE("x"));
	assert_true(bosh_session_next(s, now, false, &r));
}

static void test_much_goes_in_several_requests(void **state)
{
	char *text = mem_alloc(30000);
	struct bosh_request r;
	size_t all = 0;

	(void)state;
	memset(text, 'x', 29999);
	text[29999] = '\0';
	memcpy(text, "<message id='", 13);
	memcpy(text + 29999 - 3, "'/>", 3);
	create_and_poll();
	for (int n = 0; n < 10; n++)
		send_stanza(text);
	for (int64_t rid = FIRST + 2; bosh_session_waiting(s) > 0; rid++) {
		now += 5;
		assert_true(bosh_session_next(s, now, true, &r));
		assert_int_equal(r.rid, rid);
		assert_true(r.len < 130000);
		all += r.len;
		answer(rid - 1, "", "");
	}
	assert_true(all > 300000 && all < 302000);
	free(text);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_one_request_is_always_at_the_server),
		TEST(test_what_is_said_goes_in_a_second_request),
		TEST(test_the_second_one_leaves_when_the_first_has_arrived),
		TEST(test_a_long_way_has_more_time),
		TEST(test_a_restart_is_alone),
		TEST(test_answers_count_in_the_order_of_their_requests),
		TEST(test_what_was_lost_is_asked_for_again_and_counts_once),
		TEST(test_it_is_given_up_after_the_inactivity),
		TEST(test_an_answer_in_between_begins_it_anew),
		TEST(test_a_time_out_on_the_way_is_learnt),
		TEST(test_a_request_without_an_answer_is_overdue),
		TEST(test_requests_in_the_wrong_order_are_not_waited_for),
		TEST(test_closing_sends_the_rest_first),
		TEST(test_closing_before_the_session_is_made_is_the_end),
		TEST(test_the_server_ends_it),
		TEST(test_the_server_ends_it_by_a_stream_error),
		TEST(test_sessions_that_cannot_be_used),
		TEST(test_nobody_is_asked_without_end),
		TEST(test_a_client_that_is_behind_is_not_asked_for),
		TEST(test_much_goes_in_several_requests),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
