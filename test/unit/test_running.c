// link: test/unit/component_fixture.o
/* What takes long, what is not wanted any more, what goes first: who sends, who receives. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "common/mem.h"
#include "test/unit/component_fixture.h"

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

#define NS "xmlns='urn:platen:operation:1'"
#define RUNS "<outcome " NS " status='in-progress'/>"
#define DONE "<outcome " NS " status='done'/>"
#define REBOOT "<iq type='set' id='s9' " FROM_ALICE "><request " NS \
               " device='mfp-1@example.com' command='reboot'/></iq>"
#define LIMIT_MS 600000

static void assert_sent(const char *text)
{
	if (strstr(fixture_sent(), text) == NULL)
		fail_msg("\"%s\" is not in: %s", text, fixture_sent());
}

/* The request that was sent to its device last. */
static const char *newest(void)
{
	static char id[UUID7_STRING];

	memcpy(id, fixture_operation(), UUID7_STRING - 1);
	return id;
}

static const struct request *request(const char *id)
{
	return request_find(&fixture.requests, id);
}

static void say(char *stanza)
{
	fixture_forget();
	fixture_say(stanza);
	free(stanza);
}

/* The device sends an outcome by itself. */
static void tell(const char *from, const char *id, const char *status)
{
	say(mem_printf("<iq type='set' id='t1' %s><outcome " NS " id='%s' %s</outcome></iq>", from, id,
	               status));
}

/* It answers what it is asked about a request, or a cancel of it. */
static void answer(const char *id, const char *type, const char *outcome)
{
	say(mem_printf("<iq type='%s' id='outcome-%s' " FROM_A ">%s</iq>", type, id, outcome));
}

static void cancel(const char *from, const char *id)
{
	say(mem_printf("<iq type='set' id='c1' from='%s' to='devices.example.com'><cancel " NS
	               " id='%s'/></iq>", from, id));
}

/* A reboot that the device has begun; its id. */
static const char *reboot_runs(void)
{
	fixture_say(ARRIVE_A REBOOT);
	newest();
	fixture_answer("result", FROM_A, RUNS);
	assert_string_equal(request(newest())->columns[REQ_CAUSE], "in-progress");
	return newest();
}

static void what_runs_lets_pass_what_reads(void **state)
{
	const char *id = reboot_runs();

	(void)state;
	fixture_forget();
	fixture_say(REBOOT SUBMIT);
	assert_int_equal(fixture_count("<operation "), 1);
	assert_sent("command='get-supplies'");
	tell(FROM_A, id, "status='done'>");
	assert_sent("<iq type='result' from='devices.example.com' to='mfp-1@example.com/platen-a' "
	            "id='t1'/>");
	assert_sent("status='responded'");
	assert_int_equal(fixture_count("<operation "), 0);
	fixture_answer("result", FROM_A, DONE);
	assert_sent("command='reboot'");
}

static void progress_is_kept_once_a_second(void **state)
{
	const char *id = reboot_runs();
	char *last = mem_strdup("");
	unsigned rows = 0;

	(void)state;
	for (int i = 0; i < 20; i++) {
		char *status = mem_printf("status='in-progress'><progress percent='%d'>it writes</progress>",
		                          i);

		tell(FROM_A, id, status);
		assert_sent("type='result'");
		free(status);
		rows += strcmp(last, request(id)->columns[REQ_OUTCOME]) != 0;
		mem_set(&last, request(id)->columns[REQ_OUTCOME]);
		fixture_pass(i < 18 ? 250 : 1000);
	}
	free(last);
	assert_in_range(rows, 5, 7);
	assert_string_equal(request(id)->columns[REQ_OUTCOME],
	                    "<outcome xmlns='urn:platen:operation:1' status='in-progress'>"
	                    "<progress percent='19'>it writes</progress></outcome>");
	assert_int_equal(request(id)->status, RUNNING);
}

static void odd_progress_is_none(void **state)
{
	const char *id = reboot_runs();

	(void)state;
	tell(FROM_A, id, "status='in-progress'><progress percent='400'>x</progress><x xmlns='y'/>");
	fixture_pass(1000);
	tell(FROM_A, id, "status='in-progress'><progress percent='-1'>\xc3\xa4</progress>");
	assert_string_equal(request(id)->columns[REQ_OUTCOME],
	                    "<outcome xmlns='urn:platen:operation:1' status='in-progress'>"
	                    "<progress>\xc3\xa4</progress></outcome>");
}

