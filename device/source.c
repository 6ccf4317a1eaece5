#include "device/source.h"

#include <assert.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>

#include "common/clock.h"
#include "common/mem.h"

struct reader {
	struct reader *next;
	enum mfp_part part;
	int64_t timeout_ms;
	source_fn *fn;
	void *arg;
};

struct source {
	uv_loop_t *loop;
	const struct source_kind *kind;
	void *state;
	char *const *facts;
	struct reader *waiting;     /* oldest first */

	/* The read under way; the worker has work, m and failure to itself. */
	bool busy, freed;
	struct reader *readers;     /* whom it answers */
	enum mfp_part part;
	int64_t deadline;
	uv_work_t work;
	struct mfp m;
	struct source_failure failure;
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

struct source *source_new(uv_loop_t *loop, const struct source_kind *kind, void *state,
                          char *const *facts)
{
	struct source *s = mem_zero(1, sizeof *s);

	s->loop = loop;
	s->kind = kind;
	s->state = state;
	s->facts = facts;
	s->work.data = s;
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

static void destroy(struct source *s)
{
	s->kind->free(s->state);
	free(s);
}

static void on_work(uv_work_t *work)
{
	struct source *s = work->data;

	s->kind->read(s->state, s->part, s->deadline, &s->m, &s->failure);
}

static void override_facts(struct source *s)
{
	for (size_t i = 0; i < MFP_FACTS; i++) {
		if (s->facts[i] != NULL)
			mem_set(&s->m.facts[i], s->facts[i]);
	}
}

/* Who is answered may ask again, or free the source: it stays busy meanwhile. */
static void answer(struct source *s)
{
	const struct source_failure *failure = s->failure.condition == NULL ? NULL : &s->failure;

	for (struct reader *r = s->readers; r != NULL && !s->freed; r = r->next)
		r->fn(r->arg, &s->m, failure);
	free_readers(s->readers);
	s->readers = NULL;
	mfp_clear(&s->m);
	free(s->failure.text);
	s->failure = (struct source_failure){ 0 };
}

static void start_next(struct source *s);

static void on_done(uv_work_t *work, int status)
{
	struct source *s = work->data;

	(void)status;   /* nobody cancels it */
	mem_set(&s->m.source, s->kind->name);
	if (s->m.taken == 0)
		s->m.taken = clock_wall_ms();
	if (s->part == MFP_INFORMATION)
		override_facts(s);
	answer(s);
	s->busy = false;
	if (s->freed)
		destroy(s);
	else
		start_next(s);
}

/* Moves the oldest waiting reader and its equals to those being answered. */
static void take_equals(struct source *s)
{
	struct reader **from = &s->waiting, **to = &s->readers;

	s->part = s->waiting->part;
	s->deadline = clock_mono_ms() + s->waiting->timeout_ms;
	while (*from != NULL) {
		struct reader *r = *from;

		if (r->part != s->part) {
			from = &r->next;
			continue;
		}
		*from = r->next;
		r->next = NULL;
		*to = r;
		to = &r->next;
	}
}

static void start_next(struct source *s)
{
	int rc;

	if (s->busy || s->waiting == NULL)
		return;
	take_equals(s);
	s->busy = true;
	rc = uv_queue_work(s->loop, &s->work, on_work, on_done);
	assert(rc == 0);   /* fails only without a callback */
	(void)rc;
}

void source_read(struct source *s, enum mfp_part part, int64_t timeout_ms, source_fn *fn,
                 void *arg)
{
	struct reader *r = mem_zero(1, sizeof *r), **tail;

	r->part = part;
	r->timeout_ms = timeout_ms;
	r->fn = fn;
	r->arg = arg;
	for (tail = &s->waiting; *tail != NULL; tail = &(*tail)->next)
		;
	*tail = r;
	start_next(s);
}

void source_free(struct source *s)
{
	if (s == NULL)
		return;
	free_readers(s->waiting);
	s->waiting = NULL;
	s->freed = true;
	if (!s->busy)
		destroy(s);
}
