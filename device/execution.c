#include "device/execution.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/jid.h"
#include "common/mem.h"
#include "device/askers.h"
#include "device/outcome.h"

#define LOG_MODULE "execute"
#include "common/log.h"

enum phase {
	HELD,                      /* nobody knows whether it may begin */
	BEGINNING,                 /* that it begins is on its way to the disk */
	UNDER_WAY,                 /* with the source: waits for its turn, or is done */
	ENDING                     /* its outcome is on its way to the disk */
};

struct execution {
	struct executions *owner;
	struct execution *next;
	const struct command *command;  /* NULL: one that is not known is cancelled */
	char *id;
	char *component;                /* bare: to whom its outcome is owed */
	struct askers askers;
	enum phase phase;
	bool hurry, cancelled;
	bool told;                      /* that it is in progress: its outcome is owed */
	int64_t started;                /* clock_mono_ms() */
	int64_t not_after;              /* the component's clock */
	char *outcome;                  /* waits until it is on disk */

	int percent;
	char *text;                     /* of its progress; NULL: there was none */
	bool progressed;                /* which was not told yet */
	int64_t progress_told;          /* clock_mono_ms() */
};

struct executions {
	struct executions_parts parts;
	struct execution *list;         /* oldest first */
	size_t n;
	uv_timer_t tick;                /* at the first moment that something is due */
};

static bool is_change(const struct execution *e)
{
	return e->command == NULL || !e->command->read_only;
}

static struct journal *journal_of(const struct execution *e)
{
	const struct executions_parts *p = &e->owner->parts;

	return is_change(e) ? journal_file_journal(p->file) : p->reads;
}

/* The list. */

static void end_execution(struct execution *e)
{
	struct execution **at = &e->owner->list;

	while (*at != e)
		at = &(*at)->next;
	*at = e->next;
	e->owner->n--;
	askers_clear(&e->askers);
	free(e->id);
	free(e->component);
	free(e->outcome);
	free(e->text);
	free(e);
}

struct executions *executions_new(uv_loop_t *loop, const struct executions_parts *parts)
{
	struct executions *xs = mem_zero(1, sizeof *xs);

	xs->parts = *parts;
	uv_timer_init(loop, &xs->tick);
	xs->tick.data = xs;
	uv_unref((uv_handle_t *)&xs->tick);
	return xs;
}

static void on_closed(uv_handle_t *handle)
{
	free(handle->data);
}

void executions_free(struct executions *xs)
{
	if (xs == NULL)
		return;
	while (xs->list != NULL)
		end_execution(xs->list);
	uv_close((uv_handle_t *)&xs->tick, on_closed);
}

struct source *executions_source(const struct executions *xs)
{
	return xs->parts.source;
}

size_t executions_count(const struct executions *xs)
{
	return xs->n;
}

struct execution *executions_find(const struct executions *xs, const char *id)
{
	struct execution *e = xs->list;

	while (e != NULL && strcmp(e->id, id) != 0)
		e = e->next;
	return e;
}

struct execution *executions_held(const struct executions *xs)
{
	struct execution *e = xs->list;

	while (e != NULL && e->phase != HELD)
		e = e->next;
	return e;
}

struct operation execution_operation(const struct execution *e)
{
	return (struct operation){ .id = e->id, .command = e->command, .not_after = e->not_after };
}

/* In progress. */

static void on_tick(uv_timer_t *t);

/* When something is to be said of it, clock_mono_ms(). */
static int64_t due(const struct execution *e)
{
	if (e->phase == HELD)
		return e->started + EXECUTION_HOLD_MS;
	if (e->phase != UNDER_WAY)
		return INT64_MAX;
	if (!e->told)
		return e->started + (is_change(e) ? e->owner->parts.in_progress_ms : EXECUTION_READ_MS);
	return e->progressed ? e->progress_told + EXECUTION_PROGRESS_MS : INT64_MAX;
}

static void schedule(struct executions *xs)
{
	int64_t first = INT64_MAX, now = clock_mono_ms();

	for (const struct execution *e = xs->list; e != NULL; e = e->next)
		first = due(e) < first ? due(e) : first;
	if (first == INT64_MAX)
		uv_timer_stop(&xs->tick);
	else
		uv_timer_start(&xs->tick, on_tick, first > now ? (uint64_t)(first - now) : 0, 0);
}

