// link: test/unit/bosh_fixture.o
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/mem.h"
#include "device/bosh_body.h"
#include "test/unit/bosh_fixture.h"

#define STREAM "http://etherx.jabber.org/streams"
#define SASL "urn:ietf:params:xml:ns:xmpp-sasl"
#define HEADER "<?xml version='1.0'?><stream:stream xmlns='jabber:client' xmlns:stream='" STREAM \
	"' to='example.com' xml:lang='en' version='1.0'>"
#define BODY(inside) "<body xmlns='" BOSH_NS "' xmlns:stream='" STREAM "'>" inside "</body>"
#define CREATED "<body xmlns='" BOSH_NS "' xmlns:stream='" STREAM "' sid='s' requests='2' wait='9'" \
	" inactivity='30'><stream:features><mechanisms xmlns='" SASL "'/>" \
	"<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/><sm xmlns='urn:xmpp:sm:3'/>" \
	"</stream:features></body>"
#define TERMINATED "<body xmlns='" BOSH_NS "' type='terminate'/>"

static bool heard(const char *text)
{
	return strstr(client_heard(), text) != NULL;
}

static bool asked(const char *text)
{
	return strstr(http_body, text) != NULL;
}

/* A client that has its features, with one request held. */
static void begin(void)
{
	client_connect();
	client_say(HEADER);
	RUN_UNTIL(heard("</features>"));
	RUN_UNTIL(http_requests == 2);
}

/* Nothing is asked of the server for a while. */
static void check_quiet(void)
{
	uint64_t until = uv_hrtime() + UINT64_C(50000000);
	unsigned before = http_requests;

	while (uv_hrtime() < until)
		bosh_fixture_turn();
	assert_int_equal(http_requests, before);
}

static void test_a_stream_goes_through(void **state)
{
	static const char *const answers[] = { CREATED, "", NULL };

	(void)state;
	bosh_fixture_start(answers, NULL);
	assert_int_equal(bosh_idle_s(bosh_tested), -1);
	begin();
	assert_int_equal(bosh_idle_s(bosh_tested), 0);
	assert_true(heard("<stream:stream xmlns='jabber:client'") && heard(" from='example.com'"));
	assert_true(heard("<mechanisms"));
	assert_false(heard("starttls") || heard("urn:xmpp:sm"));
	client_say("<auth xmlns='" SASL "'>x</auth>");
	RUN_UNTIL(asked("<auth"));
	http_say(BODY(""));
	http_say(BODY("<success xmlns='" SASL "'/>"));
	RUN_UNTIL(heard("<success"));
	check_quiet();
	/* What follows is a new stream, whose header is nobody's but the client's. */
	client_say(HEADER);
	RUN_UNTIL(asked("xmpp:restart='true'"));
	http_say(BODY("<stream:features><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></stream:features>"));
	RUN_UNTIL(heard("<bind"));
	client_say("<iq id='1' type='get'>");
	client_say("<query xmlns='x'/></iq>");
	RUN_UNTIL(asked("<iq xmlns='jabber:client' id='1' type='get'><query xmlns='x'/></iq>"));
	bosh_fixture_stop();
}

static void test_only_the_client_is_let_in(void **state)
{
	static const char *const answers[] = { CREATED, NULL };

	(void)state;
	bosh_fixture_start(answers, NULL);
	bosh_admitting = false;
	client_connect();
	RUN_UNTIL(client_is_closed());
	client_close();
	bosh_admitting = true;
	begin();
	client_close();
	client_connect();
	RUN_UNTIL(client_is_closed());
	bosh_fixture_stop();
}

static void test_the_client_ends_it(void **state)
{
	static const char *const answers[] = { CREATED, "", BODY(""), TERMINATED, NULL };

	(void)state;
	bosh_fixture_start(answers, NULL);
	begin();
	client_say("<presence type='unavailable'/></stream:stream>");
	RUN_UNTIL(asked("<presence xmlns='jabber:client' type='unavailable'/>"));
	http_say(BODY(""));
	RUN_UNTIL(asked("type='terminate'"));
	RUN_UNTIL(client_is_closed());
	assert_true(heard("</stream:stream>"));
	assert_int_equal(bosh_endings, 0);
	bosh_fixture_stop();
}

