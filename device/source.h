/* Where a printer's figures come from. Reading may wait for a printer that is
 * dead, so it goes on in a thread of its own, which takes nobody's place: one read
 * or action at a time for each source; equal reads that wait are answered by one, and all
 * that wait by one that finds the printer dead. */
#ifndef DEVICE_SOURCE_H
#define DEVICE_SOURCE_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "common/mfp.h"

/* A reason of docs/protocol.md, condition NULL for none; text is owned. */
struct source_failure {
	const char *condition;
	char *text;
	bool uncertain;          /* of an action: it may have been done */
};
void source_fail(struct source_failure *f, const char *condition, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* What can be done to a printer: it is read, or what is more than that. */
enum source_action { SOURCE_READ, SOURCE_REBOOT };

/* How far an action has come, from its thread: percent is -1 where nobody knows. Only the
 * newest one is told. What is longer is cut, and the wire takes 1024 bytes: a character that
 * is cut becomes a longer one. */
struct source_progress;
#define SOURCE_PROGRESS_BYTES 1000
void source_progress(struct source_progress *p, int percent, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* A kind of source. state belongs to the source from source_new() on. */
struct source_kind {
	const char *name;        /* as data says it: "snmp" */
	/* In a thread: fills the part, or the failure, not after deadline
	 * (clock_mono_ms()) by more than one wait for the printer. */
	void (*read)(void *state, enum mfp_part part, int64_t deadline, struct mfp *m,
	             struct source_failure *f);
	/* The same for an action, which is asked of the printer once at most. NULL: there
	 * are none. */
	void (*act)(void *state, enum source_action action, int64_t deadline,
	            struct source_progress *progress, struct source_failure *f);
	/* Whether it can be asked at all; from the loop. NULL with act. */
	void (*check)(const void *state, enum source_action action, struct source_failure *f);
	/* From the loop, when nobody waits for the read under way any more: ends it as
	 * soon as it can be. NULL: it never takes long. */
	void (*abort)(void *state);
	void (*free)(void *state);
};

struct source;

/* facts: MFP_FACTS strings (NULL: none) that replace what the source says; they
 * must outlive the source. */
struct source *source_new(uv_loop_t *loop, const struct source_kind *kind, void *state,
                          char *const *facts);

/* Exactly one call of it follows each source_read(), unless the source is freed.
 * failure is NULL if the part was read; both are valid during the call only. */
typedef void source_fn(void *arg, const struct mfp *m, const struct source_failure *failure);

/* Reads one part; text, condition: "printer-timeout" … timeout_ms from the start
 * of the read, which waits for others of this source. */
void source_read(struct source *s, enum mfp_part part, int64_t timeout_ms, source_fn *fn,
                 void *arg);

/* Whether an action can be asked of this source; else why not, whose text the caller
 * frees. */
bool source_can(const struct source *s, enum source_action action, struct source_failure *f);

/* Who wants something of a printer, and is told how it goes. */
struct source_asker {
	/* Its turn has come, which may be at once: false, and nothing is done nor done() called. */
	bool (*may)(void *arg);
	/* percent -1: nobody knows. */
	void (*progress)(void *arg, int percent, const char *text);
	source_fn *done;
};

/* The same as source_read(), or an action, which is done once and whose m is empty (part is
 * nothing). asker must outlive the source. */
void source_act(struct source *s, enum source_action action, enum mfp_part part,
                int64_t timeout_ms, const struct source_asker *asker, void *arg);

/* Takes back what was wanted with this arg by source_act(): no call comes. False: it is an
 * action that has begun. A read that nobody waits for any more still takes its time. */
bool source_let_go(struct source *s, const void *arg);

/* No call comes any more, and nobody waits: a read under way is aborted, and its
 * thread frees what it has. The loop closes a handle. NULL is nothing. */
void source_free(struct source *s);

/* Before the program ends: waits at most ms for reads that were aborted. */
void source_drain(int64_t ms);

#endif