/* From now on its outcome is owed. */
static void tell_in_progress(struct execution *e)
{
	char *outcome = outcome_in_progress(e->id, e->percent, e->text);

	askers_answer(&e->askers, e->owner->parts.stream, outcome);
	free(outcome);
	e->told = true;
	e->progressed = false;
	e->progress_told = clock_mono_ms();
	schedule(e->owner);
}

/* Nobody keeps it: a newer one or the outcome says the same. */
static void send_progress(struct execution *e)
{
	char *stanza = mem_printf("%s-progress", e->id);
	char *outcome = outcome_in_progress(e->id, e->percent, e->text);
	struct xml_writer w = { 0 };

	xml_open(&w, "iq", "");
	xml_attr(&w, "type", "set");
	xml_attr(&w, "to", e->component);
	xml_attr(&w, "id", stanza);
	xml_raw(&w, outcome);
	xml_close(&w);
	stream_send(e->owner->parts.stream, &w);
	free(outcome);
	free(stanza);
	e->progressed = false;
	e->progress_told = clock_mono_ms();
}

/* Nobody may say that it is late or not; an error is no answer, and the component will ask
 * again. */
static void bounce(struct execution *e)
{
	askers_error(&e->askers, e->owner->parts.stream, ANSWER_TOO_EARLY,
	             "the component has not told its time yet");
	end_execution(e);
}

static void on_tick(uv_timer_t *t)
{
	struct executions *xs = t->data;
	struct execution *e, *next;

	for (e = xs->list; e != NULL; e = next) {
		next = e->next;
		if (due(e) > clock_mono_ms())
			continue;
		if (e->phase == HELD)
			bounce(e);
		else if (!e->told)
			tell_in_progress(e);
		else
			send_progress(e);
	}
	schedule(xs);
}

static void on_progress(void *arg, int percent, const char *text)
{
	struct execution *e = arg;

	if (e->text != NULL && e->percent == percent && strcmp(e->text, text) == 0)
		return;
	e->percent = percent;
	mem_set(&e->text, text);
	e->progressed = true;
	schedule(e->owner);
}

/* The end. */

/* What it has become is on disk if it has to be: to who waits, and if nobody may be sure that
 * this answer arrives, until it has. */
static void finish(struct execution *e, const char *outcome)
{
	struct executions *xs = e->owner;

	askers_answer(&e->askers, e->owner->parts.stream, outcome);
	if (e->told)
		owed_add(xs->parts.owed, journal_of(e), e->id);
	end_execution(e);
	schedule(xs);
}

static void on_kept(void *arg, const char *why)
{
	struct execution *e = arg;

	assert(why == NULL);
	finish(e, e->outcome);
}

/* Of what the journal knows; takes the outcome. Only a read has gone when it returns. */
static void end_with(struct execution *e, char *outcome)
{
	struct journal *j = journal_of(e);
	const char *owed = e->told ? e->component : NULL;

	free(e->outcome);
	e->outcome = outcome;
	e->phase = ENDING;
	journal_end(j, e->id, outcome);
	journal_owe(j, e->id, owed);
	if (is_change(e))
		journal_file_end(e->owner->parts.file, e->id, outcome, owed, on_kept, e);
	else
		finish(e, outcome);
}

static char *outcome_of(const struct execution *e, const struct mfp *m,
                        const struct source_failure *failure)
{
	if (failure == NULL)
		return outcome_done(e->id, m, e->command->part);
	return outcome_text(e->id, failure->uncertain && is_change(e) ? "unknown" : "failed",
	                    failure->condition, failure->text);
}

static void on_done(void *arg, const struct mfp *m, const struct source_failure *failure)
{
	struct execution *e = arg;
	const struct executions_parts *p = &e->owner->parts;
	bool is_read = !is_change(e);

	log_write(LOG_LEVEL_DEBUG, "outcome", "id=%s ms=%lld failure=%s", e->id,
	          (long long)(clock_mono_ms() - e->started),
	          failure == NULL ? "none" : failure->condition);
	end_with(e, outcome_of(e, m, failure));
	if (is_read && failure == NULL)
		p->learnt(p->arg, m);
}

/* The beginning. */

