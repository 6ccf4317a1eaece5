// link: test/unit/component_fixture.o
/* Devices taken out of use, taken back, and moved to another account. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "common/file.h"
#include "common/clock.h"
#include "common/mem.h"
#include "component/presence.h"
#include "component/unassigned.h"
#include "test/unit/component_fixture.h"

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

#define OLD "mfp-1@example.com"
#define NEW "mfp-new@example.com"
#define FROM_NEW "from='" NEW "/platen-a' to='devices.example.com'"
#define ARRIVE_NEW "<presence " FROM_NEW ">" DEVICE "</presence>"
#define KEEPALIVE_A "<iq type='get' id='k1' " FROM_A ">" \
                    "<keepalive xmlns='urn:platen:keepalive:1'/></iq>"
#define DONE "<outcome xmlns='urn:platen:operation:1' status='done'>" \
             "<counters xmlns='urn:platen:mfp:1' source='snmp' taken='2026-01-02T12:00:00Z'>" \
             "<counter name='marker-life-count' index='1.1' value='7'/></counters></outcome>"
#define NOON "2026-01-02T12:00:00.000Z"

static void assert_sent(const char *text)
{
	if (strstr(fixture_sent(), text) == NULL)
		fail_msg("\"%s\" is not in: %s", text, fixture_sent());
}

static struct device *device(const char *jid)
{
	struct device *d = device_find(&fixture.devices, jid);

	assert_non_null(d);
	return d;
}

static void change(const char *name, const char *attributes)
{
	char *text = mem_printf("<iq type='set' id='c' " FROM_ALICE "><%s xmlns='urn:platen:device:1' "
	                        "%s/></iq>", name, attributes);

	fixture_forget();
	fixture_say(text);
	free(text);
}

static void change_done(const char *name, const char *attributes)
{
	change(name, attributes);
	assert_sent("<iq type='result' from='devices.example.com' to='alice@example.com/cli' id='c'>"
	            "<device xmlns='urn:platen:device:1' ");
}

static void ask_devices(const char *filter)
{
	char *text = mem_printf("<iq type='get' id='q' " FROM_ALICE "><devices "
	                        "xmlns='urn:platen:operation:1' %s/></iq>", filter);

	fixture_forget();
	fixture_say(text);
	free(text);
}

static void a_decommissioned_device_is_refused_everything(void **state)
{
	(void)state;
	fixture_say(ARRIVE_A);
	change_done("decommission", "device='" OLD "'");
	assert_sent("online='false'");
	assert_sent("decommissioned='" NOON "'");
	assert_false(device(OLD)->shown);
	fixture_forget();
	fixture_say(ARRIVE_A);
	assert_int_equal(fixture_count("<presence type='error'"), 1);
	assert_sent("<forbidden ");
	assert_sent(OLD " was decommissioned on " NOON "<");
	assert_false(device(OLD)->online);
	fixture_forget();
	fixture_say(KEEPALIVE_A);
	assert_sent("type='error'");
	assert_sent(OLD " was decommissioned on " NOON "<");
	fixture_forget();
	fixture_say(SUBMIT);
	assert_sent("<item-not-found ");
	assert_sent("<decommissioned xmlns='urn:platen:operation:1'/>");
	assert_int_equal(HASH_COUNT(fixture.requests.by_id), 0);
}

/* What names it finds another one that is in use. */
static void its_names_are_free_for_another(void **state)
{
	static const char by_serial[] = "<iq type='set' id='s' " FROM_ALICE "><request "
		"xmlns='urn:platen:operation:1' device='S1' command='print'/></iq>";

	(void)state;
	fixture_say(ARRIVE_A ARRIVE_NEW);
	fixture_forget();
	fixture_say(by_serial);
	assert_sent("<ambiguous-device ");
	change_done("decommission", "device='mfp-1'");
	fixture_forget();
	fixture_say(by_serial);
	assert_sent("status='queued'");
	assert_sent("to='" NEW "/platen-a'");
	change_done("decommission", "device='S1'");
	assert_sent("device='" NEW "'");
	fixture_forget();
	fixture_say(by_serial);
	assert_sent("<ambiguous-device ");
	ask_devices("decommissioned='true'");
	assert_int_equal(fixture_count("<device "), 2);
	ask_devices("decommissioned='false'");
	assert_int_equal(fixture_count("<device "), 0);
}

