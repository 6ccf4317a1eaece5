// link: test/unit/component_fixture.o test/unit/errors_fixture.o test/unit/errors_campaigns.o
// link: test/unit/campaign_fixture.o
/* Every mistake of docs/errors.md is made, and the page compared with what comes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "common/file.h"
#include "common/mem.h"
#include "component/watch.h"
#include "test/unit/component_fixture.h"
#include "test/unit/errors_campaigns.h"
#include "test/unit/errors_fixture.h"

#define OPERATION "xmlns='urn:platen:operation:1'"
#define AUDIT "xmlns='urn:platen:audit:1'"
#define MFP_2 "<presence from='mfp-2@example.com/platen-a' to='devices.example.com'>" DEVICE \
              "</presence>"
#define BOLT "<presence from='bolt-1@example.com/platen-a' to='devices.example.com'>" DEVICE \
             "</presence>"
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

static void refused(const char *stanza)
{
	fixture_forget();
	fixture_say(stanza);
	is_documented(fixture_sent());
	assert_int_equal(fixture_count("<operation "), 0);
}

static void iq_is_refused(const char *type, const char *from, const char *payload)
{
	char *text = mem_printf("<iq type='%s' id='e1' from='%s' to='devices.example.com'>%s</iq>",
	                        type, from, payload);

	refused(text);
	free(text);
}

/* inside: attributes, and what stands in the request. */
static void submit_is_refused(const char *attributes, const char *inside)
{
	char *text = mem_printf("<request " OPERATION " %s>%s</request>", attributes, inside);

	iq_is_refused("set", "alice@example.com/cli", text);
	free(text);
}

static char *repeated(const char *piece, size_t n)
{
	char *text = mem_zero(n * strlen(piece) + 1, 1);

	for (size_t i = 0; i < n; i++)
		strcat(text, piece);
	return text;
}

static void anybodys_mistakes(void **state)
{
	char *long_id = repeated("i", 1025), *deep = repeated("<a>", 40), *end = repeated("</a>", 40);
	char *text;

	(void)state;
	iq_is_refused("get", "alice@example.com/cli", "");
	iq_is_refused("get", "alice@example.com/cli", "<ping xmlns='urn:xmpp:ping'/><b/>");
	iq_is_refused("get", "alice@example.com/cli", "<brew xmlns='urn:x'/>");
	iq_is_refused("set", "alice@example.com/cli", "<devices " OPERATION "/>");
	iq_is_refused("get", "alice@example.com/cli",
	              "<query xmlns='http://jabber.org/protocol/disco#info' node='x'/>");
	iq_is_refused("get", "stranger@example.org/x", "<devices " OPERATION "/>");
	iq_is_refused("get", "stranger@example.org/x", "<requests " OPERATION "/>");
	iq_is_refused("set", "stranger@example.org/x", "<request " OPERATION "/>");
	iq_is_refused("set", "mfp-1@example.com/platen-a", "<request " OPERATION "/>");
	iq_is_refused("get", "alice@example.com/cli", "<keepalive xmlns='urn:platen:keepalive:1'/>");
	refused("<presence from='new@example.com/x' to='devices.example.com'>" DEVICE "</presence>");
	refused("<iq type='get' id='n' from='alice@example.com/cli' to='x@devices.example.com'>"
	        "<ping xmlns='urn:xmpp:ping'/></iq>");
	text = mem_printf("<iq type='get' id='%s' " FROM_ALICE "><ping xmlns='urn:xmpp:ping'/></iq>",
	                  long_id);
	refused(text);
	free(text);
	text = mem_printf("%s%s", deep, end);
	iq_is_refused("set", "alice@example.com/cli", text);
	free(text);
	free(long_id);
	free(deep);
	free(end);
}

