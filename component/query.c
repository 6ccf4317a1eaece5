#include "component/query.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "common/clock.h"
#include "common/conf.h"
#include "common/mem.h"
#include "component/journal.h"

#define DAY_MS INT64_C(86400000)
#define TRIES 3

/* A request that may be one of those asked for. Its first row says what never
 * changes; later ones its status. */
struct hit {
	char id[UUID7_STRING];
	enum request_status status;
	struct query_row *row;             /* the second reading fills it */
	UT_hash_handle hh;
};

struct day {
	const struct query_filter *filter;
	struct hit *hits;
};

static bool is_ascending(const struct query_filter *f)
{
	return f->oldest != f->backwards;
}

static bool is_beyond(const struct query_filter *f, const char *id)
{
	int order = f->from == NULL ? 0 : strcmp(id, f->from);

	return f->from == NULL || (is_ascending(f) ? order > 0 : order < 0);
}

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
	return equals(f->id, row[REQ_ID]) && equals(f->device, row[REQ_DEVICE]) &&
	       equals(f->unit, row[REQ_UNIT]) && equals(f->command, row[REQ_COMMAND]) &&
	       equals(f->operator_, row[REQ_OPERATOR]) && in_units(f->units, row[REQ_UNIT]) &&
	       created >= f->since && (f->until == 0 || created <= f->until) &&
	       is_beyond(f, row[REQ_ID]);
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

/* All segments of a day; begun again when a merge has taken one away. */
static int read_day(const char *base, table_row_fn *row, void *arg)
{
	unsigned *numbers;
	int n = table_segments(base, &numbers), rc = n < 0 ? -1 : 0;

	for (int i = 0; i < n && rc == 0; i++) {
		char *path = table_segment_path(base, numbers[i]);

		rc = table_read(path, &request_schema, row, NULL, arg, NULL, NULL);
		free(path);
	}
	if (n >= 0)
		free(numbers);
	return rc;
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
static void choose(struct day *day, struct query_result *result)
{
	struct hit *h, *next;

	if (is_ascending(day->filter))
		HASH_SORT(day->hits, by_id_ascending);
	else
		HASH_SORT(day->hits, by_id_descending);
	HASH_ITER(hh, day->hits, h, next) {
		bool wanted = day->filter->status < 0 || (int)h->status == day->filter->status;

		result->count += wanted && day->filter->count;
		if (wanted && result->n < day->filter->max) {
			h->row = &result->rows[result->n++];
			continue;
		}
		result->more |= wanted && !day->filter->count;
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

static void clear_rows(struct query_result *result, unsigned from)
{
	for (unsigned i = from; i < result->n; i++) {
		for (unsigned k = 0; k < REQ_COLUMNS; k++)
			free(result->rows[i].columns[k]);
		memset(&result->rows[i], 0, sizeof result->rows[i]);
	}
	result->n = from;
}

static int try_day(const char *base, const struct query_filter *filter,
                   struct query_result *result)
{
	struct day day = { .filter = filter };
	size_t had_count = result->count;
	unsigned had = result->n;
	int rc = read_day(base, find_hit, &day);

	if (rc == 0) {
		choose(&day, result);
		if (day.hits != NULL)
			rc = read_day(base, fill_hit, &day);
	}
	if (rc != 0) {
		clear_rows(result, had);
		result->count = had_count;
		result->more = false;
	}
	clear_hits(&day);
	return rc;
}

static void query_day(const char *data_directory, int64_t midnight,
                      const struct query_filter *filter, struct query_result *result)
{
	char name[JOURNAL_NAME], *base;
	int rc = -1;

	journal_name(midnight, name);
	base = mem_printf("%s/%s", data_directory, name);
	for (int i = 0; i < TRIES && rc != 0; i++)
		rc = try_day(base, filter, result);
	if (rc != 0)
		result->failed = mem_printf("cannot read %s: %s", name, strerror(errno));
	free(base);
}

/* Whether the day can hold any of what is asked for; ids bear their time. */
static bool in_range(const struct query_filter *f, int64_t midnight)
{
	int64_t t;

	if (f->id != NULL && (!uuid7_time(f->id, &t) || t < midnight || t >= midnight + DAY_MS))
		return false;
	if (f->from != NULL && (!uuid7_time(f->from, &t) ||
	                        (is_ascending(f) ? t >= midnight + DAY_MS : t < midnight)))
		return false;
	/* An id may be some seconds off the time of creation when the clock steps. */
	return f->since < midnight + 2 * DAY_MS && (f->until == 0 || f->until >= midnight - DAY_MS);
}

void query_run(const char *data_directory, const struct query_filter *filter,
               struct query_result *result)
{
	int64_t *days;
	int n = journal_days(data_directory, &days);

	memset(result, 0, sizeof *result);
	result->rows = mem_zero(filter->max, sizeof *result->rows);
	if (n < 0)
		result->failed = mem_printf("cannot list requests: %s", strerror(errno));
	for (int i = 0; i < n && !result->more && result->failed == NULL; i++) {
		int64_t day = days[is_ascending(filter) ? n - 1 - i : i];

		if (in_range(filter, day))
			query_day(data_directory, day, filter, result);
	}
	free(days);
}

void query_result_clear(struct query_result *result)
{
	clear_rows(result, 0);
	free(result->rows);
	free(result->failed);
	memset(result, 0, sizeof *result);
}

void query_filter_clear(struct query_filter *f)
{
	char *owned[] = { f->id, f->device, f->unit, f->command, f->operator_, f->from };

	for (size_t i = 0; i < sizeof owned / sizeof *owned; i++)
		free(owned[i]);
	conf_list_free(f->units);
	memset(f, 0, sizeof *f);
}
