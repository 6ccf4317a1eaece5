#include "component/audit_query.h"

#include <stdlib.h>
#include <string.h>

#include "common/conf.h"
#include "component/audit.h"
#include "component/day.h"
#include "component/optional.h"
#include "component/record.h"

struct page {
	const struct audit_filter *filter;
	struct days_result *result;
	unsigned had;                      /* rows of the days before */
};

/* What is of no unit, who administers any may see. */
static bool in_units(char *const *units, const char *unit)
{
	if (unit == NULL || *unit == '\0')
		return true;
	while (*units != NULL && strcmp(*units, unit) != 0)
		units++;
	return *units != NULL;
}

static bool fits(const struct audit_filter *f, const char *const *row)
{
	int64_t when = 0;

	record_get_time(row[AUDIT_TIME], &when);
	return optional_fits(f->operator_, row[AUDIT_OPERATOR]) &&
	       optional_fits(f->unit, row[AUDIT_UNIT]) && optional_fits(f->action, row[AUDIT_ACTION]) &&
	       optional_fits(f->request, row[AUDIT_REQUEST]) &&
	       optional_fits(f->result, row[AUDIT_RESULT]) &&
	       (optional_fits(f->device, row[AUDIT_DEVICE]) ||
	        optional_fits(f->device_jid, row[AUDIT_DEVICE])) &&
	       in_units(f->units, row[AUDIT_UNIT]) && days_has(&f->span, row[AUDIT_ID], when);
}

/* Where an id belongs among the day's rows; *same: it is there. */
static unsigned find_place(const struct page *page, const char *id, bool *same)
{
	unsigned low = page->had, high = page->result->n;

	*same = false;
	while (low < high) {
		unsigned middle = low + (high - low) / 2;
		int order = strcmp(id, page->result->rows[middle].columns[AUDIT_ID]);

		*same |= order == 0;
		if (days_is_ascending(&page->filter->span) ? order > 0 : order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static void insert(struct days_result *result, unsigned place, const char *const *values)
{
	struct days_row row;

	row = *days_add_row(result);
	memmove(result->rows + place + 1, result->rows + place,
	        (result->n - 1 - place) * sizeof *result->rows);
	result->rows[place] = row;
	for (unsigned i = 0; i < AUDIT_COLUMNS; i++)
		record_get_text(values[i], &row.columns[i]);
}

/* False: it lies beyond a page that is full. */
static bool consider(struct page *page, const char *const *values)
{
	struct days_result *result = page->result;
	unsigned place;
	bool same;

	if (!fits(page->filter, values))
		return true;
	if (page->filter->span.count) {
		result->count++;
		return true;
	}
	place = find_place(page, values[AUDIT_ID], &same);
	if (same)
		return true;
	if (result->n == page->filter->span.max) {
		result->more = true;
		if (place == result->n)
			return false;
		days_drop_rows(result, result->n - 1);
	}
	insert(result, place, values);
	return true;
}

/* Rows need not stand in the order of their ids: a clock may have gone back. */
static bool offer(void *arg, const char *const *values, uint64_t offset)
{
	(void)offset;
	consider(arg, values);
	return true;
}

static int query_day(const char *base, const void *filter, struct days_result *result)
{
	struct page page = { .filter = filter, .result = result, .had = result->n };
	const char *const *values;
	struct day day;
	int rc = day_open(&day, base, &audit_schema);

	if (rc == 0)
		rc = day_read_rest(&day, offer, &page);
	if (rc == 0)
		rc = day_begin(&day, &page.filter->span);
	while (rc == 0 && (rc = day_next(&day, &page.filter->span, &values)) > 0)
		rc = consider(&page, values) ? 0 : 2;
	day_close(&day);
	return rc < 0 ? -1 : 0;
}

void audit_query_run(const char *data_directory, const struct audit_filter *filter,
                     struct days_result *result)
{
	days_run(data_directory, AUDIT_FOLDER, &audit_schema, &filter->span, query_day, filter,
	         result);
}

void audit_filter_clear(struct audit_filter *f)
{
	char *owned[] = { f->operator_, f->unit, f->action, f->request, f->result, f->device,
	                  f->device_jid };

	for (size_t i = 0; i < sizeof owned / sizeof *owned; i++)
		free(owned[i]);
	conf_list_free(f->units);
	days_span_clear(&f->span);
	memset(f, 0, sizeof *f);
}
