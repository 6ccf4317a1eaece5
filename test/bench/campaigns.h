/* Campaigns of get-supplies at the highest rate there is, as an operator starts them: two at a
 * time, and as soon as one has ended the next, so that nobody waits while one begins. What
 * goes otherwise than asked for ends the program. */
#ifndef TEST_BENCH_CAMPAIGNS_H
#define TEST_BENCH_CAMPAIGNS_H

#include "test/bench/stream.h"

struct campaigns {
	struct stream *stream;
	const char *target, *domain;
	unsigned long number;                 /* of all that were ever started */
	unsigned long open, ended;
	unsigned long members, responded;     /* of those that have ended */
};

/* The first two. The one asks only the devices that fit a glob, so that the two do not begin
 * and end together. */
void campaigns_begin(struct campaigns *c, struct stream *s, const char *target,
                     const char *domain, const char *glob);
/* A headline or an error; again: one that has ended is followed by another. */
void campaigns_take(struct campaigns *c, const char *stanza, const char *end, bool again);

#endif
