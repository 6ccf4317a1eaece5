// link: device/dispatch.o device/about.o device/answer.o device/command.o
// link: device/execute.o device/journal.o device/journal_file.o device/journal_rows.o device/outcome.o
// link: device/askers.o device/command_list.o device/execution.o device/owed.o
// link: device/keepalive.o device/presence.o
/* Stanzas in, stanzas out: all of the device between its stream and its printer,
 * both of which stand here. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/clock.h"
#include "common/mem.h"
#include "device/about.h"
#include "device/dispatch.h"

#define COMPONENT "devices.example.com"
#define SECOND_COMPONENT "other.example.com"

/* The stream: what was sent since the last look, one stanza a line. */
static char *sent;

void stream_send(struct stream *s, struct xml_writer *w)
{
	char *text = xml_take(w, NULL), *all;

	(void)s;
	all = mem_printf("%s%s\n", sent == NULL ? "" : sent, text);
	free(sent);
	sent = all;
	free(text);
}

int64_t stream_idle_s(const struct stream *s)
{
	(void)s;
	return 7;
}

void stream_lost(struct stream *s, const char *why)
{
	(void)s;
	fail_msg("lost: %s", why);
}

/* The printer: reads wait here until the test ends them. */
static struct {
	enum mfp_part part;
	source_fn *fn;
	void *arg;
} reads[100];
static size_t n_reads;

void source_read(struct source *s, enum mfp_part part, int64_t timeout_ms, source_fn *fn,
                 void *arg)
{
	(void)s;
	assert_int_equal(timeout_ms, 30000);
	assert_true(n_reads < sizeof reads / sizeof *reads);
	reads[n_reads].part = part;
	reads[n_reads].fn = fn;
	reads[n_reads++].arg = arg;
}

/* test_execute.c has what changes something. */
bool source_can(const struct source *s, enum source_action action, struct source_failure *f)
{
	(void)s;
	(void)action;
	*f = (struct source_failure){ "not-supported", mem_strdup("it cannot"), false };
	return false;
}

void source_act(struct source *s, enum source_action action, enum mfp_part part,
                int64_t timeout_ms, const struct source_asker *asker, void *arg)
{
	assert_int_equal(action, SOURCE_READ);
	if (asker->may(arg))
		source_read(s, part, timeout_ms, asker->done, arg);
}

bool source_let_go(struct source *s, const void *arg)
{
	(void)s;
	assert_true(n_reads > 0 && reads[n_reads - 1].arg == arg);
	n_reads--;
	return true;
}

static void printer_counts(int64_t value)
{
	struct mfp m = { .parts = MFP_COUNTERS, .source = mem_strdup("snmp") };
	struct mfp_counter *c = mfp_add_counter(&m);

	assert_true(n_reads > 0);
	c->name = mem_strdup("marker-life-count");
	c->value = (struct mfp_number){ true, value };
	n_reads--;
	reads[n_reads].fn(reads[n_reads].arg, &m, NULL);
	mfp_clear(&m);
}

static void printer_fails(const char *condition, const char *text)
{
	char *owned = mem_strdup(text);
	const struct source_failure f = { condition, owned, false };
	const struct mfp m = { 0 };

	assert_true(n_reads > 0);
	n_reads--;
	reads[n_reads].fn(reads[n_reads].arg, &m, &f);
	free(owned);
}

/* The device. */
static uv_loop_t loop;
static struct dispatch d;
static unsigned restarts, bounces;

static void on_sent(void *arg)
{
	(void)arg;
	keepalive_presence_sent(d.keepalive);
}

static void on_answered(void *arg)
{
	(void)arg;
	presence_arrived(d.presence);
	execute_answered(d.execute);
}

static void on_bounced(void *arg)
{
	(void)arg;
	bounces++;
}

static void on_restarted(void *arg)
{
	(void)arg;
	restarts++;
}

static int64_t now(void *arg)
{
	(void)arg;
	return keepalive_now(d.keepalive);
}

static void on_learnt(void *arg, const struct mfp *m)
{
	(void)arg;
	presence_learnt(d.presence, m);
}

