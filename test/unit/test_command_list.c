// link: device/command_list.o device/command.o
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "device/command_list.h"

static const char own_text[] =
	"get-counters\ttrue\ttrue\t30\t3\t300\t300\trequest\n"
	"get-information\ttrue\ttrue\t30\t3\t300\t300\trequest\n"
	"get-status\ttrue\ttrue\t30\t3\t300\t300\trequest\n"
	"get-supplies\ttrue\ttrue\t30\t3\t300\t300\trequest\n"
	"reboot\tfalse\tfalse\t30\t3\t86400\t600\tconfigure\n";

/* By hand: this text into `sha256sum | cut -c1-32`. */
static void test_the_hash_is_of_this_text(void **state)
{
	char *text = command_list_text(command_table, command_count);

	(void)state;
	assert_string_equal(text, own_text);
	assert_string_equal(command_list_own_hash(), "5827cd2af649270a8ca8b5f968fc7a42");
	free(text);
}

static void test_arguments_are_lines_of_their_own(void **state)
{
	static const struct command_argument arguments[] = {
		{ "copies", "integer", false }, { "media", "string", true }, { .name = NULL }
	};
	static const struct command print = {
		"print", SOURCE_REBOOT, 0, false, false, 60000, 1, 3600, 900, "request", arguments
	};
	char *text = command_list_text(&print, 1), hash[COMMAND_HASH];

	(void)state;
	assert_string_equal(text, "print\tfalse\tfalse\t60\t1\t3600\t900\trequest\n"
	                          "\tcopies\tinteger\tfalse\n"
	                          "\tmedia\tstring\ttrue\n");
	command_list_hash(&print, 1, hash);
	assert_string_equal(hash, "4fa7b935d86bf42e0c1c11fc96809260");
	free(text);
}

static void test_the_table_is_in_order(void **state)
{
	(void)state;
	for (size_t i = 1; i < command_count; i++)
		assert_true(strcmp(command_table[i - 1].name, command_table[i].name) < 0);
}

static void test_the_list_says_the_same(void **state)
{
	struct xml_writer w = { 0 };
	size_t len, n = 0;
	char *text;
	struct xml *el;

	(void)state;
	command_list_write(&w);
	text = xml_take(&w, &len);
	el = xml_parse(text, len, &xml_limits_payload, NULL);
	assert_true(xml_is(el, "commands", OPERATION_NS));
	assert_string_equal(xml_get(el, "hash"), command_list_own_hash());
	for (const struct xml *c = xml_child(el, "command", OPERATION_NS); c != NULL;
	     c = xml_again(c, "command", OPERATION_NS))
		assert_string_equal(xml_get(c, "name"), command_table[n++].name);
	assert_int_equal(n, command_count);
	assert_non_null(strstr(text, "<command name='reboot' read-only='false' repeatable='false' "
	                             "timeout='30' attempts='3' expires='86400' limit='600' "
	                             "right='configure'/>"));
	xml_free(el);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_hash_is_of_this_text),
		cmocka_unit_test(test_arguments_are_lines_of_their_own),
		cmocka_unit_test(test_the_table_is_in_order),
		cmocka_unit_test(test_the_list_says_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
