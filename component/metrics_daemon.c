#include "component/metrics_daemon.h"

#include <dirent.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

#include "component/component.h"
#include "component/unassigned.h"

static void of_build(struct metrics_text *t, const struct component *c)
{
	(void)c;
	metrics_text_sample(t, NULL);
	metrics_text_label(t, "version", PLATEN_VERSION);
	metrics_text_value(t, 1, 0);
}

/* The process: names and meanings are those of all of Prometheus' client libraries. */

static void of_start(struct metrics_text *t, const struct component *c)
{
	metrics_text_sample(t, NULL);
	metrics_text_value(t, c->stats.started, 3);
}

static void of_cpu(struct metrics_text *t, const struct component *c)
{
	struct rusage used;

	(void)c;
	getrusage(RUSAGE_SELF, &used);
	metrics_text_sample(t, NULL);
	metrics_text_value(t, (int64_t)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) * 1000000 +
	                   used.ru_utime.tv_usec + used.ru_stime.tv_usec, 6);
}

static void of_memory(struct metrics_text *t, const struct component *c)
{
	FILE *f = fopen("/proc/self/statm", "re");
	long pages;

	(void)c;
	if (f == NULL)
		return;
	if (fscanf(f, "%*d %ld", &pages) == 1)
		metrics_text_int(t, (int64_t)pages * sysconf(_SC_PAGESIZE));
	fclose(f);
}

static void of_descriptors(struct metrics_text *t, const struct component *c)
{
	DIR *dir = opendir("/proc/self/fd");
	struct dirent *entry;
	int64_t n = -1;      /* the folder's own */

	(void)c;
	if (dir == NULL)
		return;
	while ((entry = readdir(dir)) != NULL)
		n += entry->d_name[0] != '.';
	closedir(dir);
	metrics_text_int(t, n);
}

static void of_max_descriptors(struct metrics_text *t, const struct component *c)
{
	struct rlimit limit;

	(void)c;
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY)
		metrics_text_int(t, (int64_t)limit.rlim_cur);
}

/* The link. */

static void of_link(struct metrics_text *t, const struct component *c)
{
	metrics_text_int(t, link_is_online(c->link));
}

static void of_connects(struct metrics_text *t, const struct component *c)
{
	metrics_text_int(t, (int64_t)c->stats.connects);
}

static void of_backlog(struct metrics_text *t, const struct component *c)
{
	metrics_text_int(t, (int64_t)link_backlog(c->link));
}

static void of_received(struct metrics_text *t, const struct component *c)
{
	metrics_text_int(t, (int64_t)c->stats.stanzas_received);
}

static void of_sent(struct metrics_text *t, const struct component *c)
{
	metrics_text_int(t, (int64_t)c->stats.stanzas_sent);
}

/* Requests. */

static void of_status(struct metrics_text *t, enum request_status status, uint64_t n)
{
	metrics_text_sample(t, NULL);
	metrics_text_label(t, "status", request_status_name(status));
	metrics_text_value(t, (int64_t)n, 0);
}

static void of_open(struct metrics_text *t, const struct component *c)
{
	for (enum request_status i = QUEUED; i < RESPONDED; i++)
		of_status(t, i, c->requests.n[i]);
}

static void of_accepted(struct metrics_text *t, const struct component *c)
{
	metrics_text_int(t, (int64_t)c->stats.accepted);
}

static void of_refused(struct metrics_text *t, const struct component *c)
{
	for (size_t i = 0; i < STATS_REFUSALS; i++) {
		metrics_text_sample(t, NULL);
		metrics_text_label(t, "condition", stats_refusals[i]);
		metrics_text_value(t, (int64_t)c->stats.refused[i], 0);
	}
}

static void of_ended(struct metrics_text *t, const struct component *c)
{
	for (enum request_status i = RESPONDED; i < REQUEST_STATUSES; i++)
		of_status(t, i, c->stats.ended[i]);
}

static void of_late(struct metrics_text *t, const struct component *c)
{
	metrics_text_int(t, (int64_t)c->stats.late);
}

static void of_dropped(struct metrics_text *t, const struct component *c)
{
	metrics_text_int(t, (int64_t)c->dropped_outcomes);
}

static void of_histogram(struct metrics_text *t, const struct stats_histogram *h,
                         const struct stats_scale *scale)
{
	uint64_t n = 0;

	for (size_t i = 0; i <= STATS_BUCKETS; i++) {
		n += h->n[i];
		metrics_text_sample(t, "_bucket");
		metrics_text_label(t, "le", i < STATS_BUCKETS ? scale->buckets[i].le : "+Inf");
		metrics_text_value(t, (int64_t)n, 0);
	}
	metrics_text_sample(t, "_sum");
	metrics_text_value(t, h->sum, scale->decimals);
	metrics_text_sample(t, "_count");
	metrics_text_value(t, (int64_t)n, 0);
}

static void of_response(struct metrics_text *t, const struct component *c)
{
	of_histogram(t, &c->stats.responses, &stats_responses);
}

/* The tables. */

static void of_devices(struct metrics_text *t, const struct component *c)
{
	metrics_text_int(t, (int64_t)c->devices.n);
}

static void of_decommissioned(struct metrics_text *t, const struct component *c)
{
	metrics_text_int(t, (int64_t)c->devices.n_decommissioned);
}

static void of_unassigned(struct metrics_text *t, const struct component *c)
{
	metrics_text_int(t, unassigned_count(&c->unassigned));
}

static void of_units(struct metrics_text *t, const struct component *c)
{
	metrics_text_int(t, !c->stats.units_refused);
}