static void only_its_device_tells(void **state)
{
	const char *id = reboot_runs();

	(void)state;
	tell("from='mfp-2@example.com/platen-a' to='devices.example.com'", id, "status='done'>");
	assert_sent("<forbidden ");
	assert_int_equal(request(id)->status, RUNNING);
	tell("from='bob@example.com/cli' to='devices.example.com'", id, "status='done'>");
	assert_sent("<forbidden ");
	/* From another stream of its own: it has been thrown off the first one meanwhile. */
	tell(FROM_B, id, "status='done'>");
	assert_sent("type='result'");
	assert_null(request(id));
}

/* The device says it again until it is acknowledged, and must come to an end with that. */
static void what_is_over_is_acknowledged_again(void **state)
{
	const char *id = reboot_runs();

	(void)state;
	tell(FROM_A, id, "status='failed'><reason condition='busy'>it prints</reason>");
	assert_sent("status='failed'");
	for (int i = 0; i < 3; i++) {
		tell(FROM_A, id, "status='done'>");
		assert_sent("type='result'");
		assert_int_equal(fixture_count("<message "), 0);
	}
	assert_int_equal(fixture.dropped_outcomes, 3);
	tell(FROM_A, "019a0000-0000-7000-8000-000000000000", "status='done'>");
	assert_sent("type='result'");
	tell(FROM_A, "nobody", "status='done'>");
	assert_sent("<bad-request ");
}

static void who_is_silent_is_asked(void **state)
{
	const char *id = reboot_runs();

	(void)state;
	fixture_forget();
	fixture_pass(LIMIT_MS - 1);
	assert_string_equal(fixture_sent(), "");
	fixture_pass(1);
	assert_sent("<outcome xmlns='urn:platen:operation:1' id='");
	answer(id, "result", RUNS);
	assert_int_equal(request(id)->status, RUNNING);
	fixture_pass(LIMIT_MS);
	assert_sent("type='get'");
	answer(id, "result", DONE);
	assert_sent("status='responded'");
	assert_null(request(id));
}

static void who_stays_silent_is_given_up(void **state)
{
	const char *id = reboot_runs();

	(void)state;
	fixture_pass(LIMIT_MS);
	answer(id, "error", "<error type='cancel'/>");
	assert_int_equal(request(id)->status, RUNNING);
	fixture_pass(30000);
	assert_sent("status='no-response'");
	assert_sent("cause='silent'");
	/* It was slow only. */
	tell(FROM_A, id, "status='done'>");
	assert_sent("status='responded'");
	assert_sent("late='true'");
}

static void who_has_forgotten_it_says_so(void **state)
{
	const char *id = reboot_runs();

	(void)state;
	fixture_say("<presence type='unavailable' " FROM_A "/>");
	assert_int_equal(request(id)->status, RUNNING);
	fixture_forget();
	fixture_say(ARRIVE_A);
	assert_sent("<outcome xmlns='urn:platen:operation:1' id='");
	answer(id, "result", "<outcome " NS " status='unknown'><reason condition='not-known'>never "
	       "met</reason></outcome>");
	assert_sent("status='unknown'");
	assert_sent("<error condition='not-known'>never met</error>");
}

static void nothing_runs_for_more_than_a_day(void **state)
{
	const char *id = reboot_runs();

	(void)state;
	for (int i = 0; i < 24 * 12; i++) {
		assert_int_equal(request(id)->status, RUNNING);
		fixture_pass(300000 - 1000);
		tell(FROM_A, id, "status='in-progress'><progress>still</progress>");
		fixture_pass(1000);
	}
	assert_string_equal(request(id)->columns[REQ_CAUSE], "silent");
	assert_int_equal(request(id)->status, NO_RESPONSE);
}

static void what_runs_goes_on_after_a_restart(void **state)
{
	const char *id = reboot_runs();

	(void)state;
	fixture_restart();
	fixture_online(true);
	assert_int_equal(request(id)->status, RUNNING);
	fixture_pass(100);
	fixture_forget();
	fixture_say(ARRIVE_A);
	assert_sent("<outcome xmlns='urn:platen:operation:1' id='");
	assert_int_equal(fixture_count("<operation "), 0);
	tell(FROM_A, id, "status='done'>");
	assert_sent("status='responded'");
}

static void a_late_word_that_it_runs_is_none(void **state)
{
	(void)state;
	fixture_say(ARRIVE_A SUBMIT);
	for (int i = 0; i < 3; i++)
		fixture_pass(30000);
	assert_int_equal(request(newest())->status, NO_RESPONSE);
	fixture_answer("result", FROM_A, RUNS);
	assert_int_equal(request(newest())->status, NO_RESPONSE);
	tell(FROM_A, newest(), "status='done'>");
	assert_sent("late='true'");
}

