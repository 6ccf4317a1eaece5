#define LOG_MODULE "store"
#include "common/store.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/backoff.h"
#include "common/clock.h"
#include "common/compactor.h"
#include "common/file.h"
#include "common/log.h"
#include "common/mem.h"
#include "common/reserve.h"
#include "common/store_group.h"
#include "common/table_scan.h"

#define uthash_fatal(msg) mem_fatal()
#include <uthash.h>
#include <utlist.h>

#define RETRY_BASE_MS 1000
#define RETRY_CAP_MS 30000
#define RESERVE_MS 3000
#define CLOSE_TRIES 3
#define LAZY_BYTES (16u << 20)
#define LOCK_WAIT_MS 3000
/* Each try reads the whole table and begins a segment. */
#define COMPACT_AGAIN_MS 600000

struct store_file {
	struct store_group_file disk;   /* first, so that it is the file; the worker's */
	struct store *store;
	char *name, *base;
	UT_hash_handle hh;
	struct store_rows gathering;    /* for the next group */
	bool dirty;
	struct store_file *next_dirty;
	uint64_t appended, merged;
	bool compact;                   /* wanted or under way */
	store_compacted_fn *compacted;  /* waits for its end; NULL: nobody */
	void *compacted_arg;
	uint64_t compact_bytes;
	int64_t compact_after;          /* monotonic ms: not sooner, as one has failed */
	struct compactor_job job;
	struct store_file *next_compact;
};

struct store {
	uv_loop_t *loop;
	const struct store_events *events;
	void *arg;
	char *dir, *reserve_path;
	int lock;
	struct timespec trusted;        /* rows go on in what was written later only */
	struct store_file *files;
	struct store_file *dirty;       /* those with rows for the next group */
	struct store_group group;       /* the worker's */
	uint64_t group_ns;              /* the worker's: how long it took */
	uint64_t ticket, group_ticket, synced;
	bool failing;                   /* the last group did */
	unsigned failures;              /* in a row */
	bool has_reserve, had_room;
	uv_prepare_t prepare;
	uv_check_t check;
	uv_timer_t retry, reserve_timer;
	uv_work_t work;
	uv_sem_t work_done;
	bool busy;                      /* a worker has the group */
	struct compactor *compactor;
	struct store_file *to_compact;  /* when the worker is back */
	bool closed;
	unsigned holds;                 /* handles and workers that still point here */
};

/* In the worker's thread. */
static void work(uv_work_t *req)
{
	struct store *s = req->data;

	s->group_ns = uv_hrtime();
	store_group_write(&s->group);
	s->group_ns = uv_hrtime() - s->group_ns;
	uv_sem_post(&s->work_done);
}

static void release(struct store *s)
{
	if (--s->holds > 0)
		return;
	uv_sem_destroy(&s->work_done);
	free(s->reserve_path);
	free(s->dir);
	free(s);
}

static void mark_dirty(struct store *s, struct store_file *f)
{
	if (f->dirty)
		return;
	f->dirty = true;
	LL_PREPEND2(s->dirty, f, next_dirty);
}

/* What an earlier group could not write stands before what has gathered. */
static void take_group(struct store *s)
{
	struct store_file *f;

	s->group.files = NULL;
	LL_FOREACH2(s->dirty, f, next_dirty) {
		f->dirty = false;
		store_rows_move(&f->disk.rows, &f->gathering);
		LL_PREPEND(s->group.files, &f->disk);
	}
	s->dirty = NULL;
	s->group_ticket = s->ticket;
}

/* After a group that ran (or was never begun: then nothing of it counts).
 * True: all of it is on disk. */
static bool settle_group(struct store *s, bool ran)
{
	struct store_group_file *disk;
	bool good = ran;

	LL_FOREACH(s->group.files, disk) {
		if (ran && disk->error == 0) {
			store_rows_clear(&disk->rows);
		} else {
			mark_dirty(s, (struct store_file *)disk);
			good = false;
		}
	}
	s->group.files = NULL;
	return good;
}

uint64_t store_waiting(const struct store *s)
{
	return s->ticket - s->synced;
}

bool store_has_room(const struct store *s)
{
	return s->has_reserve && !s->failing;
}

static void tell_room(struct store *s)
{
	bool room = store_has_room(s);

	if (room == s->had_room)
		return;
	s->had_room = room;
	if (s->events->room != NULL)
		s->events->room(s->arg, room);
}

static void start_group(struct store *s);
static void hand_to_compactor(struct store *s);

static void on_prepare(uv_prepare_t *handle)
{
	start_group(handle->data);
}

