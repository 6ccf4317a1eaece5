#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include <uv.h>

#include <cmocka.h>

#include "common/file.h"
#include "common/log.h"
#include "common/mem.h"
#include "common/store.h"

static const char *const columns[] = { "id", "value" };
static const struct table_schema schema = { "things", 2, columns, 2 };
static const struct table_schema old_schema = { "things", 1, columns, 2 };

static char dir[64];
static uv_loop_t loop;

/* What the store told. */
static uint64_t synced;
static unsigned syncs, rooms;
static bool room;

static void on_synced(void *arg, uint64_t ticket)
{
	assert_ptr_equal(arg, &synced);
	assert_true(ticket > synced);
	synced = ticket;
	syncs++;
}

static void on_room(void *arg, bool has_room)
{
	(void)arg;
	assert_true(room != has_room);
	room = has_room;
	rooms++;
}

static const struct store_events events = { on_synced, on_room };

static bool may_mount;

/* The namespace has to be there before the first worker thread is. */
static int make_dir(void **state)
{
	(void)state;
	may_mount = unshare(CLONE_NEWNS) == 0 &&
	            mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0;
	signal(SIGXFSZ, SIG_IGN);
	snprintf(dir, sizeof dir, "/tmp/test_store.XXXXXX");
	return mkdtemp(dir) == NULL || chdir(dir) < 0 ? -1 : 0;
}

static int remove_dir(void **state)
{
	char command[128];

	(void)state;
	snprintf(command, sizeof command, "rm -rf %s", dir);
	return chdir("/") < 0 ? -1 : system(command);
}

static int setup(void **state)
{
	(void)state;
	synced = syncs = rooms = 0;
	room = true;
	if (system("rm -rf data") != 0)
		return -1;
	return uv_loop_init(&loop);
}

/* A store that left a handle or a worker behind would keep the loop busy. */
static int teardown(void **state)
{
	(void)state;
	uv_run(&loop, UV_RUN_DEFAULT);
	return uv_loop_close(&loop);
}

static struct store *open_store(uint64_t reserve)
{
	struct store *s = store_open(&loop, "data", reserve, &events, &synced);

	assert_non_null(s);
	return s;
}

static struct store_file *open_file(struct store *s, const char *name)
{
	struct store_file *f = store_file(s, name, &schema);

	assert_non_null(f);
	return f;
}

static uint64_t append(struct store_file *f, const char *key, const char *value)
{
	const char *values[] = { key, value };

	return store_append(f, values);
}

static void append_lazy(struct store_file *f, const char *key, const char *value)
{
	const char *values[] = { key, value };

	store_append_lazy(f, values);
}

static void run_until_synced(struct store *s, uint64_t ticket)
{
	while (store_synced(s) < ticket)
		assert_int_not_equal(uv_run(&loop, UV_RUN_ONCE) + (store_synced(s) >= ticket), 0);
	assert_int_equal(synced, store_synced(s));
}

static void on_tick(uv_timer_t *timer)
{
	(void)timer;
}

/* The store's own timer does not keep a loop alive; a daemon has other handles. */
static void run_until_room(struct store *s)
{
	uv_timer_t other;

	uv_timer_init(&loop, &other);
	uv_timer_start(&other, on_tick, 10, 10);
	while (!store_has_room(s))
		uv_run(&loop, UV_RUN_ONCE);
	uv_close((uv_handle_t *)&other, NULL);
	uv_run(&loop, UV_RUN_NOWAIT);
}

static bool note_row(void *arg, const char *const *values, uint64_t offset)
{
	char **all = arg, *more;

	(void)offset;
	more = mem_printf("%s%s=%s;", *all == NULL ? "" : *all, values[0],
	                  values[1] == NULL ? "." : values[1]);
	free(*all);
	*all = more;
	return true;
}

/* What any reader finds in data/NAME, and nothing of it is damaged. */
static void assert_rows(const char *name, const char *expected)
{
	char *base = mem_printf("data/%s", name), *path, *all = mem_strdup("");
	struct table_report report;
	unsigned *numbers;
	int n = table_segments(base, &numbers);

	assert_true(n >= 0);
	for (int i = 0; i < n; i++) {
		path = table_segment_path(base, numbers[i]);
		assert_int_equal(table_read(path, &schema, note_row, NULL, &all, &report, NULL), 0);
		assert_int_equal(report.damaged, 0);
		free(path);
	}
	assert_string_equal(all, expected);
	free(all);
	free(numbers);
	free(base);
}

static void assert_segments(const char *base, const char *expected)
{
	char text[128] = "";
	unsigned *numbers;
	int n = table_segments(base, &numbers);

	for (int i = 0; i < n; i++)
		sprintf(text + strlen(text), "%u ", numbers[i]);
	free(numbers);
	assert_string_equal(text, expected);
}

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
	static const struct store_events chained = { on_chain, NULL };
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
	static const struct store_events closing = { on_synced_close, on_room };
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
		append(f, "3", "z");
		store_sizes(f, &appended, &base);
		assert_int_equal(base, strlen("id\tvalue\tcrc32c/2\n1\tx\t01234567\n"));
		assert_true(appended > 0);
		assert_int_equal(store_close(s), 0);
	}
	free(all);
	/* What follows a restart is told from what a merge made. */
	assert_segments("data/a", "0 1 ");
	assert_rows("a", "1=x;3=z;3=z;");
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
	assert_int_equal(store_close(s), 0);
	assert_rows("a", "k=3;l=1;m=1;");
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

