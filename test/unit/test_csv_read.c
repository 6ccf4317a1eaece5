// link: operator/csv_read.o
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "common/mem.h"
#include "operator/csv_read.h"

static char *add(char *to, const char *s)
{
	size_t n = strlen(s);

	memcpy(to, s, n + 1);
	return to + n;
}

/* Reads all rows and writes them as LINE:[cell][cell] or LINE!mistake. */
static void check_bytes(const char *bytes, size_t len, const char *expected)
{
	char *text = mem_alloc(len + 1), *found = mem_alloc(len * 64 + 256), *to = found;
	const char *why;
	struct csv_reader r;
	char line[16];
	int got;

	memcpy(text, bytes, len);
	csv_read_begin(&r, text, len);
	*to = '\0';
	while ((got = csv_read_row(&r, &why)) != 0) {
		snprintf(line, sizeof line, "%u%c", r.line, got < 0 ? '!' : ':');
		to = add(to, line);
		if (got < 0)
			to = add(to, why);
		for (size_t i = 0; i < r.n_cells && got > 0; i++)
			to = add(add(add(to, "["), r.cells[i]), "]");
		to = add(to, " ");
	}
	assert_string_equal(found, expected);
	free(found);
	free(text);
}

static void check(const char *bytes, const char *expected)
{
	check_bytes(bytes, strlen(bytes), expected);
}

static void rows_and_cells(void **state)
{
	(void)state;
	check("", "");
	check("a", "1:[a] ");
	check("a,b\nc,d\n", "1:[a][b] 2:[c][d] ");
	check("a,b\r\nc,d", "1:[a][b] 2:[c][d] ");
	check("a,\n,b\n,\n", "1:[a][] 2:[][b] 3:[][] ");
	check(" a , b\n", "1:[ a ][ b] ");
	check("a,", "1:[a][] ");
}

static void empty_lines_are_none_but_count(void **state)
{
	(void)state;
	check("\n\r\n\na\n\n\r\nb\n\n", "4:[a] 7:[b] ");
	check("\n\n", "");
	check(" \n", "1:[ ] ");
}

static void a_bom_is_passed_over_once(void **state)
{
	(void)state;
	check("\xef\xbb\xbf", "");
	check("\xef\xbb\xbf" "a\n\xef\xbb\xbf" "b", "1:[a] 2:[\xef\xbb\xbf" "b] ");
	check("\xef\xbb\xbf\"a\"\n", "1:[a] ");
}

static void quoted_cells(void **state)
{
	(void)state;
	check("\"a\",\"b,c\"\n", "1:[a][b,c] ");
	check("\"\",\"\"\"\",\"a\"\"b\"\r\n", "1:[][\"][a\"b] ");
	check("\"a\nb\r\nc\",d\ne", "1:[a\nb\r\nc][d] 4:[e] ");
	check("\"a\"", "1:[a] ");
	check("\"\n\n\n\"\n\nx", "1:[\n\n\n] 6:[x] ");
}

static void mistakes_have_their_line_and_do_not_hide_the_next(void **state)
{
	(void)state;
	check("a\nb\"c\nd\n", "1:[a] 2!a quote in a cell that is not quoted 3:[d] ");
	check("\"a\"b,c\nd\n", "1!text behind a closing quote 2:[d] ");
	check("\"a\" \nd", "1!text behind a closing quote 2:[d] ");
	check("a\rb\nc", "1!a carriage return that ends no line 2:[c] ");
	check("a\r", "1!a carriage return that ends no line ");
	check("a\n\"b\nc\n", "1:[a] 2!a quote is not closed ");
	check("\"", "1!a quote is not closed ");
	check("\"a\"\"", "1!a quote is not closed ");
	check("\"a\nb\"c\nd", "1!text behind a closing quote 3:[d] ");
	check_bytes("a\0b\nc", 5, "1!a NUL 2:[c] ");
	check_bytes("\"a\nb\0\"\nc", 8, "1!a NUL 3:[c] ");
}

static void a_row_is_bounded(void **state)
{
	char *text = mem_alloc(2 * CSV_READ_BYTES);

	(void)state;
	memset(text, ',', CSV_READ_CELLS);
	memcpy(text + CSV_READ_CELLS, "\nb", 2);
	check_bytes(text, CSV_READ_CELLS + 2, "1!more than 256 cells 2:[b] ");
	memset(text, ',', 3 * CSV_READ_CELLS);
	check_bytes(text, 3 * CSV_READ_CELLS, "1!more than 256 cells ");
	memset(text, 'a', CSV_READ_BYTES + 1);
	memcpy(text + CSV_READ_BYTES + 1, "\nb", 2);
	check_bytes(text, CSV_READ_BYTES + 3, "1!the line is over 64 KiB 2:[b] ");
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_and_cells),
		cmocka_unit_test(empty_lines_are_none_but_count),
		cmocka_unit_test(a_bom_is_passed_over_once),
		cmocka_unit_test(quoted_cells),
		cmocka_unit_test(mistakes_have_their_line_and_do_not_hide_the_next),
		cmocka_unit_test(a_row_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
