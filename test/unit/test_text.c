// link: operator/text.o operator/grid.o
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "operator/grid.h"
#include "operator/text.h"

static void check(char *got, const char *expected)
{
	assert_string_equal(got, expected);
	free(got);
}

static void no_control_character_stays(void **state)
{
	char s[2] = "";

	(void)state;
	for (int c = 1; c < 0x20; c++) {
		s[0] = (char)c;
		check(text_clean(s), c == '\t' || c == '\n' || c == '\r' ? " " : "?");
	}
	check(text_clean("\x1b[31mred\x7f"), "?[31mred?");
	check(text_clean("\xc2\x80\xc2\x9b\xc2\x9f\xc2\xa0"), "???\xc2\xa0");
	check(text_clean("\x9b" "0m"), "?0m");
	check(text_clean(NULL), "");
}

static void no_bidi_override_stays(void **state)
{
	(void)state;
	check(text_clean("a\xe2\x80\xae" "b"), "a?b");      /* U+202E */
	check(text_clean("a\xe2\x80\xaa" "b"), "a?b");      /* U+202A */
	check(text_clean("a\xe2\x81\xa6" "b"), "a?b");      /* U+2066 */
	check(text_clean("a\xe2\x81\xa9" "b"), "a?b");      /* U+2069 */
	check(text_clean("a\xe2\x80\x8f" "b"), "a?b");      /* U+200F */
	check(text_clean("a\xd8\x9c" "b"), "a?b");          /* U+061C */
	check(text_clean("a\xe2\x80\xa8" "b"), "a?b");      /* U+2028 */
}

static void text_stays(void **state)
{
	(void)state;
	check(text_clean("Caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x96\xa8 \xd7\xa9"),
	      "Caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x96\xa8 \xd7\xa9");
	check(text_clean("\xc3(\xe2\x82\xf4\x90\x80\x80"), "?(??????");
}

static void cuts_to_columns(void **state)
{
	char s[] = "0123456789", wide[] = "\xe5\xb0\x8f\xe5\xb0\x8f\xe5\xb0\x8f", two[] = "ab";

	(void)state;
	text_cut(s, 10);
	assert_string_equal(s, "0123456789");
	text_cut(s, 5);
	assert_string_equal(s, "0123\xe2\x80\xa6");
	assert_int_equal(text_width(s), 5);
	assert_int_equal(text_width(wide), 6);
	text_cut(wide, 5);
	assert_string_equal(wide, "\xe5\xb0\x8f\xe5\xb0\x8f\xe2\x80\xa6");
	text_cut(two, 1);
	assert_int_equal(text_width(two), 1);
}

static void durations(void **state)
{
	(void)state;
	check(text_duration(0), "0 ms");
	check(text_duration(999), "999 ms");
	check(text_duration(3240), "3.2 s");
	check(text_duration(119999), "119 s");
	check(text_duration(120000), "2 min");
	check(text_duration(7200000), "2 h");
	check(text_duration(172800000), "2 d");
}

static void counts(void **state)
{
	(void)state;
	check(text_count(0), "0");
	check(text_count(999), "999");
	check(text_count(271871), "271 871");
	check(text_count(-1000), "-1 000");
	check(text_count(INT64_MIN), "-9 223 372 036 854 775 808");
}

static size_t full_blocks(int64_t percent)
{
	char *bar = text_bar(percent, 20);
	size_t n = 0;

	assert_int_equal(text_width(bar), 20);
	for (char *c = bar; (c = strstr(c, "\xe2\x96\x88")) != NULL; c++)
		n++;
	free(bar);
	return n;
}

static void bars(void **state)
{
	(void)state;
	assert_int_equal(full_blocks(0), 0);
	assert_int_equal(full_blocks(1), 1);
	assert_int_equal(full_blocks(40), 8);
	assert_int_equal(full_blocks(99), 19);
	assert_int_equal(full_blocks(100), 20);
	assert_int_equal(full_blocks(-5), 0);
	assert_int_equal(full_blocks(1000), 20);
}

static void columns_are_aligned(void **state)
{
	static const struct grid_column columns[] = {
		{ "NAME", 6, false }, { "N", 0, true }, { "NOTE", 0, false },
	};
	struct grid g = { .columns = columns, .n_columns = 3 };
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	(void)state;
	grid_add(&g, "Caf\xc3\xa9");
	grid_add(&g, "7");
	grid_add(&g, NULL);
	grid_add(&g, "long name\n");
	grid_add(&g, "1234");
	grid_add(&g, "x");
	grid_print(&g, "  ", out);
	grid_add(&g, "b");
	grid_add(&g, "2");
	grid_add(&g, "second page");
	grid_print(&g, "  ", out);
	grid_clear(&g);
	fclose(out);
	assert_string_equal(text, "  NAME       N  NOTE\n"
	                          "  Caf\xc3\xa9       7\n"
	                          "  long \xe2\x80\xa6  1234  x\n"
	                          "  b          2  second page\n");
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_control_character_stays),
		cmocka_unit_test(no_bidi_override_stays),
		cmocka_unit_test(text_stays),
		cmocka_unit_test(cuts_to_columns),
		cmocka_unit_test(durations),
		cmocka_unit_test(counts),
		cmocka_unit_test(bars),
		cmocka_unit_test(columns_are_aligned),
	};

	if (setlocale(LC_ALL, "C.UTF-8") == NULL)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
