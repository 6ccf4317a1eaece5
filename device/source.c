#include "device/source.h"

#include <assert.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/clock.h"
#include "common/mem.h"
#include "device/watch.h"

struct reader {
	struct reader *next;
	enum source_action action;
	enum mfp_part part;         /* of a read */
	int64_t timeout_ms;
	const struct source_asker *asker;    /* NULL: fn is all of it */
	source_fn *fn;
	void *arg;
};

struct source_progress {
	struct job *job;
	int percent;
	char *text;                 /* NULL: nothing new */
};

/* One read or action. Its thread has all but source to itself until done is set. */
struct job {
	const struct source_kind *kind;
	void *state;
	enum source_action action;
	enum mfp_part part;
	int64_t deadline;
	struct mfp m;
	struct source_failure failure;

	pthread_mutex_t lock;
	struct source_progress progress;
	struct source *source;      /* NULL: freed, the thread cleans up */
	bool done;
};

struct source {
	const struct source_kind *kind;
	void *state;
	char *const *facts;
	struct reader *waiting;     /* oldest first */
	uv_async_t wakeup;          /* the job is done; keeps the loop alive while there is one */

	struct job *job;            /* what is under way; NULL: nothing */
	struct reader *readers;     /* whom it answers */
	bool answering, freed;
	struct watch watch;
};

void source_fail(struct source_failure *f, const char *condition, const char *fmt, ...)
{
	va_list ap;

	if (f->condition != NULL)
		return;
	va_start(ap, fmt);
	f->condition = condition;
	f->text = mem_vprintf(fmt, ap);
	va_end(ap);
}

void source_progress(struct source_progress *p, int percent, const char *fmt, ...)
{
	struct job *j = p->job;
	char text[SOURCE_PROGRESS_BYTES + 1];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	pthread_mutex_lock(&j->lock);
	p->percent = percent;
	mem_set(&p->text, text);
	if (j->source != NULL)
		uv_async_send(&j->source->wakeup);
	pthread_mutex_unlock(&j->lock);
}

static void on_wakeup(uv_async_t *wakeup);

struct source *source_new(uv_loop_t *loop, const struct source_kind *kind, void *state,
                          char *const *facts)
{
	struct source *s = mem_zero(1, sizeof *s);

	s->kind = kind;
	s->state = state;
	s->facts = facts;
	if (uv_async_init(loop, &s->wakeup, on_wakeup) != 0)
		mem_fatal();   /* out of descriptors, when the program starts */
	s->wakeup.data = s;
	uv_unref((uv_handle_t *)&s->wakeup);
	return s;
}

static void free_readers(struct reader *r)
{
	struct reader *next;

	for (; r != NULL; r = next) {
		next = r->next;
		free(r);
	}
}

/* Threads that run, also those that nobody waits for. */
static pthread_mutex_t running_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t running_less = PTHREAD_COND_INITIALIZER;
static unsigned running;

static void count_running(int by)
{
	pthread_mutex_lock(&running_lock);
	running += (unsigned)by;
	pthread_cond_broadcast(&running_less);
	pthread_mutex_unlock(&running_lock);
}

void source_drain(int64_t ms)
{
	int64_t until = clock_wall_ms() + ms;   /* a condition's clock */
	const struct timespec at = { .tv_sec = until / 1000, .tv_nsec = until % 1000 * 1000000 };

	pthread_mutex_lock(&running_lock);
	while (running > 0 && pthread_cond_timedwait(&running_less, &running_lock, &at) == 0)
		;
	pthread_mutex_unlock(&running_lock);
}

static void free_job(struct job *j)
{
	mfp_clear(&j->m);
	free(j->failure.text);
	free(j->progress.text);
	pthread_mutex_destroy(&j->lock);
	free(j);
}

/* The thread: reads or acts, and leaves the job to the loop if somebody is still there. */
static void *work(void *arg)
{
	struct job *j = arg;
	bool orphan;

	if (j->action == SOURCE_READ)
		j->kind->read(j->state, j->part, j->deadline, &j->m, &j->failure);
	else
		j->kind->act(j->state, j->action, j->deadline, &j->progress, &j->failure);
	pthread_mutex_lock(&j->lock);
	j->done = true;
	orphan = j->source == NULL;
	if (!orphan)
		uv_async_send(&j->source->wakeup);
	pthread_mutex_unlock(&j->lock);
	if (orphan) {
		j->kind->free(j->state);
		free_job(j);
	}
	count_running(-1);
	return NULL;
}

