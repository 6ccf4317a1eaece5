#include "component/query.h"

#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "common/conf.h"
#include "common/mem.h"
#include "component/journal.h"

/* A request that may be one of those asked for. Its first row says what never
 * changes; later ones its status. */
struct hit {
	char id[UUID7_STRING];
	enum request_status status;
	struct days_row *row;              /* the second reading fills it */
	UT_hash_handle hh;
};

struct day {
	const struct query_filter *filter;
	struct hit *hits;
};

static bool equals(const char *wanted, const char *value)
{
	return wanted == NULL || (value != NULL && strcmp(wanted, value) == 0);
}

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
	return equals(f->device, row[REQ_DEVICE]) && equals(f->unit, row[REQ_UNIT]) &&
	       equals(f->command, row[REQ_COMMAND]) && equals(f->operator_, row[REQ_OPERATOR]) &&
	       in_units(f->units, row[REQ_UNIT]) && days_has(&f->span, row[REQ_ID], created);
}

static bool find_hit(void *arg, const char *const *row, uint64_t offset)
{
	struct day *day = arg;
	struct hit *h;

	(void)offset;
	if (strlen(row[REQ_ID]) != UUID7_STRING - 1)
		return true;
	HASH_FIND_STR(day->hits, row[REQ_ID], h);
	if (h == NULL && row[REQ_DEVICE] != NULL && fits(day->filter, row)) {
		h = mem_zero(1, sizeof *h);
		memcpy(h->id, row[REQ_ID], sizeof h->id);
		HASH_ADD_STR(day->hits, id, h);
	}
	if (h != NULL && row[REQ_STATUS] != NULL)
		request_status_parse(row[REQ_STATUS], &h->status);
	return true;
}

static bool fill_hit(void *arg, const char *const *row, uint64_t offset)
{
	struct day *day = arg;
	struct hit *h;

	(void)offset;
	HASH_FIND_STR(day->hits, row[REQ_ID], h);
	if (h == NULL)
		return true;
	for (unsigned i = 0; i < REQ_COLUMNS; i++)
		record_get_text(row[i], &h->row->columns[i]);
	return true;
}

static int by_id_ascending(struct hit *a, struct hit *b)
{
	return strcmp(a->id, b->id);
}

static int by_id_descending(struct hit *a, struct hit *b)
{
	return strcmp(b->id, a->id);
}

/* The first ones that the page has room for stay; each gets its row. */
static void choose(struct day *day, struct days_result *result)
{
	const struct days_span *span = &day->filter->span;
	struct hit *h, *next;

	if (days_is_ascending(span))
		HASH_SORT(day->hits, by_id_ascending);
	else
		HASH_SORT(day->hits, by_id_descending);
	HASH_ITER(hh, day->hits, h, next) {
		bool wanted = day->filter->status < 0 || (int)h->status == day->filter->status;

		result->count += wanted && span->count;
		if (wanted && result->n < span->max) {
			h->row = days_add_row(result);
			continue;
		}
		result->more |= wanted && !span->count;
		HASH_DEL(day->hits, h);
		free(h);
	}
}

static void clear_hits(struct day *day)
{
	struct hit *h, *next;

	HASH_ITER(hh, day->hits, h, next) {
		HASH_DEL(day->hits, h);
		free(h);
	}
}

static int query_day(const char *base, const void *filter, struct days_result *result)
{
	struct day day = { .filter = filter };
	int rc = days_read(base, &request_schema, find_hit, &day);

	if (rc == 0) {
		choose(&day, result);
		if (day.hits != NULL)
			rc = days_read(base, &request_schema, fill_hit, &day);
	}
	clear_hits(&day);
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
	char *owned[] = { f->device, f->unit, f->command, f->operator_ };

	for (size_t i = 0; i < sizeof owned / sizeof *owned; i++)
		free(owned[i]);
	conf_list_free(f->units);
	days_span_clear(&f->span);
	memset(f, 0, sizeof *f);
}