static void its_names_still_find_it_where_no_other_has_them(void **state)
{
	static const char *const names[] = { "S1", "MFP-1" };

	(void)state;
	fixture_say(ARRIVE_A);
	change_done("decommission", "device='mfp-1'");
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		char *submit = mem_printf("<iq type='set' id='s' " FROM_ALICE "><request device='%s' "
		                          "xmlns='urn:platen:operation:1' command='print'/></iq>",
		                          names[i]);

		fixture_forget();
		fixture_say(submit);
		assert_sent("<decommissioned ");
		free(submit);
	}
}

static void what_waits_ends_and_what_is_under_way_may_be_answered(void **state)
{
	(void)state;
	fixture_say(ARRIVE_A SUBMIT SUBMIT SUBMIT);
	assert_int_equal(fixture_count("<operation "), 1);
	change("decommission", "device='" OLD "'");
	assert_int_equal(fixture_count("<message type='headline'"), 2);
	assert_int_equal(fixture_count("status='cancelled' cause='decommissioned'"), 2);
	assert_int_equal(fixture_count("<error condition='decommissioned'>"), 2);
	assert_int_equal(fixture_count("<operation "), 0);
	assert_int_equal(device_n_open(device(OLD)), 1);
	fixture_answer("result", FROM_A, DONE);
	assert_sent("status='responded'");
	assert_int_equal(device_n_open(device(OLD)), 0);
	assert_non_null(strstr(device(OLD)->counters, "value='7'"));
}

static void what_is_under_way_is_not_sent_again(void **state)
{
	static const char gone[] = "<presence type='unavailable' " FROM_A "/>";

	(void)state;
	for (int how = 0; how < 4; how++) {
		change("commission", "device='" OLD "'");
		fixture_say(ARRIVE_A SUBMIT);
		change_done("decommission", "device='" OLD "'");
		assert_int_equal(device_n_open(device(OLD)), 1);
		fixture_forget();
		if (how == 0)
			fixture_pass(30000);
		else if (how == 1)
			fixture_answer("error", FROM_A, "<error type='cancel'/>");
		else if (how == 2)
			fixture_say(gone);
		else
			fixture_restart(), fixture_online(true), fixture_settle();
		assert_int_equal(device_n_open(device(OLD)), 0);
		assert_int_equal(fixture_count("<operation "), 0);
		assert_int_equal(fixture.n_provisional, 1);
		assert_string_equal(fixture.provisional->columns[REQ_STATUS], "cancelled");
		assert_string_equal(fixture.provisional->columns[REQ_CAUSE], "decommissioned");
		/* Nobody can be told while the link is down. */
		assert_int_equal(fixture_count("status='cancelled' cause='decommissioned'"), how != 3);
		fixture_pass(60000);
		assert_int_equal(fixture_count("<operation "), 0);
		/* The end was provisional. */
		fixture_answer("result", FROM_A, DONE);
		assert_sent("late='true'");
		assert_sent("status='responded'");
	}
}

static void a_lost_link_ends_it_too(void **state)
{
	(void)state;
	fixture_say(ARRIVE_A SUBMIT);
	change_done("decommission", "device='" OLD "'");
	fixture_online(false);
	assert_int_equal(device_n_open(device(OLD)), 0);
	fixture_online(true);
	assert_int_equal(fixture_count("<operation "), 0);
}

static void it_stays_out_of_use_and_is_not_asked(void **state)
{
	(void)state;
	fixture_say(ARRIVE_A);
	change_done("decommission", "device='" OLD "'");
	fixture_restart();
	fixture_online(true);
	fixture_pass(1000);
	assert_int_equal(fixture_count("<device "), 0);
	assert_int_equal(device(OLD)->decommissioned, FIXTURE_WALL);
	fixture_say(ARRIVE_A);
	assert_sent("<forbidden ");
}