static void a_submits_attributes(void **state)
{
	static const char *const wrong[] = {
		"device='mfp-1' command='print' colour='red'", "device='mfp-1'", "command='print'",
		"device='' command='print'", "device='mfp-1' command='print' token=''",
		"device='mfp-1' command='print' priority='high'",
		"device='mfp-1' command='print' supersede='yes'",
		"device='mfp-1' command='print' timeout='0'",
		"device='mfp-1' command='print' timeout='86401'",
		"device='mfp-1' command='print' timeout='soon'",
		"device='mfp-1' command='print' attempts='101'",
		"device='mfp-1' command='print' attempts='1.5'",
		"device='mfp-1' command='print' expires='2592001'",
		"device='mfp-1' command='print' expires=''",
		"device='mfp-9' command='print'", "device='bolt-1@example.com' command='print'",
		"device='S1' command='print'", "device='mfp-1' command='make-coffee'",
		"device='mfp-1' command='print' id='019a0000-0000-7000-8000-000000000000'",
	};

	(void)state;
	fixture_say(ARRIVE_A MFP_2 BOLT);
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
		submit_is_refused(wrong[i], "");
	iq_is_refused("set", "bob@example.com/x",
	              "<request " OPERATION " device='mfp-1' command='print'/>");
	assert_int_equal(HASH_COUNT(fixture.requests.by_id), 0);
}

static void a_submits_arguments(void **state)
{
	static const char good[] = "device='mfp-1' command='print'";
	char *signs = repeated("&amp;", 4000), *text = mem_strdup("");

	(void)state;
	fixture_say(ARRIVE_A);
	submit_is_refused(good, "<colour/>");
	submit_is_refused(good, "<argument>x</argument>");
	submit_is_refused(good, "<argument name=''/>");
	submit_is_refused(good, "<argument name='a b'/>");
	submit_is_refused(good, "<argument name='a' type='int'>1</argument>");
	submit_is_refused(good, "<argument name='a'><b/></argument>");
	submit_is_refused(good, "<argument name='a'>1</argument><argument name='b'/>"
	                        "<argument name='a'>2</argument>");
	for (int i = 0; i < 33; i++) {
		char *more = mem_printf("%s<argument name='a%d'/>", text, i);

		free(text);
		text = more;
	}
	submit_is_refused(good, text);
	free(text);
	text = mem_printf("<argument name='a'>%s%0100d</argument>", signs, 0);
	submit_is_refused(good, text);
	free(text);
	text = mem_strdup("");
	for (int i = 0; i < 5; i++) {
		char *more = mem_printf("%s<argument name='a%d'>%s</argument>", text, i, signs);

		free(text);
		text = more;
	}
	submit_is_refused(good, text);
	free(text);
	free(signs);
	assert_int_equal(HASH_COUNT(fixture.requests.by_id), 0);
}

static void what_a_submit_meets(void **state)
{
	static const char good[] = "device='mfp-1' command='print'";
	static const char other[] = "device='mfp-1' command='get-status' token='t'";
	char *folder = mem_printf("%s/requests", fixture.config.data_directory);

	(void)state;
	fixture_say(ARRIVE_A);
	assert_int_equal(file_replace(folder, "", 0, 0600), 0);
	submit_is_refused(good, "");
	assert_int_equal(unlink(folder), 0);
	free(folder);
	fixture_say("<iq type='set' id='t' " FROM_ALICE "><request " OPERATION
	            " device='mfp-1' command='print' token='t'/></iq>");
	submit_is_refused(other, "");
	fixture_backlog(LINK_BACKLOG_HIGH + 1);
	submit_is_refused(good, "");
	fixture_backlog(0);
	while (HASH_COUNT(fixture.requests.by_id) < (unsigned)fixture.config.open_device)
		fixture_say(SUBMIT);
	submit_is_refused(good, "");
	fixture.config.open_device = 1000;
	while (HASH_COUNT(fixture.requests.by_id) < (unsigned)fixture.config.open_operator)
		fixture_say(SUBMIT);
	submit_is_refused(good, "");
	fixture.config.open_operator = 1000;
	fixture.config.submits_operator = 1;
	submit_is_refused(good, "");
	fixture.config.submits_operator = 1000;
	fixture.config.submits_device = 1;
	submit_is_refused(good, "");
}

