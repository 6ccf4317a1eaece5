// link: test/unit/dispatch_fixture.o
/* What comes, from whom, and what is answered. */
#include "test/unit/dispatch_fixture.h"

#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/mem.h"

static void test_an_operation_is_executed_and_answered(void **state)
{
	(void)state;
	receive(IQ("set", COMPONENT, "1-1", OPERATION("1", "")));
	expect("");
	assert_int_equal(n_reads, 1);
	assert_int_equal(reads[0].part, MFP_COUNTERS);
	printer_counts(42);
	expect(RESULT(COMPONENT, "1-1", OUTCOME("1", "done", COUNTERS("42"))));
}

static void test_a_printer_s_failure_is_the_outcome(void **state)
{
	(void)state;
	receive(IQ("set", COMPONENT, "1-1", OPERATION("1", "")));
	printer_fails("printer-timeout", "192.0.2.7 did not answer");
	expect(RESULT(COMPONENT, "1-1", OUTCOME("1", "failed",
	              "<reason condition='printer-timeout'>192.0.2.7 did not answer</reason>")));
}

static void test_an_id_is_executed_once_and_its_outcome_repeated(void **state)
{
	(void)state;
	receive(IQ("set", COMPONENT, "1-1", OPERATION("1", "")));
	printer_counts(42);
	expect(RESULT(COMPONENT, "1-1", OUTCOME("1", "done", COUNTERS("42"))));
	receive(IQ("set", COMPONENT, "1-2", OPERATION("1", "")));
	expect(RESULT(COMPONENT, "1-2", OUTCOME("1", "done", COUNTERS("42"))));
	/* Also when its time is over: it was executed in time. */
	receive(IQ("set", COMPONENT, "1-3", OPERATION("1", "not-after='2020-01-01T00:00:00Z'")));
	expect(RESULT(COMPONENT, "1-3", OUTCOME("1", "done", COUNTERS("42"))));
	assert_int_equal(n_reads, 0);
}

static void test_what_executes_answers_each_asking(void **state)
{
	(void)state;
	receive(IQ("set", COMPONENT, "1-1", OPERATION("1", "")));
	receive(IQ("set", SECOND_COMPONENT, "1-2", OPERATION("1", "")));
	assert_int_equal(n_reads, 1);
	expect("");
	printer_counts(42);
	expect(RESULT(COMPONENT, "1-1", OUTCOME("1", "done", COUNTERS("42")))
	       RESULT(SECOND_COMPONENT, "1-2", OUTCOME("1", "done", COUNTERS("42"))));
}

/* Of 2000 ids the outcome is known; an older one is not executed again. */
static void test_an_id_that_is_forgotten_is_unknown(void **state)
{
	(void)state;
	for (int i = 0; i <= 2001; i++) {
		char *iq = mem_printf(IQ("set", COMPONENT, "a", OPERATION("1%05d", "")), i % 2001);

		free(sent);
		sent = NULL;
		receive(iq);
		if (i < 2001)
			printer_counts(i);
		free(iq);
	}
	expect(RESULT(COMPONENT, "a", "<outcome xmlns='urn:platen:operation:1' id='100000'"
	              " status='unknown'><reason condition='forgotten'>it may have been done: the"
	              " journal does not go back so far</reason></outcome>"));
}

static void test_too_many_at_once_are_busy(void **state)
{
	char *iq;

	(void)state;
	for (int i = 0; i < 65; i++) {
		iq = mem_printf("<iq xmlns='jabber:client' type='set' from='" COMPONENT "' id='a'>"
		                "<operation xmlns='urn:platen:operation:1' id='%d'"
		                " command='get-counters'/></iq>", i);
		receive(iq);
		free(iq);
	}
	assert_int_equal(n_reads, 64);
	expect(RESULT(COMPONENT, "a", OUTCOME("64", "failed",
	              "<reason condition='busy'>64 requests are under way</reason>")));
}

static void test_what_is_larger_than_64_kib_fails(void **state)
{
	struct mfp m = { .parts = MFP_COUNTERS };

	(void)state;
	receive(IQ("set", COMPONENT, "1-1", OPERATION("1", "")));
	for (int i = 0; i < 256; i++)
		mfp_add_counter(&m)->name = mem_printf("%0300d", i);
	n_reads = 0;
	reads[0].fn(reads[0].arg, &m, NULL);
	mfp_clear(&m);
	expect(RESULT(COMPONENT, "1-1", OUTCOME("1", "failed",
	              "<reason condition='too-large'>the outcome is larger than 64 KiB</reason>")));
}