/* The stream is known, as it was online or has tried since. */
static void a_commissioned_device_is_asked(void **state)
{
	char *text;

	(void)state;
	fixture_say(ARRIVE_A);
	change_done("decommission", "device='" OLD "'");
	change_done("commission", "device='S1'");
	assert_null(strstr(fixture_sent(), "decommissioned="));
	fixture_pass(100);
	assert_sent("to='mfp-1@example.com/platen-a'");
	text = mem_printf("<iq type='result' " FROM_A " id='%s'>" DEVICE "</iq>", fixture_ask());
	fixture_say(text);
	free(text);
	assert_true(device(OLD)->online);
	assert_int_equal(HASH_COUNT(fixture.unassigned.by_jid), 0);
	fixture_forget();
	fixture_say(SUBMIT);
	assert_sent("<operation ");
}

static void both_may_be_said_twice(void **state)
{
	(void)state;
	fixture_say(ARRIVE_A);
	change_done("commission", "device='" OLD "'");
	assert_true(device(OLD)->online);
	change_done("decommission", "device='" OLD "'");
	fixture_pass(5000);
	change_done("decommission", "device='" OLD "'");
	assert_sent("decommissioned='" NOON "'");
}

/* The old account works until the device is there under its new one. */
static void a_device_moves_to_a_new_account(void **state)
{
	(void)state;
	fixture_say(ARRIVE_A SUBMIT);
	fixture_answer("result", FROM_A, DONE);
	change_done("rename", "device='" OLD "' to='MFP-new@example.com'");
	assert_sent("successor='" NEW "'");
	assert_sent("online='true'");
	assert_string_equal(device_text(device(NEW), DEV_PREDECESSOR), OLD);
	assert_string_equal(device_text(device(NEW), DEV_UNIT), "acme");
	assert_string_equal(device_fact(device(NEW), FACT_SERIAL), "S1");
	assert_non_null(strstr(device(NEW)->counters, "value='7'"));
	assert_false(device(NEW)->online);
	assert_null(device_text(device(NEW), DEV_CLIENT));
	fixture_say("<iq type='set' id='s' " FROM_ALICE "><request xmlns='urn:platen:operation:1' "
	            "device='S1' command='print'/></iq>" SUBMIT);
	assert_int_equal(device_in_flight(device(OLD)), 1);
	assert_int_equal(device_n_open(device(OLD)), 2);
	ask_devices("warning='true'");
	assert_int_equal(fixture_count("<device "), 0);
	fixture_forget();
	fixture_say(ARRIVE_NEW);
	assert_int_equal(fixture_count("status='cancelled' cause='renamed'"), 1);
	assert_sent("the device is now " NEW);
	assert_true(device(NEW)->online);
	assert_int_equal(device(OLD)->decommissioned, FIXTURE_WALL);
	fixture_forget();
	fixture_say(SUBMIT);
	assert_sent(OLD " was decommissioned on " NOON ", its successor is " NEW);
	fixture_restart();
	assert_string_equal(device_text(device(OLD), DEV_SUCCESSOR), NEW);
	assert_string_equal(device_text(device(NEW), DEV_PREDECESSOR), OLD);
	assert_true(device(OLD)->decommissioned != 0);
}

static void the_device_may_have_come_first(void **state)
{
	(void)state;
	fixture_say(ARRIVE_A ARRIVE_NEW);
	change_done("rename", "device='" OLD "' to='" NEW "'");
	assert_sent("decommissioned='" NOON "'");
	assert_string_equal(device_text(device(NEW), DEV_PREDECESSOR), OLD);
	assert_true(device(NEW)->online);
	assert_string_equal(device_text(device(NEW), DEV_CLIENT), "c/1");
}

/* It was there before, and is away: the old account works until it is back. */
static void it_may_have_come_first_and_left(void **state)
{
	(void)state;
	fixture_say(ARRIVE_A ARRIVE_NEW "<presence type='unavailable' " FROM_NEW "/>");
	change_done("rename", "device='" OLD "' to='" NEW "'");
	assert_true(device(OLD)->online);
	fixture_say(ARRIVE_NEW);
	assert_false(device(OLD)->online);
}