static void of_room(struct metrics_text *t, const struct component *c)
{
	metrics_text_int(t, store_has_room(c->store));
}

static void of_rows(struct metrics_text *t, const struct component *c)
{
	metrics_text_int(t, (int64_t)store_synced(c->store));
}

static void of_groups(struct metrics_text *t, const struct component *c)
{
	metrics_text_int(t, (int64_t)c->stats.groups_synced);
}

static void of_failed(struct metrics_text *t, const struct component *c)
{
	metrics_text_int(t, (int64_t)c->stats.groups_failed);
}

static void of_group_time(struct metrics_text *t, const struct component *c)
{
	of_histogram(t, &c->stats.groups, &stats_groups);
}

static void of_waiting(struct metrics_text *t, const struct component *c)
{
	metrics_text_int(t, (int64_t)store_waiting(c->store));
}

static void of_sealed(struct metrics_text *t, const struct component *c)
{
	metrics_text_int(t, (int64_t)c->stats.days_sealed);
}

static void of_not_sealed(struct metrics_text *t, const struct component *c)
{
	metrics_text_int(t, (int64_t)c->stats.days_not_sealed);
}

#define FAMILY(n, t, u, write, h) { .name = n, .type = t, .unit = u, .of_daemon = write, .help = h }

const struct metrics_family metrics_daemon[] = {
	FAMILY("platen_build", METRICS_INFO, NULL, of_build, "The platend that runs."),
	FAMILY("process_start_time_seconds", METRICS_GAUGE, "seconds", of_start,
	       "When the process started."),
	FAMILY("process_cpu_seconds", METRICS_COUNTER, "seconds", of_cpu,
	       "Processor time, of user and system together."),
	FAMILY("process_resident_memory_bytes", METRICS_GAUGE, "bytes", of_memory,
	       "Memory of the process that is resident."),
	FAMILY("process_open_fds", METRICS_GAUGE, NULL, of_descriptors, "Open file descriptors."),
	FAMILY("process_max_fds", METRICS_GAUGE, NULL, of_max_descriptors,
	       "How many file descriptors may be open."),
	FAMILY("platen_link_up", METRICS_GAUGE, NULL, of_link,
	       "Whether the XMPP server has accepted the component's stream."),
	FAMILY("platen_link_connects", METRICS_COUNTER, NULL, of_connects,
	       "Streams that the XMPP server has accepted."),
	FAMILY("platen_link_backlog_bytes", METRICS_GAUGE, "bytes", of_backlog,
	       "What is to be sent and not yet with the kernel."),
	FAMILY("platen_stanzas_received", METRICS_COUNTER, NULL, of_received,
	       "Stanzas that the server sent here."),
	FAMILY("platen_stanzas_sent", METRICS_COUNTER, NULL, of_sent,
	       "Stanzas that were sent to the server."),
	FAMILY("platen_requests_open", METRICS_GAUGE, NULL, of_open,
	       "Requests that have not ended, by status."),
	FAMILY("platen_requests_accepted", METRICS_COUNTER, NULL, of_accepted,
	       "Submits that became requests."),
	FAMILY("platen_requests_refused", METRICS_COUNTER, NULL, of_refused,
	       "Submits that were refused, by the error's condition."),
	FAMILY("platen_requests_ended", METRICS_COUNTER, NULL, of_ended,
	       "Ends of requests, by status; one that a late outcome replaces has two."),
	FAMILY("platen_requests_late", METRICS_COUNTER, NULL, of_late,
	       "Outcomes that came after a request had ended without one."),
	FAMILY("platen_outcomes_dropped", METRICS_COUNTER, NULL, of_dropped,
	       "Outcomes that belong to nothing that was asked."),
	FAMILY("platen_request_response_seconds", METRICS_HISTOGRAM, "seconds", of_response,
	       "From the last transmission to the outcome, of requests that were responded to."),
	FAMILY("platen_devices", METRICS_GAUGE, NULL, of_devices, "Devices in the table."),
	FAMILY("platen_devices_decommissioned", METRICS_GAUGE, NULL, of_decommissioned,
	       "Devices in the table that are out of use."),
	FAMILY("platen_devices_unassigned", METRICS_GAUGE, NULL, of_unassigned,
	       "Who presented itself as a device and is in no unit."),
	FAMILY("platen_units_good", METRICS_GAUGE, NULL, of_units,
	       "Whether the units were without a mistake when they were last read."),
	FAMILY("platen_store_has_room", METRICS_GAUGE, NULL, of_room,
	       "Whether rows can be written and the reserve is there."),
	FAMILY("platen_store_rows_synced", METRICS_COUNTER, NULL, of_rows,
	       "Rows that were brought to disk before an answer left."),
	FAMILY("platen_store_groups_synced", METRICS_COUNTER, NULL, of_groups,
	       "Groups in which they were: syncs."),
	FAMILY("platen_store_groups_failed", METRICS_COUNTER, NULL, of_failed,
	       "Groups that could not be written or synced, and were tried again."),
	FAMILY("platen_store_group_seconds", METRICS_HISTOGRAM, "seconds", of_group_time,
	       "What writing and syncing a group took, also one that failed."),
	FAMILY("platen_store_rows_waiting", METRICS_GAUGE, NULL, of_waiting,
	       "Rows that answers wait for and that are not on disk."),
	FAMILY("platen_days_sealed", METRICS_COUNTER, NULL, of_sealed, "Days that were sealed."),
	FAMILY("platen_days_not_sealed", METRICS_COUNTER, NULL, of_not_sealed,
	       "Tries to seal a day that failed."),
	{ .name = NULL },
};
