/* Waiting longer after each failure, with spread, so that a fleet that lost its
 * server does not come back in step. */
#ifndef COMMON_BACKOFF_H
#define COMMON_BACKOFF_H

#include <stdint.h>

/* The wait before try number attempt (0 is the first), in ms: base doubled for
 * each attempt up to cap, of which random (0 .. 1) takes the upper half evenly.
 * Pure. */
int64_t backoff_ms(unsigned attempt, int64_t base_ms, int64_t cap_ms, double random);

/* 0 <= x < 1 from the kernel's generator. */
double backoff_random(void);

#endif
