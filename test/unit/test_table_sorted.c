// link: test/unit/table_fixture.o
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/mem.h"
#include "common/table_sorted.h"
#include "test/unit/table_fixture.h"

#define KEYS 400

/* Keys k0000, k0010, …; each seventh has a value longer than what is read at once. */
static void put_sorted(const char *path)
{
	char *text = merged_header("id\tstatus\tnote\tcrc32c/2 merged/3"), *big = mem_alloc(150001), key[16];

	memset(big, 'x', 150000);
	big[150000] = '\0';
	for (int i = 0; i < KEYS; i++) {
		const char *values[] = { key, "s", i % 7 == 0 && i < 40 ? big : "n" };
		char *line, *more;
		size_t len;

		snprintf(key, sizeof key, "k%04d", i * 10);
		line = table_row(&schema, values, &len);
		more = mem_printf("%s%s", text, line);
		free(line);
		free(text);
		text = more;
	}
	put_text(path, text);
	free(big);
}

static int key_at(struct table_sorted *t, bool backwards)
{
	const char *const *values;
	int rc = backwards ? table_sorted_previous(t, &values) : table_sorted_next(t, &values);

	assert_true(rc >= 0);
	return rc == 0 ? -1 : atoi(values[0] + 1);
}

static void each_key_is_found(void **state)
{
	struct table_sorted *t;
	char key[16];

	(void)state;
	put_sorted("s.tsv");
	t = table_sorted_open("s", &schema);
	assert_non_null(t);
	assert_int_equal(table_sorted_last(t), 3);
	for (int n = 0; n < KEYS * 10; n += 5) {
		int at_or_behind = (n + 9) / 10 * 10, ahead = at_or_behind - 10;

		snprintf(key, sizeof key, "k%04d", n);
		assert_int_equal(table_sorted_seek(t, key), 0);
		assert_int_equal(key_at(t, false), at_or_behind < KEYS * 10 ? at_or_behind : -1);
		assert_int_equal(table_sorted_seek(t, key), 0);
		assert_int_equal(key_at(t, true), ahead < 0 ? -1 : ahead);
	}
	assert_int_equal(table_sorted_damaged(t), 0);
	table_sorted_close(t);
}

/* All of it forwards, then backwards from where that ended; and to and fro. */
static void it_is_read_in_both_directions(void **state)
{
	struct table_sorted *t;

	(void)state;
	put_sorted("s.tsv");
	t = table_sorted_open("s", &schema);
	for (int i = 0; i < KEYS; i++)
		assert_int_equal(key_at(t, false), i * 10);
	assert_int_equal(key_at(t, false), -1);
	for (int i = KEYS - 1; i >= 0; i--)
		assert_int_equal(key_at(t, true), i * 10);
	assert_int_equal(key_at(t, true), -1);
	assert_int_equal(key_at(t, false), 0);
	assert_int_equal(key_at(t, false), 10);
	assert_int_equal(key_at(t, true), 10);
	assert_int_equal(key_at(t, false), 10);
	assert_int_equal(table_sorted_seek(t, NULL), 0);
	assert_int_equal(key_at(t, false), -1);
	assert_int_equal(key_at(t, true), KEYS * 10 - 10);
	assert_int_equal(table_sorted_seek(t, ""), 0);
	assert_int_equal(key_at(t, true), -1);
	assert_int_equal(key_at(t, false), 0);
	table_sorted_close(t);
}

/* Bytes of lines are changed: those are passed over, the others are all found. */
static void damage_is_passed_over(void **state)
{
	struct table_sorted *t;
	char key[16], *text, *at;
	int seen = 0;

	(void)state;
	put_sorted("s.tsv");
	text = get("s.tsv");
	for (int i = 0; i < KEYS; i++) {
		snprintf(key, sizeof key, "k%04d\t", i * 10);
		at = strstr(text, key);
		if (i % 3 == 0 || i > KEYS - 20)
			at[0] = 'z';
	}
	put_text("s.tsv", text);
	t = table_sorted_open("s", &schema);
	for (int i = 0; i <= KEYS - 20; i++) {
		if (i % 3 == 0)
			continue;
		seen++;
		snprintf(key, sizeof key, "k%04d", i * 10);
		assert_int_equal(table_sorted_seek(t, key), 0);
		assert_int_equal(key_at(t, false), i * 10);
	}
	assert_int_equal(table_sorted_seek(t, NULL), 0);
	while (key_at(t, true) >= 0)
		seen--;
	assert_int_equal(seen, 0);
	assert_true(table_sorted_damaged(t) > 0);
	table_sorted_close(t);
}

