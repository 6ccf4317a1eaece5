// link: component/units.o
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "common/conf.h"
#include "common/file.h"
#include "component/units.h"

static char path[] = "/tmp/test_units.XXXXXX";

static int make_file(void **state)
{
	int fd = mkstemp(path);

	(void)state;
	return fd < 0 ? -1 : close(fd);
}

static int remove_file(void **state)
{
	(void)state;
	return unlink(path);
}

/* What is read from text; what is wrong with it goes to *errors (to be freed). */
static struct units *read_text(const char *text, char **errors)
{
	struct units *u;
	size_t n;
	FILE *f = open_memstream(errors, &n);

	assert_non_null(f);
	assert_int_equal(file_replace(path, text, strlen(text), 0600), 0);
	u = units_read(path, f);
	fclose(f);
	return u;
}

static struct units *read_good(const char *text)
{
	char *errors;
	struct units *u = read_text(text, &errors);

	assert_string_equal(errors, "");
	assert_non_null(u);
	free(errors);
	return u;
}

static const char two_units[] =
	"[unit acme]\n"
	"devices = mfp-*@example.com, lab@example.com\n"
	"devices = printer-?@example.com\n"
	"operator alice@example.com = view request\n"
	"operator *@ops.example.com = view\n"
	"operator root@ops.example.com = admin, session emergency\n"
	"[unit rest]\n"
	"devices = *@example.com\n"
	"operator bob@example.com = view configure\n";

static void the_first_unit_owns_a_device(void **state)
{
	struct units *u = read_good(two_units);

	(void)state;
	assert_string_equal(units_of_device(u, "mfp-7@example.com"), "acme");
	assert_string_equal(units_of_device(u, "lab@example.com"), "acme");
	assert_string_equal(units_of_device(u, "printer-1@example.com"), "acme");
	assert_string_equal(units_of_device(u, "printer-12@example.com"), "rest");
	assert_string_equal(units_of_device(u, "MFP-7@EXAMPLE.com"), "acme");
	assert_null(units_of_device(u, "mfp-7@example.org"));
	assert_null(units_of_device(u, "example.com"));
	assert_null(units_of_device(u, "a@b@example.com"));
	units_free(u);
}

/* Globs are folded as JIDs are; what has a '/' names nobody. */
static void case_does_not_matter_beyond_ascii(void **state)
{
	struct units *u = read_good("[unit u]\ndevices = \xc3\x84*@X.example\n"
	                            "devices = b*@x.example/a\noperator \xc3\x96@x = view\n");

	(void)state;
	assert_string_equal(units_of_device(u, "\xc3\xa4" "1@x.example"), "u");
	assert_null(units_of_device(u, "b1@x.example"));
	assert_int_equal(units_rights(u, "\xc3\xb6@x", "u"), RIGHT_VIEW);
	units_free(u);
}

static void rights_of_all_matching_lines_add_up(void **state)
{
	struct units *u = read_good(two_units);

	(void)state;
	assert_int_equal(units_rights(u, "alice@example.com", "acme"), RIGHT_VIEW | RIGHT_REQUEST);
	assert_int_equal(units_rights(u, "alice@example.com", "rest"), 0);
	assert_int_equal(units_rights(u, "x@ops.example.com", "acme"), RIGHT_VIEW);
	assert_int_equal(units_rights(u, "root@ops.example.com", "acme"),
	                 RIGHT_VIEW | RIGHT_ADMIN | RIGHT_SESSION | RIGHT_EMERGENCY);
	assert_int_equal(units_rights(u, "bob@example.com", "rest"), RIGHT_VIEW | RIGHT_CONFIGURE);
	assert_int_equal(units_rights(u, "bob@example.com", "no such unit"), 0);
	assert_true(units_is_operator(u, "bob@example.com"));
	assert_false(units_is_operator(u, "mfp-1@example.com"));
	units_free(u);
}

