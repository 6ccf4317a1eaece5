#include "common/backoff.h"

#include <sys/random.h>
#include <time.h>

int64_t backoff_ms(unsigned attempt, int64_t base_ms, int64_t cap_ms, double random)
{
	int64_t wait = base_ms < cap_ms ? base_ms : cap_ms;

	for (; attempt > 0 && wait < cap_ms; attempt--)
		wait = wait > cap_ms / 2 ? cap_ms : wait * 2;
	return wait / 2 + (int64_t)((double)(wait - wait / 2) * random);
}

double backoff_random(void)
{
	struct timespec now;
	uint64_t bits;

	/* Only a kernel that has just booted has no bits yet; spread is all we need. */
	if (getrandom(&bits, sizeof bits, GRND_NONBLOCK) != sizeof bits) {
		clock_gettime(CLOCK_MONOTONIC, &now);
		bits = (uint64_t)now.tv_nsec * 0x9e3779b97f4a7c15u;
	}
	return (double)(bits >> 11) / 9007199254740992.0;   /* 2^53 */
}