static void what_a_devices_command_takes(void **state)
{
	static const char list[] = "<command name='print'><argument name='copies' type='integer' "
	                           "required='true'/></command>";
	static const char print[] = "device='mfp-1@example.com' command='print'";

	(void)state;
	fixture_say("<presence " FROM_A "><device xmlns='urn:platen:device:1' commands='h'/></presence>"
	            "<iq type='result' id='commands' " FROM_A "><commands " OPERATION ">");
	fixture_say(list);
	fixture_say("</commands></iq>");
	submit_is_refused(print, "");
	submit_is_refused(print, "<argument name='copies'>two</argument>");
	submit_is_refused(print, "<argument name='copies'>2</argument><argument name='x'/>");
	submit_is_refused("device='mfp-1@example.com' command='identify'", "");
}

static void what_cannot_be_cancelled(void **state)
{
	char *text;

	(void)state;
	iq_is_refused("set", "alice@example.com/cli", "<cancel " OPERATION "/>");
	iq_is_refused("set", "alice@example.com/cli",
	              "<cancel " OPERATION " id='019a0000-0000-7000-8000-000000000000'/>");
	fixture_say(ARRIVE_A SUBMIT);
	text = mem_printf("<cancel " OPERATION " id='%.36s'/>", fixture_operation());
	iq_is_refused("set", "bob@example.com/cli", text);
	free(text);
}

static void what_devices_tell(void **state)
{
	char *text;

	(void)state;
	fixture_say(ARRIVE_A SUBMIT);
	iq_is_refused("set", "mfp-1@example.com/platen-a", "<outcome " OPERATION " status='done'/>");
	text = mem_printf("<outcome " OPERATION " id='%.36s' status='done'/>", fixture_operation());
	iq_is_refused("set", "mfp-2@example.com/platen-a", text);
	free(text);
}

static void a_full_disk(void **state)
{
	(void)state;
	fixture_say(ARRIVE_A);
	fixture_reserve = INT64_C(1) << 58;
	fixture_restart();
	fixture_reserve = 0;
	fixture_online(true);
	fixture_pass(1000);
	submit_is_refused("device='mfp-1' command='print'", "");
	iq_is_refused("set", "alice@example.com/cli",
	              "<decommission xmlns='urn:platen:device:1' device='mfp-1'/>");
}

/* What looks at a whole fleet. Pages of a few rows do not count. */
static void too_many_lists(void **state)
{
	static const char list[] = "<iq type='get' id='q' " FROM_ALICE "><unassigned "
	                           "xmlns='urn:platen:device:1'/></iq>";

	(void)state;
	for (int i = 0; i < 10 * QUOTA_QUESTIONS; i++) {
		fixture_forget();
		fixture_receive(list, sizeof list - 1);
	}
	assert_int_equal(fixture_count("type='result'"), 1);
	iq_is_refused("get", "alice@example.com/cli", "<unassigned xmlns='urn:platen:device:1'/>");
	iq_is_refused("get", "alice@example.com/cli", "<devices " OPERATION "/>");
	fixture_pass(1000);
	for (int i = 0; i < 2 * QUOTA_QUESTIONS; i++) {
		fixture_forget();
		fixture_say("<iq type='get' id='q' " FROM_ALICE "><devices " OPERATION "/></iq>");
	}
	assert_int_equal(fixture_count("type='result'"), 1);
}