static const struct execute_events execute_events = { now, on_learnt };
static const struct keepalive_events keepalive_events = { on_answered, on_bounced, on_restarted };
static char *const obey[] = { (char *)(uintptr_t)COMPONENT,
                              (char *)(uintptr_t)SECOND_COMPONENT, NULL };

static int set_up(void **state)
{
	static char *const facts[MFP_FACTS] = { [2] = (char *)(uintptr_t)"W1" };
	const struct keepalive_options k = { COMPONENT, 300000, 30000, 7200000 };
	const struct execute_options x = { NULL, 5000 };

	(void)state;
	clock_set(1000000, 1767323045000);
	about_init();
	uv_loop_init(&loop);
	d.obey = obey;
	d.execute = execute_new(&loop, &x, NULL, NULL, &execute_events, NULL);
	d.presence = presence_new(&loop, NULL, NULL, COMPONENT, facts, on_sent, NULL);
	d.keepalive = keepalive_new(&loop, NULL, &k, &keepalive_events, NULL);
	restarts = bounces = 0;
	n_reads = 0;
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	execute_free(d.execute);
	presence_free(d.presence);
	keepalive_free(d.keepalive);
	uv_run(&loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&loop), 0);
	free(sent);
	sent = NULL;
	return 0;
}

static void receive(const char *text)
{
	const char *why = NULL;
	struct xml *el = xml_parse(text, strlen(text), &xml_limits_stanza, &why);

	assert_null(why);
	dispatch_stanza(&d, el);
	xml_free(el);
}

/* What was sent since the last call; "" for nothing. */
static void expect(const char *expected)
{
	assert_string_equal(sent == NULL ? "" : sent, expected);
	free(sent);
	sent = NULL;
}

#define IQ(type, from, id, payload) \
	"<iq xmlns='jabber:client' type='" type "' from='" from "' id='" id "'>" payload "</iq>"
#define OPERATION(id, attrs) \
	"<operation xmlns='urn:platen:operation:1' id='" id "' command='get-counters' " attrs "/>"
#define RESULT(to, id, payload) \
	"<iq type='result' to='" to "' id='" id "'>" payload "</iq>\n"
#define OUTCOME(id, status, inner) \
	"<outcome xmlns='urn:platen:operation:1' id='" id "' status='" status "'>" inner "</outcome>"
#define COUNTERS(value) \
	"<counters xmlns='urn:platen:mfp:1' source='snmp'>" \
	"<counter name='marker-life-count' value='" value "'/></counters>"
#define ERROR(to, id, type, condition, text) \
	"<iq type='error' to='" to "' id='" id "'><error type='" type "'><" condition \
	" xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>" text "</error></iq>\n"
#define TEXT(text) "<text xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'>" text "</text>"

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

static void component_says(const char *now)
{
	char *iq = mem_printf("<iq xmlns='jabber:client' type='result' from='" COMPONENT "' id='k1'>"
	                      "<keepalive xmlns='urn:platen:keepalive:1' interval='300' now='%s'"
	                      " instance='i'/></iq>", now);

	receive(iq);
	free(iq);
}

static void forget_sent(void)
{
	free(sent);
	sent = NULL;
}

static void test_not_after_is_by_the_component_s_clock(void **state)
{
	(void)state;
	presence_online(d.presence);
	component_says("2026-01-02T04:00:00.000Z");
	forget_sent();
	receive(IQ("set", COMPONENT, "3-1", OPERATION("3", "not-after='2026-01-02T03:05:00Z'")));
	expect(RESULT(COMPONENT, "3-1",
	              "<outcome xmlns='urn:platen:operation:1' id='3' status='expired'/>"));
	/* Our own clock may be set: theirs goes on. */
	clock_set(clock_mono_ms(), clock_wall_ms() + 3600000);
	/* What had expired was not executed: with more time it is. */
	receive(IQ("set", COMPONENT, "3-2", OPERATION("3", "not-after='2026-01-02T04:00:01Z'")));
	assert_int_equal(n_reads, 1);
}

