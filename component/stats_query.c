#include "component/stats_query.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "common/conf.h"
#include "common/mem.h"
#include "component/day.h"
#include "component/journal.h"
#include "component/optional.h"
#include "component/record.h"

/* So many requests of the rest are held at a time; a larger day is read again for the
 * next ones. */
#define WINDOW 250000
#define WINDOW_LEFT (WINDOW / 10 * 9)

/* A request that the rest of a day tells of. */
struct hit {
	char id[UUID7_STRING];
	struct tally_row *row;             /* NULL: its beginning is in the sorted part */
	bool has_status, has_time;         /* else it is as there */
	enum request_status status;
	int64_t ms;                        /* -1: none */
	UT_hash_handle hh;
};

struct reading {
	struct day day;
	struct days_span span;
	const struct stats_filter *filter;
	struct tally tally;                /* of this day */
	struct hit *hits;
	char after[UUID7_STRING], upto[UUID7_STRING];   /* the window's bounds; "" for none */
	const char *const *row;            /* of the sorted part, the next one; NULL: none */
};

/* For days_run(), which knows no tallies. */
struct counting {
	const struct stats_filter *filter;
	struct tally *tally;
};

static bool in_units(char *const *units, const char *unit)
{
	while (*units != NULL && (unit == NULL || strcmp(*units, unit) != 0))
		units++;
	return *units != NULL;
}

static bool fits(const struct reading *r, const char *const *row)
{
	const struct stats_filter *f = r->filter;
	int64_t created = 0;

	record_get_time(row[REQ_CREATED], &created);
	return row[REQ_DEVICE] != NULL && row[f->by] != NULL &&
	       optional_fits(f->device, row[REQ_DEVICE]) &&
	       optional_fits(f->unit, row[REQ_UNIT]) && optional_fits(f->command, row[REQ_COMMAND]) &&
	       in_units(f->units, row[REQ_UNIT]) && days_has(&r->span, row[REQ_ID], created);
}

static bool is_in_window(const struct reading *r, const char *id)
{
	return (*r->after == '\0' || strcmp(id, r->after) > 0) &&
	       (*r->upto == '\0' || strcmp(id, r->upto) <= 0);
}

static bool is_stopped(const struct reading *r)
{
	return r->filter->stop != NULL && atomic_load(r->filter->stop);
}

/* The rest of a day. */

static int by_id(struct hit *a, struct hit *b)
{
	return strcmp(a->id, b->id);
}

static void drop_hit(struct reading *r, struct hit *h)
{
	HASH_DEL(r->hits, h);
	free(h);
}

/* The last ones are left for the next window. */
static void narrow(struct reading *r)
{
	struct hit *h, *next;
	unsigned n = 0;

	HASH_SORT(r->hits, by_id);
	HASH_ITER(hh, r->hits, h, next) {
		if (++n == WINDOW_LEFT)
			memcpy(r->upto, h->id, sizeof r->upto);
		else if (n > WINDOW_LEFT)
			drop_hit(r, h);
	}
}

static struct hit *add_hit(struct reading *r, const char *id, struct tally_row *row)
{
	struct hit *h = mem_zero(1, sizeof *h);

	memcpy(h->id, id, sizeof h->id);
	h->row = row;
	HASH_ADD_STR(r->hits, id, h);
	return h;
}

static int64_t time_of(const char *text)
{
	int64_t ms = -1;

	record_get_int(text, &ms);
	return ms;
}

static void note(struct hit *h, const char *const *row)
{
	if (row[REQ_STATUS] != NULL)
		h->has_status |= request_status_parse(row[REQ_STATUS], &h->status);
	if (row[REQ_RESPONSE_MS] != NULL) {
		h->has_time = true;
		h->ms = time_of(row[REQ_RESPONSE_MS]);
	}
}