static void questions(void **state)
{
	static const char *const wrong[] = {
		"<requests " OPERATION " colour='red'/>", "<devices " OPERATION " colour='red'/>",
		"<requests " OPERATION " status='lost'/>", "<requests " OPERATION " since='today'/>",
		"<requests " OPERATION " until='2026-13-01T00:00:00Z'/>",
		"<requests " OPERATION "><set xmlns='http://jabber.org/protocol/rsm'><after>x</after></set>"
		"</requests>",
		"<requests " OPERATION "><set xmlns='http://jabber.org/protocol/rsm'><index>3</index></set>"
		"</requests>",
		"<requests " OPERATION " order='random'/>", "<devices " OPERATION " sort='taste'/>",
		"<devices " OPERATION "><set xmlns='http://jabber.org/protocol/rsm'><after>a</after>"
		"<before/></set></devices>",
		"<devices " OPERATION " sort='model'><set xmlns='http://jabber.org/protocol/rsm'>"
		"<before>bolt-1@example.com</before></set></devices>",
		"<devices " OPERATION " sort='since'><set xmlns='http://jabber.org/protocol/rsm'>"
		"<after>mfp-1@example.com noon</after></set></devices>",
		"<devices " OPERATION "><set xmlns='http://jabber.org/protocol/rsm'><max>many</max></set>"
		"</devices>",
		"<devices " OPERATION "><set xmlns='http://jabber.org/protocol/rsm'><max>-1</max></set>"
		"</devices>",
		"<stats " OPERATION " by='moon'/>",
		"<stats " OPERATION "><set xmlns='http://jabber.org/protocol/rsm'><after>x</after></set>"
		"</stats>",
	};
	static const char query[] = "<iq type='get' id='q' " FROM_ALICE "><requests " OPERATION
	                            "/></iq>";
	char *bad;

	(void)state;
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
		iq_is_refused("get", "alice@example.com/cli", wrong[i]);
	fixture_forget();
	for (int i = 0; i < 23; i++)
		fixture_receive(query, sizeof query - 1);
	is_documented(fixture_sent());
	fixture_settle();
	bad = mem_printf("%s/requests/2026-01-02.1.tsv", fixture.config.data_directory);
	assert_int_equal(file_mkdirs(bad, 0700), 0);
	refused(query);
	free(bad);
}

static void watches(void **state)
{
	static const char *const wrong[] = {
		"<watch " OPERATION "/>", "<watch " OPERATION " seconds='301'/>",
		"<watch " OPERATION " seconds='60' colour='red'/>",
		"<watch " OPERATION " seconds='60' device='S1'/>",
		"<watch " OPERATION " seconds='60' device='typo'/>",
		"<watch " OPERATION " seconds='60' device='bolt-1@example.com'/>",
		"<watch " OPERATION " seconds='60' unit='typo'/>",
		"<watch " OPERATION " seconds='60' unit='bolt'/>",
	};

	(void)state;
	fixture_say(ARRIVE_A MFP_2);
	iq_is_refused("set", "stranger@example.org/x", "<watch " OPERATION " seconds='60'/>");
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
		iq_is_refused("set", "alice@example.com/cli", wrong[i]);
	for (int i = 0; i < WATCH_OPERATOR; i++) {
		char *text = mem_printf("<iq type='set' id='w' from='alice@example.com/%d' "
		                        "to='devices.example.com'><watch " OPERATION " seconds='60'/></iq>", i);

		fixture_say(text);
		free(text);
	}
	iq_is_refused("set", "alice@example.com/more", "<watch " OPERATION " seconds='60'/>");
}

static void the_audit(void **state)
{
	static const char *const wrong[] = {
		"<audit " AUDIT " colour='red'/>", "<audit " AUDIT " result='lost'/>",
		"<audit " AUDIT " since='today'/>", "<audit " AUDIT " order='random'/>",
		"<audit " AUDIT "><set xmlns='http://jabber.org/protocol/rsm'><before>x</before></set>"
		"</audit>",
	};
	char *bad = mem_printf("%s/audit/2026-01-02.1.tsv", fixture.config.data_directory);

	(void)state;
	iq_is_refused("get", "stranger@example.org/x", "<audit " AUDIT "/>");
	iq_is_refused("get", "bob@example.com/cli", "<audit " AUDIT "/>");
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
		iq_is_refused("get", "alice@example.com/cli", wrong[i]);
	assert_int_equal(file_mkdirs(bad, 0700), 0);
	iq_is_refused("get", "alice@example.com/cli", "<audit " AUDIT "/>");
	free(bad);
}

static void change_is_refused(const char *name, const char *attributes, const char *inside)
{
	char *text = mem_printf("<%s xmlns='urn:platen:device:1' %s>%s</%s>", name, attributes, inside,
	                        name);

	iq_is_refused("set", "alice@example.com/cli", text);
	free(text);
}

