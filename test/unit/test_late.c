// link: test/unit/dispatch_fixture.o
/* What comes too late or too early, is asked about and cancelled. */
#include "test/unit/dispatch_fixture.h"

#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/mem.h"

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_not_after_is_by_the_component_s_clock),
		TEST(test_a_late_answer_makes_nothing_later),
		TEST(test_before_the_component_s_time_nothing_begins),
		TEST(test_what_cannot_be_judged_is_given_back),
		TEST(test_what_is_under_way_is_asked_for_and_cancelled),
		TEST(test_what_is_owed_follows_an_answered_presence),
		TEST(test_room_for_cancels_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
