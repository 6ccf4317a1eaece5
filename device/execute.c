#include "device/execute.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/mem.h"
#include "common/uuid7.h"
#include "device/execution.h"
#include "device/outcome.h"

#define LOG_MODULE "execute"
#include "common/log.h"

#define JOURNAL_IDS 2000
#define JOURNAL_BYTES (1024 * 1024)
#define IDS_AHEAD_MS 10000

struct execute {
	const struct execute_events *events;
	void *arg;
	struct journal *reads;          /* in memory only */
	struct journal *changes;        /* file's */
	struct journal_file *file;
	struct owed *owed;
	struct executions *executions;
	int64_t started;                /* clock_mono_ms() */
};

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

struct execute *execute_new(uv_loop_t *loop, const struct execute_options *options,
                            struct source *source, struct stream *stream,
                            const struct execute_events *events, void *arg)
{
	struct execute *x = mem_zero(1, sizeof *x);
	struct executions_parts parts = {
		.source = source, .stream = stream, .in_progress_ms = options->in_progress_ms,
		.now = events->now, .learnt = events->learnt, .arg = arg
	};

	x->events = events;
	x->arg = arg;
	x->reads = parts.reads = journal_new(JOURNAL_IDS, JOURNAL_BYTES);
	x->file = parts.file = journal_file_new(loop, options->state, interrupted);
	x->changes = journal_file_journal(x->file);
	x->owed = parts.owed = owed_new(loop, stream, x->reads, x->file);
	x->executions = executions_new(loop, &parts);
	x->started = clock_mono_ms();
	return x;
}

void execute_free(struct execute *x)
{
	if (x == NULL)
		return;
	executions_free(x->executions);
	owed_free(x->owed);
	journal_free(x->reads);
	journal_file_free(x->file);
	free(x);
}

/* What stands against an id that was not met before. */