static void changes_of_devices(void **state)
{
	static const char *const names[] = { "decommission", "commission", "rename", "acknowledge" };

	(void)state;
	fixture_say(ARRIVE_A MFP_2 BOLT);
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		const char *to = strcmp(names[i], "rename") == 0 ? "to='mfp-9@example.com'" : "";
		char *wrong = mem_printf("device='mfp-1' why='' %s", to);
		char *unknown = mem_printf("device='mfp-7' %s", to), *two = mem_printf("device='S1' %s", to);

		change_is_refused(names[i], wrong, "");
		change_is_refused(names[i], "device='mfp-1'", "<reason/>");
		change_is_refused(names[i], "", "");
		change_is_refused(names[i], "device=''", "");
		change_is_refused(names[i], unknown, "");
		change_is_refused(names[i], two, "");
		free(wrong);
		free(unknown);
		free(two);
	}
	change_is_refused("decommission", "device='mfp-1' to='mfp-9@example.com'", "");
	change_is_refused("rename", "device='mfp-1'", "");
	change_is_refused("rename", "device='mfp-1' to='x y'", "");
	change_is_refused("rename", "device='mfp-1' to='MFP-1@example.com'", "");
	change_is_refused("rename", "device='mfp-1' to='new@example.com'", "");
	iq_is_refused("set", "bob@example.com/x",
	              "<decommission xmlns='urn:platen:device:1' device='mfp-1'/>");
	fixture_say("<presence from='mfp-3@example.com/a' to='devices.example.com'>"
	            "<device xmlns='urn:platen:device:1' serial='S3'/></presence>");
	change_is_refused("rename", "device='mfp-1' to='mfp-3@example.com'", "");
	fixture_say("<iq type='set' id='c' " FROM_ALICE "><rename xmlns='urn:platen:device:1' "
	            "device='mfp-1' to='mfp-9@example.com'/></iq>");
	change_is_refused("rename", "device='mfp-9@example.com' to='mfp-8@example.com'", "");
	fixture_say("<iq type='set' id='c' " FROM_ALICE "><decommission xmlns='urn:platen:device:1' "
	            "device='mfp-3'/></iq>");
	change_is_refused("rename", "device='mfp-1' to='mfp-3@example.com'", "");
}

static void what_was_decommissioned(void **state)
{
	(void)state;
	fixture_say(ARRIVE_A "<iq type='set' id='c' " FROM_ALICE "><decommission "
	            "xmlns='urn:platen:device:1' device='mfp-1'/></iq>");
	refused(ARRIVE_A);
	iq_is_refused("get", "mfp-1@example.com/platen-a",
	              "<keepalive xmlns='urn:platen:keepalive:1'/>");
	submit_is_refused("device='mfp-1@example.com' command='print'", "");
	change_is_refused("rename", "device='mfp-1@example.com' to='mfp-9@example.com'", "");
}

static void unassigned_devices(void **state)
{
	static const char *const wrong[] = {
		"<unassigned xmlns='urn:platen:device:1' serial='S1'/>",
		"<unassigned xmlns='urn:platen:device:1'><set xmlns='http://jabber.org/protocol/rsm'>"
		"<max>many</max></set></unassigned>",
	};

	(void)state;
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
		iq_is_refused("get", "alice@example.com/cli", wrong[i]);
	iq_is_refused("get", "bob@example.com/cli", "<unassigned xmlns='urn:platen:device:1'/>");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(anybodys_mistakes),
		TEST(a_submits_attributes),
		TEST(a_submits_arguments),
		TEST(what_a_submit_meets),
		TEST(what_a_devices_command_takes),
		TEST(what_cannot_be_cancelled),
		TEST(what_devices_tell),
		TEST(a_full_disk),
		TEST(too_many_lists),
		TEST(questions),
		TEST(watches),
		TEST(the_audit),
		TEST(changes_of_devices),
		TEST(what_was_decommissioned),
		TEST(unassigned_devices),
		TEST(mistakes_of_campaigns),
		TEST(what_a_campaign_meets),
		cmocka_unit_test(the_page_says_nothing_else),
	};

	return cmocka_run_group_tests(tests, read_page, forget_page);
}
