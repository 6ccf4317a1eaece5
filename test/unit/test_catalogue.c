// link: test/unit/component_fixture.o
/* What devices say that they can, and what that means for who asks them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "common/mem.h"
#include "component/catalogue.h"
#include "component/command.h"
#include "test/unit/component_fixture.h"

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
#define NS "xmlns='urn:platen:operation:1'"

/* Of LIST by "printf '…' | sha256sum | cut -c1-32". */
#define HASH "94d13bdefe885acc6d52f623eb2b3a30"
#define LIST "<command name='blink' read-only='false' repeatable='true' timeout='9' attempts='2' " \
             "expires='600' limit='77' right='request'>" \
             "<argument name='times' type='integer' required='true'/>" \
             "<argument name='colour'/></command>" \
             "<command name='get-supplies' read-only='true' repeatable='true'/>"

static void assert_sent(const char *text)
{
	if (strstr(fixture_sent(), text) == NULL)
		fail_msg("\"%s\" is not in: %s", text, fixture_sent());
}

static void say(char *stanza)
{
	fixture_forget();
	fixture_say(stanza);
	free(stanza);
}

static void arrive(unsigned device, const char *hash)
{
	say(mem_printf("<presence from='mfp-%u@example.com/platen-a' to='devices.example.com'>"
	               "<device xmlns='urn:platen:device:1' commands='%s'/></presence>", device, hash));
}

static void answer(unsigned device, const char *list)
{
	say(mem_printf("<iq type='result' id='commands' from='mfp-%u@example.com/platen-a' "
	               "to='devices.example.com'><commands " NS ">%s</commands></iq>", device, list));
}

static void submit(unsigned device, const char *command, const char *inside)
{
	say(mem_printf("<iq type='set' id='s1' " FROM_ALICE "><request " NS
	               " device='mfp-%u@example.com' command='%s'>%s</request></iq>", device, command,
	               inside));
}

static const struct command *known(unsigned device, const char *name)
{
	char jid[64];

	snprintf(jid, sizeof jid, "mfp-%u@example.com", device);
	return command_of(device_find(&fixture.devices, jid), name);
}

static void a_new_hash_is_asked_for_once(void **state)
{
	(void)state;
	arrive(1, HASH);
	assert_sent("<commands xmlns='urn:platen:operation:1'/>");
	assert_sent("to='mfp-1@example.com/platen-a'");
	arrive(2, HASH);
	assert_int_equal(fixture_count("<commands "), 0);
	assert_non_null(known(2, "print"));
	answer(1, LIST);
	assert_null(known(2, "print"));
	assert_int_equal(known(2, "blink")->limit_s, 77);
	assert_int_equal(known(2, "get-supplies")->expires_s, 300);
	assert_true(known(2, "get-supplies")->read_only);
	arrive(3, HASH);
	assert_int_equal(fixture_count("<commands "), 0);
	assert_non_null(known(3, "blink"));
	/* Another one says nothing of its own. */
	arrive(3, "");
	assert_non_null(known(3, "print"));
}

/* Who lies about the hash does not say what others can. */
static void another_list_is_of_its_device_alone(void **state)
{
	(void)state;
	arrive(1, HASH);
	arrive(4, HASH);
	answer(1, "<command name='format-disk' read-only='true' right='request'/>");
	assert_non_null(known(1, "format-disk"));
	arrive(2, HASH);
	assert_sent("<commands ");
	assert_null(known(2, "format-disk"));
	answer(2, LIST);
	assert_non_null(known(2, "blink"));
	assert_null(known(1, "blink"));
	arrive(1, HASH);
	assert_int_equal(fixture_count("<commands "), 0);
}

static void a_submit_fits_the_list(void **state)
{
	(void)state;
	arrive(1, HASH);
	answer(1, LIST);
	submit(1, "print", "");
	assert_sent("<unknown-command ");
	submit(1, "blink", "");
	assert_sent("blink needs the argument times");
	submit(1, "blink", "<argument name='times'>often</argument>");
	assert_sent("argument times is no integer");
	submit(1, "blink", "<argument name='times'>-3</argument><argument name='x'/>");
	assert_sent("blink takes no argument x");
	submit(1, "blink", "<argument name='times'>-3</argument>");
	assert_sent("<operation ");
	assert_int_equal(fixture.requests.by_id->timeout_s, 9);
	assert_int_equal(fixture.requests.by_id->max_attempts, 2);
}

/* What is built in keeps its right, whatever a device says; others say what they need. */
static void rights_are_not_the_devices(void **state)
{
	(void)state;
	fixture_units("[unit acme]\ndevices = mfp-*@example.com\n"
	              "operator alice@example.com = view request\n");
	arrive(1, "h");
	answer(1, "<command name='blink' right='request'/><command name='reboot' right='request'/>"
	          "<command name='wipe'/>");
	submit(1, "blink", "");
	assert_sent("status='queued'");
	submit(1, "reboot", "");
	assert_sent("name='configure'");
	submit(1, "wipe", "");
	assert_sent("name='configure'");
}

static void odd_lists_are_not_taken(void **state)
{
	static const char *const odd[] = {
		"<command/>", "<command name=''/>", "<command name='a b'/>", "<order name='a'/>",
		"<command name='a'/><command name='a'/>", "<command name='a' limit='0'/>",
		"<command name='a' timeout='x'/>", "<command name='a' read-only='yes'/>",
		"<command name='a'><argument/></command>",
		"<command name='a'><argument name='b' type='colour'/></command>",
		"<command name='a' right='admin'/>",
		"<command name='a' right='request&#10;b&#9;true&#9;true&#9;&#9;&#9;&#9;&#9;'/>",
		"<command name='a'><argument name='b' required='true&#10;c'/></command>",
	};
	char *many = mem_zero(300, sizeof LIST), *end = many;

	(void)state;
	arrive(1, "h");
	for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
		answer(1, odd[i]);
		assert_non_null(known(1, "print"));
	}
	for (int i = 0; i < 257; i++)
		end += sprintf(end, "<command name='c%d'/>", i);
	answer(1, many);
	assert_non_null(known(1, "print"));
	free(many);
}

static void who_does_not_answer_is_asked_again(void **state)
{
	(void)state;
	arrive(1, HASH);
	say(mem_strdup("<iq type='error' id='commands' " FROM_A "><error type='cancel'/></iq>"));
	submit(1, "get-supplies", "");
	assert_int_equal(fixture_count("<commands "), 0);
	fixture_pass(61000);
	submit(1, "get-supplies", "");
	assert_int_equal(fixture_count("<commands "), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_new_hash_is_asked_for_once),
		TEST(another_list_is_of_its_device_alone),
		TEST(a_submit_fits_the_list),
		TEST(rights_are_not_the_devices),
		TEST(odd_lists_are_not_taken),
		TEST(who_does_not_answer_is_asked_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
