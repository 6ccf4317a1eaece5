/* Merges segments of tables in a worker, one table at a time, so that workers
 * are left for what is urgent. */
#ifndef COMMON_COMPACTOR_H
#define COMMON_COMPACTOR_H

#include <uv.h>

#include "common/table.h"

/* What is merged; the caller's, until done() is called. done() comes on the
 * loop's thread; rc as from table_merge(). */
struct compactor_job {
	const char *base;
	const struct table_schema *schema;
	unsigned last;
	void (*done)(void *arg, int rc);
	void *arg;
	struct compactor_job *next;    /* the compactor's */
};

struct compactor;
struct compactor *compactor_new(uv_loop_t *loop);

/* Queues a job. The segments must not be written to any more. */
void compactor_add(struct compactor *c, struct compactor_job *job);

/* Has the merge that is under way give up and waits for that (blocking), forgets the
 * others, calls no done() any more, and frees. The loop must be run once more if it was busy. */
void compactor_free(struct compactor *c);

#endif
