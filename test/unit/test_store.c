// link: test/unit/store_fixture.o
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/file.h"
#include "common/mem.h"
#include "test/unit/store_fixture.h"

static const char *const old_columns[] = { "id", "value" };
static const struct table_schema old_schema = { "things", 1, old_columns, 2 };

static void rows_of_a_turn_go_in_one_group(void **state)
{
	struct store *s = open_store(0);
	struct store_file *a = open_file(s, "a"), *b = open_file(s, "requests/2026-01-02");

	(void)state;
	assert_ptr_equal(a, open_file(s, "a"));
	assert_int_equal(append(a, "1", "x"), 1);
	assert_int_equal(append(b, "2", "y"), 2);
	assert_int_equal(append(a, "3", NULL), 3);
	assert_int_equal(store_synced(s), 0);
	run_until_synced(s, 3);
	assert_int_equal(syncs, 1);
	assert_rows("a", "1=x;3=.;");
	assert_rows("requests/2026-01-02", "2=y;");
	assert_int_equal(append(b, "4", ""), 4);
	run_until_synced(s, 4);
	assert_int_equal(syncs, 2);
	assert_int_equal(store_close(s), 0);
	assert_rows("requests/2026-01-02", "2=y;4=;");
}

/* Appends one row for each answer, as a client with one request at a time. */
struct chain {
	struct store *s;
	struct store_file *f;
	unsigned left;
};

static void on_chain(void *arg, uint64_t ticket)
{
	struct chain *c = arg;

	synced = ticket;
	syncs++;
	if (c->left-- > 0)
		append(c->f, "k", "v");
}

static void an_answer_may_append(void **state)
{
	static const struct store_events chained = { .synced = on_chain };
	struct chain c = { .left = 20 };

	(void)state;
	c.s = store_open(&loop, "data", 0, &chained, &c);
	c.f = open_file(c.s, "a");
	append(c.f, "k", "v");
	run_until_synced(c.s, 21);
	assert_int_equal(syncs, 21);
	assert_int_equal(store_close(c.s), 0);
}

static struct store *closed_in_event;

static void on_synced_close(void *arg, uint64_t ticket)
{
	(void)arg;
	(void)ticket;
	assert_int_equal(store_close(closed_in_event), 0);
	syncs++;
}

static void a_store_may_be_closed_in_an_event(void **state)
{
	static const struct store_events closing = { .synced = on_synced_close };
	struct store_file *f;

	(void)state;
	closed_in_event = store_open(&loop, "data", 4096, &closing, NULL);
	f = open_file(closed_in_event, "a");
	append(f, "k", "v");
	uv_run(&loop, UV_RUN_DEFAULT);
	assert_int_equal(syncs, 1);
	assert_rows("a", "k=v;");
}

static void lazy_rows_are_written_without_a_ticket(void **state)
{
	struct store *s = open_store(0);
	struct store_file *f = open_file(s, "a");

	(void)state;
	append_lazy(f, "1", "x");
	uv_run(&loop, UV_RUN_DEFAULT);
	assert_int_equal(syncs, 0);
	assert_rows("a", "1=x;");
	append_lazy(f, "2", "y");
	append(f, "3", "z");
	run_until_synced(s, 1);
	assert_rows("a", "1=x;2=y;3=z;");
	append_lazy(f, "4", "w");
	assert_int_equal(store_close(s), 0);
	assert_rows("a", "1=x;2=y;3=z;4=w;");
}

/* At every moment: nothing written, a worker queued, a worker at work. */
static void closing_brings_everything_to_disk(void **state)
{
	struct store *s;
	struct store_file *f;

	(void)state;
	for (int turns = 0; turns < 3; turns++) {
		s = open_store(0);
		f = open_file(s, "a");
		append(f, "a", "1");
		for (int i = 0; i < turns; i++)
			uv_run(&loop, UV_RUN_NOWAIT);
		append(f, "b", "2");
		assert_int_equal(store_close(s), 0);
		assert_rows("a", "a=1;b=2;");
		assert_int_equal(system("rm -rf data"), 0);
		uv_run(&loop, UV_RUN_DEFAULT);
	}
	assert_int_equal(store_close(NULL), 0);
}

