// link: test/unit/component_fixture.o
/* Each line of the table of rights with each set of rights: what they allow, and
 * that nothing else does. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "common/mem.h"
#include "component/command.h"
#include "component/rights.h"
#include "test/unit/component_fixture.h"

#define RIGHTS 6
#define SETS (1u << RIGHTS)
#define BOLT "from='bolt-1@example.com/platen-a' to='devices.example.com'"
#define DONE "<outcome xmlns='urn:platen:operation:1' status='done'/>"

/* The rights of a set, in words. */
static char *words(unsigned set)
{
	char *text = mem_strdup(""), *more;

	for (unsigned right = 1; right < SETS; right <<= 1) {
		if (!(set & right))
			continue;
		more = mem_printf("%s%s ", text, unit_right_name(right));
		free(text);
		text = more;
	}
	return text;
}

/* Operator oN has the set N in acme; one more sees all of both units. */
static char *units_of_all_sets(void)
{
	char *text = mem_strdup("[unit bolt]\ndevices = bolt-*@example.com\n"
	                        "operator chief@example.com = view request configure\n[unit acme]\n"
	                        "devices = mfp-*@example.com, bolt-*@example.com\n"
	                        "operator boss@example.com = view admin\n"
	                        "operator chief@example.com = view request configure\n");

	for (unsigned set = 1; set < SETS; set++) {
		char *rights = words(set), *more;

		more = mem_printf("%soperator o%u@example.com = %s\n", text, set, rights);
		free(rights);
		free(text);
		text = more;
	}
	return text;
}

static int setup(void **state)
{
	char *units = units_of_all_sets();

	(void)state;
	fixture_start();
	fixture_units(units);
	free(units);
	fixture_online(true);
	fixture_say(ARRIVE_A "<presence " BOLT ">" DEVICE "</presence>");
	return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, fixture_teardown)

static void ask(const char *operator_, const char *question)
{
	const char *ns = strcmp(question, "audit") == 0 ? NS_AUDIT : NS_OPERATION;
	const char *by = strcmp(question, "stats") == 0 ? " by='device'" : "";
	char *text = mem_printf("<iq type='get' id='q' from='%s/x' to='devices.example.com'>"
	                        "<%s xmlns='%s'%s/></iq>", operator_, question, ns, by);

	fixture_forget();
	fixture_say(text);
	free(text);
}

static void submit(const char *operator_, const char *device, const char *command)
{
	char *text = mem_printf("<iq type='set' id='s' from='%s/x' to='devices.example.com'><request "
	                        "xmlns='urn:platen:operation:1' device='%s@example.com' command='%s'/>"
	                        "</iq>", operator_, device, command);

	fixture_forget();
	fixture_say(text);
	free(text);
}

/* That it was accepted and went out; the device does it. */
static bool went_out(const char *from)
{
	if (fixture_count("<operation ") == 0)
		return false;
	assert_int_equal(fixture_count("status='queued'"), 1);
	fixture_answer("result", from, DONE);
	return true;
}

/* A device of each unit goes while he watches, and comes back when he does no more. */
static void watch(const char *operator_)
{
	char *text = mem_printf("<iq type='set' id='w' from='%s/x' to='devices.example.com'><watch "
	                        "xmlns='urn:platen:operation:1' seconds='5'/></iq>", operator_);

	fixture_pass(5000);
	fixture_say(ARRIVE_A "<presence " BOLT ">" DEVICE "</presence>");
	fixture_forget();
	fixture_say(text);
	fixture_say("<presence type='unavailable' " FROM_A "/><presence type='unavailable' " BOLT "/>");
	free(text);
}

/* One that bolt has, one that acme has: who lists shows the one of his unit. To
 * administer nothing is to be refused what only administrators may ask. */
static void check_question(const struct rights_row *row, unsigned set, const char *operator_)
{
	bool allowed = (set & row->needs) == row->needs;

	if (strcmp(row->name, "watch") == 0)
		watch(operator_);
	else
		ask(operator_, row->name);
	assert_int_equal(fixture_count("<forbidden "), set == 0 || (row->needs & RIGHT_ADMIN && !allowed));
	assert_int_equal(fixture_count("='mfp-1@example.com'"), allowed);
	assert_int_equal(fixture_count("='bolt-1@example.com'"), 0);
}

static void check_command(const struct rights_row *row, unsigned set, const char *operator_)
{
	bool allowed = (set & row->needs) == row->needs;

	submit(operator_, "mfp-1", row->name);
	assert_int_equal(fixture_count("type='error'"), !allowed);
	if (!allowed)
		assert_int_equal(fixture_count("<item-not-found ") == 1, set != 0 && !(set & RIGHT_VIEW));
	assert_int_equal(went_out(FROM_A), allowed);
	submit(operator_, "bolt-1", row->name);
	assert_int_equal(fixture_count(set == 0 ? "<forbidden " : "<item-not-found "), 1);
	assert_false(went_out(BOLT));
}

