/* Questions that are answered from files: each runs in a worker, few at once and
 * few of one operator in line. Knows nothing of what is asked. */
#ifndef COMPONENT_QUERIES_H
#define COMPONENT_QUERIES_H

#include <stdatomic.h>

#include "component/dispatch.h"

struct queries_kind {
	const char *what;                  /* is asked for, in the plural: "requests" */
	/* In the worker; touches nothing but arg. NULL, or why it could not be done
	 * (for the log; freed). */
	char *(*run)(void *arg, const char *data_directory);
	void (*write)(struct xml_writer *w, void *arg);      /* the result's payload */
	void (*free)(void *arg);
};

/* Answers the call later. Takes arg, also when it refuses: resource-constraint. */
struct reply queries_add(struct call *call, const struct queries_kind *kind, void *arg);
/* The same for what takes long: one at a time, so that others go on beside it. */
struct reply queries_add_long(struct call *call, const struct queries_kind *kind, void *arg);

/* True once nobody wants answers any more: what takes long looks at it in its worker. */
const atomic_bool *queries_stop_flag(const struct component *c);

void queries_new(struct component *c);
void queries_stop(struct component *c);
/* When no worker runs any more. */
void queries_free(struct component *c);

#endif