/* Each may run for a day. */
static void not_everything_runs_at_once(void **state)
{
	(void)state;
	fixture.config.open_device = 100;
	fixture_say(ARRIVE_A);
	for (int i = 0; i < 40; i++)
		fixture_say(SUBMIT);
	for (int i = 0; i < 40; i++)
		fixture_answer("result", FROM_A, RUNS);
	assert_in_range(fixture.requests.n[RUNNING], 8, 20);
	assert_int_equal(fixture.requests.n[RUNNING] + fixture.requests.n[QUEUED],
	                 fixture.stats.accepted);
}

/* Cancelled in each state. */

#define AWAY "<presence type='unavailable' " FROM_A "/>"

static void what_waits_is_cancelled_at_once(void **state)
{
	const char *id;

	(void)state;
	fixture_say(ARRIVE_A SUBMIT);
	fixture_answer("result", FROM_A, DONE);
	fixture_say("<presence type='unavailable' " FROM_A "/>" SUBMIT);
	id = fixture.requests.by_id->id;
	cancel("alice@example.com/cli", id);
	assert_sent("<request xmlns='urn:platen:operation:1' id='");
	assert_sent("status='cancelled'");
	assert_sent("<error condition='cancelled'>by alice@example.com</error>");
	cancel("alice@example.com/cli", id);
	assert_sent("type='result'");
	fixture_forget();
	fixture_say(ARRIVE_A);
	assert_int_equal(fixture_count("<operation "), 0);
}

static void what_is_under_way_is_cancelled_at_the_device(void **state)
{
	const char *id;

	(void)state;
	fixture_say(ARRIVE_A REBOOT REBOOT);
	id = newest();
	cancel("alice@example.com/cli", id);
	assert_sent("status='cancelling'");
	assert_sent("<cancel xmlns='urn:platen:operation:1' id='");
	assert_sent("command='reboot'");
	assert_int_equal(fixture_count("<operation "), 0);
	answer(id, "result", "<outcome " NS " status='cancelled'/>");
	assert_sent("status='cancelled'");
	assert_sent("cause='outcome'");
	/* Then the next one has its turn. */
	assert_int_equal(fixture_count("<operation "), 1);
}

static void what_cannot_be_stopped_goes_on(void **state)
{
	const char *id = reboot_runs();

	(void)state;
	cancel("alice@example.com/cli", id);
	answer(id, "result", RUNS);
	assert_int_equal(request(id)->status, CANCELLING);
	fixture_pass(LIMIT_MS / 2);
	fixture_say("<presence type='unavailable' " FROM_A "/>");
	fixture_forget();
	fixture_say(ARRIVE_A);
	assert_sent("<cancel ");
	tell(FROM_A, id, "status='done'>");
	assert_sent("status='responded'");
}

static void a_cancel_that_nobody_answers_ends(void **state)
{
	const char *id;

	(void)state;
	fixture_say(ARRIVE_A REBOOT);
	id = newest();
	cancel("alice@example.com/cli", id);
	answer(id, "error", "<error type='cancel'/>");
	assert_int_equal(request(id)->status, CANCELLING);
	fixture_pass(30000);
	assert_sent("status='cancelled'");
	assert_sent("cause='silent'");
	tell(FROM_A, id, "status='done'>");
	assert_sent("late='true'");
}

static void a_cancel_of_what_never_arrived_ends(void **state)
{
	const char *id;

	(void)state;
	fixture_say(ARRIVE_A REBOOT);
	id = newest();
	cancel("alice@example.com/cli", id);
	fixture_answer("error", FROM_A, "<error type='cancel'/>");
	assert_sent("status='cancelled'");
	assert_sent("cause='bounced'");
	assert_int_equal(request(id)->status, CANCELLED);
}

static void a_cancel_goes_on_after_a_restart(void **state)
{
	const char *id;

	(void)state;
	fixture_say(ARRIVE_A REBOOT);
	id = newest();
	cancel("alice@example.com/cli", id);
	fixture_restart();
	fixture_online(true);
	fixture_forget();
	fixture_say(ARRIVE_A);
	assert_sent("<cancel ");
	assert_int_equal(fixture_count("<operation "), 0);
	answer(id, "result", DONE);
	assert_sent("status='responded'");
}

