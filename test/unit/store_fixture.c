#include "test/unit/store_fixture.h"

#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>

#include "common/mem.h"

static const char *const columns[] = { "id", "value" };
const struct table_schema schema = { "things", 2, columns, 2 };
static char dir[64];
uv_loop_t loop;

/* What the store told. */
uint64_t synced;
unsigned syncs, rooms, failures;
bool room;

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

static void on_group(void *arg, uint64_t us, bool good)
{
	(void)arg;
	assert_true(us < UINT64_C(3600000000));
	failures += !good;
}

const struct store_events events = { on_synced, on_room, on_group };

bool may_mount;

/* The namespace has to be there before the first worker thread is. */
int make_dir(void **state)
{
	(void)state;
	may_mount = unshare(CLONE_NEWNS) == 0 &&
	            mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0;
	signal(SIGXFSZ, SIG_IGN);
	snprintf(dir, sizeof dir, "/tmp/test_store.XXXXXX");
	return mkdtemp(dir) == NULL || chdir(dir) < 0 ? -1 : 0;
}

int remove_dir(void **state)
{
	char command[128];

	(void)state;
	snprintf(command, sizeof command, "rm -rf %s", dir);
	return chdir("/") < 0 ? -1 : system(command);
}

int setup(void **state)
{
	(void)state;
	synced = syncs = rooms = failures = 0;
	room = true;
	if (system("rm -rf data") != 0)
		return -1;
	return uv_loop_init(&loop);
}

/* A store that left a handle or a worker behind would keep the loop busy. */
int teardown(void **state)
{
	(void)state;
	uv_run(&loop, UV_RUN_DEFAULT);
	return uv_loop_close(&loop);
}

struct store *open_store(uint64_t reserve)
{
	struct store *s = store_open(&loop, "data", reserve, &events, &synced);

	assert_non_null(s);
	return s;
}

struct store_file *open_file(struct store *s, const char *name)
{
	struct store_file *f = store_file(s, name, &schema);

	assert_non_null(f);
	return f;
}

uint64_t append(struct store_file *f, const char *key, const char *value)
{
	const char *values[] = { key, value };

	return store_append(f, values);
}

void append_lazy(struct store_file *f, const char *key, const char *value)
{
	const char *values[] = { key, value };

	store_append_lazy(f, values);
}

void run_until_synced(struct store *s, uint64_t ticket)
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
void run_until_room(struct store *s)
{
	uv_timer_t other;

	uv_timer_init(&loop, &other);
	uv_timer_start(&other, on_tick, 10, 10);
	while (!store_has_room(s))
		uv_run(&loop, UV_RUN_ONCE);
	uv_close((uv_handle_t *)&other, NULL);
	uv_run(&loop, UV_RUN_NOWAIT);
}

/* What the store has said of room, how often, and what it says when asked. */
void assert_room(const struct store *s, unsigned changes, bool has_room)
{
	assert_int_equal(rooms, changes);
	assert_int_equal(room, has_room);
	assert_int_equal(store_has_room(s), has_room);
}

bool note_row(void *arg, const char *const *values, uint64_t offset)
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
void assert_rows(const char *name, const char *expected)
{
	char *base = mem_printf("data/%s", name), *path, *all = mem_strdup("");
	struct table_report report;
	unsigned *numbers;
	int n = table_live_segments(base, &schema, &numbers);

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

void assert_segments(const char *base, const char *expected)
{
	char text[128] = "";
	unsigned *numbers;
	int n = table_live_segments(base, &schema, &numbers);

	for (int i = 0; i < n; i++)
		sprintf(text + strlen(text), "%u ", numbers[i]);
	free(numbers);
	assert_string_equal(text, expected);
}

