#include "component/stats.h"

#include <string.h>

const struct stats_scale stats_responses = {
	{ { 5, "0.005" }, { 10, "0.01" }, { 25, "0.025" }, { 50, "0.05" }, { 100, "0.1" },
	  { 250, "0.25" }, { 500, "0.5" }, { 1000, "1.0" }, { 2500, "2.5" }, { 5000, "5.0" },
	  { 10000, "10.0" }, { 30000, "30.0" }, { 60000, "60.0" }, { 300000, "300.0" } }, 3
};

const struct stats_scale stats_groups = {
	{ { 500, "0.0005" }, { 1000, "0.001" }, { 2500, "0.0025" }, { 5000, "0.005" },
	  { 10000, "0.01" }, { 25000, "0.025" }, { 50000, "0.05" }, { 100000, "0.1" },
	  { 250000, "0.25" }, { 500000, "0.5" }, { 1000000, "1.0" }, { 2500000, "2.5" },
	  { 5000000, "5.0" }, { 10000000, "10.0" } }, 6
};

const char *const stats_refusals[STATS_REFUSALS] = {
	"bad-request", "conflict", "feature-not-implemented", "forbidden", "internal-server-error",
	"item-not-found", "resource-constraint", "undefined-condition",
};

static void add(struct stats_histogram *h, const struct stats_scale *scale, int64_t time)
{
	size_t i = 0;

	while (i < STATS_BUCKETS && time > scale->buckets[i].upto)
		i++;
	h->n[i]++;
	h->sum += time;
}

void stats_ended(struct stats *s, const struct request *r)
{
	int64_t ms = 0;

	s->ended[r->status]++;
	if (r->columns[REQ_LATE] != NULL)
		s->late++;
	if (r->status != RESPONDED || r->columns[REQ_RESPONSE_MS] == NULL)
		return;
	record_get_int(r->columns[REQ_RESPONSE_MS], &ms);
	add(&s->responses, &stats_responses, ms);
}

void stats_group(struct stats *s, uint64_t us, bool good)
{
	add(&s->groups, &stats_groups, (int64_t)us);
	if (!good)
		s->groups_failed++;
}

void stats_refused(struct stats *s, const char *condition)
{
	size_t i = 0;

	while (i < STATS_REFUSALS - 1 && strcmp(stats_refusals[i], condition) != 0)
		i++;
	s->refused[i]++;
}