/* The server says it in lower case. */
static void an_account_beyond_ascii_is_met(void **state)
{
	(void)state;
	fixture_say(ARRIVE_A);
	change_done("rename", "device='" OLD "' to='mfp-\xc3\x84@example.com'");
	assert_sent("successor='mfp-\xc3\xa4@example.com'");
	fixture_say("<presence from='mfp-\xc3\xa4@example.com/platen-a' to='devices.example.com'>"
	            DEVICE "</presence>");
	assert_true(device("mfp-\xc3\xa4@example.com")->online);
	assert_true(device(OLD)->decommissioned != 0);
	change("rename", "device='mfp-\xc3\xa4@example.com' to='mfp-\xef\xbc\xa0@example.com'");
	assert_sent("a rename names the new account, a bare JID");
}

static void another_rename_replaces_the_successor(void **state)
{
	(void)state;
	fixture_say(ARRIVE_A);
	change_done("rename", "device='" OLD "' to='mfp-typo@example.com'");
	change_done("rename", "device='" OLD "' to='mfp-typo@example.com'");
	change_done("rename", "device='" OLD "' to='" NEW "'");
	assert_string_equal(device_text(device(OLD), DEV_SUCCESSOR), NEW);
	assert_null(device_text(device("mfp-typo@example.com"), DEV_PREDECESSOR));
	assert_null(device_fact(device("mfp-typo@example.com"), FACT_SERIAL));
	assert_true(device("mfp-typo@example.com")->decommissioned != 0);
	fixture_say("<presence from='mfp-typo@example.com/platen-a' to='devices.example.com'>" DEVICE
	            "</presence>");
	assert_true(device(OLD)->online);
	/* What was never there may yet be taken. */
	change_done("rename", "device='" OLD "' to='mfp-typo@example.com'");
	assert_int_equal(device("mfp-typo@example.com")->decommissioned, 0);
	assert_string_equal(device_fact(device("mfp-typo@example.com"), FACT_SERIAL), "S1");
	fixture_say("<presence from='mfp-typo@example.com/platen-a' to='devices.example.com'>" DEVICE
	            "</presence>");
	assert_false(device(OLD)->online);
}

/* Before and after the device has moved. */
static void commissioning_undoes_a_rename(void **state)
{
	(void)state;
	fixture_say(ARRIVE_A);
	change_done("rename", "device='" OLD "' to='" NEW "'");
	change_done("commission", "device='" OLD "'");
	assert_null(device_text(device(OLD), DEV_SUCCESSOR));
	assert_true(device(OLD)->online);
	assert_true(device(NEW)->decommissioned != 0);
	change_done("rename", "device='" OLD "' to='" NEW "'");
	fixture_say(ARRIVE_NEW);
	assert_true(device(OLD)->decommissioned != 0);
	change_done("commission", "device='" OLD "'");
	assert_int_equal(device(OLD)->decommissioned, 0);
	assert_null(device_text(device(NEW), DEV_PREDECESSOR));
	assert_int_equal(device(NEW)->decommissioned, 0);
	fixture_say(ARRIVE_NEW ARRIVE_A);
	assert_true(device(OLD)->online);
	assert_true(device(NEW)->online);
}

