/* What is counted since the start, for who watches: metrics_daemon.c shows it. */
#ifndef COMPONENT_STATS_H
#define COMPONENT_STATS_H

#include <stdbool.h>
#include <stdint.h>

#include "component/request.h"

/* A histogram of times: one is in the first bucket that reaches up to it, or in one more
 * behind the last. */
#define STATS_BUCKETS 14
struct stats_scale {
	struct {
		int64_t upto;
		const char *le;       /* in seconds, as OpenMetrics writes it */
	} buckets[STATS_BUCKETS];
	unsigned decimals;            /* the unit of upto is so many behind a second's point */
};
struct stats_histogram {
	uint64_t n[STATS_BUCKETS + 1];
	int64_t sum;
};
extern const struct stats_scale stats_responses, stats_groups;

/* The conditions of refused submits, the last one for all others. */
#define STATS_REFUSALS 8
extern const char *const stats_refusals[STATS_REFUSALS];

struct stats {
	int64_t started;              /* wall ms */
	uint64_t stanzas_received, stanzas_sent;
	uint64_t accepted, late, ended[REQUEST_STATUSES], refused[STATS_REFUSALS];
	struct stats_histogram responses, groups;
	uint64_t groups_synced, groups_failed;
	uint64_t connects, days_sealed, days_not_sealed;
	bool units_refused;           /* the last that were to be read again */
};

/* A request has ended, or a late outcome has replaced its end. */
void stats_ended(struct stats *s, const struct request *r);
/* A group of rows is on disk, or is not, after so many microseconds. */
void stats_group(struct stats *s, uint64_t us, bool good);
/* A submit was refused with this condition. */
void stats_refused(struct stats *s, const char *condition);

#endif
