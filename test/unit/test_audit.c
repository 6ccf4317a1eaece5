// link: test/unit/component_fixture.o
/* What is recorded of what operators do and are denied. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "common/segment.h"
#include "common/file.h"
#include "common/mem.h"
#include "component/audit.h"
#include "component/days.h"
#include "test/unit/component_fixture.h"

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, forget)
#define OPERATION "xmlns='urn:platen:operation:1'"
#define MFP_2 "<presence from='mfp-2@example.com/platen-a' to='devices.example.com'>" DEVICE \
              "</presence>"
#define BOLT "<presence from='bolt-1@example.com/platen-a' to='devices.example.com'>" DEVICE \
             "</presence>"

/* What is on disk, read anew by each look. */

static struct { char *columns[AUDIT_COLUMNS]; } rows[2000];
static unsigned n_rows;

static void forget_rows(void)
{
	while (n_rows > 0) {
		n_rows--;
		for (unsigned i = 0; i < AUDIT_COLUMNS; i++) {
			free(rows[n_rows].columns[i]);
			rows[n_rows].columns[i] = NULL;
		}
	}
}

static bool take_row(void *arg, const char *const *values, uint64_t offset)
{
	(void)arg, (void)offset;
	assert_true(n_rows < sizeof rows / sizeof *rows);
	for (unsigned i = 0; i < AUDIT_COLUMNS; i++) {
		rows[n_rows].columns[i] = mem_strdup(values[i] == NULL ? "" : values[i]);
		/* Nothing is emptied that was never there. */
		assert_true(values[i] == NULL || *values[i] != '\0');
	}
	n_rows++;
	return true;
}

static unsigned look(void)
{
	char *base = mem_printf("%s/audit/2026-01-02", fixture.config.data_directory);

	forget_rows();
	assert_int_equal(segment_read_all(base, &audit_schema, take_row, NULL), 0);
	free(base);
	return n_rows;
}

static const char *last(enum audit_column column)
{
	assert_true(n_rows > 0);
	return rows[n_rows - 1].columns[column];
}

/* One row has come, of alice. */
static void assert_one(const char *action, const char *device, const char *unit,
                       const char *command, const char *condition)
{
	static unsigned had;

	had = n_rows;
	assert_int_equal(look(), had + 1);
	assert_string_equal(last(AUDIT_OPERATOR), "alice@example.com");
	assert_string_equal(last(AUDIT_ASKED_BY), "alice@example.com/cli");
	assert_string_equal(last(AUDIT_TIME), "2026-01-02T12:00:00.000Z");
	assert_string_equal(last(AUDIT_ACTION), action);
	assert_string_equal(last(AUDIT_DEVICE), device);
	assert_string_equal(last(AUDIT_UNIT), unit);
	assert_string_equal(last(AUDIT_COMMAND), command);
	assert_string_equal(last(AUDIT_RESULT), *condition == '\0' ? "accepted" : "denied");
	assert_string_equal(last(AUDIT_CONDITION), condition);
	assert_int_equal(*last(AUDIT_TEXT) == '\0', *condition == '\0');
}

static void say(const char *type, const char *from, const char *payload)
{
	char *text = mem_printf("<iq type='%s' id='e1' from='%s' to='devices.example.com'>%s</iq>",
	                        type, from, payload);

	fixture_forget();
	fixture_say(text);
	free(text);
}

static void order(const char *attributes, const char *inside)
{
	char *text = mem_printf("<request " OPERATION " %s>%s</request>", attributes, inside);

	say("set", "alice@example.com/cli", text);
	free(text);
}

static int forget(void **state)
{
	forget_rows();
	return fixture_teardown(state);
}

