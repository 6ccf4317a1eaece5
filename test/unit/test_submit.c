// link: operator/submit.o operator/args.o operator/fault.o operator/json.o operator/text.o
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "operator/submit.h"

static struct args args;
static struct fault fault;

static char *payload_of(char **argv, const char *token)
{
	int argc = 0;

	while (argv[argc] != NULL)
		argc++;
	args_clear(&args);
	fault_clear(&fault);
	assert_null(args_parse(&args, argc, argv));
	return submit_payload(&args, token, &fault);
}

static void check_refused(char **argv, const char *token, const char *text)
{
	assert_null(payload_of(argv, token));
	assert_int_equal(fault.exit, 2);
	if (strstr(fault.text, text) == NULL)
		fail_msg("%s", fault.text);
}

static void says_what_was_asked(void **state)
{
	char *argv[] = { "platen", "request", "d@e", "print", "media=a4", "--timeout", "5", "x=<&",
	                 "--attempts=2", "empty=", "--expires", "60", NULL };
	char *more[] = { "platen", "request", "d", "c", "--supersede", "--priority=emergency", NULL };
	char *plain[] = { "platen", "request", "d@e", "get-status", NULL };
	char *payload;

	(void)state;
	payload = payload_of(argv, "t");
	assert_string_equal(payload, "<request xmlns='urn:platen:operation:1' device='d@e'"
	                    " command='print' timeout='5' attempts='2' expires='60' token='t'>"
	                    "<argument name='media'>a4</argument>"
	                    "<argument name='x'>&lt;&amp;</argument>"
	                    "<argument name='empty'></argument></request>");
	free(payload);
	payload = payload_of(more, "t");
	assert_string_equal(payload, "<request xmlns='urn:platen:operation:1' device='d' command='c'"
	                    " supersede='true' priority='emergency' token='t'/>");
	free(payload);
	payload = payload_of(plain, "u");
	assert_string_equal(payload, "<request xmlns='urn:platen:operation:1' device='d@e'"
	                    " command='get-status' token='u'/>");
	free(payload);
}

static void refuses_what_cannot_be(void **state)
{
	static char large[70000], token[130];
	char *no_pair[] = { "platen", "request", "d", "c", "word", NULL };
	char *no_device[] = { "platen", "request", "", "c", NULL };
	char *no_command[] = { "platen", "request", "d", "", NULL };
	char *too_large[] = { "platen", "request", "d", "c", large, NULL };
	char *good[] = { "platen", "request", "d", "c", NULL };

	(void)state;
	memset(large, 'a', sizeof large - 1);
	large[1] = '=';
	memset(token, 't', sizeof token - 1);
	check_refused(no_pair, "t", "'word' is no KEY=VALUE");
	check_refused(no_device, "t", "DEVICE is empty");
	check_refused(no_command, "t", "COMMAND");
	check_refused(too_large, "t", "64 KiB");
	check_refused(good, "", "--token");
	check_refused(good, token, "--token");
	token[128] = '\0';
	free(payload_of(good, token));
	assert_null(fault.condition);
}

static int clean_up(void **state)
{
	(void)state;
	args_clear(&args);
	fault_clear(&fault);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(says_what_was_asked),
		cmocka_unit_test(refuses_what_cannot_be),
	};

	return cmocka_run_group_tests(tests, NULL, clean_up);
}