static void a_directory_has_one_writer(void **state)
{
	struct store *s = open_store(0);

	(void)state;
	assert_null(store_open(&loop, "data", 0, &events, NULL));
	assert_int_equal(errno, EWOULDBLOCK);
	assert_int_equal(store_close(s), 0);
	s = open_store(0);
	assert_string_equal(store_dir(s), "data");
	assert_int_equal(store_close(s), 0);
}

static void a_name_that_is_none_is_refused(void **state)
{
	static const char *const names[] = { "", "/a", "a/", "a/b/c", "..", "../a", "a.1", "a\tb" };
	struct store *s = open_store(0);

	(void)state;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		assert_null(store_file(s, names[i], &schema));
		assert_int_equal(errno, EINVAL);
	}
	assert_int_equal(store_close(s), 0);
}

static void a_start_repairs_loads_and_goes_on(void **state)
{
	struct store *s = open_store(0);
	struct store_file *f = open_file(s, "a");
	uint64_t appended, base;
	char *all = NULL;
	int fd;

	(void)state;
	append(f, "1", "x");
	assert_int_equal(store_close(s), 0);
	fd = open("data/a.tsv", O_WRONLY | O_APPEND);
	assert_int_equal(write(fd, "2\ty\t00", 6), 6);
	close(fd);
	for (int i = 0; i < 2; i++) {
		s = open_store(0);
		f = open_file(s, "a");
		free(all);
		all = NULL;
		assert_int_equal(store_load(f, note_row, &all), 0);
		assert_string_equal(all, i == 0 ? "1=x;" : "1=x;3=z;");
		/* Nothing of it is merged yet. */
		store_sizes(f, &appended, &base);
		assert_int_equal(base, 0);
		assert_int_equal(appended, strlen("id\tvalue\tcrc32c/2\n1\tx\t01234567\n") +
		                 (size_t)i * strlen("3\tz\t01234567\n"));
		append(f, "3", "z");
		assert_int_equal(store_close(s), 0);
	}
	free(all);
	/* A restart is no reason for a new segment. */
	assert_segments("data/a", "0 ");
	assert_rows("a", "1=x;3=z;3=z;");
}

/* A writer that was killed, or could not bring all to disk, leaves no mark; nor does a later
 * one that writes nothing make good what he has left. */
static void nothing_follows_what_ended_badly(void **state)
{
	static const struct { bool writes, dies; const char *segments; } lives[] = {
		{ true, true, "0 " }, { true, false, "0 1 " }, { true, true, "0 1 " },
		{ false, false, "0 1 " }, { false, false, "0 1 " }, { true, false, "0 1 2 " },
		{ true, false, "0 1 2 " },
	};

	(void)state;
	for (size_t i = 0; i < sizeof lives / sizeof *lives; i++) {
		struct store *s;

		usleep(20000);          /* the file system's clock has steps */
		s = open_store(0);
		if (lives[i].writes)
			append(open_file(s, "a"), "1", "x");
		assert_int_equal(store_close(s), 0);
		uv_run(&loop, UV_RUN_DEFAULT);
		if (lives[i].dies)
			assert_int_equal(truncate("data/lock", 0), 0);
		assert_segments("data/a", lives[i].segments);
	}
}

static void older_versions_are_not_appended_to(void **state)
{
	const char *values[] = { "0", "old" };
	size_t header_len, len;
	char *header = table_header(&old_schema, &header_len);
	char *row = table_row(&old_schema, values, &len);
	char *text = mem_printf("%s%s", header, row);
	struct store *s;

	(void)state;
	assert_int_equal(file_mkdirs("data", 0700), 0);
	assert_int_equal(file_replace("data/a.3.tsv", text, strlen(text), 0600), 0);
	s = open_store(0);
	append(open_file(s, "a"), "1", "new");
	assert_int_equal(store_close(s), 0);
	assert_segments("data/a", "3 4 ");
	assert_rows("a", "0=old;1=new;");
	free(text);
	free(row);
	free(header);
}