static void what_was_accepted(void **state)
{
	(void)state;
	fixture_say(ARRIVE_A);
	assert_int_equal(look(), 0);
	order("device='S1' command='get-supplies' token='t'", "");
	assert_one("request", "mfp-1@example.com", "acme", "get-supplies", "");
	assert_non_null(strstr(fixture_sent(), last(AUDIT_REQUEST)));
	assert_string_not_equal(last(AUDIT_REQUEST), "");
	assert_string_equal(last(AUDIT_SUPPRESSED), "");
	order("device='S1' command='get-supplies' token='t'", "");
	assert_one("request", "mfp-1@example.com", "acme", "get-supplies", "");
	assert_string_equal(last(AUDIT_REQUEST), rows[0].columns[AUDIT_REQUEST]);
	assert_string_not_equal(last(AUDIT_ID), rows[0].columns[AUDIT_ID]);
}

static void what_was_denied(void **state)
{
	(void)state;
	fixture_say(ARRIVE_A MFP_2 BOLT);
	look();
	order("device='mfp-1' command='print' colour='red'", "");
	assert_one("request", "mfp-1@example.com", "acme", "print", "bad-request");
	assert_string_equal(last(AUDIT_TEXT), "unknown attribute \"colour\"");
	order("device='mfp-1' command='make-coffee'", "");
	assert_one("request", "mfp-1@example.com", "acme", "make-coffee", "feature-not-implemented");
	order("device='mfp-1' command='print' timeout='0'", "");
	assert_one("request", "mfp-1@example.com", "acme", "print", "bad-request");
	order("device='nobody' command='print'", "");
	assert_one("request", "nobody", "", "print", "item-not-found");
	order("", "");
	assert_one("request", "", "", "", "bad-request");
	say("set", "alice@example.com/cli", "<brew xmlns='urn:x' device='mfp-1'/>");
	assert_one("brew", "", "", "", "service-unavailable");
	say("set", "alice@example.com/cli", "");
	assert_one("", "", "", "", "bad-request");
	say("get", "alice@example.com/cli", "<keepalive xmlns='urn:platen:keepalive:1'/>");
	assert_one("keepalive", "", "", "", "forbidden");
	fixture.config.open_device = 0;
	order("device='mfp-1' command='print'", "");
	assert_one("request", "mfp-1@example.com", "acme", "print", "resource-constraint");
	assert_string_equal(last(AUDIT_REQUEST), "");
}

static void rename_to(const char *to)
{
	char *text = mem_printf("<rename xmlns='urn:platen:device:1' device='mfp-1' to='%s'/>", to);

	say("set", "alice@example.com/cli", text);
	free(text);
}

/* To which account, and in that one's unit from which. */
static void what_a_rename_did(void **state)
{
	(void)state;
	fixture_units("[unit acme]\ndevices = mfp-*@example.com\noperator alice@example.com = view admin\n"
	              "[unit bolt]\ndevices = b*@example.com\noperator alice@example.com = view admin\n");
	fixture_say(ARRIVE_A);
	look();
	rename_to("MFP-7@example.com");
	assert_int_equal(look(), 2);
	assert_string_equal(last(AUDIT_ACTION), "rename");
	assert_string_equal(last(AUDIT_DEVICE), "mfp-1@example.com");
	assert_string_equal(last(AUDIT_TEXT), "to mfp-7@example.com");
	rename_to("b-7@example.com");
	assert_int_equal(look(), 4);
	assert_string_equal(rows[2].columns[AUDIT_UNIT], "acme");
	assert_string_equal(rows[2].columns[AUDIT_TEXT], "to b-7@example.com");
	assert_string_equal(last(AUDIT_UNIT), "bolt");
	assert_string_equal(last(AUDIT_ACTION), "rename");
	assert_string_equal(last(AUDIT_DEVICE), "b-7@example.com");
	assert_string_equal(last(AUDIT_TEXT), "from mfp-1@example.com");
	assert_string_equal(last(AUDIT_OPERATOR), "alice@example.com");
	assert_string_equal(last(AUDIT_RESULT), "accepted");
}