/* It was sent, and nobody knows whether it arrived: who takes the order back has to be there. */
static void what_may_have_arrived_is_cancelled_at_the_device(void **state)
{
	const char *id;

	(void)state;
	fixture_say(ARRIVE_A REBOOT);
	id = newest();
	fixture_say(AWAY);
	assert_int_equal(request(id)->status, QUEUED);
	cancel("alice@example.com/cli", id);
	assert_sent("status='cancelling'");
	fixture_pass(3600000);
	assert_int_equal(request(id)->status, CANCELLING);
	fixture_forget();
	fixture_say(ARRIVE_A SUBMIT);
	assert_sent("<cancel ");
	/* It holds nobody back meanwhile, as it has no place of the window. */
	assert_int_equal(fixture_count("<operation "), 1);
	answer(id, "result", DONE);
	assert_sent("status='responded'");
}

static void what_may_have_arrived_is_not_waited_for_for_ever(void **state)
{
	const char *id;

	(void)state;
	fixture_say(ARRIVE_A REBOOT);
	id = newest();
	fixture_say(AWAY);
	cancel("alice@example.com/cli", id);
	fixture_pass(86400000);
	assert_int_equal(request(id)->status, CANCELLED);
	assert_string_equal(request(id)->columns[REQ_CAUSE], "silent");
}

static void lose_devices(const char *dir)
{
	char *path = mem_printf("%s/data/devices/devices.tsv", dir);

	unlink(path);
	free(path);
}

/* Its device's row was lost, and it has ended, if not for certain. */
static void a_cancel_of_what_no_device_has(void **state)
{
	char *id;

	(void)state;
	fixture_say(ARRIVE_A AWAY SUBMIT);
	id = mem_strdup(fixture.requests.by_id->id);
	fixture_pass(301000);
	fixture_between = lose_devices;
	fixture_restart();
	fixture_online(true);
	cancel("alice@example.com/cli", id);
	assert_sent("<unknown-request ");
	free(id);
}

static void only_who_may_cancels(void **state)
{
	const char *id = reboot_runs();

	(void)state;
	cancel("bob@example.com/cli", id);
	assert_sent("<missing-right xmlns='urn:platen:operation:1' name='configure'/>");
	cancel("carol@example.com/cli", id);
	assert_sent("<unknown-request ");
	tell(FROM_A, id, "status='done'>");
	cancel("alice@example.com/cli", id);
	assert_sent("<unknown-request ");
	cancel("alice@example.com/cli", "x");
	assert_sent("<bad-request ");
}

/* What goes first. */

#define ASK(id, attributes) "<iq type='set' id='" id "' " FROM_ALICE "><request " NS \
	" device='mfp-1@example.com' " attributes "/></iq>"

static void a_newer_question_takes_the_place_of_an_older_one(void **state)
{
	(void)state;
	fixture_say(ARRIVE_A AWAY);
	fixture_forget();
	fixture_say(ASK("1", "command='get-supplies'") ASK("2", "command='get-status'"));
	fixture_say(ASK("3", "command='get-supplies' supersede='true' expires='77'"));
	assert_sent("cause='superseded'");
	assert_int_equal(HASH_COUNT(fixture.requests.by_id), 3);
	fixture_forget();
	fixture_say(ARRIVE_A);
	assert_sent("command='get-supplies'");
	fixture_answer("result", FROM_A, DONE);
	assert_sent("command='get-status'");
	fixture_answer("result", FROM_A, DONE);
	assert_int_equal(fixture_count("<operation "), 0);
}

static void only_an_equal_question_is_superseded(void **state)
{
	static const char *const others[] = {
		ASK("1", "command='get-status' supersede='true'"),
		ASK("2", "command='get-supplies'"),
		ASK("3", "command='get-supplies' supersede='false'"),
		ASK("4", "command='get-supplies' supersede='true' priority='emergency'"),
	};

	(void)state;
	fixture_say(ARRIVE_A AWAY SUBMIT REBOOT);
	for (size_t i = 0; i < sizeof others / sizeof *others; i++)
		fixture_say(others[i]);
	fixture_say(ASK("5", "command='reboot' supersede='true'"));
	assert_int_equal(fixture_count("superseded"), 0);
	/* The oldest of those that are equal. */
	fixture_say(ASK("6", "command='get-supplies' supersede='true'"));
	assert_int_equal(fixture_count("cause='superseded'"), 1);
}

