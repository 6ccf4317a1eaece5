#include "device/watch.h"

#include <string.h>

#include "common/mem.h"

#define LOG_MODULE "watch"
#include "common/log.h"

#define SERIAL 2                    /* of mfp_fact_names */
#define MAX_SEEN 256

static bool same(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static struct mfp_counter *find(struct mfp *m, const struct mfp_counter *c)
{
	for (size_t i = 0; i < m->n_counters; i++) {
		if (same(m->counters[i].name, c->name) && same(m->counters[i].index, c->index))
			return &m->counters[i];
	}
	return NULL;
}

static struct mfp_counter *remember(struct mfp *m, const struct mfp_counter *c)
{
	struct mfp_counter *seen;

	if (m->n_counters >= MAX_SEEN)
		return NULL;
	seen = mfp_add_counter(m);
	seen->name = mem_strdup(c->name);
	seen->index = mem_strdup(c->index);
	return seen;
}

static void look_at_counter(struct watch *w, const struct mfp_counter *c)
{
	struct mfp_counter *seen = find(&w->seen, c);

	/* The count since the printer was switched on begins anew each time. */
	if (!c->value.known || same(c->name, "marker-power-on-count"))
		return;
	if (seen == NULL)
		seen = remember(&w->seen, c);
	else if (c->value.value < seen->value.value)
		log_warn("a counter runs backwards name=%s index=%s was=%lld is=%lld", c->name,
		         c->index == NULL ? "" : c->index, (long long)seen->value.value,
		         (long long)c->value.value);
	if (seen != NULL)
		seen->value = c->value;
}

static void look_at_serial(struct watch *w, const char *serial)
{
	char **seen = &w->seen.facts[SERIAL];

	if (serial == NULL)
		return;
	if (*seen != NULL && strcmp(*seen, serial) != 0)
		log_warn("the printer's serial number has changed was=%s is=%s", *seen, serial);
	mem_set(seen, serial);
}

void watch_look(struct watch *w, const struct mfp *m)
{
	if (m->parts & MFP_COUNTERS) {
		for (size_t i = 0; i < m->n_counters; i++)
			look_at_counter(w, &m->counters[i]);
	}
	if (m->parts & MFP_INFORMATION)
		look_at_serial(w, m->facts[SERIAL]);
}

void watch_clear(struct watch *w)
{
	mfp_clear(&w->seen);
}
