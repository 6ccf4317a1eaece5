#include "device/execute.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/mem.h"
#include "common/uuid7.h"
#include "device/command.h"
#include "device/journal_file.h"
#include "device/outcome.h"

#define LOG_MODULE "execute"
#include "common/log.h"

#define JOURNAL_IDS 2000
#define JOURNAL_BYTES (1024 * 1024)
#define IDS_AHEAD_MS 10000
#define EXECUTIONS 64               /* at once; a component sends far fewer */

/* One command under way, and who asked last: there the outcome goes. */
struct execution {
	struct execute *owner;
	struct execution *next;
	const struct command *command;
	char *id, *from, *stanza_id;
	int64_t started;                /* clock_mono_ms() */
	int64_t not_after;              /* the component's clock */
	char *outcome;                  /* waits until it is on disk */
};

struct execute {
	struct source *source;
	struct stream *stream;
	const struct execute_events *events;
	void *arg;
	struct journal *reads;          /* in memory only */
	struct journal *changes;        /* file's */
	struct journal_file *file;
	int64_t started;                /* clock_mono_ms() */
	struct execution *executions;
	unsigned n_executions;
};

/* Takes *at out of its list. */
static void end_execution(struct execution **at)
{
	struct execution *e = *at;

	*at = e->next;
	e->owner->n_executions--;
	free(e->id);
	free(e->from);
	free(e->stanza_id);
	free(e->outcome);
	free(e);
}

void execute_free(struct execute *x)
{
	if (x == NULL)
		return;
	while (x->executions != NULL)
		end_execution(&x->executions);
	journal_free(x->reads);
	journal_file_free(x->file);
	free(x);
}

static struct execution **find_execution(struct execute *x, const char *id)
{
	struct execution **at = &x->executions;

	while (*at != NULL && strcmp((*at)->id, id) != 0)
		at = &(*at)->next;
	return at;
}

/* We died in the middle of it, and nobody knows whether it was done: only what may be done
 * twice is done again. */
static char *interrupted(const char *id, const char *command)
{
	const struct command *c = command_find(command);

	if (c != NULL && c->repeatable)
		return NULL;
	return outcome_text(id, "unknown", "interrupted",
	                    "the device died in the middle of it: it may have been done");
}

struct execute *execute_new(uv_loop_t *loop, const char *state, struct source *source,
                            struct stream *stream, const struct execute_events *events,
                            void *arg)
{
	struct execute *x = mem_zero(1, sizeof *x);

	x->source = source;
	x->stream = stream;
	x->events = events;
	x->arg = arg;
	x->reads = journal_new(JOURNAL_IDS, JOURNAL_BYTES);
	x->file = journal_file_new(loop, state, interrupted);
	x->changes = journal_file_journal(x->file);
	x->started = clock_mono_ms();
	return x;
}

/* What came of it as an outcome's text, which the caller frees. */
static char *outcome_of(const struct execution *e, const struct mfp *m,
                        const struct source_failure *failure)
{
	if (failure == NULL)
		return outcome_done(e->id, m, e->command->part);
	return outcome_text(e->id, failure->uncertain && !e->command->read_only ? "unknown" : "failed",
	                    failure->condition, failure->text);
}

/* Ends it: to who asked last. */
static void send_outcome(struct execution *e, const char *outcome)
{
	struct execute *x = e->owner;
	struct xml_writer w = { 0 };

	answer_open(&w, e->from, e->stanza_id);
	xml_raw(&w, outcome);
	xml_close(&w);
	stream_send(x->stream, &w);
	end_execution(find_execution(x, e->id));
}

static void log_outcome(const struct execution *e, const struct source_failure *failure)
{
	log_write(LOG_LEVEL_DEBUG, "outcome", "id=%s ms=%lld failure=%s", e->id,
	          (long long)(clock_mono_ms() - e->started),
	          failure == NULL ? "none" : failure->condition);
}

static void on_read(void *arg, const struct mfp *m, const struct source_failure *failure)
{
	struct execution *e = arg;
	struct execute *x = e->owner;
	char *outcome = outcome_of(e, m, failure);

	log_outcome(e, failure);
	journal_end(x->reads, e->id, outcome);
	send_outcome(e, outcome);
	free(outcome);
	if (failure == NULL)
		x->events->learnt(x->arg, m);
}

/* Its outcome is on disk. */
static void on_kept(void *arg, const char *why)
{
	struct execution *e = arg;

	assert(why == NULL);
	send_outcome(e, e->outcome);
}

static void keep(struct execution *e, char *outcome)
{
	struct execute *x = e->owner;

	e->outcome = outcome;
	journal_end(x->changes, e->id, outcome);
	journal_file_end(x->file, e->id, outcome, NULL, on_kept, e);
}

static void on_done(void *arg, const struct mfp *m, const struct source_failure *failure)
{
	struct execution *e = arg;

	log_outcome(e, failure);
	keep(e, outcome_of(e, m, failure));
}

static bool is_late(const struct execution *e)
{
	return e->owner->events->now(e->owner->arg) > e->not_after;
}

/* It waits for what is read before it: when its turn comes it may be too late. */
static bool may_begin(void *arg)
{
	struct execution *e = arg;

	if (!is_late(e)) {
		log_info("command=%s id=%s", e->command->name, e->id);
		return true;
	}
	keep(e, outcome_text(e->id, "expired", NULL, NULL));
	return false;
}

/* It is on disk that it begins, or cannot be. */
static void on_begun(void *arg, const char *why)
{
	struct execution *e = arg;
	struct execute *x = e->owner;
	char *outcome;

	if (why != NULL) {
		outcome = outcome_text(e->id, "refused", "no-journal", why);
		journal_end(x->changes, e->id, outcome);
		send_outcome(e, outcome);
		free(outcome);
	} else {
		source_act(x->source, e->command->action, e->command->timeout_ms, may_begin, on_done, e);
	}
}

