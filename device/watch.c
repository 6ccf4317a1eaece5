#include "device/watch.h"

#include <string.h>

#include "common/mem.h"
#include "common/mfp_compare.h"

#define LOG_MODULE "watch"
#include "common/log.h"

#define SERIAL 2                    /* of mfp_fact_names */
#define MAX_SEEN 256

static void tell(void *arg, const struct mfp_counter *was, const struct mfp_counter *is)
{
	(void)arg;
	log_warn("a counter runs backwards name=%s index=%s was=%lld is=%lld", is->name,
	         is->index == NULL ? "" : is->index, (long long)was->value.value,
	         (long long)is->value.value);
}

/* A figure that is missing now leaves the one before. */
static void remember(struct mfp *m, const struct mfp_counter *c)
{
	const struct mfp_counter *found = mfp_find_counter(m, c);
	struct mfp_counter *seen;

	if (!c->value.known || mfp_counter_restarts(c))
		return;
	if (found == NULL && m->n_counters >= MAX_SEEN)
		return;
	if (found != NULL) {
		seen = &m->counters[found - m->counters];
	} else {
		seen = mfp_add_counter(m);
		seen->name = mem_strdup(c->name);
		seen->index = mem_strdup(c->index);
		seen->unit = mem_strdup(c->unit);
	}
	seen->value = c->value;
}

static void look_at_serial(struct watch *w, const char *serial)
{
	char **seen = &w->seen.facts[SERIAL];

	if (serial == NULL || *serial == '\0')
		return;
	if (*seen != NULL && strcmp(*seen, serial) != 0)
		log_warn("the printer's serial number has changed was=%s is=%s", *seen, serial);
	mem_set(seen, serial);
}

void watch_look(struct watch *w, const struct mfp *m)
{
	if (m->parts & MFP_COUNTERS) {
		mfp_compare_counters(&w->seen, m, tell, NULL);
		for (size_t i = 0; i < m->n_counters; i++)
			remember(&w->seen, &m->counters[i]);
	}
	if (m->parts & MFP_INFORMATION)
		look_at_serial(w, m->facts[SERIAL]);
}

void watch_clear(struct watch *w)
{
	mfp_clear(&w->seen);
}
