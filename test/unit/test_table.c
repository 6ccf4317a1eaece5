// link: test/unit/table_fixture.o
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/crc32c.h"
#include "common/mem.h"
#include "test/unit/table_fixture.h"

static const char *const old_columns[] = { "id", "colour", "status" };
static const struct table_schema old_schema = { "things", 1, old_columns, 3 };
static const char *const new_columns[] = { "id", "status", "note" };
static const struct table_schema new_schema = { "things", 3, new_columns, 3 };

static bool keep_value(void *arg, const char *const *values, uint64_t offset)
{
	(void)offset;
	mem_set(arg, values[1]);
	return true;
}

static void every_byte_comes_back(void **state)
{
	char *all = mem_alloc(600), *p = all, *seen = NULL, *text = NULL;

	(void)state;
	for (unsigned c = 1; c < 0x100; c++) {
		if (c >= 0x80)
			*p++ = (char)(0xc0 | c >> 6);
		*p++ = (char)(c < 0x80 ? c : 0x80 | (c & 0x3f));
	}
	*p = '\0';
	add_header(&text, &schema);
	add_row(&text, &schema, all, all, "\\-");
	add_row(&text, &schema, "k", all, "\\t");
	put_text("t.tsv", text);
	assert_int_equal(table_read("t.tsv", &schema, keep_value, NULL, &seen, NULL, NULL), 0);
	assert_string_equal(seen, all);
	free(seen);
	free(all);
	text = get("t.tsv");
	assert_int_equal(strlen(text), strcspn(text, "\r"));
	free(text);
}

static void what_is_not_utf8_is_replaced(void **state)
{
	char *text = NULL;

	(void)state;
	add_header(&text, &schema);
	add_row(&text, &schema, "k", "caf\xe9", "\xff\xc3");
	put_text("t.tsv", text);
	assert_reads("t.tsv", "k=caf\xef\xbf\xbd,\xef\xbf\xbd\xef\xbf\xbd;");
}

static void the_form_is_as_documented(void **state)
{
	char *text = NULL;

	(void)state;
	add_header(&text, &schema);
	add_row(&text, &schema, "a\tb", "", NULL);
	assert_string_equal(text, "id\tstatus\tnote\tcrc32c/2\na\\tb\t\\-\t\t87ab42d9\n");
	put_text("t.tsv", text);
	assert_reads("t.tsv", "a\tb=-,.;");
}

static void a_torn_tail_is_not_read_and_is_cut(void **state)
{
	char *text = NULL, *whole, *now;
	struct table_report report;

	(void)state;
	add_header(&text, &schema);
	add_row(&text, &schema, "a", "1", NULL);
	whole = mem_strdup(text);
	add_row(&text, &schema, "b", "2", NULL);
	for (size_t cut = strlen(whole) + 1; cut < strlen(text); cut++) {
		char *part = mem_strndup(text, cut);

		put("t.tsv", part);
		report = assert_reads("t.tsv", "a=1,.;");
		assert_int_equal(report.torn_bytes, cut - strlen(whole));
		assert_int_equal(report.damaged, 0);
		assert_int_equal(table_repair("t.tsv", &schema), 0);
		now = get("t.tsv");
		assert_string_equal(now, whole);
		free(now);
		free(part);
	}
	free(whole);
	free(text);
}

static void a_torn_header_becomes_an_empty_table(void **state)
{
	char *header = NULL, *part, *now;

	(void)state;
	add_header(&header, &schema);
	for (size_t n = 0; n < strlen(header); n++) {
		part = mem_strndup(header, n);
		put("t.tsv", part);
		free(part);
		assert_int_equal(assert_reads("t.tsv", "").torn_bytes, n);
		assert_int_equal(table_repair("t.tsv", &schema), 0);
		now = get("t.tsv");
		assert_string_equal(now, header);
		free(now);
	}
	free(header);
}

