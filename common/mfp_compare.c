#include "common/mfp_compare.h"

#include <string.h>

static bool same(const char *a, const char *b)
{
	return strcmp(a == NULL ? "" : a, b == NULL ? "" : b) == 0;
}

bool mfp_same_counter(const struct mfp_counter *a, const struct mfp_counter *b)
{
	return same(a->name, b->name) && same(a->index, b->index) && same(a->unit, b->unit);
}

const struct mfp_counter *mfp_find_counter(const struct mfp *m, const struct mfp_counter *like)
{
	for (size_t i = 0; i < m->n_counters; i++) {
		if (mfp_same_counter(&m->counters[i], like))
			return &m->counters[i];
	}
	return NULL;
}

bool mfp_counter_restarts(const struct mfp_counter *c)
{
	return same(c->name, "marker-power-on-count");
}

void mfp_compare_counters(const struct mfp *was, const struct mfp *is,
                          void (*backwards)(void *arg, const struct mfp_counter *was,
                                            const struct mfp_counter *is),
                          void *arg)
{
	for (size_t i = 0; i < is->n_counters; i++) {
		const struct mfp_counter *now = &is->counters[i], *then = mfp_find_counter(was, now);

		if (then == NULL || !then->value.known || !now->value.known || mfp_counter_restarts(now))
			continue;
		if (now->value.value < then->value.value)
			backwards(arg, then, now);
	}
}
