#include "device/journal_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/backoff.h"
#include "common/file.h"
#include "common/mem.h"

#define LOG_MODULE "journal"
#include "common/log.h"

struct journal_file_bounds journal_file_bounds = { 500, 128 * 1024, 16 * 1024 };

#define ROW_BYTES 100               /* of a row without its outcome, about */
#define RESERVE_BYTES 4096          /* for the outcome of what was begun */

#define LOCK_MS 3000                /* a predecessor that was killed holds it for a moment */
#define RETRY_MS 1000
#define RETRY_CAP_MS 30000

struct waiter {
	struct waiter *next;
	bool is_end;
	journal_file_fn *fn;
	void *arg;
};

struct journal_file {
	uv_loop_t *loop;
	char *dir, *path;
	journal_interrupted_fn *interrupted;
	struct journal *journal;
	char *why;                  /* it cannot be used; NULL: it can */
	int lock_fd;

	struct journal_rows rows;   /* to be appended */
	struct waiter *waiting;     /* for these rows; ends also for what failed before */
	bool whole_next;            /* the file is not there, or nobody knows what is in it */
	uv_timer_t retry;
	unsigned failures;          /* in a row */

	/* The worker's while it is busy. */
	uv_work_t work;
	bool busy, freed;
	struct waiter *writing;
	struct journal_rows text;
	bool whole;                 /* text takes the file's place */
	int fd;                     /* -1: closed */
	size_t size;
	int error;
};

/* The directory. */

static int read_back(struct journal_file *f, char **why)
{
	f->whole_next = access(f->path, F_OK) != 0 && errno == ENOENT;
	if (f->whole_next)
		return 0;
	if (journal_rows_read(f->path, f->journal, f->interrupted, &f->size, why) != 0)
		return -1;
	f->whole_next = f->size == 0;
	return 0;
}

static int take_directory(struct journal_file *f, int lock_ms, char **why)
{
	if (file_mkdirs(f->dir, 0700) != 0)
		return -1;
	if (f->lock_fd < 0)
		f->lock_fd = file_lock_in(f->dir, lock_ms);
	if (f->lock_fd < 0 && errno == EWOULDBLOCK)
		*why = mem_strdup("another process uses it");
	return f->lock_fd < 0 ? -1 : read_back(f, why);
}

static void open_journal(struct journal_file *f, int lock_ms)
{
	char *why = NULL;

	free(f->why);
	f->why = NULL;
	if (f->dir == NULL) {
		f->why = mem_strdup("there is no state directory");
		return;
	}
	if (take_directory(f, lock_ms, &why) != 0) {
		f->why = mem_printf("the state directory %s cannot be used: %s", f->dir,
		                    why != NULL ? why : strerror(errno));
		log_warn("commands that change something are refused: %s", f->why);
	}
	free(why);
}

/* Writing: in the worker. */

static int replace(struct journal_file *f, const struct journal_rows *rows)
{
	if (f->fd >= 0)
		close(f->fd);
	f->fd = -1;
	if (file_replace(f->path, rows->bytes, rows->len, 0600) != 0)
		return -1;
	f->size = rows->len;
	return 0;
}

static int open_file(struct journal_file *f)
{
	if (f->fd < 0)
		f->fd = open(f->path, O_WRONLY | O_APPEND | O_CLOEXEC);
	return f->fd < 0 ? -1 : 0;
}

static int append(struct journal_file *f)
{
	if (open_file(f) != 0 || file_write_all(f->fd, f->text.bytes, f->text.len) != 0 ||
	    fdatasync(f->fd) != 0)
		return -1;
	f->size += f->text.len;
	return 0;
}

/* What is executed has an outcome that wants room, too. Where a file system cannot do
 * this we only hope. */
static int reserve(struct journal_file *f)
{
	const struct waiter *w = f->writing;

	while (w != NULL && w->is_end)
		w = w->next;
	if (w == NULL)
		return 0;
	if (open_file(f) != 0)
		return -1;
	return fallocate(f->fd, FALLOC_FL_KEEP_SIZE, (off_t)f->size, RESERVE_BYTES) != 0 &&
	       (errno == ENOSPC || errno == EDQUOT) ? -1 : 0;
}

static void write_rows(uv_work_t *work)
{
	struct journal_file *f = work->data;
	int rc = f->whole ? replace(f, &f->text) : append(f);

	if (rc == 0)
		rc = reserve(f);
	f->error = rc == 0 ? 0 : errno;
}

/* Writing: on the loop. */

static void on_written(uv_work_t *work, int status);

static void write_next(struct journal_file *f)
{
	size_t counts = journal_bytes(f->journal) + journal_count(f->journal) * ROW_BYTES;

	if (f->busy || f->waiting == NULL)
		return;
	f->whole = f->whole_next || f->size + f->rows.len > 2 * counts + journal_file_bounds.slack_bytes;
	if (f->whole) {
		journal_rows_clear(&f->rows);
		f->text = journal_rows_all(f->journal);
	} else {
		f->text = f->rows;
		f->rows = (struct journal_rows){ NULL, 0 };
	}
	f->writing = f->waiting;
	f->waiting = NULL;
	f->busy = true;
	f->work.data = f;
	uv_queue_work(f->loop, &f->work, write_rows, on_written);
}

