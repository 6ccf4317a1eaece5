#include "component/request.h"

#include <stdlib.h>
#include <string.h>

#include "common/mem.h"

static const char *const columns[REQ_COLUMNS] = {
	"id", "time", "status", "cause", "command", "device", "via", "operator", "asked_by", "unit",
	"created", "transmitted", "responded", "ended", "response_ms", "transmission", "attempts",
	"max_attempts", "timeout", "expires", "priority", "late", "token", "campaign", "schedule",
	"told", "error", "arguments", "outcome",
};

const struct table_schema request_schema = {
	.name = "requests", .version = 1, .columns = columns, .n_columns = REQ_COLUMNS,
};

static const char *const names[REQUEST_STATUSES] = {
	"queued", "transmitted", "running", "cancelling", "responded", "failed", "refused",
	"unknown", "expired", "no-response", "cancelled",
};

const char *request_status_name(enum request_status status)
{
	return names[status];
}

bool request_status_parse(const char *name, enum request_status *status)
{
	for (unsigned i = 0; i < REQUEST_STATUSES; i++) {
		if (strcmp(names[i], name) == 0) {
			*status = (enum request_status)i;
			return true;
		}
	}
	return false;
}

bool request_is_open(const struct request *r)
{
	return r->status < RESPONDED;
}

bool request_is_final(const struct request *r)
{
	return r->status >= RESPONDED && r->status <= REFUSED;
}

bool request_was_sent(const struct request *r)
{
	return r->status != QUEUED || r->may_be_sent || r->columns[REQ_TRANSMITTED] != NULL;
}

struct request *request_find(const struct requests *all, const char *id)
{
	struct request *r;

	HASH_FIND_STR(all->by_id, id, r);
	return r;
}

/* Days. */

#define DAY_MS INT64_C(86400000)

struct request_day {
	int64_t midnight;
	unsigned n;
	UT_hash_handle hh;
};

static void count_day(struct requests *all, const char *id, bool more)
{
	int64_t midnight = 0;
	struct request_day *day;

	uuid7_time(id, &midnight);
	midnight -= midnight % DAY_MS;
	HASH_FIND(hh, all->by_day, &midnight, sizeof midnight, day);
	if (day == NULL) {
		day = mem_zero(1, sizeof *day);
		day->midnight = midnight;
		HASH_ADD(hh, all->by_day, midnight, sizeof midnight, day);
	}
	day->n += more ? 1 : -1u;
	if (day->n > 0)
		return;
	HASH_DEL(all->by_day, day);
	free(day);
}

size_t request_days(const struct requests *all, int64_t **midnights)
{
	size_t n = 0;

	*midnights = mem_zero(HASH_COUNT(all->by_day) + 1, sizeof **midnights);
	for (const struct request_day *day = all->by_day; day != NULL; day = day->hh.next)
		(*midnights)[n++] = day->midnight;
	return n;
}

bool request_has_day(const struct requests *all, int64_t midnight)
{
	struct request_day *day;

	HASH_FIND(hh, all->by_day, &midnight, sizeof midnight, day);
	return day != NULL;
}

static void set_status(struct requests *all, struct request *r, const char *name)
{
	all->n[r->status]--;
	request_status_parse(name, &r->status);
	all->n[r->status]++;
}

struct request *request_apply(struct requests *all, const char *const *row)
{
	struct request *r = request_find(all, row[REQ_ID]);

	if (r == NULL) {
		r = mem_zero(1, sizeof *r);
		memcpy(r->id, row[REQ_ID], strnlen(row[REQ_ID], sizeof r->id - 1));
		HASH_ADD_STR(all->by_id, id, r);
		count_day(all, r->id, true);
		all->n[r->status]++;
	}
	all->bytes -= r->memory.size;
	columns_apply(&r->memory, r->columns, REQ_COLUMNS, row);
	all->bytes += r->memory.size;
	if (row[REQ_STATUS] != NULL)
		set_status(all, r, row[REQ_STATUS]);
	record_get_time(row[REQ_CREATED], &r->created);
	record_get_time(row[REQ_EXPIRES], &r->expires);
	record_get_int(row[REQ_TRANSMISSION], &r->transmission);
	record_get_int(row[REQ_ATTEMPTS], &r->attempts);
	record_get_int(row[REQ_MAX_ATTEMPTS], &r->max_attempts);
	record_get_int(row[REQ_TIMEOUT], &r->timeout_s);
	return r;
}

void request_slim(struct requests *all, struct request *r)
{
	all->bytes -= r->memory.size;
	r->columns[REQ_ARGUMENTS] = r->columns[REQ_OUTCOME] = NULL;
	columns_shrink(&r->memory, r->columns, REQ_COLUMNS);
	all->bytes += r->memory.size;
}

void request_forget(struct requests *all, struct request *r)
{
	HASH_DEL(all->by_id, r);
	count_day(all, r->id, false);
	all->n[r->status]--;
	all->bytes -= r->memory.size;
	columns_free(&r->memory);
	free(r->stream);
	free(r);
}

void requests_free(struct requests *all)
{
	struct request *r, *next;

	HASH_ITER(hh, all->by_id, r, next)
		request_forget(all, r);
}
