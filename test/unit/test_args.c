// link: operator/args.o
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "operator/args.h"

static struct args args;
static char line[400], *argv[40];
static char *why;

/* The words of a line, without the program's name; ~ is an empty word. */
static void parse(const char *words)
{
	int argc = 1;

	free(why);
	args_clear(&args);
	strcpy(line, words);
	for (char *w = strtok(line, " "); w != NULL; w = strtok(NULL, " "))
		argv[argc++] = strcmp(w, "~") == 0 ? "" : w;
	argv[argc] = NULL;
	why = args_parse(&args, argc, argv);
}

static void check_mistake(const char *words, const char *expected)
{
	parse(words);
	if (why == NULL || strstr(why, expected) == NULL)
		fail_msg("%s: %s", words, why ? why : "no mistake");
}

static void options_stand_anywhere(void **state)
{
	(void)state;
	parse("--json request -c f.conf dev --timeout 5 get-counters --attempts=7 a=b --no-wait");
	assert_null(why);
	assert_int_equal(args.n_words, 4);
	assert_string_equal(args.words[0], "request");
	assert_string_equal(args.words[3], "a=b");
	assert_string_equal(args.options[ARGS_CONFIG], "f.conf");
	assert_int_equal(args_number(&args, ARGS_TIMEOUT, 1), 5);
	assert_int_equal(args_number(&args, ARGS_ATTEMPTS, 1), 7);
	assert_int_equal(args_number(&args, ARGS_EXPIRES, -1), -1);
	assert_non_null(args.options[ARGS_JSON]);
	assert_non_null(args.options[ARGS_NO_WAIT]);
	assert_null(args.options[ARGS_TOKEN]);
}

static void two_hyphens_end_them(void **state)
{
	(void)state;
	parse("a -j -- --json - -- -x");
	assert_null(why);
	assert_int_equal(args.n_words, 5);
	assert_string_equal(args.words[1], "--json");
	assert_string_equal(args.words[2], "-");
	assert_string_equal(args.words[3], "--");
	parse("a -cfile -");
	assert_null(why);
	assert_string_equal(args.options[ARGS_CONFIG], "file");
	assert_string_equal(args.words[1], "-");
}

static void mistakes_are_named(void **state)
{
	(void)state;
	check_mistake("a --nope", "there is no option --nope");
	check_mistake("a --nope=1", "there is no option --nope");
	check_mistake("a -x", "there is no option -x");
	check_mistake("a --timeout", "--timeout needs S");
	check_mistake("a --token= b", "--token needs T");
	check_mistake("a --token ~", "--token needs T");
	check_mistake("a --json=1", "--json takes no value");
	check_mistake("a -jc", "--json takes no value");
	check_mistake("a --timeout 1 --timeout 2", "given twice");
	check_mistake("a --timeout 0", "--timeout: 0 is not within 1 and 86400");
	check_mistake("a --timeout 1x", "not a whole number");
	check_mistake("a --attempts 101", "not within");
	check_mistake("a --expires 2592001", "not within");
	check_mistake("a --limit -1", "not within");
	check_mistake("a --port 65536", "not within");
	check_mistake("a --priority", "--priority needs normal|emergency");
	check_mistake("a --priority urgent", "--priority: 'urgent' is none of normal|emergency");
	check_mistake("a --priority normal|emergency", "is none of");
	check_mistake("a --security start", "is none of starttls|direct-tls|plain");
}

static void a_command_takes_its_own(void **state)
{
	char *refused;

	(void)state;
	parse("devices --timeout 5 --json");
	refused = args_check_allowed(&args, ARGS_COMMON | ARGS_BIT(ARGS_LIMIT));
	assert_string_equal(refused, "devices takes no --timeout");
	free(refused);
	assert_null(args_check_allowed(&args, ARGS_COMMON | ARGS_BIT(ARGS_TIMEOUT)));
}

static void pairs(void **state)
{
	const char *value = NULL;

	(void)state;
	assert_int_equal(args_pair("key=a=b", &value), 3);
	assert_string_equal(value, "a=b");
	assert_int_equal(args_pair("key=", &value), 3);
	assert_string_equal(value, "");
	assert_int_equal(args_pair("key", &value), 0);
	assert_int_equal(args_pair("=x", &value), 0);
}

static int clean_up(void **state)
{
	(void)state;
	free(why);
	args_clear(&args);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(options_stand_anywhere),
		cmocka_unit_test(two_hyphens_end_them),
		cmocka_unit_test(mistakes_are_named),
		cmocka_unit_test(a_command_takes_its_own),
		cmocka_unit_test(pairs),
	};

	return cmocka_run_group_tests(tests, NULL, clean_up);
}