static void test_strangers_are_forbidden_everything(void **state)
{
	(void)state;
	receive(IQ("set", "mallory@example.com/x", "1", OPERATION("1", "")));
	expect(ERROR("mallory@example.com/x", "1", "auth", "forbidden", FORBIDDEN));
	receive(IQ("get", "x@" COMPONENT, "2", "<ping xmlns='urn:xmpp:ping'/>"));
	expect(ERROR("x@" COMPONENT, "2", "auth", "forbidden", FORBIDDEN));
	receive("<iq xmlns='jabber:client' type='get' id='3'><ping xmlns='urn:xmpp:ping'/></iq>");
	expect("<iq type='error' id='3'><error type='auth'><forbidden"
	       " xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>" FORBIDDEN "</error></iq>\n");
	assert_int_equal(n_reads, 0);
	/* JIDs are compared as RFC 7622 has them. */
	receive(IQ("get", "Devices.Example.COM", "4", "<ping xmlns='urn:xmpp:ping'/>"));
	expect("<iq type='result' to='Devices.Example.COM' id='4'/>\n");
}

static void test_only_its_own_component_sets_the_interval(void **state)
{
#define HINT(seconds) "<keepalive xmlns='urn:platen:keepalive:1' interval='" seconds "'/>"
	(void)state;
	receive(IQ("set", SECOND_COMPONENT, "1", HINT("60")));
	expect(ERROR(SECOND_COMPONENT, "1", "auth", "forbidden",
	             TEXT("only the component that this device reports to may ask this")));
	receive(IQ("set", COMPONENT, "2", HINT("60")));
	expect("<iq type='result' to='" COMPONENT "' id='2'/>\n");
	receive(IQ("set", COMPONENT, "3", HINT("0")));
	expect(ERROR(COMPONENT, "3", "modify", "bad-request", ""));
	receive(IQ("set", COMPONENT, "4", HINT("1000000000000000000")));
	expect(ERROR(COMPONENT, "4", "modify", "bad-request", ""));
}

static void test_the_unknown_and_the_malformed_are_answered_once(void **state)
{
	(void)state;
	receive(IQ("get", COMPONENT, "1", "<what xmlns='urn:x'/>"));
	expect(ERROR(COMPONENT, "1", "cancel", "service-unavailable", ""));
	receive(IQ("get", COMPONENT, "2", OPERATION("1", "")));
	expect(ERROR(COMPONENT, "2", "cancel", "service-unavailable", ""));
	receive(IQ("get", COMPONENT, "3", ""));
	expect(ERROR(COMPONENT, "3", "modify", "bad-request",
	             TEXT("a request holds exactly one element")));
	receive(IQ("get", COMPONENT, "4", "<ping xmlns='urn:xmpp:ping'/><a/>"));
	expect(ERROR(COMPONENT, "4", "modify", "bad-request",
	             TEXT("a request holds exactly one element")));
	receive(IQ("set", COMPONENT, "5", "<operation xmlns='urn:platen:operation:1'/>"));
	expect(ERROR(COMPONENT, "5", "modify", "bad-request", ""));
}

static void test_results_and_errors_and_messages_are_never_answered(void **state)
{
	(void)state;
	receive(IQ("result", COMPONENT, "1", OPERATION("1", "")));
	receive(IQ("error", COMPONENT, "1", OPERATION("1", "")));
	receive(IQ("error", "mallory@example.com", "1", ""));
	receive(IQ("odd", COMPONENT, "1", OPERATION("1", "")));
	receive("<iq xmlns='jabber:client' type='get' from='" COMPONENT "'><a/></iq>");
	receive("<message xmlns='jabber:client' from='" COMPONENT "'><body>hi</body></message>");
	receive("<presence xmlns='jabber:client' from='" COMPONENT "'/>");
	receive("<presence xmlns='jabber:client' type='error' from='" COMPONENT "'/>");
	expect("");
	assert_int_equal(n_reads, 0);
}

#define DEVICE "<device xmlns='urn:platen:device:1' serial='W1' client='platen-device/" \
	PLATEN_VERSION "' transport='tcp' commands='5827cd2af649270a8ca8b5f968fc7a42'/>"
#define KEEPALIVE(id, interval) \
	"<iq type='get' to='" COMPONENT "' id='" id "'><keepalive xmlns='urn:platen:keepalive:1'" \
	" stream='a' idle='7' interval='" interval "' uptime='0'/></iq>\n"

static void test_presence_comes_first_then_a_keepalive(void **state)
{
	struct mfp m = { .parts = MFP_INFORMATION };

	(void)state;
	presence_online(d.presence);
	expect("<presence to='" COMPONENT "'>" DEVICE "</presence>\n" KEEPALIVE("k1", "300"));
	receive(IQ("get", SECOND_COMPONENT, "1", "<device xmlns='urn:platen:device:1'/>"));
	expect(RESULT(SECOND_COMPONENT, "1", DEVICE));
	receive(IQ("result", COMPONENT, "k1", "<keepalive xmlns='urn:platen:keepalive:1'"
	           " interval='9999999' instance='i'/>"));
	m.facts[2] = mem_strdup("W1");
	presence_learnt(d.presence, &m);
	expect("");
	m.facts[1] = mem_strdup("MP <2>");
	presence_learnt(d.presence, &m);
	mfp_clear(&m);
	expect("<presence to='" COMPONENT "'><device xmlns='urn:platen:device:1' model='MP &lt;2&gt;'"
	       " serial='W1' client='platen-device/" PLATEN_VERSION "' transport='tcp' commands='5827cd2af649270a8ca8b5f968fc7a42'/></presence>\n");
}