static void a_rename_that_cannot_be(void **state)
{
	static const struct { const char *attributes, *says; } cases[] = {
		{ "device='" OLD "' to='" OLD "'", "<bad-request " },
		{ "device='" OLD "'", "<bad-request " },
		{ "device='" OLD "' to='a@b@c'", "<bad-request " },
		{ "device='" OLD "' to=''", "<bad-request " },
		{ "device='" OLD "' to='" NEW "/platen-a'", "<bad-request " },
		{ "device='" OLD "' to='" NEW "' when='now'", "<bad-request " },
		{ "device='" OLD "' to='new@example.com'", "<unknown-device " },
		{ "device='" OLD "' to='bolt-9@example.com'", "<unknown-device " },
		{ "device='" OLD "' to='mfp-2@example.com'", "<known-device " },
		{ "device='" OLD "' to='mfp-3@example.com'", "mfp-3@example.com was decommissioned: " },
		{ "device='mfp-2@example.com' to='" NEW "'", "<known-device " },
		{ "device='" NEW "' to='mfp-9@example.com'", "<known-device " },
		{ "device='mfp-3@example.com' to='mfp-9@example.com'", "<decommissioned " },
	};

	(void)state;
	fixture_say(ARRIVE_A
	            "<presence from='mfp-2@example.com/a' to='devices.example.com'>"
	            "<device xmlns='urn:platen:device:1' serial='S2'/></presence>"
	            "<presence from='mfp-3@example.com/a' to='devices.example.com'>" DEVICE
	            "</presence>");
	change_done("decommission", "device='mfp-3@example.com'");
	change_done("rename", "device='" OLD "' to='" NEW "'");
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		change("rename", cases[i].attributes);
		assert_sent("type='error'");
		assert_sent(cases[i].says);
		assert_string_equal(device_text(device(OLD), DEV_SUCCESSOR), NEW);
	}
}

#define UNITS(alice_in_bolt) \
	"[unit acme]\ndevices = mfp-*@example.com\noperator alice@example.com = view request admin\n" \
	"[unit bolt]\ndevices = bolt-*@example.com\noperator carol@example.com = view admin\n" \
	"operator alice@example.com = " alice_in_bolt "\n"
#define OTHER "bolt-7@example.com"

/* Renamed into a unit where she may no longer administer. */
static void move_to_bolt(const char *units)
{
	fixture_units(UNITS("view request admin"));
	fixture_say(ARRIVE_A);
	change_done("rename", "device='" OLD "' to='" OTHER "'");
	fixture_units(units);
	fixture_settle();
}

static void nobody_undoes_a_rename_into_a_foreign_unit(void **state)
{
	static const char *const acts[][2] = {
		{ "commission", "device='" OLD "'" }, { "rename", "device='" OLD "' to='" NEW "'" },
	};

	(void)state;
	move_to_bolt(UNITS("view"));
	for (size_t i = 0; i < 2; i++) {
		change(acts[i][0], acts[i][1]);
		assert_sent("<forbidden ");
		assert_sent("<missing-right xmlns='urn:platen:operation:1' name='admin'/>");
		assert_sent(" needs the right \"admin\" in unit bolt");
		assert_int_equal(fixture_count(OTHER), 0);
		assert_string_equal(device_text(device(OTHER), DEV_PREDECESSOR), OLD);
		assert_int_equal(device(OTHER)->decommissioned, 0);
		assert_string_equal(device_text(device(OLD), DEV_SUCCESSOR), OTHER);
	}
	fixture_units(UNITS("view admin"));
	change_done("rename", "device='" OLD "' to='" NEW "'");
	assert_true(device(OTHER)->decommissioned != 0);
}

/* Of a unit that the reader may not view nothing is told. */
static void the_other_account_is_told_to_who_may_view_it(void **state)
{
	(void)state;
	move_to_bolt(UNITS("view"));
	ask_devices("");
	assert_sent("successor='" OTHER "'");
	assert_sent("predecessor='" OLD "'");
	fixture_units(UNITS("request"));
	ask_devices("");
	assert_int_equal(fixture_count("<device "), 1);
	assert_int_equal(fixture_count(OTHER), 0);
	fixture_say(SUBMIT SUBMIT);
	fixture_forget();
	fixture_say("<presence from='" OTHER "/platen-a' to='devices.example.com'>" DEVICE "</presence>");
	assert_sent("<error condition='renamed'>the device goes on under another account</error>");
	assert_int_equal(fixture_count(OTHER), 0);
	fixture_forget();
	fixture_say(SUBMIT);
	assert_sent(OLD " was decommissioned on " NOON "<");
	change("rename", "device='" OLD "' to='" NEW "'");
	assert_sent(OLD " was decommissioned on " NOON "<");
}

static void a_new_account_that_is_awaited_names_no_foreign_one(void **state)
{
	static const char order[] = "<iq type='set' id='c' from='carol@example.com/x' "
		"to='devices.example.com'><rename xmlns='urn:platen:device:1' device='" OTHER "' "
		"to='bolt-8@example.com'/></iq>";

	(void)state;
	move_to_bolt(UNITS("view"));
	fixture_forget();
	fixture_say(order);
	assert_sent(OTHER " has not taken the place of another account yet: rename that one");
}

