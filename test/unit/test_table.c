#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/crc32c.h"
#include "common/file.h"
#include "common/log.h"
#include "common/mem.h"
#include "common/table.h"

static const char *const columns[] = { "id", "status", "note" };
static const struct table_schema schema = { "things", 2, columns, 3 };
static const char *const old_columns[] = { "id", "colour", "status" };
static const struct table_schema old_schema = { "things", 1, old_columns, 3 };
static const struct table_schema new_schema = { "things", 3, columns, 3 };

static char dir[64];

static int make_dir(void **state)
{
	(void)state;
	log_set_level(LOG_LEVEL_ERROR);
	snprintf(dir, sizeof dir, "/tmp/test_table.XXXXXX");
	return mkdtemp(dir) == NULL || chdir(dir) < 0 ? -1 : 0;
}

static int remove_dir(void **state)
{
	char command[128];

	(void)state;
	snprintf(command, sizeof command, "rm -rf %s", dir);
	return chdir("/") < 0 ? -1 : system(command);
}

static int empty_dir(void **state)
{
	(void)state;
	return system("rm -f *.tsv *.tsv.*");
}

static void put(const char *path, const char *text)
{
	assert_int_equal(file_replace(path, text, strlen(text), 0640), 0);
}

static char *get(const char *path)
{
	char *text;

	assert_int_equal(file_read(path, 1 << 26, &text, NULL), 0);
	return text;
}

/* Appends to a text that grows. */
static void add(char **text, const char *more)
{
	char *both = mem_printf("%s%s", *text == NULL ? "" : *text, more);

	free(*text);
	*text = both;
}

static void add_header(char **text, const struct table_schema *s)
{
	size_t len;
	char *line = table_header(s, &len);

	add(text, line);
	free(line);
}

static void add_row(char **text, const struct table_schema *s, const char *a, const char *b,
                    const char *c)
{
	const char *values[] = { a, b, c };
	size_t len;
	char *line = table_row(s, values, &len);

	assert_int_equal(strlen(line), len);
	add(text, line);
	free(line);
}

static void put_text(const char *path, char *text)
{
	put(path, text);
	free(text);
}

/* What was read, as one text: "a=b,c;" with '-' for emptied, '.' for as before. */
static bool note_row(void *arg, const char *const *values, uint64_t offset)
{
	char *row;

	(void)offset;
	row = mem_printf("%s=%s,%s;", values[0],
	                 values[1] == NULL ? "." : *values[1] == '\0' ? "-" : values[1],
	                 values[2] == NULL ? "." : *values[2] == '\0' ? "-" : values[2]);
	add(arg, row);
	free(row);
	return true;
}

static void note_damaged(void *arg, const char *line, size_t len, uint64_t offset)
{
	char *text = mem_printf("!%zu@%d;", len, (int)offset);

	assert_non_null(line);
	add(arg, text);
	free(text);
}

static struct table_report assert_reads(const char *path, const char *expected)
{
	struct table_report report;
	char *seen = mem_strdup("");

	assert_int_equal(table_read(path, &schema, note_row, note_damaged, &seen, &report, NULL), 0);
	assert_string_equal(seen, expected);
	free(seen);
	return report;
}

/* All segments of a table, the last mention of each column. */
static void assert_truth(const char *base, const char *expected)
{
	unsigned *numbers;
	int n = table_segments(base, &numbers);
	char *merged, *path;

	assert_true(n > 0);
	for (int i = 0; i < n; i++) {
		path = table_segment_path(base, numbers[i]);
		merged = get(path);
		free(path);
		path = i == 0 ? mem_strdup("truth.tsv") : mem_printf("truth.%d.tsv", i);
		put_text(path, merged);
		free(path);
	}
	assert_int_equal(table_merge("truth", &schema, 1000, NULL, NULL), 0);
	assert_reads("truth.tsv", expected);
	free(numbers);
	assert_int_equal(unlink("truth.tsv"), 0);
}

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
	assert_int_equal(table_merge("t", &schema, 0, NULL, NULL), -1);
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
	assert_int_equal(table_merge("t", &schema, 0, NULL, NULL), 0);
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
	assert_int_equal(table_merge("none/t", &schema, 9, NULL, NULL), 0);
}

/* Four segments whose columns are set, set again and emptied. */
static void put_segments(void)
{
	char *text = NULL;

	add_header(&text, &schema);
	add_row(&text, &schema, "b", "old", "n1");
	add_row(&text, &schema, "a", "1", "n2");
	put_text("m.tsv", text);
	text = NULL;
	add_header(&text, &schema);
	add_row(&text, &schema, "b", "newer", NULL);
	add_row(&text, &schema, "a", NULL, "");
	put_text("m.1.tsv", text);
	text = NULL;
	add_header(&text, &schema);
	add_row(&text, &schema, "a", "2", "again");
	add_row(&text, &schema, "c", "9", NULL);
	put_text("m.2.tsv", text);
	text = NULL;
	add_header(&text, &schema);
	add_row(&text, &schema, "a", NULL, "");
	add_row(&text, &schema, "b", "newest", NULL);
	put_text("m.4.tsv", text);
}