static bool find_hit(void *arg, const char *const *row, uint64_t offset)
{
	struct reading *r = arg;
	const char *id = row[REQ_ID];
	struct hit *h;

	(void)offset;
	if (is_stopped(r))
		return false;
	if (strlen(id) != UUID7_STRING - 1 || !is_in_window(r, id))
		return true;
	HASH_FIND_STR(r->hits, id, h);
	if (h == NULL && fits(r, row))
		h = add_hit(r, id, tally_at(&r->tally, row[r->filter->by]));
	else if (h == NULL && row[REQ_DEVICE] == NULL && r->day.sorted != NULL)
		h = add_hit(r, id, NULL);
	if (h != NULL)
		note(h, row);
	if (HASH_COUNT(r->hits) >= WINDOW)
		narrow(r);
	return true;
}

/* Counting. */

static int next_sorted(struct reading *r)
{
	int rc = day_next(&r->day, &r->span, &r->row);

	if (rc <= 0)
		r->row = NULL;
	return rc < 0 ? -1 : 0;
}

/* r->row, with what the rest says of it (or NULL). */
static void count_sorted(struct reading *r, const struct hit *h)
{
	enum request_status status = QUEUED;
	int64_t ms;

	if (!fits(r, r->row))
		return;
	request_status_parse(r->row[REQ_STATUS] == NULL ? "" : r->row[REQ_STATUS], &status);
	ms = time_of(r->row[REQ_RESPONSE_MS]);
	if (h != NULL && h->has_status)
		status = h->status;
	if (h != NULL && h->has_time)
		ms = h->ms;
	tally_add(tally_at(&r->tally, r->row[r->filter->by]), status, ms);
}

static int count_window(struct reading *r)
{
	struct hit *h, *next;

	while (r->row != NULL && is_in_window(r, r->row[REQ_ID])) {
		HASH_FIND_STR(r->hits, r->row[REQ_ID], h);
		count_sorted(r, h);
		if (h != NULL)
			drop_hit(r, h);
		if (next_sorted(r) < 0)
			return -1;
		if (is_stopped(r)) {
			errno = ECANCELED;
			return -1;
		}
	}
	HASH_ITER(hh, r->hits, h, next) {
		if (h->row != NULL)
			tally_add(h->row, h->status, h->has_time ? h->ms : -1);
	}
	return 0;
}

static void clear_hits(struct reading *r)
{
	struct hit *h, *next;

	HASH_ITER(hh, r->hits, h, next)
		drop_hit(r, h);
}

static int read_windows(struct reading *r)
{
	int rc = day_begin(&r->day, &r->span);

	if (rc == 0)
		rc = next_sorted(r);
	while (rc == 0) {
		rc = day_read_rest(&r->day, find_hit, r);
		if (rc == 0)
			rc = count_window(r);
		clear_hits(r);
		if (*r->upto == '\0')
			break;
		memcpy(r->after, r->upto, sizeof r->after);
		*r->upto = '\0';
	}
	return rc;
}

static struct days_span span_of(const struct stats_filter *f)
{
	return (struct days_span){ .since = f->since, .until = f->until, .oldest = true };
}

/* A day that has to be begun again has not been added. */
static int count_day(const char *base, const void *arg, struct days_result *result)
{
	const struct counting *c = arg;
	struct reading r = { .filter = c->filter, .span = span_of(c->filter) };
	int rc = day_open(&r.day, base, &request_schema);

	(void)result;
	if (rc == 0)
		rc = read_windows(&r);
	if (rc == 0)
		tally_join(c->tally, &r.tally);
	tally_clear(&r.tally);
	day_close(&r.day);
	return rc;
}

char *stats_query_run(const char *data_directory, const struct stats_filter *filter,
                      struct tally *tally)
{
	struct counting counting = { filter, tally };
	struct days_span span = span_of(filter);
	struct days_result result;
	char *failed;

	days_run(data_directory, JOURNAL_FOLDER, &request_schema, &span, count_day, &counting,
	         &result);
	failed = mem_strdup(result.failed);
	days_result_clear(&result);
	return failed;
}

void stats_filter_clear(struct stats_filter *f)
{
	free(f->device);
	free(f->unit);
	free(f->command);
	conf_list_free(f->units);
	memset(f, 0, sizeof *f);
}
