/* Who connects first (RFC 8305): addresses of one place a quarter of a second apart, the next
 * place only when that has failed or was silent for long. The connections themselves are
 * given up: the stream makes its own. */
#ifndef COMMON_RACE_H
#define COMMON_RACE_H

#include "common/finder.h"

struct race;

/* The winner's index; or -1, and why the last one failed. Once, never before race_start() has
 * returned; race_free() may be called within it. */
typedef void race_fn(void *arg, int winner, const char *why);

/* The targets are copied, at most FINDER_TARGETS. There is no limit of time here. */
struct race *race_start(uv_loop_t *loop, const struct finder_target *targets, size_t n,
                        race_fn *done, void *arg);
/* NULL is nothing. */
void race_free(struct race *r);

#endif