#define TRUTH "b=newest,n1;a=2,.;c=9,.;"

static void segments_merge_into_one(void **state)
{
	unsigned *numbers;

	(void)state;
	put_segments();
	assert_truth("m", TRUTH);
	assert_int_equal(table_merge("m", &schema, 2, NULL, NULL), 0);
	assert_reads("m.tsv", "b=newer,n1;a=2,again;c=9,.;");
	assert_int_equal(table_segments("m", &numbers), 2);
	assert_int_equal(numbers[1], 4);
	free(numbers);
	assert_int_equal(table_merge("m", &schema, 4, NULL, NULL), 0);
	assert_reads("m.tsv", TRUTH);
	assert_int_equal(table_segments("m", &numbers), 1);
	free(numbers);
}

/* The states that a crash can leave: the merged file beside the segments whose
 * removal had not come yet. */
static void a_merge_may_stop_after_any_removal(void **state)
{
	static const char *const removed[] = { NULL, "m.1.tsv", "m.2.tsv", "m.4.tsv" };
	char *merged;

	(void)state;
	put_segments();
	assert_int_equal(table_merge("m", &schema, 4, NULL, NULL), 0);
	merged = get("m.tsv");
	for (int n = 0; n < 4; n++) {
		put_segments();
		put("m.tsv", merged);
		put("m.tsv.new", "half a fi");
		for (int i = 1; i <= n; i++)
			assert_int_equal(unlink(removed[i]), 0);
		assert_truth("m", TRUTH);
		assert_int_equal(table_merge("m", &schema, 4, NULL, NULL), 0);
		assert_reads("m.tsv", TRUTH);
	}
	free(merged);
}

static bool keep_a(void *arg, const char *const *values)
{
	++*(int *)arg;
	return strcmp(values[0], "a") == 0;
}

static void a_merge_keeps_what_it_is_told(void **state)
{
	int asked = 0;

	(void)state;
	put_segments();
	assert_int_equal(table_merge("m", &schema, 4, keep_a, &asked), 0);
	assert_int_equal(asked, 3);
	assert_reads("m.tsv", "a=2,.;");
	assert_int_equal(access("m.4.tsv", F_OK), -1);
}

static void a_merge_puts_damage_aside(void **state)
{
	char *text;

	(void)state;
	put_segments();
	text = get("m.1.tsv");
	add(&text, "damage\ntorn");
	put_text("m.1.tsv", text);
	assert_int_equal(table_merge("m", &schema, 4, NULL, NULL), 0);
	assert_reads("m.tsv", TRUTH);
	text = get("m.1.tsv.damaged");
	assert_string_equal(text, "damage\n");
	free(text);
}

static void a_merge_that_fails_changes_nothing(void **state)
{
	(void)state;
	put_segments();
	assert_int_equal(mkdir("m.tsv.new", 0700), 0);
	assert_int_equal(table_merge("m", &schema, 4, NULL, NULL), -1);
	assert_int_equal(rmdir("m.tsv.new"), 0);
	assert_truth("m", TRUTH);
	assert_int_equal(access("m.1.tsv", F_OK), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(every_byte_comes_back, empty_dir),
		cmocka_unit_test_setup(what_is_not_utf8_is_replaced, empty_dir),
		cmocka_unit_test_setup(the_form_is_as_documented, empty_dir),
		cmocka_unit_test_setup(a_torn_tail_is_not_read_and_is_cut, empty_dir),
		cmocka_unit_test_setup(a_torn_header_becomes_an_empty_table, empty_dir),
		cmocka_unit_test_setup(damaged_lines_are_put_aside, empty_dir),
		cmocka_unit_test_setup(a_right_crc_is_not_enough, empty_dir),
		cmocka_unit_test_setup(nothing_happens_to_a_good_file, empty_dir),
		cmocka_unit_test_setup(rows_outlive_a_damaged_header, empty_dir),
		cmocka_unit_test_setup(a_newer_version_is_refused_by_name, empty_dir),
		cmocka_unit_test_setup(an_older_version_is_read_by_name, empty_dir),
		cmocka_unit_test_setup(an_overlong_line_is_damage, empty_dir),
		cmocka_unit_test_setup(a_row_is_read_at_its_offset, empty_dir),
		cmocka_unit_test_setup(segments_come_in_order, empty_dir),
		cmocka_unit_test_setup(segments_merge_into_one, empty_dir),
		cmocka_unit_test_setup(a_merge_may_stop_after_any_removal, empty_dir),
		cmocka_unit_test_setup(a_merge_keeps_what_it_is_told, empty_dir),
		cmocka_unit_test_setup(a_merge_puts_damage_aside, empty_dir),
		cmocka_unit_test_setup(a_merge_that_fails_changes_nothing, empty_dir),
	};

	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