static void a_successor_taken_out_of_use_is_made_again(void **state)
{
	(void)state;
	fixture_say(ARRIVE_A);
	change_done("rename", "device='" OLD "' to='" NEW "'");
	change_done("decommission", "device='" NEW "'");
	change_done("rename", "device='" OLD "' to='" NEW "'");
	assert_int_equal(device(NEW)->decommissioned, 0);
	fixture_say(ARRIVE_NEW);
	assert_true(device(NEW)->online);
	assert_true(device(OLD)->decommissioned != 0);
}

static void the_old_account_is_not_a_new_one(void **state)
{
	(void)state;
	fixture_say(ARRIVE_A);
	change_done("rename", "device='" OLD "' to='" NEW "'");
	fixture_say(ARRIVE_NEW);
	change("rename", "device='" NEW "' to='" OLD "'");
	assert_sent("<decommissioned ");
	assert_sent(OLD " was decommissioned: commission it");
}

/* Decommissioned while a rename waits: the new account is who has its names. */
static void what_waits_for_nobody_has_its_own_names(void **state)
{
	(void)state;
	fixture_say(ARRIVE_A SUBMIT SUBMIT);
	change_done("rename", "device='" OLD "' to='" NEW "'");
	change_done("decommission", "device='" OLD "'");
	assert_int_equal(fixture_count("cause='decommissioned'"), 1);
	assert_int_equal(fixture_count("renamed"), 0);
	fixture_say("<iq type='set' id='s' " FROM_ALICE "><request xmlns='urn:platen:operation:1' "
	            "device='S1' command='print'/></iq>");
	assert_int_equal(device_n_open(device(NEW)), 1);
	fixture_forget();
	fixture_restart();
	assert_string_equal(fixture.provisional->next->columns[REQ_CAUSE], "decommissioned");
}

/* What is under way is answered; of what waits only hers who has lost the right ends. */
/* What was sent when its operator had the right is not sent again without it. */
static void rights_taken_away_end_what_comes_back(void **state)
{
	static const char nobody[] = "[unit acme]\ndevices = mfp-*@example.com\n"
		"operator alice@example.com = view\n";

	(void)state;
	fixture_say(ARRIVE_A SUBMIT);
	assert_int_equal(fixture_count("<operation "), 1);
	fixture_units(nobody);
	fixture_forget();
	fixture_say("<presence type='unavailable' " FROM_A "/>" ARRIVE_A);
	assert_int_equal(fixture_count("<operation "), 0);
	assert_sent("status='cancelled' cause='rights'");
	fixture_units(fixture_units_text);
	fixture_say(SUBMIT);
	fixture_units(nobody);
	fixture_forget();
	fixture_pass(31000);
	fixture_settle();
	assert_int_equal(fixture_count("<operation "), 0);
	assert_sent("status='cancelled' cause='rights'");
}

/* The first of a rename's two rows is all that a crash has left. */
static void a_rename_that_was_torn_can_be_repeated(void **state)
{
	struct record rec;

	(void)state;
	fixture_say(ARRIVE_A);
	device_record(&rec, NEW, clock_wall_ms());
	record_text(&rec, DEV_UNIT, "acme");
	record_text(&rec, DEV_PREDECESSOR, OLD);
	presence_commit(&fixture, &rec);
	fixture_restart();
	fixture_online(true);
	fixture_say(ARRIVE_A);
	change_done("rename", "device='" OLD "' to='" NEW "'");
	assert_string_equal(device_text(device(OLD), DEV_SUCCESSOR), NEW);
}