static void a_token_that_was_used(void **state)
{
	(void)state;
	fixture_say(ARRIVE_A);
	order("device='mfp-1' command='print' token='t'", "");
	look();
	order("device='mfp-1' command='get-status' token='t'", "");
	assert_one("request", "mfp-1@example.com", "acme", "get-status", "conflict");
	assert_string_equal(last(AUDIT_REQUEST), rows[0].columns[AUDIT_REQUEST]);
}

/* Who administers bolt is to see that alice tries her luck there. */
static void a_device_of_another_unit(void **state)
{
	(void)state;
	fixture_say(ARRIVE_A BOLT);
	look();
	order("device='bolt-1@example.com' command='print'", "");
	assert_one("request", "bolt-1@example.com", "bolt", "print", "item-not-found");
	order("device='BOLT-1' command='print'", "");
	assert_one("request", "bolt-1@example.com", "bolt", "print", "item-not-found");
	/* Two units have an S1, of which alice may know one. */
	order("device='S1' command='print'", "");
	assert_one("request", "mfp-1@example.com", "acme", "print", "");
}

static void a_right_that_is_missing(void **state)
{
	(void)state;
	fixture_say(ARRIVE_A);
	say("set", "bob@example.com/x", "<request " OPERATION " device='mfp-1' command='print'/>");
	assert_int_equal(look(), 1);
	assert_string_equal(last(AUDIT_OPERATOR), "bob@example.com");
	assert_string_equal(last(AUDIT_UNIT), "acme");
	assert_string_equal(last(AUDIT_CONDITION), "forbidden");
	assert_string_equal(last(AUDIT_TEXT), "print needs the right \"request\" in unit acme");
}

static void strangers_and_devices(void **state)
{
	(void)state;
	fixture_say(ARRIVE_A);
	say("get", "stranger@example.org/x", "<devices " OPERATION "/>");
	assert_int_equal(look(), 1);
	assert_string_equal(last(AUDIT_OPERATOR), "stranger@example.org");
	assert_string_equal(last(AUDIT_ASKED_BY), "stranger@example.org/x");
	assert_string_equal(last(AUDIT_ACTION), "devices");
	assert_string_equal(last(AUDIT_CONDITION), "forbidden");
	say("set", "mfp-1@example.com/platen-a",
	    "<request " OPERATION " device='mfp-1' command='print'/>");
	assert_int_equal(look(), 2);
	assert_string_equal(last(AUDIT_OPERATOR), "mfp-1@example.com");
	assert_string_equal(last(AUDIT_DEVICE), "mfp-1");
	assert_string_equal(last(AUDIT_UNIT), "");
	/* Of them only a JID is looked up. */
	say("set", "stranger@example.org/x",
	    "<request " OPERATION " device='mfp-1@example.com' command='print'/>");
	assert_int_equal(look(), 3);
	assert_string_equal(last(AUDIT_UNIT), "acme");
}

/* At an address below the component's, too. */
static void orders_to_nobody(void **state)
{
	(void)state;
	fixture_say("<iq type='set' id='n' from='alice@example.com/cli' to='x@devices.example.com'>"
	            "<request " OPERATION "/></iq>");
	assert_one("request", "", "", "", "service-unavailable");
	fixture_say("<iq type='get' id='n' from='alice@example.com/cli' to='x@devices.example.com'>"
	            "<ping xmlns='urn:xmpp:ping'/></iq>");
	assert_int_equal(look(), 1);
}

/* Questions that were answered, others' mistakes, what comes of devices. */
static void what_is_not_recorded(void **state)
{
	(void)state;
	fixture_say(ARRIVE_A SUBMIT);
	look();
	say("get", "alice@example.com/cli", "<devices " OPERATION "/>");
	say("get", "alice@example.com/cli", "<requests " OPERATION "/>");
	say("get", "alice@example.com/cli", "<requests " OPERATION " colour='red'/>");
	say("get", "alice@example.com/cli",
	    "<query xmlns='http://jabber.org/protocol/disco#info' node='x'/>");
	say("get", "mfp-1@example.com/platen-a", "<keepalive xmlns='urn:platen:keepalive:1'/>");
	say("get", "stranger@example.org/x", "<keepalive xmlns='urn:platen:keepalive:1'/>");
	say("set", "stranger@example.org/x", "<brew xmlns='urn:x'/>");
	fixture_say("<presence from='new@example.com/x' to='devices.example.com'>" DEVICE "</presence>");
	fixture_answer("error", FROM_A, "");
	assert_int_equal(look(), 1);
}