static void on_check(uv_check_t *handle)
{
	start_group(handle->data);
}

/* A group starts when the callbacks of this turn have run, so that all their
 * rows go together and no row waits for longer: those that poll brought are
 * followed by check, those of timers and of callers outside the loop by prepare,
 * which comes before the loop can sleep. */
static void gather(struct store *s)
{
	if (s->busy || s->closed || uv_is_active((uv_handle_t *)&s->retry))
		return;
	uv_prepare_start(&s->prepare, on_prepare);
	uv_check_start(&s->check, on_check);
}

static void on_retry(uv_timer_t *handle)
{
	gather(handle->data);
}

static void on_reserve_timer(uv_timer_t *handle)
{
	struct store *s = handle->data;

	if (s->busy)
		return;
	s->group.try_reserve = true;
	gather(s);
}

static void look_after_reserve(struct store *s)
{
	s->has_reserve = s->group.has_reserve;
	if (s->has_reserve)
		uv_timer_stop(&s->reserve_timer);
	else if (!uv_is_active((uv_handle_t *)&s->reserve_timer))
		uv_timer_start(&s->reserve_timer, on_reserve_timer, RESERVE_MS, RESERVE_MS);
}

/* What a group's end means for the next one. */
static void judge_group(struct store *s, bool good)
{
	bool had_reserve = s->has_reserve;

	look_after_reserve(s);
	s->failing = !good;
	if (good) {
		s->failures = 0;
		return;
	}
	if (had_reserve && !s->has_reserve)
		return;   /* there is room now: at once */
	/* Nobody else waits for this disk: no spread. */
	uv_timer_start(&s->retry, on_retry,
	               (uint64_t)backoff_ms(s->failures++, RETRY_BASE_MS, RETRY_CAP_MS, 1.0), 0);
}

static void tell_synced(struct store *s)
{
	if (s->failing || s->synced == s->group_ticket)
		return;
	s->synced = s->group_ticket;
	s->events->synced(s->arg, s->synced);
}

static void after_work(uv_work_t *req, int status)
{
	struct store *s = req->data;

	(void)status;   /* only store_close() cancels, and sees to it */
	if (!s->closed) {
		uv_sem_wait(&s->work_done);
		s->busy = false;
		judge_group(s, settle_group(s, true));
		if (s->events->group != NULL)
			s->events->group(s->arg, s->group_ns / 1000, !s->failing);
		hand_to_compactor(s);
		tell_synced(s);
	}
	if (!s->closed)
		tell_room(s);
	if (!s->closed && s->dirty != NULL)
		gather(s);
	release(s);
}

static void start_group(struct store *s)
{
	uv_prepare_stop(&s->prepare);
	uv_check_stop(&s->check);
	take_group(s);
	s->busy = true;
	s->holds++;
	uv_queue_work(s->loop, &s->work, work, after_work);
}

/* Appending. */

static void append(struct store_file *f, const char *const *values)
{
	f->appended += store_rows_add(&f->gathering, f->disk.segment.schema, values);
	mark_dirty(f->store, f);
	gather(f->store);
}

uint64_t store_append(struct store_file *f, const char *const *values)
{
	append(f, values);
	f->gathering.sync = true;
	return ++f->store->ticket;
}

void store_append_lazy(struct store_file *f, const char *const *values)
{
	/* Nobody waits for it: while nothing can be written it must not fill memory. */
	if (f->store->failing && f->gathering.len + f->disk.rows.len > LAZY_BYTES)
		return;
	append(f, values);
}

uint64_t store_synced(const struct store *s)
{
	return s->synced;
}

void store_sizes(const struct store_file *f, uint64_t *appended, uint64_t *base)
{
	*appended = f->appended;
	*base = f->merged;
}

const char *store_dir(const struct store *s)
{
	return s->dir;
}

/* Compacting. */

static void end_compact(struct store_file *f, int rc)
{
	store_compacted_fn *compacted = f->compacted;

	f->compact = false;
	f->compacted = NULL;
	if (compacted != NULL)
		compacted(f->compacted_arg, rc);
}

static void on_compacted(void *arg, int rc)
{
	struct store_file *f = arg;

	if (rc == 0) {
		f->appended -= f->compact_bytes;
		f->merged = segment_merged_size(f->base);
	} else {
		f->compact_after = clock_mono_ms() + COMPACT_AGAIN_MS;
	}
	end_compact(f, rc);
}

