// link: test/unit/campaign_fixture.o test/unit/errors_fixture.o
#include "test/unit/errors_campaigns.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/file.h"
#include "common/mem.h"
#include "test/unit/campaign_fixture.h"
#include "test/unit/errors_fixture.h"

#define NS "xmlns='urn:platen:operation:1'"
#define GOOD "command='get-supplies'"
#define ONE "019b7e94-3200-7000-8000-000000000001"

static void is_refused(const char *attributes, const char *inside)
{
	campaign_order(attributes, inside);
	is_documented(fixture_sent());
	assert_int_equal(HASH_COUNT(fixture.campaigns.by_id), 0);
}

static void act_is_refused(const char *from, const char *id, const char *action)
{
	campaign_act(from, id, action);
	is_documented(fixture_sent());
}

static void question_is_refused(const char *question)
{
	char *text = mem_printf("<iq type='get' id='q' " FROM_ALICE ">%s</iq>", question);

	fixture_forget();
	fixture_say(text);
	is_documented(fixture_sent());
	free(text);
}

void mistakes_of_campaigns(void **state)
{
	static const struct { const char *attributes, *inside; } wrong[] = {
		{ "", ACME }, { GOOD " colour='red'", ACME }, { GOOD, "" }, { GOOD, ACME ACME },
		{ GOOD, ACME "<b/>" }, { GOOD, "<select unit='acme'><a/></select>" },
		{ GOOD, "<select colour='red'/>" }, { GOOD, "<select/>" }, { GOOD, "<select online='on'/>" },
		{ GOOD " dry-run='yes'", ACME }, { GOOD " name=''", ACME }, { GOOD " token=''", ACME },
		{ GOOD " growth='much'", ACME }, { GOOD " growth='0.5'", ACME }, { GOOD " growth='11'", ACME },
		{ GOOD " rate='0'", ACME }, { GOOD " rate='600001'", ACME }, { GOOD " abort='101'", ACME },
		{ GOOD " abort-after='0'", ACME }, { GOOD " rate='10' rate-max='9'", ACME },
		{ GOOD " timeout='0'", ACME }, { "command='brew'", ACME },
		{ GOOD, ACME "<argument name='a'>1</argument><argument name='a'>2</argument>" },
		{ GOOD, ACME "<argument/>" }, { GOOD, "<select unit='bolt'/>" },
		{ GOOD, "<select model='none'/>" },
	};

	(void)state;
	campaign_devices(2);
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
		is_refused(wrong[i].attributes, wrong[i].inside);
	fixture_forget();
	fixture_say("<iq type='set' id='b' from='bob@example.com/x' to='devices.example.com'>"
	            "<campaign " NS " " GOOD ">" ACME "</campaign></iq>");
	is_documented(fixture_sent());
	act_is_refused("alice", ONE, "stop");
	act_is_refused("alice", ONE, "pause");
	act_is_refused("alice", "x", "pause");
	question_is_refused("<campaign " NS "/>");
	question_is_refused("<campaign " NS " id='x' colour='red'/>");
	question_is_refused("<campaign " NS " id='x'/>");
	question_is_refused("<campaigns " NS " colour='red'/>");
	question_is_refused("<campaigns " NS " status='lost'/>");
	question_is_refused("<campaigns " NS " order='random'/>");
}

static void is_refused_now(const char *attributes)
{
	campaign_order(attributes, ACME);
	is_documented(fixture_sent());
}

static void others_have_started_them(void)
{
	for (struct campaign *k = fixture.campaigns.by_id; k != NULL; k = k->hh.next)
		mem_set(&k->columns[CAMP_OPERATOR], "dora@example.com");
}

void what_a_campaign_meets(void **state)
{
	char *folder = mem_printf("%s/campaigns", fixture.config.data_directory);
	const char *id;

	(void)state;
	campaign_devices(1);
	assert_int_equal(file_replace(folder, "", 0, 0600), 0);
	is_refused(GOOD, ACME);
	assert_int_equal(unlink(folder), 0);
	free(folder);
	id = campaign_started("token='t'", ACME);
	is_refused_now(GOOD " token='t' rate='7'");
	act_is_refused("bob", id, "pause");
	fixture_pass(10);
	campaign_answer(DONE);
	fixture_pass(0);
	act_is_refused("alice", id, "resume");
	fixture.campaigns.n_members += CAMPAIGNS_MEMBERS_MAX;
	is_refused_now(GOOD);
	assert_int_equal(fixture_count("1 devices are too many beside the 2000001 of"), 1);
	fixture.campaigns.n_members -= CAMPAIGNS_MEMBERS_MAX;
	for (unsigned i = 0; i < CAMPAIGNS_OPERATOR; i++)
		campaign_started("", ACME);
	is_refused_now(GOOD);
	assert_int_equal(fixture_count("campaigns-per-operator"), 1);
	fixture_units("[unit acme]\ndevices = mfp-*@example.com\noperator *@example.com = view request\n");
	others_have_started_them();
	for (unsigned i = CAMPAIGNS_OPERATOR; i < CAMPAIGNS_MAX; i++) {
		campaign_started("", ACME);
		others_have_started_them();
	}
	is_refused_now(GOOD);
	assert_int_equal(fixture_count("'campaigns'"), 1);
}
