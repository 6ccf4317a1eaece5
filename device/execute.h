/* Operations to outcomes: each id once, however often it is asked. What changes something
 * is on disk before it is executed, and its outcome before it is answered. */
#ifndef DEVICE_EXECUTE_H
#define DEVICE_EXECUTE_H

#include <stdint.h>

#include "device/answer.h"
#include "device/source.h"
#include "device/stream.h"

struct execute;

struct execute_events {
	/* The component's clock now, wall ms: not-after is by it. 0: not known yet; what comes
	 * before that is not late, as the component has just heard of us. */
	int64_t (*now)(void *arg);
	/* The printer was read for a request. */
	void (*learnt)(void *arg, const struct mfp *m);
};

/* Both must outlive it. state: the directory of the journal of commands that change
 * something; NULL: they are refused. */
struct execute *execute_new(uv_loop_t *loop, const char *state, struct source *source,
                            struct stream *stream, const struct execute_events *events,
                            void *arg);

/* An IQ set with <operation/>, from whom we obey. */
enum answer execute_operation(struct execute *x, const struct xml *iq, const struct xml *el,
                              struct xml_writer *w);

/* Only after source_free(): no read may be under way. The loop closes a handle. NULL is
 * nothing. */
void execute_free(struct execute *x);

#endif