static void limit_files(rlim_t bytes)
{
	struct rlimit limit;

	assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
	limit.rlim_cur = bytes;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

/* The second row does not fit into the first segment: half of it is written,
 * and then all of it, with what came meanwhile, into the next. */
static void a_failed_write_goes_to_a_new_segment(void **state)
{
	struct store *s = open_store(4096);
	struct store_file *f = open_file(s, "a"), *g = open_file(s, "b");
	char *half = mem_alloc(2401), *expected;

	(void)state;
	memset(half, 'x', 2400);
	half[2400] = '\0';
	run_until_synced(s, append(f, "1", half));
	limit_files(4096);
	append(f, "2", half);
	append(g, "3", "other");
	while (store_has_room(s))
		uv_run(&loop, UV_RUN_ONCE);
	assert_false(room);
	assert_int_equal(store_synced(s), 1);
	assert_rows("b", "3=other;");
	append(g, "4", "more");
	run_until_synced(s, 4);
	assert_int_equal(syncs, 2);
	assert_true(room);
	assert_int_equal(rooms, 2);
	assert_int_equal(access("data/reserve", F_OK), 0);
	assert_segments("data/a", "0 1 ");
	assert_segments("data/b", "0 ");
	expected = mem_printf("1=%s;2=%s;", half, half);
	assert_rows("a", expected);
	assert_rows("b", "3=other;4=more;");
	/* At the next start the torn row is cut, and a merge takes all. */
	append(f, "1", "y");
	append(f, "2", "z");
	limit_files(RLIM_INFINITY);
	assert_int_equal(store_close(s), 0);
	s = open_store(0);
	f = open_file(s, "a");
	store_compact(f);
	uv_run(&loop, UV_RUN_DEFAULT);
	assert_int_equal(store_close(s), 0);
	assert_rows("a", "1=y;2=z;");
	free(expected);
	free(half);
}

/* No try of a long failure leaves a file behind. */
static void tries_leave_nothing_behind(void **state)
{
	struct store *s = open_store(0);
	struct store_file *f = open_file(s, "a");

	(void)state;
	limit_files(20);
	append(f, "1", "x");
	assert_int_equal(store_close(s), -1);
	limit_files(RLIM_INFINITY);
	assert_segments("data/a", "");
}

/* A full disk that needs no rights: the segment becomes a way to /dev/full. */
static void a_full_disk_takes_the_reserve(void **state)
{
	struct store *s = open_store(0);
	struct store_file *f = open_file(s, "a");

	(void)state;
	append(f, "1", "x");
	assert_int_equal(store_close(s), 0);
	uv_run(&loop, UV_RUN_DEFAULT);
	s = open_store(65536);
	f = open_file(s, "a");
	append(f, "2", "y");
	assert_int_equal(store_close(s), 0);
	s = open_store(65536);
	f = open_file(s, "a");
	assert_true(store_has_room(s));
	assert_int_equal(rename("data/a.1.tsv", "data/kept"), 0);
	assert_int_equal(symlink("/dev/full", "data/a.1.tsv"), 0);
	append(f, "3", "z");
	run_until_synced(s, 1);
	assert_false(store_has_room(s));
	assert_int_equal(rooms, 1);
	assert_int_equal(access("data/reserve", F_OK), -1);
	assert_int_equal(rename("data/kept", "data/a.1.tsv"), 0);
	assert_rows("a", "1=x;2=y;3=z;");
	/* It comes back by itself. */
	run_until_room(s);
	assert_true(room);
	assert_int_equal(access("data/reserve", F_OK), 0);
	assert_int_equal(store_close(s), 0);
}

/* The same on a disk that is really full: the outcome still finds room. */
static void a_full_file_system_keeps_room_for_outcomes(void **state)
{
	char *fill = mem_alloc(4096), big[2001];
	struct store_file *f;
	struct store *s;
	int fd;

	(void)state;
	assert_int_equal(file_mkdirs("data", 0700), 0);
	if (!may_mount || mount("none", "data", "tmpfs", 0, "size=256k") < 0) {
		free(fill);
		skip();
	}
	memset(fill, 'f', 4096);
	memset(big, 'b', 2000);
	big[2000] = '\0';
	s = open_store(65536);
	f = open_file(s, "a");
	run_until_synced(s, append(f, "1", "x"));
	fd = open("data/fill", O_WRONLY | O_CREAT, 0600);
	while (write(fd, fill, 4096) > 0)
		;
	assert_int_equal(errno, ENOSPC);
	/* A tmpfs finds a few pages more than it says. */
	for (int i = 0; i < 100 && room; i++)
		run_until_synced(s, append(f, "2", big));
	assert_false(room);
	assert_int_equal(access("data/reserve", F_OK), -1);
	run_until_synced(s, append(f, "3", "outcome"));
	assert_false(store_has_room(s));
	/* A start without room is no failure. */
	assert_int_equal(store_close(s), 0);
	s = open_store(65536);
	assert_false(store_has_room(s));
	f = open_file(s, "a");
	assert_int_equal(ftruncate(fd, 0), 0);
	close(fd);
	run_until_room(s);
	synced = 0;   /* this store's first ticket */
	run_until_synced(s, append(f, "4", "x"));
	assert_int_equal(store_close(s), 0);
	assert_int_equal(umount("data"), 0);
	free(fill);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

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
		TEST(older_versions_are_not_appended_to),
		TEST(newer_versions_are_refused),
		TEST(compacting_merges_while_rows_come),
		TEST(closing_waits_for_compacting),
		TEST(descriptors_are_bounded),
		TEST(a_failed_write_goes_to_a_new_segment),
		TEST(tries_leave_nothing_behind),
		TEST(a_full_disk_takes_the_reserve),
		TEST(a_full_file_system_keeps_room_for_outcomes),
	};

	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