static void override_facts(const struct source *s, struct mfp *m)
{
	for (size_t i = 0; i < MFP_FACTS; i++) {
		if (s->facts[i] != NULL)
			mem_set(&m->facts[i], s->facts[i]);
	}
}

static void on_closed(uv_handle_t *handle)
{
	free(handle->data);
}

static void close_source(struct source *s)
{
	watch_clear(&s->watch);
	uv_close((uv_handle_t *)&s->wakeup, on_closed);
}

/* Who is answered may ask again, or free the source: it stays meanwhile. */
static void answer(struct source *s, const struct job *j)
{
	const struct source_failure *failure = j->failure.condition == NULL ? NULL : &j->failure;

	s->answering = true;
	for (struct reader *r = s->readers; r != NULL && !s->freed; r = r->next)
		r->fn(r->arg, &j->m, failure);
	s->answering = false;
	free_readers(s->readers);
	s->readers = NULL;
}

static bool may_begin(const struct reader *r)
{
	return r->asker == NULL || r->asker->may(r->arg);
}

/* Moves waiting reads to those being answered: that begin now and are of one part, or (0)
 * all, that will not begin any more. */
static void take_reads(struct source *s, unsigned part)
{
	struct reader **from = &s->waiting, **to = &s->readers;

	while (*to != NULL)
		to = &(*to)->next;
	while (*from != NULL) {
		struct reader *r = *from;

		if (r->action != SOURCE_READ || (part != 0 && r->part != part)) {
			from = &r->next;
			continue;
		}
		*from = r->next;
		if (part != 0 && !may_begin(r)) {
			free(r);
			continue;
		}
		r->next = NULL;
		*to = r;
		to = &r->next;
	}
}

/* A printer that is dead is so for the reads that wait, too: each would otherwise wait
 * for its own silence, one after the other. */
static void fail_waiting(struct source *s, const struct source_failure *failure)
{
	if (failure->condition == NULL || (strcmp(failure->condition, "printer-timeout") != 0 &&
	                                   strcmp(failure->condition, "printer-unreachable") != 0))
		return;
	take_reads(s, 0);
}

static void end_job(struct source *s, struct job *j)
{
	mem_set(&j->m.source, s->kind->name);
	if (j->m.taken == 0)
		j->m.taken = clock_wall_ms();
	if (j->failure.condition == NULL && j->action == SOURCE_READ)
		watch_look(&s->watch, &j->m);
	if (j->part == MFP_INFORMATION)
		override_facts(s, &j->m);
	fail_waiting(s, &j->failure);
	answer(s, j);
	free_job(j);
	s->job = NULL;
}

static void start_next(struct source *s);

static void tell_progress(const struct source *s, int percent, const char *text)
{
	const struct reader *r = s->readers;

	if (r != NULL && r->asker != NULL)
		r->asker->progress(r->arg, percent, text);
}

/* What the thread of the job has said; whether it is done. */
static bool hear(const struct source *s, struct job *j)
{
	struct source_progress p;
	bool done;

	pthread_mutex_lock(&j->lock);
	p = j->progress;
	j->progress.text = NULL;
	done = j->done;
	pthread_mutex_unlock(&j->lock);
	if (p.text != NULL)
		tell_progress(s, p.percent, p.text);
	free(p.text);
	return done;
}

static void on_wakeup(uv_async_t *wakeup)
{
	struct source *s = wakeup->data;

	if (s->job == NULL || !hear(s, s->job))
		return;
	uv_unref((uv_handle_t *)&s->wakeup);
	end_job(s, s->job);
	if (s->freed) {
		s->kind->free(s->state);
		close_source(s);
	} else {
		start_next(s);
	}
}

/* The oldest that waits, if it may begin; a read with its equals. */
static void take_oldest(struct source *s, struct job *j)
{
	struct reader *r = s->waiting;

	j->action = r->action;
	j->part = r->part;
	j->deadline = clock_mono_ms() + r->timeout_ms;
	if (r->action == SOURCE_READ) {
		take_reads(s, j->part);
		return;
	}
	s->waiting = r->next;
	r->next = NULL;
	if (may_begin(r))
		s->readers = r;
	else
		free(r);
}