static void log_begin(const struct execution *e)
{
	char when[CLOCK_STRING];

	/* INT64_MAX: whenever that is. */
	log_info("command=%s id=%s not-after=%s", e->command->name, e->id,
	         e->not_after == INT64_MAX ? "never" : clock_format(e->not_after, when));
}

/* It waits for what the source does before it: when its turn comes it may be too late. */
static bool may_begin(void *arg)
{
	struct execution *e = arg;
	const struct executions_parts *p = &e->owner->parts;

	if (p->now(p->arg) > e->not_after) {
		end_with(e, outcome_text(e->id, "expired", NULL, NULL));
		return false;
	}
	log_begin(e);
	return true;
}

static const struct source_asker asker = { may_begin, on_progress, on_done };

static void give_to_source(struct execution *e)
{
	const struct command *c = e->command;

	e->phase = UNDER_WAY;
	schedule(e->owner);
	source_act(e->owner->parts.source, c->action, c->part, c->timeout_ms, &asker, e);
}

static void end_cancelled(struct execution *e)
{
	log_write(LOG_LEVEL_INFO, "cancelled", "id=%s", e->id);
	end_with(e, outcome_text(e->id, "cancelled", NULL, NULL));
}

/* That it begins is on disk, or cannot be. */
static void on_begun(void *arg, const char *why)
{
	struct execution *e = arg;
	char *outcome;

	if (e->cancelled) {
		end_cancelled(e);
	} else if (why != NULL) {
		outcome = outcome_text(e->id, "refused", "no-journal", why);
		journal_end(journal_of(e), e->id, outcome);
		journal_owe(journal_of(e), e->id, NULL);
		finish(e, outcome);
		free(outcome);
	} else {
		give_to_source(e);
		if (e->hurry && e->phase == UNDER_WAY)
			tell_in_progress(e);
	}
}

static void enter_journal(struct execution *e)
{
	journal_begin(journal_of(e), e->id, e->command == NULL ? "" : e->command->name);
	if (is_change(e))
		journal_owe(journal_of(e), e->id, e->component);
}

void execution_begin(struct execution *e)
{
	enter_journal(e);
	if (is_change(e)) {
		e->phase = BEGINNING;
		journal_file_begin(e->owner->parts.file, e->id, e->command->name, e->component,
		                   on_begun, e);
		return;
	}
	assert(e->command->repeatable);   /* after a restart it is executed again */
	if (e->hurry)
		tell_in_progress(e);
	give_to_source(e);
}

void execution_answer(struct execution *e, const char *outcome)
{
	struct executions *xs = e->owner;

	askers_answer(&e->askers, e->owner->parts.stream, outcome);
	end_execution(e);
	schedule(xs);
}

/* What comes meanwhile. */

struct execution *execution_new(struct executions *xs, const struct xml *iq,
                                const struct operation *op)
{
	struct execution *e = mem_zero(1, sizeof *e), **tail = &xs->list;

	while (*tail != NULL)
		tail = &(*tail)->next;
	*tail = e;
	xs->n++;
	e->owner = xs;
	e->command = op->command;
	e->id = mem_strdup(op->id);
	e->component = jid_bare(xml_get(iq, "from"));
	e->percent = -1;
	e->started = clock_mono_ms();
	e->not_after = op->not_after;
	askers_add(&e->askers, iq);
	schedule(xs);
	return e;
}

void execution_ask(struct execution *e, const struct xml *iq)
{
	askers_add(&e->askers, iq);
}

void execution_repeat(struct execution *e)
{
	if (e->told)
		tell_in_progress(e);
}

/* Before its beginning is on disk nobody promises that its outcome will come. */
void execution_hurry(struct execution *e)
{
	if (e->told || e->phase == UNDER_WAY)
		tell_in_progress(e);
	else
		e->hurry = true;
}

void execution_cancel(struct execution *e)
{
	switch (e->phase) {
	case HELD:
		enter_journal(e);
		end_cancelled(e);
		break;
	case BEGINNING:
		e->cancelled = true;
		break;
	case UNDER_WAY:
		if (source_let_go(e->owner->parts.source, e))
			end_cancelled(e);
		else
			tell_in_progress(e);
		break;
	case ENDING:
		execution_repeat(e);
		break;
	}
}