static void each_question_with_each_set(void **state)
{
	(void)state;
	submit("chief@example.com", "mfp-1", "print");
	assert_true(went_out(FROM_A));
	submit("chief@example.com", "bolt-1", "print");
	assert_true(went_out(BOLT));
	for (const struct rights_row *row = rights_table; row->name != NULL; row++) {
		for (unsigned set = 0; set < SETS && row->kind == RIGHTS_QUESTION; set++) {
			char *operator_ = mem_printf("o%u@example.com", set);

			check_question(row, set, operator_);
			free(operator_);
		}
	}
}

static void change(const char *operator_, const char *device, const char *name)
{
	bool to = strcmp(name, "rename") == 0;
	char *text = mem_printf("<iq type='set' id='c' from='%s/x' to='devices.example.com'><%s "
	                        "xmlns='urn:platen:device:1' device='%s@example.com'%s/></iq>",
	                        operator_, name, device, to ? " to='mfp-new@example.com'" : "");

	fixture_forget();
	fixture_say(text);
	free(text);
}

static void check_change(const struct rights_row *row, unsigned set, const char *operator_)
{
	bool allowed = (set & row->needs) == row->needs;

	change(operator_, "mfp-1", row->name);
	assert_int_equal(fixture_count("type='result'"), allowed);
	assert_int_equal(fixture_count("<item-not-found "), set != 0 && !(set & RIGHT_VIEW));
	assert_int_equal(fixture_count("<missing-right "), (set & RIGHT_VIEW) && !allowed);
	change(operator_, "bolt-1", row->name);
	assert_int_equal(fixture_count(set == 0 ? "<forbidden " : "<item-not-found "), 1);
}

static void each_change_with_each_set(void **state)
{
	(void)state;
	for (const struct rights_row *row = rights_table; row->name != NULL; row++) {
		for (unsigned set = 0; set < SETS && row->kind == RIGHTS_CHANGE; set++) {
			char *operator_ = mem_printf("o%u@example.com", set);

			change("boss@example.com", "mfp-1", "commission");
			assert_int_equal(fixture_count("type='result'"), 1);
			check_change(row, set, operator_);
			free(operator_);
		}
	}
}

/* The new account of a rename may be in another unit: admin is needed in both. */
static void a_rename_into_another_unit(void **state)
{
	static const char *const bolt[] = { "", "operator o@example.com = view\n",
	                                    "operator o@example.com = admin\n",
	                                    "operator o@example.com = view admin\n" };
	static const char *const answer[] = { "<unknown-device ", "<missing-right ",
	                                      "<unknown-device ", "type='result'" };

	(void)state;
	for (size_t i = 0; i < sizeof bolt / sizeof *bolt; i++) {
		char *units = mem_printf("[unit acme]\ndevices = mfp-1@example.com\n"
		                         "operator o@example.com = view admin\n"
		                         "[unit bolt]\ndevices = mfp-new@example.com\n%s", bolt[i]);

		fixture_units(units);
		change("o@example.com", "mfp-1", "rename");
		assert_int_equal(fixture_count(answer[i]), 1);
		free(units);
	}
}

/* What is of no unit is shown to who has the right in any one. */
static void each_list_with_each_set(void **state)
{
	(void)state;
	for (const struct rights_row *row = rights_table; row->name != NULL; row++) {
		for (unsigned set = 0; set < SETS && row->kind == RIGHTS_ANYWHERE; set++) {
			char *text = mem_printf("<iq type='get' id='q' from='o%u@example.com/x' "
			                        "to='devices.example.com'><%s xmlns='urn:platen:device:1'/>"
			                        "</iq>", set, row->name);
			bool allowed = (set & row->needs) == row->needs;

			fixture_forget();
			fixture_say(text);
			assert_int_equal(fixture_count("type='result'"), allowed);
			assert_int_equal(fixture_count("<forbidden "), !allowed);
			assert_int_equal(fixture_count("<missing-right "), set != 0 && !allowed);
			free(text);
		}
	}
}

static void each_command_with_each_set(void **state)
{
	(void)state;
	for (const struct rights_row *row = rights_table; row->name != NULL; row++) {
		assert_int_equal(command_find(row->name) != NULL, row->kind == RIGHTS_COMMAND);
		for (unsigned set = 0; set < SETS && row->kind == RIGHTS_COMMAND; set++) {
			char *operator_ = mem_printf("o%u@example.com", set);

			check_command(row, set, operator_);
			free(operator_);
		}
	}
}

