#include "component/stats.h"

#include <string.h>

const struct stats_bucket stats_buckets[STATS_BUCKETS] = {
	{ 5, "0.005" }, { 10, "0.01" }, { 25, "0.025" }, { 50, "0.05" }, { 100, "0.1" },
	{ 250, "0.25" }, { 500, "0.5" }, { 1000, "1.0" }, { 2500, "2.5" }, { 5000, "5.0" },
	{ 10000, "10.0" }, { 30000, "30.0" }, { 60000, "60.0" }, { 300000, "300.0" },
};

const char *const stats_refusals[STATS_REFUSALS] = {
	"bad-request", "conflict", "feature-not-implemented", "forbidden", "internal-server-error",
	"item-not-found", "resource-constraint", "undefined-condition",
};

static void responded(struct stats *s, int64_t ms)
{
	size_t i = 0;

	while (i < STATS_BUCKETS && ms > stats_buckets[i].ms)
		i++;
	s->responses[i]++;
	s->response_ms += ms;
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
	responded(s, ms);
}

void stats_refused(struct stats *s, const char *condition)
{
	size_t i = 0;

	while (i < STATS_REFUSALS - 1 && strcmp(stats_refusals[i], condition) != 0)
		i++;
	s->refused[i]++;
}