static void compact(struct store *s, struct store_file *f)
{
	if (f->disk.segment.exists)
		store_group_next_segment(&s->group, &f->disk);
	if (f->disk.segment.number == 0) {
		end_compact(f, 0);   /* no row has come yet */
		return;
	}
	/* Rows still in memory count for the segment they will be in. */
	f->compact_bytes = f->appended - f->gathering.len - f->disk.rows.len;
	f->job = (struct compactor_job){ f->base, f->disk.segment.schema,
	                                 f->disk.segment.number - 1, on_compacted, f, NULL };
	compactor_add(s->compactor, &f->job);
}

/* Not while a worker has the group: it writes to the segments that are left. */
static void hand_to_compactor(struct store *s)
{
	struct store_file *f;

	/* One that has nothing to merge ends at once, and who hears of that may add the next. */
	while (!s->busy && (f = s->to_compact) != NULL) {
		s->to_compact = f->next_compact;
		compact(s, f);
	}
}

static void want_compact(struct store_file *f)
{
	f->compact = true;
	LL_PREPEND2(f->store->to_compact, f, next_compact);
	hand_to_compactor(f->store);
}

void store_compact(struct store_file *f)
{
	if (!f->compact && !f->store->closed && clock_mono_ms() >= f->compact_after)
		want_compact(f);
}

/* Opening. */

static bool is_later(const struct timespec *x, const struct timespec *than)
{
	return x->tv_sec > than->tv_sec || (x->tv_sec == than->tv_sec && x->tv_nsec > than->tv_nsec);
}

static bool is_trusted(const struct store *s, const struct store_file *f)
{
	char *path = table_segment_path(f->base, f->disk.segment.number);
	struct stat st;
	bool trusted = stat(path, &st) == 0 && is_later(&st.st_mtim, &s->trusted);

	free(path);
	return trusted;
}

/* look: its rows are read and repaired, and more may follow in its newest segment. */
static struct store_file *add_file(struct store *s, const char *name,
                                   const struct table_schema *schema, bool look,
                                   table_row_fn *row, void *arg)
{
	struct store_file *f;
	int rc;

	if (!segment_name_valid(name)) {
		errno = EINVAL;
		return NULL;
	}
	f = mem_zero(1, sizeof *f);

	f->store = s;
	f->name = mem_strdup(name);
	f->disk.name = f->name;
	f->base = mem_printf("%s/%s", s->dir, name);
	rc = look ? segment_find(&f->disk.segment, f->base, schema, row, arg, &f->merged,
	                         &f->appended)
	          : segment_find_next(&f->disk.segment, f->base, schema);
	if (rc < 0) {
		int saved = errno;

		log_error("cannot open table=%s: %s", f->base, strerror(saved));
		free(f->base);
		free(f->name);
		free(f);
		errno = saved;
		return NULL;
	}
	if (f->disk.segment.exists && !is_trusted(s, f))
		segment_next(&f->disk.segment);
	HASH_ADD_KEYPTR(hh, s->files, f->name, strlen(f->name), f);
	return f;
}

struct store_file *store_file(struct store *s, const char *name,
                              const struct table_schema *schema)
{
	struct store_file *f;

	HASH_FIND_STR(s->files, name, f);
	return f != NULL ? f : add_file(s, name, schema, true, NULL, NULL);
}

struct store_file *store_file_read(struct store *s, const char *name,
                                   const struct table_schema *schema, table_row_fn *row, void *arg)
{
	return add_file(s, name, schema, true, row, arg);
}

int store_compact_name(struct store *s, const char *name, const struct table_schema *schema,
                       store_compacted_fn *done, void *arg)
{
	struct store_file *f;

	HASH_FIND_STR(s->files, name, f);
	if (f == NULL)
		f = add_file(s, name, schema, false, NULL, NULL);
	if (f == NULL || f->compact || s->closed)
		return -1;
	f->compacted = done;
	f->compacted_arg = arg;
	want_compact(f);
	return 0;
}

int store_load(struct store_file *f, table_row_fn *row, void *arg)
{
	return segment_read_all(f->base, f->disk.segment.schema, row, arg);
}

static void start_handles(struct store *s)
{
	uv_prepare_init(s->loop, &s->prepare);
	uv_check_init(s->loop, &s->check);
	uv_timer_init(s->loop, &s->retry);
	uv_timer_init(s->loop, &s->reserve_timer);
	uv_unref((uv_handle_t *)&s->reserve_timer);
	s->prepare.data = s->check.data = s->retry.data = s->reserve_timer.data = s;
	s->work.data = s;
	s->holds = 4;
	look_after_reserve(s);
	s->had_room = s->has_reserve;
}

