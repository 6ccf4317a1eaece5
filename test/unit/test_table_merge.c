// link: test/unit/table_fixture.o
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "common/log.h"
#include "common/mem.h"
#include "test/unit/table_fixture.h"

/* All segments of a table that count, the last mention of each column. */
static void assert_truth(const char *base, const char *expected)
{
	unsigned *numbers;
	int n = table_live_segments(base, &schema, &numbers);
	char *merged, *path;

	assert_true(n > 0);
	for (int i = 0; i < n; i++) {
		path = table_segment_path(base, numbers[i]);
		merged = get(path);
		free(path);
		path = table_segment_path("truth", numbers[i]);
		put_text(path, merged);
		free(path);
	}
	assert_int_equal(table_merge("truth", &schema, 1000, NULL), 0);
	assert_reads("truth.tsv", expected);
	free(numbers);
	assert_int_equal(system("rm truth.*"), 0);
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

#define TRUTH "a=2,.;b=newest,n1;c=9,.;"

static void assert_live(const char *base, int expected, unsigned last)
{
	unsigned *numbers;
	int n = table_live_segments(base, &schema, &numbers);

	assert_int_equal(n, expected);
	assert_int_equal(numbers[n - 1], last);
	free(numbers);
}

#define KEYS 6000

/* Keys grow, and only the last round is left. */
static bool note_newest(void *arg, const char *const *values, uint64_t offset)
{
	char **before = arg;

	(void)offset;
	assert_true(*before == NULL || strcmp(*before, values[0]) < 0);
	assert_true(atoi(values[1]) >= 2 * KEYS);
	assert_null(values[2]);
	mem_set(before, values[0]);
	return true;
}

static void segments_merge_into_one(void **state)
{
	unsigned last;

	(void)state;
	put_segments();
	assert_truth("m", TRUTH);
	assert_int_equal(table_merged("m", &schema, &last, NULL), 0);
	assert_int_equal(table_merge("m", &schema, 2, NULL), 0);
	assert_reads("m.tsv", "a=2,again;b=newer,n1;c=9,.;");
	assert_int_equal(table_merged("m", &schema, &last, NULL), 1);
	assert_int_equal(last, 2);
	assert_live("m", 2, 4);
	assert_truth("m", TRUTH);
	assert_int_equal(table_merge("m", &schema, 4, NULL), 0);
	assert_reads("m.tsv", TRUTH);
	assert_live("m", 1, 0);
}

/* The states that a crash or a removal can leave: the merged file beside any of the
 * segments that are in it. A copy may also have these as they were before it. */
static void what_a_merged_file_holds_does_not_count(void **state)
{
	static const char *const segments[] = { "m.1.tsv", "m.2.tsv", "m.4.tsv" };
	char *merged, *text;

	(void)state;
	for (unsigned left = 0; left < 8; left++) {
		put_segments();
		assert_int_equal(table_merge("m", &schema, 4, NULL), 0);
		merged = get("m.tsv");
		put("m.tsv.new", "half a fi");
		for (unsigned i = 0; i < 3; i++) {
			if (left & 1u << i)
				assert_int_equal(unlink(segments[i]), 0);
		}
		text = NULL;
		add_header(&text, &schema);
		add_row(&text, &schema, "a", "as it was", NULL);
		put_text("m.2.tsv", text);
		assert_truth("m", TRUTH);
		assert_int_equal(table_merge("m", &schema, 4, NULL), 0);
		text = get("m.tsv");
		assert_string_equal(text, merged);
		free(text);
		free(merged);
	}
}

static void what_follows_is_merged_into_the_sorted_file(void **state)
{
	char *text = NULL;
	unsigned last;

	(void)state;
	put_segments();
	assert_int_equal(table_merge("m", &schema, 4, NULL), 0);
	add_header(&text, &schema);
	add_row(&text, &schema, "bb", "between", NULL);
	add_row(&text, &schema, "b", NULL, "");
	add_row(&text, &schema, "A", "first", NULL);
	put_text("m.5.tsv", text);
	assert_int_equal(table_merge("m", &schema, 5, NULL), 0);
	assert_reads("m.tsv", "A=first,.;a=2,.;b=newest,.;bb=between,.;c=9,.;");
	assert_int_equal(table_merged("m", &schema, &last, NULL), 1);
	assert_int_equal(last, 5);
}

static void age(const char *path, time_t seconds)
{
	struct timespec times[2] = { { .tv_sec = time(NULL) - seconds } };

	times[1] = times[0];
	assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
}

static void merged_segments_stay_for_an_hour(void **state)
{
	(void)state;
	put_segments();
	age("m.1.tsv", 7200);
	assert_int_equal(table_merge("m", &schema, 2, NULL), 0);
	age("m.4.tsv", 7200);
	assert_int_equal(table_prune("m", &schema, 3600), 0);
	assert_int_equal(access("m.1.tsv", F_OK), 0);
	age("m.1.tsv", 3601);
	age("m.2.tsv", 3500);
	assert_int_equal(table_merge("m", &schema, 4, NULL), 0);
	assert_int_equal(access("m.1.tsv", F_OK), -1);
	assert_int_equal(access("m.2.tsv", F_OK), 0);
	assert_int_equal(access("m.4.tsv", F_OK), 0);
	assert_int_equal(table_prune("m", &schema, 0), 0);
	assert_live("m", 1, 0);
	assert_int_equal(access("m.4.tsv", F_OK), -1);
	assert_reads("m.tsv", TRUTH);
}

/* Nothing of a table that has not been merged may go. */
static void what_is_not_merged_stays(void **state)
{
	(void)state;
	put_segments();
	assert_int_equal(table_prune("m", &schema, 0), 0);
	assert_truth("m", TRUTH);
	assert_int_equal(table_merge("m", &schema, 2, NULL), 0);
	assert_int_equal(table_prune("m", &schema, 0), 0);
	assert_truth("m", TRUTH);
}

/* The mark says which segments do not count: what a disk has made of it is not believed. */
static void a_damaged_mark_hides_no_segment(void **state)
{
	char *text = NULL, *digit;

	(void)state;
	put_text("m.tsv", merged_header("id\tstatus\tnote\tcrc32c/2 merged/3"));
	add_header(&text, &schema);
	add_row(&text, &schema, "a", "1", NULL);
	put_text("m.4.tsv", text);
	text = get("m.tsv");
	digit = strstr(text, "/3/");
	assert_non_null(digit);
	digit[1] = '7';
	put_text("m.tsv", text);
	assert_truth("m", "a=1,.;");
	assert_int_equal(table_prune("m", &schema, 0), 0);
	assert_truth("m", "a=1,.;");
}

/* Somebody has put rows together, below the header of a merged file. */
static void a_merged_file_that_is_not_sorted_is_sorted_again(void **state)
{
	char *text;

	(void)state;
	text = merged_header("id\tstatus\tnote\tcrc32c/2 merged/4");
	add_row(&text, &schema, "b", "1", NULL);
	add_row(&text, &schema, "a", "2", NULL);
	add_row(&text, &schema, "b", "3", NULL);
	put_text("m.tsv", text);
	text = NULL;
	add_header(&text, &schema);
	add_row(&text, &schema, "c", "4", NULL);
	put_text("m.5.tsv", text);
	log_set_level((enum log_level)-1);
	assert_int_equal(table_merge("m", &schema, 5, NULL), 0);
	log_set_level(LOG_LEVEL_ERROR);
	assert_reads("m.tsv", "a=2,.;b=3,.;c=4,.;");
}

/* More than is held in memory, so that there are runs: three rounds over all keys. */
static void put_large(void)
{
	enum { PAD = 2000 };
	char *pad = mem_alloc(PAD + 1), key[16], value[16];
	FILE *f = fopen("m.tsv", "w");

	memset(pad, 'x', PAD);
	pad[PAD] = '\0';
	for (int i = -1; i < 3 * KEYS; i++) {
		const char *values[] = { key, value, i < 2 * KEYS ? pad : "" };
		char *line;
		size_t len;

		/* 7919 and KEYS have no common divisor: each key once a round. */
		snprintf(key, sizeof key, "k%05d", (int)(i * 7919L % KEYS));
		snprintf(value, sizeof value, "%d", i);
		line = i < 0 ? table_header(&schema, &len) : table_row(&schema, values, &len);
		assert_int_equal(fwrite(line, 1, len, f), len);
		free(line);
	}
	assert_int_equal(fclose(f), 0);
	free(pad);
}

static void assert_large(void)
{
	struct table_report report;
	char *seen = NULL;

	assert_int_equal(table_read("m.tsv", &schema, note_newest, NULL, &seen, &report, NULL), 0);
	assert_int_equal(report.rows, KEYS);
	free(seen);
}

static void a_large_table_is_merged_in_runs(void **state)
{
	(void)state;
	put_large();
	assert_int_equal(table_merge("m", &schema, 0, NULL), 0);
	assert_large();
}

/* Wherever that is, a later merge makes the same of what is left. */
static void a_merge_may_be_killed(void **state)
{
	int killed = 0;

	(void)state;
	put_large();
	for (useconds_t after = 1000; ; after += after / 2) {
		int status;
		pid_t child = fork();

		assert_true(child >= 0);
		if (child == 0)
			_exit(table_merge("m", &schema, 0, NULL) == 0 ? 0 : 1);
		usleep(after);
		kill(child, SIGKILL);
		assert_int_equal(waitpid(child, &status, 0), child);
		if (WIFEXITED(status)) {
			assert_int_equal(WEXITSTATUS(status), 0);
			break;
		}
		killed++;
	}
	assert_true(killed > 0);
	assert_int_equal(table_merge("m", &schema, 0, NULL), 0);
	assert_large();
	assert_int_equal(system("test \"$(ls)\" = m.tsv"), 0);
}

static bool keep_a(void *arg, const char *const *values)
{
	++*(int *)arg;
	return strcmp(values[0], "a") == 0;
}

static void a_merge_keeps_what_it_is_told(void **state)
{
	int asked = 0;
	const struct table_merging keeping = { .keep = keep_a, .arg = &asked };

	(void)state;
	put_segments();
	assert_int_equal(table_merge("m", &schema, 4, &keeping), 0);
	assert_int_equal(asked, 3);
	assert_reads("m.tsv", "a=2,.;");
	assert_truth("m", "a=2,.;");
	assert_int_equal(table_merge("m", &schema, 4, &keeping), 0);
	assert_truth("m", "a=2,.;");
}

static void a_merge_puts_damage_aside(void **state)
{
	char *text;

	(void)state;
	put_segments();
	text = get("m.1.tsv");
	add(&text, "damage\ntorn");
	put_text("m.1.tsv", text);
	assert_int_equal(table_merge("m", &schema, 4, NULL), 0);
	assert_reads("m.tsv", TRUTH);
	text = get("m.1.tsv.damaged");
	assert_string_equal(text, "damage\n");
	free(text);
}

static void a_merge_stops_when_it_is_told(void **state)
{
	const atomic_bool stop = true;

	(void)state;
	put_segments();
	assert_int_equal(table_merge("m", &schema, 4, &(struct table_merging){ .stop = &stop }), -1);
	assert_int_equal(errno, ECANCELED);
	assert_truth("m", TRUTH);
	assert_int_equal(access("m.tsv.new", F_OK), -1);
}

static void a_merge_that_fails_changes_nothing(void **state)
{
	(void)state;
	put_segments();
	assert_int_equal(mkdir("m.tsv.new", 0700), 0);
	assert_int_equal(table_merge("m", &schema, 4, NULL), -1);
	assert_int_equal(rmdir("m.tsv.new"), 0);
	assert_truth("m", TRUTH);
	assert_int_equal(access("m.1.tsv", F_OK), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(segments_merge_into_one),
		TEST(what_a_merged_file_holds_does_not_count),
		TEST(what_follows_is_merged_into_the_sorted_file),
		TEST(merged_segments_stay_for_an_hour),
		TEST(what_is_not_merged_stays),
		TEST(a_damaged_mark_hides_no_segment),
		TEST(a_merged_file_that_is_not_sorted_is_sorted_again),
		TEST(a_large_table_is_merged_in_runs),
		TEST(a_merge_may_be_killed),
		TEST(a_merge_keeps_what_it_is_told),
		TEST(a_merge_puts_damage_aside),
		TEST(a_merge_stops_when_it_is_told),
		TEST(a_merge_that_fails_changes_nothing),
	};

	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
