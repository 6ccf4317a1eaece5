/* What is counted since the start, for who watches: metrics_daemon.c shows it. */
#ifndef COMPONENT_STATS_H
#define COMPONENT_STATS_H

#include <stdint.h>

#include "component/request.h"

/* The histogram of response times: a time is in the first bucket that reaches up to it,
 * or in one more behind the last. */
struct stats_bucket {
	int64_t ms;
	const char *le;               /* in seconds, as OpenMetrics writes it */
};
#define STATS_BUCKETS 14
extern const struct stats_bucket stats_buckets[STATS_BUCKETS];

/* The conditions of refused submits, the last one for all others. */
#define STATS_REFUSALS 8
extern const char *const stats_refusals[STATS_REFUSALS];

struct stats {
	int64_t started;              /* wall ms */
	uint64_t stanzas_received, stanzas_sent;
	uint64_t accepted, late, ended[REQUEST_STATUSES], refused[STATS_REFUSALS];
	uint64_t responses[STATS_BUCKETS + 1];
	int64_t response_ms;          /* the sum of them */
	uint64_t groups_synced;
};

/* A request has ended, or a late outcome has replaced its end. */
void stats_ended(struct stats *s, const struct request *r);
/* A submit was refused with this condition. */
void stats_refused(struct stats *s, const char *condition);

#endif