static void damaged_lines_are_put_aside(void **state)
{
	static const char *const bad[] = {
		"b\t2\t\tdeadbeef",             /* CRC */
		"b\t2\tdf5a5d9e", "", "\t", "\xff\xfe", "no tab at all",
	};
	char *text = NULL, *now, *expected = NULL;
	struct table_report report;

	(void)state;
	add_header(&text, &schema);
	add_row(&text, &schema, "a", "1", NULL);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		add(&text, bad[i]);
		add(&text, "\n");
		add(&expected, bad[i]);
		add(&expected, "\n");
	}
	add_row(&text, &schema, "c", "3", NULL);
	add(&text, "torn");
	put_text("t.tsv", text);
	assert_int_equal(table_repair("t.tsv", &schema), 0);
	report = assert_reads("t.tsv", "a=1,.;c=3,.;");
	assert_int_equal(report.damaged + report.torn_bytes, 0);
	now = get("t.tsv.damaged");
	assert_string_equal(now, expected);
	free(now);
	free(expected);
	assert_int_equal(access("t.tsv.new", F_OK), -1);
}

/* Lines whose CRC is right and that are no rows all the same. */
static void a_right_crc_is_not_enough(void **state)
{
	static const char *const bad[] = {
		"two\tcolumns", "k\t1\t2\t3", "k\t\\x\t", "k\t\\-x\t", "k\tx\\\t", "k\t\xff\t", "\t1\t",
		"\\-\t1\t", "",
	};
	char *text = NULL, *seen = NULL, *line;
	struct table_report report;

	(void)state;
	add_header(&text, &schema);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		line = mem_printf("%s\t%08x\n", bad[i], (unsigned)crc32c(bad[i], strlen(bad[i])));
		add(&text, line);
		free(line);
	}
	line = mem_printf("k\t\x1\t\t%08x\n", (unsigned)crc32c("k\t\x1\t", 4));
	add(&text, line);
	free(line);
	put_text("t.tsv", text);
	assert_int_equal(table_read("t.tsv", &schema, note_row, NULL, &seen, &report, NULL), 0);
	assert_string_equal(seen, "k=\x1,.;");
	free(seen);
	assert_int_equal(report.damaged, sizeof bad / sizeof *bad);
	assert_int_equal(report.rows, 1);
}

static void nothing_happens_to_a_good_file(void **state)
{
	char *text = NULL;
	struct stat before, after;

	(void)state;
	add_header(&text, &schema);
	add_row(&text, &schema, "a", "1", NULL);
	put_text("t.tsv", text);
	assert_int_equal(chmod("t.tsv", 0440), 0);
	assert_int_equal(stat("t.tsv", &before), 0);
	assert_int_equal(table_repair("t.tsv", &schema), 0);
	assert_int_equal(stat("t.tsv", &after), 0);
	assert_int_equal(before.st_ino, after.st_ino);
	assert_memory_equal(&before.st_ctim, &after.st_ctim, sizeof before.st_ctim);
	assert_int_equal(access("t.tsv.damaged", F_OK), -1);
}

static void rows_outlive_a_damaged_header(void **state)
{
	static const char *const headers[] = {
		"id\tstatux\tnote\tcrc32c/2\n", "id\tstatus\tnote\tcrc32c/0\n", "\n", "crc32c/1\n",
		"id\tid\tcrc32c/1\n", "status\tnote\tcrc32c/1\n", "id\tstatus\tnote\tcrc32c/x\n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof headers / sizeof *headers; i++) {
		char *text = mem_strdup(headers[i]), *expected;
		struct table_report report;

		add_row(&text, &schema, "a", "1", "n");
		put_text("t.tsv", text);
		expected = mem_printf("!%zu@0;a=1,n;", strlen(headers[i]) - 1);
		report = assert_reads("t.tsv", expected);
		free(expected);
		assert_int_equal(report.damaged, 1);
		assert_int_equal(table_repair("t.tsv", &schema), 0);
		assert_int_equal(assert_reads("t.tsv", "a=1,n;").damaged, 0);
	}
}

static void a_newer_version_is_refused_by_name(void **state)
{
	char *text = NULL, *why = NULL, *now;

	(void)state;
	add_header(&text, &new_schema);
	add_row(&text, &new_schema, "a", "1", "n");
	put("t.tsv", text);
	assert_int_equal(table_read("t.tsv", &schema, note_row, NULL, NULL, NULL, &why), -1);
	assert_int_equal(errno, EPROTO);
	assert_non_null(strstr(why, "version 3"));
	free(why);
	assert_int_equal(table_repair("t.tsv", &schema), -1);
	assert_int_equal(errno, EPROTO);
	assert_int_equal(table_merge("t", &schema, 0, NULL), -1);
	now = get("t.tsv");
	assert_string_equal(now, text);
	free(now);
	free(text);
}