static void newer_versions_are_refused(void **state)
{
	static const char header[] = "id\tvalue\tcrc32c/3\n";
	struct store *s;

	(void)state;
	assert_int_equal(file_mkdirs("data", 0700), 0);
	assert_int_equal(file_replace("data/a.tsv", header, strlen(header), 0600), 0);
	s = open_store(0);
	assert_null(store_file(s, "a", &schema));
	assert_int_equal(errno, EPROTO);
	assert_int_equal(store_close(s), 0);
}

static void compacting_merges_while_rows_come(void **state)
{
	struct store *s = open_store(0);
	struct store_file *f = open_file(s, "a");
	uint64_t appended, base, before;

	(void)state;
	store_compact(f);
	run_until_synced(s, append(f, "k", "1"));
	assert_segments("data/a", "0 ");
	run_until_synced(s, append(f, "k", "2"));
	append(f, "l", "1");
	uv_run(&loop, UV_RUN_NOWAIT);
	store_compact(f);
	store_compact(f);
	append(f, "k", "3");
	uv_run(&loop, UV_RUN_DEFAULT);
	assert_int_equal(synced, 4);
	assert_segments("data/a", "0 1 ");
	assert_rows("a", "k=2;l=1;k=3;");
	store_sizes(f, &appended, &base);
	assert_true(appended > 0 && base > appended);
	before = appended;
	append(f, "m", "1");
	store_compact(f);
	uv_run(&loop, UV_RUN_DEFAULT);
	store_sizes(f, &appended, &base);
	assert_int_equal(appended, before);   /* m is as long as k was */
	before = base;
	assert_int_equal(store_close(s), 0);
	assert_rows("a", "k=3;l=1;m=1;");
	s = open_store(0);
	store_sizes(open_file(s, "a"), &appended, &base);
	assert_int_equal(base, before);
	assert_true(appended > 0);
	assert_int_equal(store_close(s), 0);
}

static void closing_waits_for_compacting(void **state)
{
	struct store *s = open_store(0);
	struct store_file *a = open_file(s, "a"), *b = open_file(s, "b");

	(void)state;
	append(a, "k", "1");
	append(b, "k", "1");
	run_until_synced(s, 2);
	store_compact(a);
	store_compact(b);
	append(a, "k", "2");
	assert_int_equal(store_close(s), 0);
	assert_rows("b", "k=1;");
	assert_rows("a", "k=1;k=2;");
}

static unsigned open_descriptors(void)
{
	unsigned n = 0;

	for (int fd = 0; fd < 1024; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

static void descriptors_are_bounded(void **state)
{
	struct store *s = open_store(0);
	unsigned before = open_descriptors();
	char name[32];

	(void)state;
	for (int round = 0; round < 2; round++) {
		for (int i = 0; i < 150; i++) {
			snprintf(name, sizeof name, "many/f%d", i);
			append(open_file(s, name), "k", round == 0 ? "1" : "2");
		}
		run_until_synced(s, 150u * (unsigned)(round + 1));
		assert_true(open_descriptors() <= before + 66);
	}
	assert_int_equal(store_close(s), 0);
	for (int i = 0; i < 150; i++) {
		snprintf(name, sizeof name, "many/f%d", i);
		assert_rows(name, "k=1;k=2;");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(rows_of_a_turn_go_in_one_group),
		TEST(an_answer_may_append),
		TEST(a_store_may_be_closed_in_an_event),
		TEST(lazy_rows_are_written_without_a_ticket),
		TEST(closing_brings_everything_to_disk),
		TEST(a_directory_has_one_writer),
		TEST(a_name_that_is_none_is_refused),
		TEST(a_start_repairs_loads_and_goes_on),
		TEST(nothing_follows_what_ended_badly),
		TEST(older_versions_are_not_appended_to),
		TEST(newer_versions_are_refused),
		TEST(compacting_merges_while_rows_come),
		TEST(closing_waits_for_compacting),
		TEST(descriptors_are_bounded),
	};

	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