static void what_was_sent_is_cut(void **state)
{
	char *e = mem_zero(1, 2001), *attributes;

	(void)state;
	for (int i = 0; i < 1000; i++)
		memcpy(e + 2 * i, "\xc3\xa9", 2);
	attributes = mem_printf("device='x%s' command='%s'", e, e);
	order(attributes, "");
	assert_int_equal(look(), 1);
	assert_int_equal(strlen(last(AUDIT_DEVICE)), 255);
	assert_int_equal(strlen(last(AUDIT_COMMAND)), 64);
	assert_null(strstr(last(AUDIT_DEVICE), "\xef\xbf\xbd"));
	free(attributes);
	attributes = mem_printf("<brew xmlns='urn:%s'/>", e);
	say("set", "alice@example.com/cli", attributes);
	assert_int_equal(look(), 2);
	assert_in_range(strlen(last(AUDIT_TEXT)), 1023, 1024);
	free(attributes);
	free(e);
}

static void the_error_leaves_when_it_is_on_disk(void **state)
{
	static const char bad[] = "<iq type='set' id='s' " FROM_ALICE "><request " OPERATION "/></iq>";

	(void)state;
	fixture_receive(bad, sizeof bad - 1);
	assert_string_equal(fixture_sent(), "");
	fixture_settle();
	assert_int_equal(fixture_count("type='error'"), 1);
	assert_int_equal(look(), 1);
}

/* Ids of any length would wait in memory for a slow disk. */
static void a_long_id_does_not_wait(void **state)
{
	char *text = mem_printf("<iq type='set' id='%02000d' " FROM_ALICE "><request " OPERATION
	                        "/></iq>", 0);

	(void)state;
	fixture_receive(text, strlen(text));
	assert_int_equal(fixture_count("type='error'"), 1);
	fixture_settle();
	assert_int_equal(look(), 1);
	assert_string_equal(last(AUDIT_ACTION), "request");
	free(text);
}

static void nobody_waits_for_a_full_disk(void **state)
{
	static const char bad[] = "<iq type='set' id='s' " FROM_ALICE "><request " OPERATION "/></iq>";

	(void)state;
	fixture_reserve = INT64_C(1) << 58;
	fixture_restart();
	fixture_reserve = 0;
	fixture_online(true);
	fixture_receive(bad, sizeof bad - 1);
	assert_int_equal(fixture_count("type='error'"), 1);
	fixture_settle();
	assert_int_equal(look(), 1);
}

/* Where the folder should be is a file: the answers are what they were. */
static void a_file_that_cannot_be_made(void **state)
{
	char *folder = mem_printf("%s/audit", fixture.config.data_directory);

	(void)state;
	fixture_say(ARRIVE_A);
	assert_int_equal(file_replace(folder, "", 0, 0600), 0);
	order("device='mfp-1' command='print'", "");
	assert_int_equal(fixture_count("status='queued'"), 1);
	order("device='mfp-9' command='print'", "");
	assert_int_equal(fixture_count("<item-not-found "), 1);
	assert_int_equal(unlink(folder), 0);
	free(folder);
}

static void deny(const char *from, unsigned times)
{
	for (unsigned i = 0; i < times; i++)
		say("set", from, "<request " OPERATION "/>");
	assert_int_equal(fixture_count("type='error'"), 1);
}

