#include "component/query.h"

#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "common/conf.h"
#include "common/mem.h"
#include "component/day.h"
#include "component/journal.h"
#include "component/optional.h"

/* So many requests of the rest are held at a time; a larger day is read again for the
 * next ones. */
#define WINDOW 100000

/* A request that the rest of a day tells of. What is only there begins with a row that
 * says what never changes; of one in the sorted part there are changes. */
struct hit {
	char id[UUID7_STRING];
	bool begins;                       /* its first row is there, and it may be asked for */
	bool has_status;
	enum request_status status;
	struct days_row *row;              /* the second reading fills it */
	UT_hash_handle hh;
};

struct reading {
	struct day day;
	const struct query_filter *filter;
	struct days_result *result;
	struct hit *hits;
	char after[UUID7_STRING], upto[UUID7_STRING];   /* the window's bounds; "" for none */
	const char *const *row;            /* of the sorted part, the next one; NULL: none */
};

static bool in_units(char *const *units, const char *unit)
{
	for (; *units != NULL; units++) {
		if (unit != NULL && strcmp(*units, unit) == 0)
			return true;
	}
	return false;
}

static bool fits(const struct query_filter *f, const char *const *row)
{
	int64_t created = 0;

	record_get_time(row[REQ_CREATED], &created);
	return optional_fits(f->device, row[REQ_DEVICE]) && optional_fits(f->unit, row[REQ_UNIT]) &&
	       optional_fits(f->command, row[REQ_COMMAND]) &&
	       optional_fits(f->operator_, row[REQ_OPERATOR]) &&
	       optional_fits(f->campaign, row[REQ_CAMPAIGN]) &&
	       in_units(f->units, row[REQ_UNIT]) && days_has(&f->span, row[REQ_ID], created);
}

static bool is_wanted(const struct query_filter *f, enum request_status status)
{
	return f->status < 0 || (int)status == f->status;
}

/* Negative if a comes first in the span's order. */
static int order(const struct reading *r, const char *a, const char *b)
{
	return days_is_ascending(&r->filter->span) ? strcmp(a, b) : strcmp(b, a);
}

static bool is_in_window(const struct reading *r, const char *id)
{
	return (*r->after == '\0' || order(r, id, r->after) > 0) &&
	       (*r->upto == '\0' || order(r, id, r->upto) <= 0);
}

/* The rest of a day, first reading. */

static int by_id_ascending(struct hit *a, struct hit *b)
{
	return strcmp(a->id, b->id);
}

static int by_id_descending(struct hit *a, struct hit *b)
{
	return strcmp(b->id, a->id);
}

static void sort_hits(struct reading *r)
{
	if (days_is_ascending(&r->filter->span))
		HASH_SORT(r->hits, by_id_ascending);
	else
		HASH_SORT(r->hits, by_id_descending);
}

static void drop_hit(struct reading *r, struct hit *h)
{
	HASH_DEL(r->hits, h);
	free(h);
}

/* Half of them are left for the next window. */
static void narrow(struct reading *r)
{
	unsigned n = 0;
	struct hit *h, *next;

	sort_hits(r);
	HASH_ITER(hh, r->hits, h, next) {
		if (++n == WINDOW / 2)
			memcpy(r->upto, h->id, sizeof r->upto);
		else if (n > WINDOW / 2)
			drop_hit(r, h);
	}
}

static struct hit *add_hit(struct reading *r, const char *id, bool begins)
{
	struct hit *h = mem_zero(1, sizeof *h);

	memcpy(h->id, id, sizeof h->id);
	h->begins = begins;
	HASH_ADD_STR(r->hits, id, h);
	return h;
}

static bool find_hit(void *arg, const char *const *row, uint64_t offset)
{
	struct reading *r = arg;
	const char *id = row[REQ_ID];
	struct hit *h;

	(void)offset;
	if (strlen(id) != UUID7_STRING - 1 || !is_in_window(r, id))
		return true;
	HASH_FIND_STR(r->hits, id, h);
	if (h == NULL && row[REQ_DEVICE] != NULL && fits(r->filter, row))
		h = add_hit(r, id, true);
	else if (h == NULL && row[REQ_DEVICE] == NULL && r->day.sorted != NULL &&
	         days_has_id(&r->filter->span, id))
		h = add_hit(r, id, false);
	if (h != NULL && row[REQ_STATUS] != NULL)
		h->has_status = request_status_parse(row[REQ_STATUS], &h->status);
	if (HASH_COUNT(r->hits) >= WINDOW)
		narrow(r);
	return true;
}