/* An answer may have waited somewhere: the component's clock is then as much further. */
static void test_a_late_answer_makes_nothing_later(void **state)
{
	(void)state;
	presence_online(d.presence);
	clock_set(clock_mono_ms() + 10000, clock_wall_ms());
	component_says("2026-01-02T04:00:00.000Z");
	forget_sent();
	receive(IQ("set", COMPONENT, "1-1", OPERATION("1", "not-after='2026-01-02T04:00:09Z'")));
	expect(RESULT(COMPONENT, "1-1",
	              "<outcome xmlns='urn:platen:operation:1' id='1' status='expired'/>"));
}

/* What a server kept for us may come before the component has told its time, by which
 * alone we know whether it is late. */
static void test_before_the_component_s_time_nothing_begins(void **state)
{
	(void)state;
	presence_online(d.presence);
	forget_sent();
	receive(IQ("set", COMPONENT, "1-1", OPERATION("1", "not-after='2026-01-02T04:00:01Z'")));
	receive(IQ("set", COMPONENT, "2-1", OPERATION("2", "not-after='2026-01-02T03:59:59Z'")));
	receive(IQ("set", COMPONENT, "3-1", OPERATION("3", "")));
	receive(IQ("set", COMPONENT, "1-2", OPERATION("1", "not-after='2026-01-02T04:00:01Z'")));
	assert_int_equal(n_reads, 1);
	printer_counts(3);
	expect(RESULT(COMPONENT, "3-1", OUTCOME("3", "done", COUNTERS("3"))));
	component_says("2026-01-02T04:00:00.000Z");
	expect(RESULT(COMPONENT, "2-1",
	              "<outcome xmlns='urn:platen:operation:1' id='2' status='expired'/>"));
	assert_int_equal(n_reads, 1);
	printer_counts(1);
	expect(RESULT(COMPONENT, "1-1", OUTCOME("1", "done", COUNTERS("1")))
	       RESULT(COMPONENT, "1-2", OUTCOME("1", "done", COUNTERS("1"))));
}

/* An error is no answer: the component asks again when it has shown itself. */
static void test_what_cannot_be_judged_is_given_back(void **state)
{
	(void)state;
	presence_online(d.presence);
	forget_sent();
	receive(IQ("set", COMPONENT, "1-1", OPERATION("1", "not-after='2026-01-02T04:00:01Z'")));
	clock_set(clock_mono_ms() + 20000, clock_wall_ms());
	receive(IQ("set", COMPONENT, "2-1", OPERATION("2", "not-after='2026-01-02T04:00:01Z'")));
	uv_run(&loop, UV_RUN_NOWAIT);
	expect(ERROR(COMPONENT, "1-1", "wait", "unexpected-request",
	             TEXT("the component has not told its time yet")));
	/* It was not met. */
	receive(IQ("get", COMPONENT, "q", "<outcome xmlns='urn:platen:operation:1' id='1'/>"));
	expect(RESULT(COMPONENT, "q", OUTCOME("1", "unknown", "<reason condition='no-journal'>"
	              "there is no state directory</reason>")));
	assert_int_equal(n_reads, 0);
}

#define OUTCOME_OF(id) "<outcome xmlns='urn:platen:operation:1' id='" id "'/>"
#define IN_PROGRESS(id) \
	"<outcome xmlns='urn:platen:operation:1' id='" id "' status='in-progress'/>"
#define CANCEL(id) "<cancel xmlns='urn:platen:operation:1' id='" id "' command='get-counters'/>"