static void units_with_a_right_are_named(void **state)
{
	struct units *u = read_good("[unit a]\noperator o@x = view\n[unit b]\noperator o@x = request\n"
	                            "[unit c]\noperator o@x = view request\n");
	char **names = units_with_rights(u, "o@x", RIGHT_VIEW);

	(void)state;
	assert_string_equal(names[0], "a");
	assert_string_equal(names[1], "c");
	assert_null(names[2]);
	conf_list_free(names);
	names = units_with_rights(u, "p@x", RIGHT_VIEW);
	assert_null(names[0]);
	conf_list_free(names);
	units_free(u);
}

static void each_right_has_its_name(void **state)
{
	static const struct { enum unit_right right; const char *name; } rights[] = {
		{ RIGHT_VIEW, "view" }, { RIGHT_REQUEST, "request" }, { RIGHT_CONFIGURE, "configure" },
		{ RIGHT_EMERGENCY, "emergency" }, { RIGHT_SESSION, "session" }, { RIGHT_ADMIN, "admin" },
	};
	char text[128];

	(void)state;
	for (size_t i = 0; i < sizeof rights / sizeof *rights; i++) {
		struct units *u;

		snprintf(text, sizeof text, "[unit u]\noperator o@x = %s\n", rights[i].name);
		u = read_good(text);
		assert_int_equal(units_rights(u, "o@x", "u"), rights[i].right);
		assert_string_equal(unit_right_name(rights[i].right), rights[i].name);
		units_free(u);
	}
}

static void an_empty_file_has_no_units(void **state)
{
	struct units *u = read_good("");

	(void)state;
	assert_null(units_of_device(u, "mfp-1@example.com"));
	assert_false(units_is_operator(u, "alice@example.com"));
	units_free(u);
}

static void mistakes_are_named_with_their_line(void **state)
{
	static const struct { const char *text, *line, *says; } cases[] = {
		{ "[unit u]\n\noperator o@x = veiw\n", ":3: ", "\"veiw\" is no right" },
		{ "[unit u]\noperator o@x = view\noperator o@x = request\n", ":3: ", "is there twice" },
		{ "[unit u]\noperator \xc3\x96@x = view\noperator \xc3\xb6@X = request\n", ":3: ",
		  "is there twice" },
		{ "[units u]\ndevices = a@x\n", ":1: ", "unknown section [units u]" },
		{ "[unit ]\n", ":1: ", "unknown section" },
		{ "[unit u]\ndevice = a@x\n", ":2: ", "unknown key \"device\"" },
		{ "[unit u]\noperator = view\n", ":2: ", "unknown key \"operator\"" },
		{ "devices = a@x\n", ":1: ", "before the first" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char *errors;

		assert_null(read_text(cases[i].text, &errors));
		assert_int_equal(strncmp(errors, path, strlen(path)), 0);
		assert_int_equal(strncmp(errors + strlen(path), cases[i].line, 4), 0);
		assert_non_null(strstr(errors, cases[i].says));
		free(errors);
	}
}

static void all_mistakes_are_said_at_once(void **state)
{
	char *errors;

	(void)state;
	assert_null(read_text("[unit u]\nfoo = 1\noperator o@x = bar\nbaz = 2\n", &errors));
	assert_non_null(strstr(errors, ":2: "));
	assert_non_null(strstr(errors, ":3: "));
	assert_non_null(strstr(errors, ":4: "));
	free(errors);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_unit_owns_a_device),
		cmocka_unit_test(case_does_not_matter_beyond_ascii),
		cmocka_unit_test(rights_of_all_matching_lines_add_up),
		cmocka_unit_test(units_with_a_right_are_named),
		cmocka_unit_test(each_right_has_its_name),
		cmocka_unit_test(an_empty_file_has_no_units),
		cmocka_unit_test(mistakes_are_named_with_their_line),
		cmocka_unit_test(all_mistakes_are_said_at_once),
	};

	return cmocka_run_group_tests(tests, make_file, remove_file);
}