static void an_emergency_goes_first(void **state)
{
	(void)state;
	fixture_say(ARRIVE_A SUBMIT SUBMIT REBOOT);
	fixture_say(ASK("1", "command='get-status' priority='emergency'"));
	fixture_say(ASK("2", "command='get-counters' priority='emergency'"));
	fixture_say(ASK("3", "command='get-information' priority='normal'"));
	fixture_answer("result", FROM_A, DONE);
	assert_sent("command='get-status'");
	fixture_answer("result", FROM_A, DONE);
	assert_sent("command='get-counters'");
	fixture_answer("result", FROM_A, DONE);
	assert_sent("command='get-supplies'");
	/* And also after a restart. */
	fixture_say(ASK("4", "command='get-counters' priority='emergency'"));
	fixture_restart();
	fixture_forget();
	fixture_online(true);
	fixture_settle();
	assert_sent("command='get-counters'");
}

static void an_emergency_is_a_right(void **state)
{
	(void)state;
	fixture_units("[unit acme]\ndevices = mfp-*@example.com\n"
	              "operator alice@example.com = view request configure\n");
	fixture_say(ARRIVE_A ASK("1", "command='get-status' priority='emergency'"));
	assert_sent("<missing-right xmlns='urn:platen:operation:1' name='emergency'/>");
	fixture_forget();
	fixture_say(ASK("1", "command='get-status' priority='urgent'"));
	assert_sent("<bad-request ");
	fixture_forget();
	fixture_say(ASK("1", "command='get-status' supersede='maybe'"));
	assert_sent("<bad-request ");
}

/* No zombies. */

static void who_answers_no_request_is_asked_whether_it_is_there(void **state)
{
	(void)state;
	fixture_say(ARRIVE_A SUBMIT SUBMIT);
	for (int i = 0; i < 3; i++)
		fixture_pass(30000);
	fixture_pass(100);
	assert_sent("status='no-response'");
	assert_sent("<device xmlns='urn:platen:device:1'/>");
	assert_true(fixture.devices.all[0]->online);
	fixture_pass(20000);
	assert_false(fixture.devices.all[0]->online);
	/* The second one waits, without an attempt used; and the device is asked again. */
	assert_string_equal(request(newest())->columns[REQ_CAUSE], "offline");
	assert_int_equal(request(newest())->attempts, 0);
	fixture_forget();
	fixture_pass(1100);
	assert_sent("<device xmlns='urn:platen:device:1'/>");
	fixture_say(ARRIVE_A);
	assert_int_equal(fixture_count("<operation "), 1);
}

static void who_answers_that_it_is_there_stays_so(void **state)
{
	char *stanza;

	(void)state;
	fixture_say(ARRIVE_A SUBMIT);
	for (int i = 0; i < 3; i++)
		fixture_pass(30000);
	fixture_pass(100);
	stanza = mem_printf("<iq type='result' " FROM_A " id='%s'>" DEVICE "</iq>", fixture_ask());
	fixture_say(stanza);
	free(stanza);
	fixture_pass(60000);
	assert_true(fixture.devices.all[0]->online);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_runs_lets_pass_what_reads),
		TEST(progress_is_kept_once_a_second),
		TEST(odd_progress_is_none),
		TEST(only_its_device_tells),
		TEST(what_is_over_is_acknowledged_again),
		TEST(who_is_silent_is_asked),
		TEST(who_stays_silent_is_given_up),
		TEST(who_has_forgotten_it_says_so),
		TEST(nothing_runs_for_more_than_a_day),
		TEST(what_runs_goes_on_after_a_restart),
		TEST(a_late_word_that_it_runs_is_none),
		TEST(what_waits_is_cancelled_at_once),
		TEST(what_is_under_way_is_cancelled_at_the_device),
		TEST(what_cannot_be_stopped_goes_on),
		TEST(a_cancel_that_nobody_answers_ends),
		TEST(a_cancel_of_what_never_arrived_ends),
		TEST(a_cancel_goes_on_after_a_restart),
		TEST(what_may_have_arrived_is_cancelled_at_the_device),
		TEST(what_may_have_arrived_is_not_waited_for_for_ever),
		TEST(a_cancel_of_what_no_device_has),
		TEST(not_everything_runs_at_once),
		TEST(only_who_may_cancels),
		TEST(a_newer_question_takes_the_place_of_an_older_one),
		TEST(only_an_equal_question_is_superseded),
		TEST(an_emergency_goes_first),
		TEST(an_emergency_is_a_right),
		TEST(who_answers_no_request_is_asked_whether_it_is_there),
		TEST(who_answers_that_it_is_there_stays_so),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