/* A component that has started again asks, and it may have another clock: what it orders
 * behind our answer is judged by that one. */
static void test_who_asks_tells_its_clock_first(void **state)
{
	(void)state;
	presence_online(d.presence);
	component_says("2026-01-02T03:04:05.000Z");
	forget_sent();
	receive(IQ("get", COMPONENT, "1", "<device xmlns='urn:platen:device:1'/>"));
	expect(KEEPALIVE("k2", "300") RESULT(COMPONENT, "1", DEVICE));
	receive(IQ("result", COMPONENT, "k2", "<keepalive xmlns='urn:platen:keepalive:1'"
	           " now='2026-01-02T02:04:05.000Z' instance='j'/>"));
	assert_int_equal(keepalive_now(d.keepalive), 1767323045000 - 3600000);
}

static void test_a_hint_is_held_to_what_is_configured(void **state)
{
#define HINTED(id, seconds) \
	IQ("result", COMPONENT, id, "<keepalive xmlns='urn:platen:keepalive:1' interval='" seconds "'/>")
	(void)state;
	presence_online(d.presence);
	receive(HINTED("k1", "1"));
	free(sent);
	sent = NULL;
	keepalive_offline(d.keepalive);
	keepalive_presence_sent(d.keepalive);
	expect(KEEPALIVE("k2", "30"));
	receive(HINTED("k2", "86400"));
	keepalive_offline(d.keepalive);
	keepalive_presence_sent(d.keepalive);
	expect(KEEPALIVE("k3", "7200"));
	/* An answer to an older one says nothing any more. */
	receive(HINTED("k2", "600"));
	keepalive_offline(d.keepalive);
	keepalive_presence_sent(d.keepalive);
	expect(KEEPALIVE("k4", "7200"));
}

static void test_a_restarted_component_is_noticed(void **state)
{
#define INSTANCE(from, id, instance) \
	IQ("result", from, id, "<keepalive xmlns='urn:platen:keepalive:1' instance='" instance "'/>")
	(void)state;
	presence_online(d.presence);
	receive(INSTANCE(COMPONENT, "k1", "a"));
	receive(INSTANCE(COMPONENT, "k1", "a"));
	assert_int_equal(restarts, 0);
	receive(INSTANCE("mallory@example.com", "k1", "b"));
	receive(INSTANCE(SECOND_COMPONENT, "k1", "b"));
	assert_int_equal(restarts, 0);
	receive(INSTANCE(COMPONENT, "k1", "b"));
	assert_int_equal(restarts, 1);
	assert_int_equal(bounces, 0);
	receive(IQ("error", COMPONENT, "k1", ""));
	assert_int_equal(bounces, 1);
}

static void test_standard_questions_are_answered(void **state)
{
	(void)state;
	clock_set(1000000 + 5999, 1767323045000);
	receive(IQ("get", COMPONENT, "1", "<query xmlns='jabber:iq:version'/>"));
	expect(RESULT(COMPONENT, "1", "<query xmlns='jabber:iq:version'><name>platen-device</name>"
	              "<version>" PLATEN_VERSION "</version></query>"));
	receive(IQ("get", COMPONENT, "2", "<query xmlns='jabber:iq:last'/>"));
	expect(RESULT(COMPONENT, "2", "<query xmlns='jabber:iq:last' seconds='5'/>"));
	receive(IQ("get", COMPONENT, "3", "<query xmlns='http://jabber.org/protocol/disco#info'/>"));
	assert_non_null(strstr(sent, "<feature var='urn:platen:operation:1'/>"));
	assert_non_null(strstr(sent, "<feature var='urn:xmpp:ping'/>"));
	free(sent);
	sent = NULL;
	receive(IQ("get", COMPONENT, "4",
	           "<query xmlns='http://jabber.org/protocol/disco#info' node='x'/>"));
	expect(ERROR(COMPONENT, "4", "cancel", "service-unavailable", ""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_an_operation_is_executed_and_answered),
		TEST(test_a_printer_s_failure_is_the_outcome),
		TEST(test_an_id_is_executed_once_and_its_outcome_repeated),
		TEST(test_what_executes_answers_each_asking),
		TEST(test_an_id_that_is_forgotten_is_unknown),
		TEST(test_too_many_at_once_are_busy),
		TEST(test_what_is_larger_than_64_kib_fails),
		TEST(test_strangers_are_forbidden_everything),
		TEST(test_only_its_own_component_sets_the_interval),
		TEST(test_the_unknown_and_the_malformed_are_answered_once),
		TEST(test_results_and_errors_and_messages_are_never_answered),
		TEST(test_presence_comes_first_then_a_keepalive),
		TEST(test_who_asks_tells_its_clock_first),
		TEST(test_a_hint_is_held_to_what_is_configured),
		TEST(test_a_restarted_component_is_noticed),
		TEST(test_standard_questions_are_answered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