static void set_asker(struct execution *e, const struct xml *iq)
{
	mem_set(&e->from, xml_get(iq, "from"));
	mem_set(&e->stanza_id, xml_get(iq, "id"));
}

static struct execution *add_execution(struct execute *x, const struct xml *iq,
                                       const struct operation *op)
{
	struct execution *e = mem_zero(1, sizeof *e);

	e->owner = x;
	e->next = x->executions;
	e->command = op->command;
	e->id = mem_strdup(op->id);
	e->started = clock_mono_ms();
	e->not_after = op->not_after;
	set_asker(e, iq);
	x->executions = e;
	x->n_executions++;
	return e;
}

static enum answer start(struct execute *x, const struct xml *iq, const struct operation *op)
{
	const struct command *c = op->command;
	struct execution *e = add_execution(x, iq, op);

	if (c->read_only) {
		assert(c->repeatable);   /* after a restart it is executed again */
		journal_begin(x->reads, op->id, c->name);
		log_info("command=%s id=%s", c->name, op->id);
		source_read(x->source, c->part, c->timeout_ms, on_read, e);
	} else {
		journal_begin(x->changes, op->id, c->name);
		journal_file_begin(x->file, op->id, c->name, NULL, on_begun, e);
	}
	return ANSWER_LATER;
}

/* Of what changes something a refusal is remembered while we live: what was told to have
 * failed is not done when it is asked again. */
static void refuse_change(struct execute *x, const struct operation *op, struct xml_writer *w,
                          const char *status, const char *condition, const char *text)
{
	char *outcome = outcome_text(op->id, status, condition, text);

	journal_begin(x->changes, op->id, op->command->name);
	journal_end(x->changes, op->id, outcome);
	xml_raw(w, outcome);
	free(outcome);
}

/* Whether an earlier life of ours may have been asked for it. Both times are the
 * component's; its ids may be so much ahead of its clock when that was set back. */
static bool is_older(const struct execute *x, const char *id)
{
	int64_t when, now = x->events->now(x->arg), started = now - (clock_mono_ms() - x->started);

	return now == 0 || (uuid7_time(id, &when) && when < started + IDS_AHEAD_MS);
}

/* What stands against a change; unready: against any. */
static bool is_refused(struct execute *x, const struct operation *op, const char *unready,
                       struct xml_writer *w)
{
	struct source_failure failure = { .condition = NULL };

	if (op->command->read_only)
		return false;
	if (!uuid7_time(op->id, NULL))
		/* It would stand above or below all others for ever. */
		outcome_write(w, op->id, "refused", "bad-argument", "the id is no UUID version 7");
	else if (!source_can(x->source, op->command->action, &failure))
		refuse_change(x, op, w, "refused", failure.condition, failure.text);
	else if (unready != NULL)
		refuse_change(x, op, w, is_older(x, op->id) ? "unknown" : "refused", "no-journal",
		              unready);
	else
		return false;
	free(failure.text);
	return true;
}

/* An id that was not met before: started, or what stands against it. */
static enum answer try_start(struct execute *x, const struct xml *iq,
                             const struct operation *op, const char *unready,
                             struct xml_writer *w)
{
	static const char busy[] = "64 requests are under way";

	if (op->condition != NULL)
		outcome_write(w, op->id, "refused", op->condition, op->reason);
	else if (x->events->now(x->arg) > op->not_after)
		outcome_write(w, op->id, "expired", NULL, NULL);
	else if (is_refused(x, op, unready, w))
		return ANSWER_RESULT;
	else if (x->n_executions < EXECUTIONS)
		return start(x, iq, op);
	else if (op->command->read_only)
		outcome_write(w, op->id, "failed", "busy", busy);
	else
		refuse_change(x, op, w, "failed", "busy", busy);
	return ANSWER_RESULT;
}

static bool is_change(const struct operation *op)
{
	return op->command != NULL && !op->command->read_only;
}

/* What is known of an id; what was forgotten is told by the command. */
static enum journal_state look_up(const struct execute *x, const struct operation *op,
                                  const char **outcome)
{
	enum journal_state read = journal_find(x->reads, op->id, outcome),
	                   changed = journal_find(x->changes, op->id, outcome);

	if (changed == JOURNAL_DONE || read == JOURNAL_DONE)
		return JOURNAL_DONE;
	return is_change(op) ? changed : read;
}

enum answer execute_operation(struct execute *x, const struct xml *iq, const struct xml *el,
                              struct xml_writer *w)
{
	const char *outcome = NULL, *unready = NULL;
	struct execution **under_way;
	struct operation op;

	if (!command_read(el, &op))
		return ANSWER_BAD_REQUEST;
	under_way = find_execution(x, op.id);
	if (*under_way != NULL) {
		set_asker(*under_way, iq);
		return ANSWER_LATER;
	}
	/* A file that can be used again is read by this: before we look whether we know the id. */
	if (is_change(&op))
		unready = journal_file_ready(x->file);
	switch (look_up(x, &op, &outcome)) {
	case JOURNAL_NEW:
		return try_start(x, iq, &op, unready, w);
	case JOURNAL_DONE:
		log_write(LOG_LEVEL_INFO, "repeat", "id=%s", op.id);
		xml_raw(w, outcome);
		break;
	case JOURNAL_DROPPED:
		outcome_write(w, op.id, "unknown", "forgotten",
		              "it may have been done: the journal does not go back so far");
		break;
	case JOURNAL_EXECUTING:
		assert(false);
	}
	return ANSWER_RESULT;
}
