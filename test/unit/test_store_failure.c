// link: test/unit/store_fixture.o
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/file.h"
#include "common/mem.h"
#include "test/unit/store_fixture.h"

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
	assert_int_equal(failures, 1);
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

/* A store whose table goes on in a device instead of its segment, which is put
 * aside: trouble that needs no rights. */
static struct store *open_on_device(const char *device, struct store_file **f)
{
	struct store *s;

	for (int i = 1; i <= 2; i++) {
		s = open_store(65536);
		append(open_file(s, "a"), i == 1 ? "1" : "2", "x");
		assert_int_equal(store_close(s), 0);
		uv_run(&loop, UV_RUN_DEFAULT);
	}
	s = open_store(65536);
	*f = open_file(s, "a");
	assert_true(store_has_room(s));
	assert_int_equal(rename("data/a.tsv", "data/kept"), 0);
	assert_int_equal(symlink(device, "data/a.tsv"), 0);
	return s;
}

static void assert_went_on_in_a_new_segment(void)
{
	assert_int_equal(rename("data/kept", "data/a.tsv"), 0);
	assert_segments("data/a", "0 1 ");
	assert_rows("a", "1=x;2=x;3=z;");
}

/* /dev/null takes all rows, and cannot be synced. */
static void a_failed_sync_goes_to_a_new_segment(void **state)
{
	struct store_file *f;
	struct store *s = open_on_device("/dev/null", &f);

	(void)state;
	append(f, "3", "z");
	run_until_synced(s, 1);
	assert_int_equal(syncs, 1);
	assert_room(s, 2, true);
	assert_int_equal(access("data/reserve", F_OK), 0);
	assert_went_on_in_a_new_segment();
	assert_int_equal(store_close(s), 0);
}

static void a_full_disk_takes_the_reserve(void **state)
{
	struct store_file *f;
	struct store *s = open_on_device("/dev/full", &f);

	(void)state;
	append(f, "3", "z");
	run_until_synced(s, 1);
	assert_room(s, 1, false);
	assert_int_equal(access("data/reserve", F_OK), -1);
	assert_went_on_in_a_new_segment();
	/* It comes back by itself. */
	run_until_room(s);
	assert_room(s, 2, true);
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
		if (getenv("CI") != NULL)
			fail_msg("a file system cannot be mounted here");
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

/* A program that counts in ten rows, tells each number that is on disk, and
 * compacts all the time. */
struct counter {
	struct store_file *f;
	unsigned next;
	int told;
};

static void count(struct counter *c)
{
	char key[2] = { (char)('0' + c->next % 10), '\0' }, value[16];

	snprintf(value, sizeof value, "%u", c->next++);
	append(c->f, key, value);
}

static void on_counted(void *arg, uint64_t ticket)
{
	struct counter *c = arg;
	unsigned done = c->next - 1;

	(void)ticket;
	if (write(c->told, &done, sizeof done) != (ssize_t)sizeof done)
		_exit(1);
	if (done % 7 == 0)
		store_compact(c->f);
	count(c);
}

static void count_for_ever(unsigned from, int told)
{
	static const struct store_events counting = { .synced = on_counted };
	struct counter c = { .next = from, .told = told };
	uv_loop_t own;

	if (uv_loop_init(&own) != 0)
		_exit(1);
	c.f = store_file(store_open(&own, "data", 0, &counting, &c), "a", &schema);
	count(&c);
	uv_run(&own, UV_RUN_DEFAULT);
	_exit(1);
}

/* The last number that was told before the counter was killed. */
static unsigned kill_while_counting(unsigned from, useconds_t after)
{
	unsigned done = 0, last;
	int told[2], status;
	pid_t pid;

	assert_int_equal(pipe(told), 0);
	pid = fork();
	if (pid == 0)
		count_for_ever(from, told[1]);
	assert_true(pid > 0);
	close(told[1]);
	for (int i = 0; i < 30; i++)
		assert_int_equal(read(told[0], &done, sizeof done), sizeof done);
	usleep(after);
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
	last = done;
	while (read(told[0], &done, sizeof done) == (ssize_t)sizeof done)
		last = done;
	close(told[0]);
	return last;
}

static bool note_number(void *arg, const char *const *values, uint64_t offset)
{
	unsigned *numbers = arg;

	(void)offset;
	numbers[*values[0] - '0'] = (unsigned)strtoul(values[1], NULL, 10);
	return true;
}

static void what_was_synced_outlives_a_kill(void **state)
{
	unsigned next = 10, told;

	(void)state;
	for (useconds_t round = 0; round < 8; round++) {
		unsigned numbers[10] = { 0 };
		struct store *s;

		told = kill_while_counting(next, round * 3100);
		assert_true(told >= next + 29);
		s = open_store(0);
		assert_int_equal(store_load(open_file(s, "a"), note_number, numbers), 0);
		assert_int_equal(store_close(s), 0);
		for (unsigned n = told - 9; n <= told; n++)
			assert_in_range(numbers[n % 10], n, told + 1);
		next = told + 10;
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_failed_write_goes_to_a_new_segment),
		TEST(tries_leave_nothing_behind),
		TEST(a_failed_sync_goes_to_a_new_segment),
		TEST(a_full_disk_takes_the_reserve),
		TEST(a_full_file_system_keeps_room_for_outcomes),
		TEST(what_was_synced_outlives_a_kill),
	};

	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