/* Rights in one unit are none in another, also for who is in both. */
static void several_units_and_globs(void **state)
{
	(void)state;
	fixture_units("[unit acme]\ndevices = mfp-*@example.com\noperator both@example.com = view\n"
	              "operator *@desk.example.com = view\noperator boss@desk.example.com = request\n"
	              "operator n?@example.com = configure\noperator *@example.com = view\n"
	              "[unit bolt]\ndevices = bolt-*@example.com\n"
	              "operator both@example.com = view request\n");
	submit("both@example.com", "mfp-1", "print");
	assert_int_equal(fixture_count("<missing-right "), 1);
	submit("both@example.com", "bolt-1", "print");
	assert_true(went_out(BOLT));
	submit("both@example.com", "bolt-1", "reboot");
	assert_int_equal(fixture_count("name='configure'"), 1);
	ask("both@example.com", "devices");
	assert_int_equal(fixture_count("<device "), 2);
	submit("anna@desk.example.com", "mfp-1", "print");
	assert_int_equal(fixture_count("<missing-right "), 1);
	submit("boss@desk.example.com", "mfp-1", "print");
	assert_true(went_out(FROM_A));
	submit("BOSS@desk.example.com", "mfp-1", "print");
	assert_true(went_out(FROM_A));
	submit("boss@example.org", "mfp-1", "print");
	assert_int_equal(fixture_count("<forbidden "), 1);
	submit("boss@desk.example.com", "bolt-1", "print");
	assert_int_equal(fixture_count("<item-not-found "), 1);
	submit("n1@example.com", "mfp-1", "reboot");
	assert_true(went_out(FROM_A));
	submit("n12@example.com", "mfp-1", "reboot");
	assert_int_equal(fixture_count("name='configure'"), 1);
}

/* Who loses a right loses it at once, and who gets it has it. */
static void a_change_of_the_file_counts_at_once(void **state)
{
	(void)state;
	submit("o3@example.com", "mfp-1", "print");
	assert_true(went_out(FROM_A));
	fixture_units("[unit acme]\ndevices = mfp-*@example.com\noperator o3@example.com = view\n"
	              "operator o1@example.com = view request\n");
	submit("o3@example.com", "mfp-1", "print");
	assert_int_equal(fixture_count("<missing-right "), 1);
	submit("o1@example.com", "mfp-1", "print");
	assert_true(went_out(FROM_A));
	ask("chief@example.com", "requests");
	assert_int_equal(fixture_count("<forbidden "), 1);
}

static unsigned parse_rights(char *text)
{
	unsigned set = 0;

	for (char *word; (word = strsep(&text, " \n")) != NULL; ) {
		unsigned right = 1;

		if (*word == '\0')
			continue;
		while (right < SETS && strcmp(unit_right_name(right), word) != 0)
			right <<= 1;
		assert_true(right < SETS);
		set |= right;
	}
	return set;
}

/* A line ".It KIND Ta NAME Ta RIGHT ..." is one of the table. */
static bool read_line(char *line)
{
	static const char *const kinds[] = {
		[RIGHTS_QUESTION] = ".It question Ta ", [RIGHTS_ANYWHERE] = ".It anywhere Ta ",
		[RIGHTS_COMMAND] = ".It command Ta ", [RIGHTS_CHANGE] = ".It change Ta ",
	};
	const size_t n = sizeof kinds / sizeof *kinds;
	char *name, *rights;
	size_t kind = 0;

	while (kind < n && strncmp(line, kinds[kind], strlen(kinds[kind])) != 0)
		kind++;
	if (kind == n)
		return false;
	name = strstr(line, " Ta ") + 4;
	rights = strstr(name, " Ta ");
	assert_non_null(rights);
	*rights = '\0';
	assert_int_equal(parse_rights(rights + 4), rights_needed((enum rights_kind)kind, name));
	return true;
}

static void the_manual_has_the_same_table(void **state)
{
	FILE *f = fopen("component/platen-units.conf.5", "r");
	size_t n = 0, rows = 0;
	char line[300];

	(void)state;
	assert_non_null(f);
	while (fgets(line, sizeof line, f) != NULL)
		n += read_line(line);
	fclose(f);
	while (rights_table[rows].name != NULL)
		rows++;
	assert_int_equal(n, rows);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(each_question_with_each_set),
		TEST(each_command_with_each_set),
		TEST(each_change_with_each_set),
		TEST(a_rename_into_another_unit),
		TEST(each_list_with_each_set),
		TEST(several_units_and_globs),
		TEST(a_change_of_the_file_counts_at_once),
		cmocka_unit_test(the_manual_has_the_same_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