/* 0, or why there is no thread. */
static int start_thread(struct job *j)
{
	pthread_attr_t attr;
	pthread_t thread;
	int rc;

	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	count_running(1);
	rc = pthread_create(&thread, &attr, work, j);
	if (rc != 0)
		count_running(-1);
	pthread_attr_destroy(&attr);
	return rc;
}

static struct job *make_job(struct source *s)
{
	struct job *j = mem_zero(1, sizeof *j);

	j->kind = s->kind;
	j->state = s->state;
	j->source = s;
	j->progress.job = j;
	pthread_mutex_init(&j->lock, NULL);
	return j;
}

static void run_job(struct source *s, struct job *j)
{
	int rc;

	uv_ref((uv_handle_t *)&s->wakeup);
	rc = start_thread(j);
	if (rc != 0) {
		source_fail(&j->failure, "internal", "no thread: %s", strerror(rc));
		j->done = true;
		uv_async_send(&s->wakeup);
	}
}

static void start_next(struct source *s)
{
	if (s->job != NULL || s->answering)
		return;
	while (s->readers == NULL && s->waiting != NULL) {
		if (s->job == NULL)
			s->job = make_job(s);
		take_oldest(s, s->job);
	}
	if (s->readers != NULL) {
		run_job(s, s->job);
	} else if (s->job != NULL) {
		free_job(s->job);
		s->job = NULL;
	}
}

static void queue(struct source *s, const struct reader *what)
{
	struct reader *r = mem_zero(1, sizeof *r), **tail;

	*r = *what;
	for (tail = &s->waiting; *tail != NULL; tail = &(*tail)->next)
		;
	*tail = r;
	start_next(s);
}

void source_read(struct source *s, enum mfp_part part, int64_t timeout_ms, source_fn *fn,
                 void *arg)
{
	queue(s, &(struct reader){ .part = part, .timeout_ms = timeout_ms, .fn = fn, .arg = arg });
}

void source_act(struct source *s, enum source_action action, enum mfp_part part,
                int64_t timeout_ms, const struct source_asker *asker, void *arg)
{
	queue(s, &(struct reader){ .action = action, .part = part, .timeout_ms = timeout_ms,
	                           .asker = asker, .fn = asker->done, .arg = arg });
}

/* Of those in a list that may be let go; whether it was there. */
static bool let_go(struct reader **at, const void *arg)
{
	struct reader *r;

	while (*at != NULL && ((*at)->asker == NULL || (*at)->arg != arg))
		at = &(*at)->next;
	r = *at;
	if (r == NULL)
		return false;
	*at = r->next;
	free(r);
	return true;
}

bool source_let_go(struct source *s, const void *arg)
{
	assert(!s->answering);
	if (let_go(&s->waiting, arg))
		return true;
	return s->job != NULL && s->job->action == SOURCE_READ && let_go(&s->readers, arg);
}

bool source_can(const struct source *s, enum source_action action, struct source_failure *f)
{
	*f = (struct source_failure){ .condition = NULL };
	if (s->kind->act == NULL)
		source_fail(f, "not-supported", "a printer of source %s can only be read",
		            s->kind->name);
	else
		s->kind->check(s->state, action, f);
	return f->condition == NULL;
}

/* Leaves the job to its thread. False: that has just ended. */
static bool orphan_job(struct source *s)
{
	bool done;

	/* Before the lock is given back: then the thread may free the state. */
	pthread_mutex_lock(&s->job->lock);
	done = s->job->done;
	s->job->source = NULL;
	if (!done && s->kind->abort != NULL)
		s->kind->abort(s->state);
	pthread_mutex_unlock(&s->job->lock);
	return !done;
}

void source_free(struct source *s)
{
	bool orphaned;

	if (s == NULL)
		return;
	free_readers(s->waiting);
	s->waiting = NULL;
	s->freed = true;
	if (s->answering)
		return;
	free_readers(s->readers);
	s->readers = NULL;
	orphaned = s->job != NULL && orphan_job(s);
	if (s->job != NULL && !orphaned)
		free_job(s->job);
	if (!orphaned)
		s->kind->free(s->state);
	close_source(s);
}