/* Also where only the newline is missing: so it is with every reader. */
static void a_torn_end_does_not_count(void **state)
{
	struct table_sorted *t;

	(void)state;
	put_sorted("s.tsv");
	for (int cut = 1; cut < 18; cut++) {
		char *text = get("s.tsv");

		text[strlen(text) - 1] = '\0';
		put_text("s.tsv", text);
		t = table_sorted_open("s", &schema);
		assert_int_equal(table_sorted_seek(t, NULL), 0);
		assert_int_equal(key_at(t, true), KEYS * 10 - 20);
		assert_int_equal(table_sorted_seek(t, "k3990"), 0);
		assert_int_equal(key_at(t, false), -1);
		table_sorted_close(t);
	}
}

static void only_a_merged_file_is_one(void **state)
{
	char *text = NULL;

	(void)state;
	errno = 0;
	assert_null(table_sorted_open("s", &schema));
	assert_int_equal(errno, ENOENT);
	add_header(&text, &schema);
	add_row(&text, &schema, "a", "1", NULL);
	put_text("s.tsv", text);
	errno = 0;
	assert_null(table_sorted_open("s", &schema));
	assert_int_equal(errno, ENOENT);
	put_text("s.tsv", merged_header("id\tstatus\tnote\tcrc32c/3 merged/0"));
	assert_null(table_sorted_open("s", &schema));
	assert_int_equal(errno, EPROTO);
	put_text("s.tsv", merged_header("id\tstatus\tnote\tcrc32c/2 merged/"));
	assert_null(table_sorted_open("s", &schema));
	put_text("s.tsv", merged_header("id\tstatuS\tnote\tcrc32c/2 merged/1"));
	assert_null(table_sorted_open("s", &schema));
}

static void an_empty_one_has_no_row(void **state)
{
	struct table_sorted *t;

	(void)state;
	put_text("s.tsv", merged_header("id\tstatus\tnote\tcrc32c/2 merged/0"));
	t = table_sorted_open("s", &schema);
	assert_non_null(t);
	assert_int_equal(key_at(t, false), -1);
	assert_int_equal(key_at(t, true), -1);
	assert_int_equal(table_sorted_seek(t, "k"), 0);
	assert_int_equal(key_at(t, true), -1);
	table_sorted_close(t);
}

/* An older version's columns are found by its header, in a merged file too. */
static void an_older_version_is_read(void **state)
{
	static const char *const columns[] = { "id", "note" };
	static const struct table_schema old = { "things", 1, columns, 2 };
	const char *values[] = { "k1", "hello" }, *const *row;
	struct table_sorted *t;
	size_t len;
	char *line = table_row(&old, values, &len), *header;

	(void)state;
	header = merged_header("id\tnote\tcrc32c/1 merged/7");
	put_text("s.tsv", mem_printf("%s%s", header, line));
	free(header);
	free(line);
	t = table_sorted_open("s", &schema);
	assert_non_null(t);
	assert_int_equal(table_sorted_seek(t, "k1"), 0);
	assert_int_equal(table_sorted_next(t, &row), 1);
	assert_string_equal(row[2], "hello");
	assert_null(row[1]);
	table_sorted_close(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(each_key_is_found),
		TEST(it_is_read_in_both_directions),
		TEST(damage_is_passed_over),
		TEST(a_torn_end_does_not_count),
		TEST(only_a_merged_file_is_one),
		TEST(an_empty_one_has_no_row),
		TEST(an_older_version_is_read),
	};

	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