static void test_what_is_under_way_is_asked_for_and_cancelled(void **state)
{
	(void)state;
	receive(IQ("set", COMPONENT, "1-1", OPERATION("1", "")));
	receive(IQ("get", COMPONENT, "q", OUTCOME_OF("1")));
	expect(RESULT(COMPONENT, "1-1", IN_PROGRESS("1")) RESULT(COMPONENT, "q", IN_PROGRESS("1")));
	receive(IQ("set", SECOND_COMPONENT, "c", CANCEL("1")));
	assert_int_equal(n_reads, 0);
	expect(RESULT(SECOND_COMPONENT, "c",
	              "<outcome xmlns='urn:platen:operation:1' id='1' status='cancelled'/>")
	       "<iq type='set' to='" COMPONENT "' id='1-outcome'><outcome xmlns='urn:platen:operation:1'"
	       " id='1' status='cancelled'/></iq>\n");
	/* Whose it is not, and what is no answer. */
	receive(IQ("result", SECOND_COMPONENT, "1-outcome", ""));
	receive(IQ("error", COMPONENT, "1-outcome", ""));
	receive(IQ("result", "mallory@example.com", "1-outcome", ""));
	execute_away(d.execute);
	execute_answered(d.execute);
	assert_non_null(sent);
	forget_sent();
	receive(IQ("result", COMPONENT, "1-outcome", ""));
	execute_away(d.execute);
	execute_answered(d.execute);
	expect("");
}

/* Who presents himself to a component that was away, or is another, sends what he owes when
 * it has answered, and once. */
static void test_what_is_owed_follows_an_answered_presence(void **state)
{
	(void)state;
	presence_online(d.presence);
	component_says("2026-01-02T04:00:00.000Z");
	receive(IQ("set", COMPONENT, "1-1", OPERATION("1", "")));
	receive(IQ("get", COMPONENT, "q", OUTCOME_OF("1")));
	printer_counts(1);
	forget_sent();
	component_says("2026-01-02T04:00:01.000Z");
	expect("");
	receive("<presence xmlns='jabber:client' type='error' from='" COMPONENT "'/>");
	component_says("2026-01-02T04:00:02.000Z");
	expect("<iq type='set' to='" COMPONENT "' id='1-outcome'>" OUTCOME("1", "done", COUNTERS("1"))
	       "</iq>\n");
}

static void test_room_for_cancels_is_bounded(void **state)
{
	(void)state;
	for (int i = 0; i < 64; i++) {
		char *iq = mem_printf("<iq xmlns='jabber:client' type='set' from='" COMPONENT "' id='a'>"
		                      "<operation xmlns='urn:platen:operation:1' id='%d'"
		                      " command='get-counters'/></iq>", i);

		receive(iq);
		free(iq);
	}
	receive(IQ("set", COMPONENT, "c", CANCEL("64")));
	assert_non_null(strstr(sent, "<error type='wait'><resource-constraint "));
	forget_sent();
	/* Which makes room. */
	receive(IQ("set", COMPONENT, "c", CANCEL("63")));
	forget_sent();
	receive(IQ("set", COMPONENT, "c", CANCEL("64")));
	assert_non_null(strstr(sent, "status='cancelled'"));
	receive(IQ("set", COMPONENT, "c", "<cancel xmlns='urn:platen:operation:1'/>"));
	receive(IQ("get", COMPONENT, "q", "<outcome xmlns='urn:platen:operation:1' id=''/>"));
	assert_non_null(strstr(sent, "<iq type='error' to='" COMPONENT "' id='c'><error type='modify'>"
	                             "<bad-request "));
	assert_non_null(strstr(sent, "<iq type='error' to='" COMPONENT "' id='q'><error type='modify'>"
	                             "<bad-request "));
}

#define FORBIDDEN TEXT("this device obeys only the components in its own list")

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

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

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
		TEST(test_not_after_is_by_the_component_s_clock),
		TEST(test_a_late_answer_makes_nothing_later),
		TEST(test_before_the_component_s_time_nothing_begins),
		TEST(test_what_cannot_be_judged_is_given_back),
		TEST(test_what_is_under_way_is_asked_for_and_cancelled),
		TEST(test_what_is_owed_follows_an_answered_presence),
		TEST(test_room_for_cancels_is_bounded),
		TEST(test_strangers_are_forbidden_everything),
		TEST(test_only_its_own_component_sets_the_interval),
		TEST(test_the_unknown_and_the_malformed_are_answered_once),
		TEST(test_results_and_errors_and_messages_are_never_answered),
		TEST(test_presence_comes_first_then_a_keepalive),
		TEST(test_a_hint_is_held_to_what_is_configured),
		TEST(test_a_restarted_component_is_noticed),
		TEST(test_standard_questions_are_answered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