static void an_older_version_is_read_by_name(void **state)
{
	char *text = NULL;

	(void)state;
	add_header(&text, &old_schema);
	add_row(&text, &old_schema, "a", "red", "1");
	add_row(&text, &old_schema, "b", NULL, "");
	put_text("t.tsv", text);
	assert_reads("t.tsv", "a=1,.;b=-,.;");
	assert_int_equal(table_repair("t.tsv", &schema), 0);
	assert_reads("t.tsv", "a=1,.;b=-,.;");
	assert_int_equal(table_merge("t", &schema, 0, NULL), 0);
	assert_reads("t.tsv", "a=1,.;b=.,.;");
}

static void an_overlong_line_is_damage(void **state)
{
	size_t n = 17u << 20;
	char *text = NULL, *x = mem_alloc(n + 1);
	struct table_report report;
	char *seen = NULL;

	(void)state;
	memset(x, 'x', n);
	x[n] = '\0';
	add_header(&text, &schema);
	add(&text, x);
	add(&text, "\n");
	add_row(&text, &schema, "a", "1", NULL);
	put_text("t.tsv", text);
	free(x);
	assert_int_equal(table_read("t.tsv", &schema, note_row, NULL, &seen, &report, NULL), 0);
	assert_string_equal(seen, "a=1,.;");
	assert_int_equal(report.damaged, 2);
	free(seen);
}

struct places {
	uint64_t at[3];
	size_t n;
};

static bool note_place(void *arg, const char *const *values, uint64_t offset)
{
	struct places *p = arg;

	(void)values;
	p->at[p->n++] = offset;
	return p->n < 2;
}

static void a_row_is_read_at_its_offset(void **state)
{
	struct places places = { { 0 }, 0 };
	struct table_report report;
	char *text = NULL, *seen = NULL;

	(void)state;
	add_header(&text, &schema);
	add_row(&text, &schema, "a", "1", NULL);
	add_row(&text, &schema, "b", "2", NULL);
	add_row(&text, &schema, "c", "3", NULL);
	put_text("t.tsv", text);
	assert_int_equal(table_read("t.tsv", &schema, note_place, NULL, &places, &report, NULL), 0);
	assert_int_equal(report.rows, 2);
	assert_int_equal(table_read_at("t.tsv", &schema, places.at[1], note_row, &seen), 0);
	assert_string_equal(seen, "b=2,.;");
	free(seen);
	assert_int_equal(table_read_at("t.tsv", &schema, places.at[1] + 1, note_row, NULL), -1);
	assert_int_equal(errno, EBADMSG);
	assert_int_equal(table_read_at("t.tsv", &schema, 1 << 20, note_row, NULL), -1);
	assert_int_equal(errno, EBADMSG);
	assert_int_equal(table_read_at("none.tsv", &schema, 0, note_row, NULL), -1);
	assert_int_equal(errno, ENOENT);
}

static void segments_come_in_order(void **state)
{
	static const char *const names[] = { "t.tsv", "t.2.tsv", "t.10.tsv", "t.01.tsv", "t.x.tsv",
		"t.1.tsv.damaged", "t.tsv.new", "tt.3.tsv", "t..tsv", "t.0.tsv", "t.9999999999.tsv" };
	unsigned *numbers;
	char *absolute = mem_printf("%s/t", dir);

	(void)state;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		put(names[i], "");
	assert_int_equal(table_segments(absolute, &numbers), 3);
	assert_int_equal(numbers[0], 0);
	assert_int_equal(numbers[1], 2);
	assert_int_equal(numbers[2], 10);
	free(numbers);
	free(absolute);
	assert_int_equal(table_segments("none/t", &numbers), 0);
	assert_null(numbers);
	assert_int_equal(table_merge("none/t", &schema, 9, NULL), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(every_byte_comes_back),
		TEST(what_is_not_utf8_is_replaced),
		TEST(the_form_is_as_documented),
		TEST(a_torn_tail_is_not_read_and_is_cut),
		TEST(a_torn_header_becomes_an_empty_table),
		TEST(damaged_lines_are_put_aside),
		TEST(a_right_crc_is_not_enough),
		TEST(nothing_happens_to_a_good_file),
		TEST(rows_outlive_a_damaged_header),
		TEST(a_newer_version_is_refused_by_name),
		TEST(an_older_version_is_read_by_name),
		TEST(an_overlong_line_is_damage),
		TEST(a_row_is_read_at_its_offset),
		TEST(segments_come_in_order),
	};

	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