static void assert_suppressed(unsigned row, const char *operator_, const char *number)
{
	static const enum audit_column empty[] = { AUDIT_ASKED_BY, AUDIT_ACTION, AUDIT_DEVICE,
	                                           AUDIT_UNIT, AUDIT_CONDITION };

	assert_string_equal(rows[row].columns[AUDIT_OPERATOR], operator_);
	assert_string_equal(rows[row].columns[AUDIT_SUPPRESSED], number);
	assert_string_equal(rows[row].columns[AUDIT_RESULT], "denied");
	for (size_t i = 0; i < sizeof empty / sizeof *empty; i++)
		assert_string_equal(rows[row].columns[empty[i]], "");
}

/* Of alice twenty rows a second and two hundred at once, of all strangers one and
 * one hundred. */
static void a_flood_is_bounded(void **state)
{
	(void)state;
	deny("alice@example.com/cli", 230);
	assert_int_equal(look(), 200);
	say("set", "bob@example.com/x", "<request " OPERATION "/>");
	assert_int_equal(look(), 201);
	fixture_pass(1000);
	deny("alice@example.com/cli", 25);
	assert_int_equal(look(), 221);
	deny("a@example.org/x", 60);
	deny("b@example.org/x", 60);
	assert_int_equal(look(), 321);
	fixture_pass(999);
	deny("c@example.org/x", 1);
	assert_int_equal(look(), 321);
	fixture_pass(1);
	deny("c@example.org/x", 2);
	assert_int_equal(look(), 322);
	assert_string_equal(last(AUDIT_OPERATOR), "c@example.org");
	for (unsigned i = 0; i < n_rows; i++)
		assert_string_equal(rows[i].columns[AUDIT_SUPPRESSED], "");
}

/* Ten seconds after the first one, whatever else comes or does not; of no unit. */
static void what_is_left_out_is_counted(void **state)
{
	(void)state;
	deny("alice@example.com/cli", 230);
	fixture_pass(9999);
	order("device='mfp-1' command='print' colour='red'", "");
	assert_int_equal(look(), 201);
	assert_string_equal(last(AUDIT_SUPPRESSED), "");
	fixture_pass(1);
	assert_int_equal(look(), 202);
	assert_suppressed(201, "alice@example.com", "30");
	deny("a@example.org/x", 60);
	deny("b@example.org/x", 60);
	fixture_pass(10000);
	assert_int_equal(look(), 303);
	assert_suppressed(302, "", "20");
	fixture_pass(20000);
	assert_int_equal(look(), 303);
	deny("alice@example.com/cli", 201);
	fixture_pass(10000);
	assert_int_equal(look(), 504);
	assert_suppressed(503, "alice@example.com", "1");
}

/* What nothing came after is told at the end. */
static void the_rest_is_told_at_the_end(void **state)
{
	(void)state;
	deny("alice@example.com/cli", 207);
	deny("a@example.org/x", 103);
	assert_int_equal(look(), 300);
	fixture_restart();
	assert_int_equal(look(), 302);
	assert_suppressed(300, "alice@example.com", "7");
	assert_suppressed(301, "", "3");
	fixture_restart();
	assert_int_equal(look(), 302);
}

/* A stranger makes no row long, and no disk busy. */
static void strangers_cost_little(void **state)
{
	char *e = mem_zero(1, 2041), *from, *text;

	(void)state;
	for (int i = 0; i < 1020; i++)
		memcpy(e + 2 * i, "\xc3\xa9", 2);
	from = mem_printf("x%.1000s@example.org/%.1000s", e, e);
	text = mem_printf("<iq type='get' id='s' from='%s' to='devices.example.com'>"
	                  "<devices " OPERATION "/></iq>", from);
	fixture_receive(text, strlen(text));
	assert_int_equal(fixture_count("<forbidden "), 1);
	fixture_settle();
	assert_int_equal(store_synced(fixture.store), 0);
	assert_int_equal(look(), 1);
	assert_int_equal(strlen(last(AUDIT_OPERATOR)), 255);
	assert_int_equal(strlen(last(AUDIT_ASKED_BY)), 255);
	assert_memory_equal(last(AUDIT_ASKED_BY), from, 255);
	free(text);
	free(from);
	free(e);
}