static void on_retry(uv_timer_t *timer)
{
	write_next(timer->data);
}

static void wait_for(struct journal_file *f, struct waiter *w)
{
	struct waiter **tail = &f->waiting;

	while (*tail != NULL)
		tail = &(*tail)->next;
	w->next = NULL;
	*tail = w;
}

static void end_writing(struct journal_file *f, struct waiter *done, const char *why)
{
	struct waiter *w;

	while ((w = done) != NULL) {
		done = w->next;
		if (why != NULL && w->is_end) {
			wait_for(f, w);
			continue;
		}
		w->fn(w->arg, why);
		free(w);
	}
}

static bool is_begin_waiting(const struct journal_file *f)
{
	const struct waiter *w = f->waiting;

	while (w != NULL && w->is_end)
		w = w->next;
	return w != NULL;
}

static void go_on(struct journal_file *f)
{
	if (f->failures == 0 || is_begin_waiting(f))
		write_next(f);
	else if (f->waiting != NULL && !f->busy)
		uv_timer_start(&f->retry, on_retry,
		               (uint64_t)backoff_ms(f->failures - 1, RETRY_MS, RETRY_CAP_MS,
		                                    backoff_random()), 0);
}

static void close_file(struct journal_file *f);

static void on_written(uv_work_t *work, int status)
{
	struct journal_file *f = work->data;
	struct waiter *done = f->writing;
	char *why = NULL;

	(void)status;       /* nobody cancels it */
	journal_rows_clear(&f->text);
	f->busy = false;
	if (f->freed) {
		close_file(f);
		return;
	}
	if (f->error != 0) {
		why = mem_printf("%s cannot be written: %s", f->path, strerror(f->error));
		log_warn("%s", why);
	}
	/* A row of a file that could not be written may be there or not, and a second sync
	 * would say nothing of it: the next writing is a new file. */
	f->whole_next = why != NULL;
	f->failures = why != NULL ? f->failures + 1 : 0;
	f->writing = NULL;
	end_writing(f, done, why);
	free(why);
	go_on(f);
}

static void add_waiter(struct journal_file *f, bool is_end, journal_file_fn *fn, void *arg)
{
	struct waiter *w = mem_zero(1, sizeof *w);

	*w = (struct waiter){ .is_end = is_end, .fn = fn, .arg = arg };
	wait_for(f, w);
	go_on(f);
}

void journal_file_begin(struct journal_file *f, const char *id, const char *command,
                        const char *owed, journal_file_fn *fn, void *arg)
{
	journal_rows_begun(&f->rows, id, command, owed);
	add_waiter(f, false, fn, arg);
}

void journal_file_end(struct journal_file *f, const char *id, const char *outcome,
                      const char *owed, journal_file_fn *fn, void *arg)
{
	journal_rows_ended(&f->rows, id, outcome, owed);
	add_waiter(f, true, fn, arg);
}

static void on_told(void *arg, const char *why)
{
	(void)arg;
	(void)why;
}

void journal_file_told(struct journal_file *f, const char *id)
{
	journal_rows_told(&f->rows, id);
	add_waiter(f, true, on_told, NULL);
}

struct journal *journal_file_journal(const struct journal_file *f)
{
	return f->journal;
}

const char *journal_file_ready(struct journal_file *f)
{
	if (f->why != NULL)
		open_journal(f, 0);
	return f->why;
}

struct journal_file *journal_file_new(uv_loop_t *loop, const char *dir,
                                      journal_interrupted_fn *interrupted)
{
	struct journal_file *f = mem_zero(1, sizeof *f);

	f->loop = loop;
	f->dir = mem_strdup(dir);
	f->path = dir == NULL ? NULL : mem_printf("%s/journal.tsv", dir);
	f->interrupted = interrupted;
	f->journal = journal_new(journal_file_bounds.ids, journal_file_bounds.outcome_bytes);
	f->fd = f->lock_fd = -1;
	uv_timer_init(loop, &f->retry);
	f->retry.data = f;
	open_journal(f, LOCK_MS);
	return f;
}

static void free_waiters(struct waiter *w)
{
	struct waiter *next;

	for (; w != NULL; w = next) {
		next = w->next;
		free(w);
	}
}

static void on_closed(uv_handle_t *handle)
{
	struct journal_file *f = handle->data;

	if (f->fd >= 0)
		close(f->fd);
	if (f->lock_fd >= 0)
		close(f->lock_fd);
	free_waiters(f->waiting);
	free_waiters(f->writing);
	journal_rows_clear(&f->rows);
	journal_free(f->journal);
	free(f->why);
	free(f->path);
	free(f->dir);
	free(f);
}

static void close_file(struct journal_file *f)
{
	uv_close((uv_handle_t *)&f->retry, on_closed);
}

/* A row that is on its way is written, and nobody hears of it. */
void journal_file_free(struct journal_file *f)
{
	if (f == NULL)
		return;
	f->freed = true;
	if (!f->busy)
		close_file(f);
}