/* An outcome of a change that is never to be executed: repeated, but not on disk. */
static void refuse_change(struct execute *x, const struct operation *op, struct xml_writer *w,
                          const char *status, const char *condition, const char *text)
{
	char *outcome = outcome_text(op->id, status, condition, text);

	journal_begin(x->changes, op->id, op->command == NULL ? "" : op->command->name);
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

static bool has_bad_id(const struct operation *op, struct xml_writer *w)
{
	if (uuid7_time(op->id, NULL))
		return false;
	/* It would stand above or below all others for ever. */
	outcome_write(w, op->id, "refused", "bad-argument", "the id is no UUID version 7");
	return true;
}

/* unready: what stands against keeping anything. */
static bool is_unready(struct execute *x, const struct operation *op, const char *unready,
                       struct xml_writer *w)
{
	if (unready == NULL)
		return false;
	refuse_change(x, op, w, is_older(x, op->id) ? "unknown" : "refused", "no-journal", unready);
	return true;
}

/* What the source has against a change. */
static bool is_impossible(struct execute *x, const struct operation *op, struct xml_writer *w)
{
	struct source_failure failure = { .condition = NULL };
	bool can = source_can(executions_source(x->executions), op->command->action, &failure);

	if (!can)
		refuse_change(x, op, w, "refused", failure.condition, failure.text);
	free(failure.text);
	return !can;
}

static bool is_full(const struct execute *x)
{
	return executions_count(x->executions) + owed_count(x->owed) >= EXECUTIONS;
}

static void write_busy(struct execute *x, const struct operation *op, struct xml_writer *w)
{
	static const char busy[] = "64 requests are under way";

	if (op->command->read_only)
		outcome_write(w, op->id, "failed", "busy", busy);
	else
		refuse_change(x, op, w, "failed", "busy", busy);
}

static bool is_late(const struct execute *x, const struct operation *op)
{
	return x->events->now(x->arg) > op->not_after;
}

static bool stands_against(struct execute *x, const struct operation *op, const char *unready,
                           struct xml_writer *w)
{
	if (op->condition != NULL)
		outcome_write(w, op->id, "refused", op->condition, op->reason);
	else if (is_late(x, op))
		outcome_write(w, op->id, "expired", NULL, NULL);
	else
		return !op->command->read_only &&
		       (has_bad_id(op, w) || is_impossible(x, op, w) || is_unready(x, op, unready, w));
	return true;
}

/* What is known of an id. */

/* What is not known to be none. */
static bool is_change(const struct operation *op)
{
	return op->command == NULL ? op->condition == NULL : !op->command->read_only;
}

/* What was forgotten is told by the command. */
static enum journal_state look_up(const struct execute *x, const struct operation *op,
                                  const char **outcome)
{
	enum journal_state read = journal_find(x->reads, op->id, outcome),
	                   changed = journal_find(x->changes, op->id, outcome);

	if (changed == JOURNAL_DONE || read == JOURNAL_DONE)
		return JOURNAL_DONE;
	return is_change(op) ? changed : read;
}

/* False: the id is new, or what is known is written. */
static bool is_known(struct execute *x, const struct operation *op, struct xml_writer *w)
{
	const char *outcome = NULL;

	switch (look_up(x, op, &outcome)) {
	case JOURNAL_NEW:
		return false;
	case JOURNAL_DONE:
		log_write(LOG_LEVEL_INFO, "repeat", "id=%s", op->id);
		xml_raw(w, outcome);
		break;
	case JOURNAL_DROPPED:
		outcome_write(w, op->id, "unknown", "forgotten",
		              "it may have been done: the journal does not go back so far");
		break;
	case JOURNAL_EXECUTING:
		assert(false);
	}
	return true;
}

/* A file that can be used again is read by this: before we look whether we know the id. */
static const char *why_unready(struct execute *x, const struct operation *op)
{
	return is_change(op) ? journal_file_ready(x->file) : NULL;
}

/* What comes. */

static bool knows_clock(const struct execute *x)
{
	return x->events->now(x->arg) != 0;
}

enum answer execute_operation(struct execute *x, const struct xml *iq, const struct xml *el,
                              struct xml_writer *w)
{
	struct execution *e;
	struct operation op;
	const char *unready;

	if (!command_read(el, &op))
		return ANSWER_BAD_REQUEST;
	e = executions_find(x->executions, op.id);
	if (e != NULL) {
		execution_ask(e, iq);
		execution_repeat(e);
		return ANSWER_LATER;
	}
	unready = why_unready(x, &op);
	if (is_known(x, &op, w) || stands_against(x, &op, unready, w))
		return ANSWER_RESULT;
	if (is_full(x)) {
		write_busy(x, &op, w);
		return ANSWER_RESULT;
	}
	e = execution_new(x->executions, iq, &op);
	if (knows_clock(x) || op.not_after == INT64_MAX)
		execution_begin(e);
	return ANSWER_LATER;
}

/* What was held since nobody could say whether it is late. */
static void release(struct execute *x, struct execution *e)
{
	struct operation op = execution_operation(e);
	const char *unready = why_unready(x, &op);
	struct xml_writer w = { 0 };
	char *outcome;

	if (!is_known(x, &op, &w) && !stands_against(x, &op, unready, &w)) {
		execution_begin(e);
		return;
	}
	outcome = xml_take(&w, NULL);
	execution_answer(e, outcome);
	free(outcome);
}

/* The id of an element that is about one; NULL: it has none that can be answered with. */
static const char *id_of(const struct xml *el)
{
	const char *id = xml_get(el, "id");

	return id == NULL || *id == '\0' || strlen(id) > COMMAND_ID_MAX ? NULL : id;
}

/* Nobody knows of which kind it was. */
static void write_known(struct execute *x, const char *id, const char *unready,
                        struct xml_writer *w)
{
	const struct operation op = { .id = id };

	if (is_known(x, &op, w))
		return;
	if (unready != NULL && is_older(x, id))
		outcome_write(w, id, "unknown", "no-journal", unready);
	else if (journal_find(x->reads, id, NULL) == JOURNAL_DROPPED)
		outcome_write(w, id, "unknown", "forgotten",
		              "it may have been read: the journal does not go back so far");
	else
		outcome_write(w, id, "unknown", "not-known", "this device was never asked for it");
}

enum answer execute_question(struct execute *x, const struct xml *iq, const struct xml *el,
                             struct xml_writer *w)
{
	const char *id = id_of(el);
	struct execution *e;

	if (id == NULL)
		return ANSWER_BAD_REQUEST;
	e = executions_find(x->executions, id);
	if (e == NULL) {
		write_known(x, id, journal_file_ready(x->file), w);
		return ANSWER_RESULT;
	}
	execution_ask(e, iq);
	execution_hurry(e);
	return ANSWER_LATER;
}

enum answer execute_cancel(struct execute *x, const struct xml *iq, const struct xml *el,
                           struct xml_writer *w)
{
	const char *name = xml_get(el, "command"), *unready;
	struct operation op = { .id = id_of(el), .not_after = INT64_MAX };
	struct execution *e;

	if (op.id == NULL)
		return ANSWER_BAD_REQUEST;
	op.command = name == NULL ? NULL : command_find(name);
	e = executions_find(x->executions, op.id);
	if (e != NULL) {
		execution_ask(e, iq);
		execution_cancel(e);
		return ANSWER_LATER;
	}
	unready = why_unready(x, &op);
	if (is_known(x, &op, w) || (is_change(&op) && (has_bad_id(&op, w) ||
	                                               is_unready(x, &op, unready, w))))
		return ANSWER_RESULT;
	if (is_full(x))
		return ANSWER_BUSY;
	execution_cancel(execution_new(x->executions, iq, &op));
	return ANSWER_LATER;
}

bool execute_result(struct execute *x, const struct xml *iq)
{
	return owed_result(x->owed, iq);
}

void execute_answered(struct execute *x)
{
	struct execution *e;

	while (knows_clock(x) && (e = executions_held(x->executions)) != NULL)
		release(x, e);
	owed_answered(x->owed);
}

void execute_away(struct execute *x)
{
	owed_away(x->owed);
}