/* Nothing else says who did it. */
static void who_changed_a_device_is_on_disk_with_the_answer(void **state)
{
	static const char text[] = "<iq type='set' id='c' " FROM_ALICE "><acknowledge "
		"xmlns='urn:platen:device:1' device='mfp-1@example.com'/></iq>";
	uint64_t before;

	(void)state;
	fixture_say(ARRIVE_A);
	fixture_forget();
	before = store_synced(fixture.store);
	fixture_receive(text, sizeof text - 1);
	assert_string_equal(fixture_sent(), "");
	fixture_settle();
	assert_int_equal(fixture_count("type='result'"), 1);
	/* The device's row, and that of who did it. */
	assert_int_equal(store_synced(fixture.store), before + 2);
	assert_one("acknowledge", "mfp-1@example.com", "acme", "", "");
}

static void units_that_were_read_again(void **state)
{
	(void)state;
	fixture_units("[unit acme]\ndevices = mfp-*@example.com\noperator x@example.com = admin\n");
	assert_false(units_is_operator(fixture.units, "alice@example.com"));
	fixture_settle();
	assert_int_equal(look(), 1);
	assert_string_equal(last(AUDIT_ACTION), "reload");
	assert_string_equal(last(AUDIT_RESULT), "accepted");
	assert_string_equal(last(AUDIT_OPERATOR), "");
	assert_string_equal(last(AUDIT_TEXT), "");
	fixture_units("[unit acme]\ncolour = red\ntaste = sour\n");
	assert_true(units_is_operator(fixture.units, "x@example.com"));
	fixture_settle();
	assert_int_equal(look(), 2);
	assert_string_equal(last(AUDIT_RESULT), "denied");
	assert_string_equal(last(AUDIT_TEXT), "2 mistakes, which the log has");
	fixture_units("[unit acme]\ncolour = red\n");
	fixture_settle();
	assert_int_equal(look(), 3);
	assert_string_equal(last(AUDIT_TEXT), "1 mistake, which the log has");
}

/* Each unit's administrators read a row of no unit. */
static void candidates_are_not_recorded(void **state)
{
	(void)state;
	fixture_say(ARRIVE_A MFP_2 BOLT);
	look();
	order("device='S1' command='print'", "");
	assert_int_equal(fixture_count("mfp-2@example.com"), 1);
	assert_one("request", "S1", "", "print", "conflict");
	assert_string_equal(last(AUDIT_TEXT), "S1 may be several devices");
}

/* A row is in the file of its day. */
static void days_have_their_files(void **state)
{
	char *path = mem_printf("%s/audit/2026-01-03.tsv", fixture.config.data_directory);

	(void)state;
	order("", "");
	assert_int_equal(access(path, F_OK), -1);
	fixture_pass(DAYS_MS / 2);
	order("", "");
	assert_int_equal(access(path, F_OK), 0);
	assert_int_equal(look(), 1);
	free(path);
}


int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_was_accepted),
		TEST(what_was_denied),
		TEST(what_a_rename_did),
		TEST(a_token_that_was_used),
		TEST(a_device_of_another_unit),
		TEST(a_right_that_is_missing),
		TEST(strangers_and_devices),
		TEST(orders_to_nobody),
		TEST(what_is_not_recorded),
		TEST(what_was_sent_is_cut),
		TEST(the_error_leaves_when_it_is_on_disk),
		TEST(a_long_id_does_not_wait),
		TEST(nobody_waits_for_a_full_disk),
		TEST(a_file_that_cannot_be_made),
		TEST(a_flood_is_bounded),
		TEST(what_is_left_out_is_counted),
		TEST(the_rest_is_told_at_the_end),
		TEST(strangers_cost_little),
		TEST(who_changed_a_device_is_on_disk_with_the_answer),
		TEST(units_that_were_read_again),
		TEST(candidates_are_not_recorded),
		TEST(days_have_their_files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
