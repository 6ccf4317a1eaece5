// link: test/unit/table_fixture.o
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/mem.h"
#include "test/unit/table_fixture.h"

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
		TEST(segments_merge_into_one),
		TEST(a_merge_may_stop_after_any_removal),
		TEST(a_merge_keeps_what_it_is_told),
		TEST(a_merge_puts_damage_aside),
		TEST(a_merge_that_fails_changes_nothing),
	};

	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
