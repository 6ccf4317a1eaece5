/* What is under way: each command from the moment it was asked for until its outcome is
 * told, and who waits for it. What takes long is told to be in progress first; then its
 * outcome is owed (owed.h). */
#ifndef DEVICE_EXECUTION_H
#define DEVICE_EXECUTION_H

#include <stdint.h>

#include "device/command.h"
#include "device/owed.h"
#include "device/source.h"

/* At once; a component sends far fewer. */
#define EXECUTIONS 64

/* A read that lasts longer is told to be in progress: before the component, which by default
 * waits for 30 s, takes it for lost. */
#define EXECUTION_READ_MS 20000

/* Who is asked to judge a time waits so long for the component's clock. */
#define EXECUTION_HOLD_MS 20000

/* No more than one progress is sent in this time. */
#define EXECUTION_PROGRESS_MS 1000

struct execution;
struct executions;

/* What it works with; all must outlive it. */
struct executions_parts {
	struct source *source;
	struct stream *stream;
	struct journal *reads;
	struct journal_file *file;
	struct owed *owed;
	int64_t in_progress_ms;          /* of what changes something */
	/* The component's clock now, wall ms; 0: not known. */
	int64_t (*now)(void *arg);
	/* The printer was read. */
	void (*learnt)(void *arg, const struct mfp *m);
	void *arg;
};

struct executions *executions_new(uv_loop_t *loop, const struct executions_parts *parts);

/* Only after source_free(). The loop closes a handle. NULL is nothing. */
void executions_free(struct executions *xs);

struct source *executions_source(const struct executions *xs);
size_t executions_count(const struct executions *xs);
struct execution *executions_find(const struct executions *xs, const char *id);

/* One that is held, the oldest first; NULL: there is none. */
struct execution *executions_held(const struct executions *xs);

/* A new id, asked for by an IQ: it is held, and nothing of it is known to the journals. */
struct execution *execution_new(struct executions *xs, const struct xml *iq,
                                const struct operation *op);
/* What was asked; valid as long as it is. */
struct operation execution_operation(const struct execution *e);

/* Somebody waits for it, too, and then: who hears that it is in progress waits no longer. */
void execution_ask(struct execution *e, const struct xml *iq);
/* It was asked for again. */
void execution_repeat(struct execution *e);
/* Who waits wants to know how it stands. */
void execution_hurry(struct execution *e);
/* It is not to be done, if that can still be; who waits hears what became of it. */
void execution_cancel(struct execution *e);

/* Begins what was held. */
void execution_begin(struct execution *e);
/* Ends what was held: to who waits. */
void execution_answer(struct execution *e, const char *outcome);

#endif
