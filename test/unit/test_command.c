// link: device/command.o
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "device/command.h"

/* Reads <operation ATTRS>INNER</operation>; the tree is the caller's. */
static struct xml *read_operation(const char *text, bool *ok, struct operation *op)
{
	struct xml *el = xml_parse(text, strlen(text), &xml_limits_payload, NULL);

	assert_non_null(el);
	*ok = command_read(el, op);
	return el;
}

#define OPERATION(attrs, inner) \
	"<operation xmlns='urn:platen:operation:1' " attrs ">" inner "</operation>"

static void test_the_commands_read_their_parts(void **state)
{
	static const struct {
		const char *name;
		enum mfp_part part;
	} expected[] = {
		{ "get-counters", MFP_COUNTERS }, { "get-supplies", MFP_SUPPLIES },
		{ "get-status", MFP_STATUS }, { "get-information", MFP_INFORMATION },
	};

	(void)state;
	for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
		const struct command *c = command_find(expected[i].name);

		assert_non_null(c);
		assert_int_equal(c->action, SOURCE_READ);
		assert_int_equal(c->part, expected[i].part);
		assert_true(c->read_only && c->repeatable);
		assert_int_equal(c->timeout_ms, 30000);
	}
	assert_null(command_find("make-coffee"));
	assert_null(command_find(""));
}

static void test_a_reboot_changes_something(void **state)
{
	const struct command *c = command_find("reboot");

	(void)state;
	assert_non_null(c);
	assert_int_equal(c->action, SOURCE_REBOOT);
	assert_false(c->read_only || c->repeatable);
}

static void test_an_operation_is_read(void **state)
{
	struct operation op;
	bool ok;
	struct xml *el = read_operation(
		OPERATION("id='019a' command='get-status' not-after='1970-01-01T00:00:01.500Z' x='y'",
		          "<later/>"), &ok, &op);

	(void)state;
	assert_true(ok);
	assert_null(op.condition);
	assert_string_equal(op.id, "019a");
	assert_string_equal(op.command->name, "get-status");
	assert_int_equal(op.not_after, 1500);
	xml_free(el);
	el = read_operation(OPERATION("id='1' command='get-status'", ""), &ok, &op);
	assert_true(ok && op.condition == NULL && op.not_after == INT64_MAX);
	xml_free(el);
}

static void check_refused(const char *text, const char *condition, const char *reason)
{
	struct operation op;
	bool ok;
	struct xml *el = read_operation(text, &ok, &op);

	assert_true(ok);
	assert_null(op.command);
	assert_string_equal(op.condition, condition);
	assert_string_equal(op.reason, reason);
	xml_free(el);
}

static void test_mistakes_are_refused(void **state)
{
	(void)state;
	check_refused(OPERATION("id='1' command='make-coffee'", ""), "unknown-command",
	              "this device has no such command: 'make-coffee'");
	check_refused(OPERATION("id='1'", ""), "unknown-command",
	              "this device has no such command: ''");
	check_refused(OPERATION("id='1' command='get-status'", "<argument name='a'>b</argument>"),
	              "unknown-argument", "the command takes no such argument: 'a'");
	check_refused(OPERATION("id='1' command='get-status'", "<argument>b</argument>"),
	              "bad-argument", "an argument without a name: 'b'");
	check_refused(OPERATION("id='1' command='get-status' not-after='soon'", ""),
	              "bad-argument", "not-after is no time: 'soon'");
}

static void test_an_id_is_needed_and_bounded(void **state)
{
	static const char *const bad[] = {
		OPERATION("command='get-status'", ""), OPERATION("id='' command='get-status'", ""),
		OPERATION("id='01234567890123456789012345678901234567890123456789012345678901234'"
		          " command='get-status'", ""),
	};
	struct operation op;
	struct xml *el;
	bool ok;

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		el = read_operation(bad[i], &ok, &op);
		assert_false(ok);
		xml_free(el);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_commands_read_their_parts),
		cmocka_unit_test(test_a_reboot_changes_something),
		cmocka_unit_test(test_an_operation_is_read),
		cmocka_unit_test(test_mistakes_are_refused),
		cmocka_unit_test(test_an_id_is_needed_and_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