/* Choosing: both parts in order. */

/* One that is asked for: its row of the page, or NULL. */
static struct days_row *take(struct reading *r)
{
	const struct days_span *span = &r->filter->span;

	r->result->count += span->count;
	if (r->result->n < span->max)
		return days_add_row(r->result);
	r->result->more |= !span->count;
	return NULL;
}

static void copy_columns(struct days_row *to, const char *const *row)
{
	for (unsigned i = 0; i < REQ_COLUMNS; i++)
		record_get_text(row[i], &to->columns[i]);
}

/* r->row, with what the rest says of it (or NULL). */
static void choose_sorted(struct reading *r, struct hit *h)
{
	enum request_status status = QUEUED;

	request_status_parse(r->row[REQ_STATUS] == NULL ? "" : r->row[REQ_STATUS], &status);
	if (h != NULL && h->has_status)
		status = h->status;
	if (r->row[REQ_DEVICE] != NULL && fits(r->filter, r->row) && is_wanted(r->filter, status)) {
		struct days_row *row = take(r);

		if (row != NULL)
			copy_columns(row, r->row);
		if (h != NULL)
			h->row = row;
	}
}

static int next_sorted(struct reading *r)
{
	int rc = day_next(&r->day, &r->filter->span, &r->row);

	if (rc <= 0)
		r->row = NULL;
	return rc < 0 ? -1 : 0;
}

/* Those of the sorted part ahead of h; with NULL, all of the window. Then h itself, if it
 * is there: *met. */
static int choose_until(struct reading *r, struct hit *h, bool *met)
{
	*met = false;
	while (r->row != NULL && !*met && !r->result->more && is_in_window(r, r->row[REQ_ID])) {
		int ahead = h == NULL ? -1 : order(r, r->row[REQ_ID], h->id);

		if (ahead > 0)
			break;
		*met = ahead == 0;
		choose_sorted(r, *met ? h : NULL);
		if (next_sorted(r) < 0)
			return -1;
	}
	return 0;
}

/* The hits that have a place on the page stay. */
static int choose(struct reading *r)
{
	struct hit *h, *next;
	bool met;

	sort_hits(r);
	HASH_ITER(hh, r->hits, h, next) {
		if (choose_until(r, h, &met) < 0)
			return -1;
		if (!met && h->begins && is_wanted(r->filter, h->status))
			h->row = take(r);
		if (h->row == NULL)
			drop_hit(r, h);
	}
	return choose_until(r, NULL, &met);
}

/* Second reading. */

static bool fill_hit(void *arg, const char *const *row, uint64_t offset)
{
	struct reading *r = arg;
	struct hit *h;

	(void)offset;
	HASH_FIND_STR(r->hits, row[REQ_ID], h);
	if (h != NULL)
		copy_columns(h->row, row);
	return true;
}

static void clear_hits(struct reading *r)
{
	struct hit *h, *next;

	HASH_ITER(hh, r->hits, h, next)
		drop_hit(r, h);
}

static int read_window(struct reading *r)
{
	int rc = day_read_rest(&r->day, find_hit, r);

	if (rc == 0)
		rc = choose(r);
	if (rc == 0 && r->hits != NULL)
		rc = day_read_rest(&r->day, fill_hit, r);
	clear_hits(r);
	return rc;
}

static int query_day(const char *base, const void *filter, struct days_result *result)
{
	struct reading r = { .filter = filter, .result = result };
	int rc = day_open(&r.day, base, &request_schema);

	if (rc == 0)
		rc = day_begin(&r.day, &r.filter->span);
	if (rc == 0)
		rc = next_sorted(&r);
	while (rc == 0) {
		rc = read_window(&r);
		if (*r.upto == '\0' || result->more)
			break;
		memcpy(r.after, r.upto, sizeof r.after);
		*r.upto = '\0';
	}
	day_close(&r.day);
	return rc;
}

void query_run(const char *data_directory, const struct query_filter *filter,
               struct days_result *result)
{
	days_run(data_directory, JOURNAL_FOLDER, &request_schema, &filter->span, query_day, filter,
	         result);
}

void query_filter_clear(struct query_filter *f)
{
	char *owned[] = { f->device, f->unit, f->command, f->operator_, f->campaign };

	for (size_t i = 0; i < sizeof owned / sizeof *owned; i++)
		free(owned[i]);
	conf_list_free(f->units);
	days_span_clear(&f->span);
	memset(f, 0, sizeof *f);
}
