#include "device/execute.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/mem.h"
#include "device/command.h"
#include "device/journal.h"

#define LOG_MODULE "execute"
#include "common/log.h"

#define OUTCOME_BYTES (64 * 1024)
#define JOURNAL_IDS 2000
#define JOURNAL_BYTES (1024 * 1024)
#define EXECUTIONS 64               /* at once; a component sends far fewer */

/* One command under way, and who asked last: there the outcome goes. */
struct execution {
	struct execute *owner;
	struct execution *next;
	const struct command *command;
	char *id, *from, *stanza_id;
	int64_t started;                /* clock_mono_ms() */
};

struct execute {
	struct source *source;
	struct stream *stream;
	const struct execute_events *events;
	void *arg;
	struct journal *journal;
	struct execution *executions;
	unsigned n_executions;
};

struct execute *execute_new(struct source *source, struct stream *stream,
                            const struct execute_events *events, void *arg)
{
	struct execute *x = mem_zero(1, sizeof *x);

	x->source = source;
	x->stream = stream;
	x->events = events;
	x->arg = arg;
	x->journal = journal_new(JOURNAL_IDS, JOURNAL_BYTES);
	return x;
}

/* Takes *at out of its list. */
static void end_execution(struct execution **at)
{
	struct execution *e = *at;

	*at = e->next;
	e->owner->n_executions--;
	free(e->id);
	free(e->from);
	free(e->stanza_id);
	free(e);
}

void execute_free(struct execute *x)
{
	if (x == NULL)
		return;
	while (x->executions != NULL)
		end_execution(&x->executions);
	journal_free(x->journal);
	free(x);
}

static struct execution **find_execution(struct execute *x, const char *id)
{
	struct execution **at = &x->executions;

	while (*at != NULL && strcmp((*at)->id, id) != 0)
		at = &(*at)->next;
	return at;
}

static void open_outcome(struct xml_writer *w, const char *id, const char *status)
{
	xml_open(w, "outcome", OPERATION_NS);
	xml_attr(w, "id", id);
	xml_attr(w, "status", status);
}

/* An outcome without data; condition NULL: without a reason, too. */
static void write_outcome(struct xml_writer *w, const char *id, const char *status,
                          const char *condition, const char *text)
{
	open_outcome(w, id, status);
	if (condition != NULL) {
		xml_open(w, "reason", OPERATION_NS);
		xml_attr(w, "condition", condition);
		xml_text(w, text);
		xml_close(w);
	}
	xml_close(w);
}

/* What was read as an outcome's text, which the caller frees. */
static char *outcome_of(const struct execution *e, const struct mfp *m,
                        const struct source_failure *failure)
{
	struct xml_writer w = { 0 };
	size_t len;
	char *text;

	if (failure != NULL) {
		write_outcome(&w, e->id, "failed", failure->condition, failure->text);
		return xml_take(&w, NULL);
	}
	open_outcome(&w, e->id, "done");
	mfp_write(m, e->command->part, &w);
	xml_close(&w);
	text = xml_take(&w, &len);
	if (len <= OUTCOME_BYTES)
		return text;
	free(text);
	write_outcome(&w, e->id, "failed", "too-large", "the outcome is larger than 64 KiB");
	return xml_take(&w, NULL);
}

static void on_read(void *arg, const struct mfp *m, const struct source_failure *failure)
{
	struct execution *e = arg;
	struct execute *x = e->owner;
	char *outcome = outcome_of(e, m, failure);
	struct xml_writer w = { 0 };

	log_write(LOG_LEVEL_DEBUG, "outcome", "id=%s ms=%lld failure=%s", e->id,
	          (long long)(clock_mono_ms() - e->started),
	          failure == NULL ? "none" : failure->condition);
	journal_end(x->journal, e->id, outcome);
	answer_open(&w, e->from, e->stanza_id);
	xml_raw(&w, outcome);
	xml_close(&w);
	stream_send(x->stream, &w);
	free(outcome);
	end_execution(find_execution(x, e->id));
	if (failure == NULL)
		x->events->learnt(x->arg, m);
}

static void set_asker(struct execution *e, const struct xml *iq)
{
	mem_set(&e->from, xml_get(iq, "from"));
	mem_set(&e->stanza_id, xml_get(iq, "id"));
}

static enum answer start(struct execute *x, const struct xml *iq, const struct operation *op)
{
	struct execution *e = mem_zero(1, sizeof *e);

	/* The journal is in memory: after a restart a command is executed again. */
	assert(op->command->read_only && op->command->repeatable);
	e->owner = x;
	e->next = x->executions;
	e->command = op->command;
	e->id = mem_strdup(op->id);
	e->started = clock_mono_ms();
	set_asker(e, iq);
	x->executions = e;
	x->n_executions++;
	journal_begin(x->journal, op->id);
	log_info("command=%s id=%s", op->command->name, op->id);
	source_read(x->source, op->command->part, op->command->timeout_ms, on_read, e);
	return ANSWER_LATER;
}

/* An id that was not met before: started, or what stands against it. */
static enum answer try_start(struct execute *x, const struct xml *iq,
                             const struct operation *op, struct xml_writer *w)
{
	if (op->condition != NULL)
		write_outcome(w, op->id, "refused", op->condition, op->reason);
	else if (x->events->now(x->arg) > op->not_after)
		write_outcome(w, op->id, "expired", NULL, NULL);
	else if (x->n_executions >= EXECUTIONS)
		write_outcome(w, op->id, "failed", "busy", "64 requests are under way");
	else
		return start(x, iq, op);
	return ANSWER_RESULT;
}

enum answer execute_operation(struct execute *x, const struct xml *iq, const struct xml *el,
                              struct xml_writer *w)
{
	const char *outcome = NULL;
	struct operation op;

	if (!command_read(el, &op))
		return ANSWER_BAD_REQUEST;
	switch (journal_find(x->journal, op.id, &outcome)) {
	case JOURNAL_NEW:
		return try_start(x, iq, &op, w);
	case JOURNAL_EXECUTING:
		set_asker(*find_execution(x, op.id), iq);
		return ANSWER_LATER;
	case JOURNAL_DONE:
		log_write(LOG_LEVEL_INFO, "repeat", "id=%s", op.id);
		xml_raw(w, outcome);
		break;
	case JOURNAL_DROPPED:
		write_outcome(w, op.id, "unknown", NULL, NULL);
		break;
	}
	return ANSWER_RESULT;
}