/* The lock's file holds a mark when its last holder has ended well: since when all rows have
 * been written so. What is older may have lost rows in a sync that failed, for ever and
 * whatever a later one says: nothing follows there. */
#define MARK "clean %lld.%09ld\n"

/* Times are those of the file system, not of a clock of ours. */
static void take_mark(struct store *s)
{
	char mark[64] = "";
	long long seconds;
	struct stat st;
	long ns;

	if (pread(s->lock, mark, sizeof mark - 1, 0) > 0 && sscanf(mark, MARK, &seconds, &ns) == 2)
		s->trusted = (struct timespec){ (time_t)seconds, ns };
	else if (futimens(s->lock, NULL) == 0 && fstat(s->lock, &st) == 0)
		s->trusted = st.st_mtim;
	else
		s->trusted.tv_sec = INT32_MAX;      /* nobody knows what time it is there: nothing is */
	if (ftruncate(s->lock, 0) < 0 || fsync(s->lock) < 0)
		log_warn("cannot clear the lock's file: %s", strerror(errno));
}

static void leave_mark(const struct store *s)
{
	char *mark = mem_printf(MARK, (long long)s->trusted.tv_sec, s->trusted.tv_nsec);

	if (file_write_all(s->lock, mark, strlen(mark)) < 0 || fsync(s->lock) < 0)
		log_warn("cannot write into the lock's file: %s", strerror(errno));
	free(mark);
}

struct store *store_open(uv_loop_t *loop, const char *dir, uint64_t reserve,
                         const struct store_events *events, void *arg)
{
	struct store *s;
	int lock = -1;

	/* A writer that was killed may hold its lock until its last write has returned. */
	if (file_mkdirs(dir, TABLE_DIR_MODE) == 0)
		lock = file_lock_in(dir, LOCK_WAIT_MS);
	if (lock < 0)
		return NULL;
	s = mem_zero(1, sizeof *s);
	s->loop = loop;
	s->events = events;
	s->arg = arg;
	s->dir = mem_strdup(dir);
	s->reserve_path = mem_printf("%s/reserve", dir);
	s->lock = lock;
	take_mark(s);
	s->group.reserve_path = s->reserve_path;
	s->group.reserve = reserve;
	s->group.has_reserve = reserve == 0 || reserve_take(s->reserve_path, reserve) == 0;
	if (!s->group.has_reserve)
		log_warn("no room for the reserve dir=%s: %s", dir, strerror(errno));
	s->compactor = compactor_new(loop);
	if (uv_sem_init(&s->work_done, 0) != 0)
		mem_fatal();
	start_handles(s);
	return s;
}

/* Closing. */

static void on_closed(uv_handle_t *handle)
{
	release(handle->data);
}

/* False: it had not begun, and will not. */
static bool wait_for_worker(struct store *s)
{
	if (uv_cancel((uv_req_t *)&s->work) == 0)
		return false;
	uv_sem_wait(&s->work_done);
	return true;
}

/* What is left goes to disk here: a full disk gives up the reserve at the first
 * try, other trouble gets a new segment with each. */
static int drain(struct store *s)
{
	int rc;

	s->group.try_reserve = false;
	for (int i = 0; i < CLOSE_TRIES && s->dirty != NULL; i++) {
		take_group(s);
		store_group_write(&s->group);
		settle_group(s, true);
	}
	rc = store_group_sync(&s->group);
	if (s->dirty != NULL) {
		log_error("rows are lost that could not be brought to disk dir=%s", s->dir);
		rc = -1;
	}
	return rc;
}

static void free_files(struct store *s)
{
	struct store_file *f, *next;

	HASH_ITER(hh, s->files, f, next) {
		HASH_DEL(s->files, f);
		segment_close(&f->disk.segment);
		free(f->gathering.bytes);
		free(f->disk.rows.bytes);
		free(f->name);
		free(f->base);
		free(f);
	}
}

int store_close(struct store *s)
{
	int rc;

	if (s == NULL)
		return 0;
	s->closed = true;
	compactor_free(s->compactor);
	if (s->busy)
		settle_group(s, wait_for_worker(s));
	rc = drain(s);
	free_files(s);
	if (rc == 0)
		leave_mark(s);
	close(s->lock);
	uv_close((uv_handle_t *)&s->prepare, on_closed);
	uv_close((uv_handle_t *)&s->check, on_closed);
	uv_close((uv_handle_t *)&s->retry, on_closed);
	uv_close((uv_handle_t *)&s->reserve_timer, on_closed);
	return rc;
}