/* The client has gone; nobody waits for the session's end. */
static void test_a_session_that_is_let_go_is_ended(void **state)
{
	static const char *const answers[] = { CREATED, "", TERMINATED, NULL };

	(void)state;
	bosh_fixture_start(answers, NULL);
	begin();
	bosh_free(bosh_tested);
	bosh_tested = NULL;
	RUN_UNTIL(asked("type='terminate'"));
	bosh_fixture_stop();
	assert_int_equal(http_requests, 3);
	assert_int_equal(bosh_endings, 0);
}

static void test_the_server_ends_it(void **state)
{
	static const char *const answers[] = { CREATED, NULL };

	(void)state;
	bosh_fixture_start(answers, NULL);
	begin();
	http_say(TERMINATED);
	RUN_UNTIL(bosh_endings == 1);
	assert_string_equal(bosh_end_text, "the server has ended the session: it does not say why");
	bosh_fixture_stop();
	bosh_fixture_start(answers, NULL);
	begin();
	http_say("<body xmlns='" BOSH_NS "' xmlns:stream='" STREAM "' type='terminate'>"
	         "<stream:error><conflict xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error></body>");
	RUN_UNTIL(client_is_closed());
	assert_true(heard("<error xmlns='" STREAM "'><conflict"));
	assert_int_equal(bosh_endings, 0);
	bosh_fixture_stop();
}

/* What cannot be a session: the text says what came. */
static void check_refused(const char *answer, const char *url, const char *text)
{
	const char *const answers[] = { answer, NULL };

	bosh_fixture_start(answers, url);
	bosh_free_at_end = true;
	client_connect();
	client_say(HEADER);
	RUN_UNTIL(bosh_endings == 1);
	if (strstr(bosh_end_text, text) == NULL)
		fail_msg("'%s' is not in '%s'", text, bosh_end_text);
	bosh_fixture_stop();
}

static void test_why_there_is_no_session(void **state)
{
	char *large = mem_alloc(BOSH_BODY_BYTES + 200);

	(void)state;
	check_refused("!HTTP/1.1 404 Not found\r\nContent-Length: 0\r\n\r\n", NULL, "HTTP status 404");
	check_refused("!HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:9/\r\nContent-Length: 0\r\n\r\n",
	              NULL, "HTTP status 302");
	check_refused("!HTTP/1.1 502 Bad\r\nContent-Length: 0\r\n\r\n", NULL, "HTTP status 502");
	check_refused("!220 mail.example.com ESMTP\r\n", NULL, "HTTP/0.9");
	check_refused("!", NULL, "Empty reply");
	check_refused("<html/>", NULL, "XML that is no BOSH body");
	check_refused("!HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n<body", NULL, "transfer closed");
	check_refused(NULL, "http://127.0.0.1:1/", "127.0.0.1 port 1");
	check_refused(NULL, "http://192.0.2.1/", "without TLS it is for loopback addresses only");
	memset(large, ' ', BOSH_BODY_BYTES + 200);
	large[BOSH_BODY_BYTES + 199] = '\0';
	memcpy(large, "!HTTP/1.1 200 OK\r\n\r\n", 20);
	check_refused(large, NULL, "the answer is too large");
	free(large);
}

static void test_a_lost_answer_is_asked_for_again(void **state)
{
	static const char *const answers[] = { CREATED, "!", BODY("<message xmlns='jabber:client'/>"),
	                                       NULL };
	char first[sizeof http_body];

	(void)state;
	bosh_fixture_start(answers, NULL);
	begin();
	strcpy(first, http_body);
	RUN_UNTIL(http_requests == 3);
	assert_string_equal(http_body, first);
	RUN_UNTIL(heard("<message"));
	RUN_UNTIL(http_requests == 4);
	assert_string_not_equal(http_body, first);
	assert_int_equal(bosh_endings, 0);
	bosh_fixture_stop();
}

static void test_a_client_whose_stream_is_broken_is_ended(void **state)
{
	static const char *const answers[] = { CREATED, NULL };

	(void)state;
	bosh_fixture_start(answers, NULL);
	begin();
	client_say("</x>");
	RUN_UNTIL(client_is_closed());
	RUN_UNTIL(asked("type='terminate'"));
	bosh_fixture_stop();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_stream_goes_through),
		cmocka_unit_test(test_only_the_client_is_let_in),
		cmocka_unit_test(test_the_client_ends_it),
		cmocka_unit_test(test_a_session_that_is_let_go_is_ended),
		cmocka_unit_test(test_the_server_ends_it),
		cmocka_unit_test(test_why_there_is_no_session),
		cmocka_unit_test(test_a_lost_answer_is_asked_for_again),
		cmocka_unit_test(test_a_client_whose_stream_is_broken_is_ended),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
