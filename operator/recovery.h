/* Going on with what has begun, through lost streams and restarts of the component. */
#ifndef OPERATOR_RECOVERY_H
#define OPERATOR_RECOVERY_H

#include <stdint.h>

#include "operator/fault.h"
#include "operator/session.h"

/* { 0 } is without trouble. */
struct recovery {
	int64_t since;                /* of the trouble, monotonic ms; 0: all is well */
	unsigned tries;               /* since then */
};

/* Shows what goes on meanwhile. */
typedef void recovery_show(void *arg, const char *state);

/* Waits a little and has a stream again: 0, or the exit status with *f (none when
 * interrupted). */
int recovery_wait(struct recovery *r, const struct session *s, recovery_show *show, void *arg,
                  struct fault *f);
/* There was an answer. */
void recovery_over(struct recovery *r, struct fault *f);

#endif
