/* Deadlines that live in their objects; the loop asks for the earliest. A
 * binary heap on the monotonic clock. */
#ifndef COMPONENT_DEADLINE_H
#define COMPONENT_DEADLINE_H

#include <stddef.h>
#include <stdint.h>

struct deadline;
typedef void deadline_fn(struct deadline *d);

/* Embedded in what has the deadline; { .fire = … } is one that is not set. */
struct deadline {
	int64_t at;           /* monotonic ms */
	size_t place;         /* in the heap, from 1; 0: not set */
	deadline_fn *fire;
};

struct deadlines {
	struct deadline **heap;
	size_t n, room;
};

/* Sets or moves. */
void deadline_set(struct deadlines *all, struct deadline *d, int64_t at);
void deadline_clear(struct deadlines *all, struct deadline *d);

/* The earliest, in monotonic ms; -1 if none is set. */
int64_t deadlines_next(const struct deadlines *all);
/* Fires every one that is due, each cleared before its fire(). */
void deadlines_run(struct deadlines *all, int64_t now);
void deadlines_free(struct deadlines *all);

#endif
