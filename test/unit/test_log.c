#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "common/log.h"

/* What a line of the log is when this is said in it. */
static void read_line(const char *said, char *line, size_t size)
{
	int ends[2], kept = dup(STDERR_FILENO);
	ssize_t n;

	assert_int_equal(pipe(ends), 0);
	dup2(ends[1], STDERR_FILENO);
	log_write(LOG_LEVEL_ERROR, "test", "said \"%s\".", said);
	dup2(kept, STDERR_FILENO);
	n = read(ends[0], line, size - 1);
	assert_true(n > 0);
	line[n] = '\0';
	close(ends[0]);
	close(ends[1]);
	close(kept);
}

/* A printer's name may be read by whoever looks at the log in a terminal. */
static void no_control_character_gets_into_it(void **state)
{
	char line[300];

	(void)state;
	read_line("a\x1b[2J\r\nb\x7f", line, sizeof line);
	assert_non_null(strstr(line, "said \"a?[2J??b?\".\n"));
	read_line("\xc2\x9b" "2J \xc2\x80 \xc2\xa0 \xc3\xa4 \xc2", line, sizeof line);
	assert_non_null(strstr(line, "said \"??2J ?? \xc2\xa0 \xc3\xa4 \xc2\".\n"));
}

static void a_long_line_is_cut(void **state)
{
	char text[5001], line[5100];

	(void)state;
	memset(text, 'x', 5000);
	text[5000] = '\0';
	read_line(text, line, sizeof line);
	assert_int_equal(strlen(line), 2048 - 1);
	assert_int_equal(line[strlen(line) - 1], '\n');
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_control_character_gets_into_it),
		cmocka_unit_test(a_long_line_is_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