static void rights_taken_away_end_what_waits(void **state)
{
	static const char carols[] = "<iq type='set' id='s' from='carol@example.com/x' "
		"to='devices.example.com'><request xmlns='urn:platen:operation:1' device='" OLD "' "
		"command='get-status'/></iq>";
	static const char acme[] = "[unit acme]\ndevices = mfp-*@example.com\n";
	char *both = mem_printf("%soperator alice@example.com = view request\n"
	                        "operator carol@example.com = view request\n", acme);
	char *one = mem_printf("%soperator alice@example.com = view configure\n"
	                       "operator carol@example.com = view request\n", acme);

	(void)state;
	fixture_units(both);
	fixture_say(ARRIVE_A SUBMIT SUBMIT SUBMIT);
	fixture_say(carols);
	fixture_units(both);
	fixture_settle();
	assert_int_equal(device_n_open(device(OLD)), 4);
	fixture_forget();
	fixture_units(one);
	fixture_settle();
	assert_int_equal(device_n_open(device(OLD)), 2);
	assert_int_equal(fixture_count("<message type='headline'"), 2);
	assert_int_equal(fixture_count("status='cancelled' cause='rights'"), 2);
	assert_sent("<error condition='rights'>alice@example.com has no longer the right "
	            "\"request\" for get-supplies</error>");
	fixture_answer("result", FROM_A, DONE);
	assert_sent("status='responded'");
	assert_sent("command='get-status'");
	/* Taken away while nobody was there to be told. */
	file_replace(fixture.config.units_file, acme, strlen(acme), 0600);
	fixture_restart();
	assert_int_equal(device_n_open(device(OLD)), 0);
	assert_int_equal(fixture.n_provisional, 3);
	fixture_online(true);
	fixture_settle();
	assert_int_equal(fixture_count("<operation "), 0);
	/* A device that no unit has any more is nobody's to ask. */
	fixture_units(both);
	fixture_say(ARRIVE_A SUBMIT SUBMIT);
	fixture_answer("error", FROM_A, "<error type='cancel'/>");
	fixture_forget();
	fixture_units("[unit acme]\ndevices = x@example.com\noperator carol@example.com = view request\n");
	fixture_settle();
	assert_int_equal(fixture_count("cause='rights'"), 2);
	assert_int_equal(device_n_open(device(OLD)), 0);
	free(both);
	free(one);
}

/* The row says so, and so does the disk. */
static void no_answer_before_the_row_is_on_disk(void **state)
{
	static const char text[] = "<iq type='set' id='c' " FROM_ALICE "><decommission "
		"xmlns='urn:platen:device:1' device='" OLD "'/></iq>";

	(void)state;
	fixture_say(ARRIVE_A);
	fixture_forget();
	fixture_receive(text, strlen(text));
	assert_true(device(OLD)->decommissioned != 0);
	assert_string_equal(fixture_sent(), "");
	fixture_settle();
	assert_sent("type='result'");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_decommissioned_device_is_refused_everything),
		TEST(its_names_are_free_for_another),
		TEST(its_names_still_find_it_where_no_other_has_them),
		TEST(what_waits_ends_and_what_is_under_way_may_be_answered),
		TEST(what_is_under_way_is_not_sent_again),
		TEST(a_lost_link_ends_it_too),
		TEST(it_stays_out_of_use_and_is_not_asked),
		TEST(a_commissioned_device_is_asked),
		TEST(both_may_be_said_twice),
		TEST(a_device_moves_to_a_new_account),
		TEST(the_device_may_have_come_first),
		TEST(it_may_have_come_first_and_left),
		TEST(an_account_beyond_ascii_is_met),
		TEST(another_rename_replaces_the_successor),
		TEST(commissioning_undoes_a_rename),
		TEST(a_rename_that_cannot_be),
		TEST(nobody_undoes_a_rename_into_a_foreign_unit),
		TEST(the_other_account_is_told_to_who_may_view_it),
		TEST(a_new_account_that_is_awaited_names_no_foreign_one),
		TEST(a_successor_taken_out_of_use_is_made_again),
		TEST(the_old_account_is_not_a_new_one),
		TEST(what_waits_for_nobody_has_its_own_names),
		TEST(rights_taken_away_end_what_comes_back),
		TEST(a_rename_that_was_torn_can_be_repeated),
		TEST(rights_taken_away_end_what_waits),
		TEST(no_answer_before_the_row_is_on_disk),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
