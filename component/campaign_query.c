#include "component/campaign_query.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "common/conf.h"
#include "common/mem.h"
#include "component/campaign_table.h"
#include "component/day.h"
#include "component/optional.h"
#include "component/record.h"
#include "component/unit_count.h"

/* There are few a day: all of them that may be asked for are held, by their newest row. */
struct found {
	char id[UUID7_STRING];
	char *columns[CAMP_COLUMNS];
	UT_hash_handle hh;
};

struct reading {
	const struct campaign_filter *filter;
	struct found *all;
};

/* As campaign_units_missing() has it. */
static bool may_see(const struct campaign_filter *f, char *const *row)
{
	char *lack = f->own != NULL && optional_fits(f->own, row[CAMP_OPERATOR])
	           ? NULL : unit_count_lack(row[CAMP_UNITS], f->units, f->n_units);
	bool may = lack == NULL;

	free(lack);
	return may;
}

static bool fits(const struct campaign_filter *f, char *const *row)
{
	enum campaign_status status;
	int64_t created = 0;

	record_get_time(row[CAMP_CREATED], &created);
	return row[CAMP_STATUS] != NULL && row[CAMP_UNITS] != NULL &&
	       campaign_status_parse(row[CAMP_STATUS], &status) &&
	       (f->status < 0 || f->status == (int)status) &&
	       optional_fits(f->command, row[CAMP_COMMAND]) &&
	       optional_fits(f->operator_, row[CAMP_OPERATOR]) && may_see(f, row) &&
	       days_has(&f->span, row[CAMP_ID], created);
}

static bool take(void *arg, const char *const *row, uint64_t offset)
{
	struct reading *r = arg;
	struct found *f;

	(void)offset;
	if (!uuid7_time(row[CAMP_ID], NULL) || !days_has_id(&r->filter->span, row[CAMP_ID]))
		return true;
	HASH_FIND_STR(r->all, row[CAMP_ID], f);
	if (f == NULL) {
		f = mem_zero(1, sizeof *f);
		memcpy(f->id, row[CAMP_ID], sizeof f->id);
		HASH_ADD_STR(r->all, id, f);
	}
	for (unsigned i = 0; i < CAMP_COLUMNS; i++) {
		if (i != CAMP_ARGUMENTS || r->filter->span.id != NULL)
			record_get_text(row[i], &f->columns[i]);
	}
	return true;
}

static int by_id(struct found *a, struct found *b)
{
	return strcmp(a->id, b->id);
}

static int by_id_down(struct found *a, struct found *b)
{
	return strcmp(b->id, a->id);
}

static void choose(struct reading *r, struct days_result *result)
{
	const struct days_span *span = &r->filter->span;
	struct found *f;

	if (days_is_ascending(span))
		HASH_SORT(r->all, by_id);
	else
		HASH_SORT(r->all, by_id_down);
	for (f = r->all; f != NULL && !result->more; f = f->hh.next) {
		struct days_row *row;

		if (!fits(r->filter, f->columns))
			continue;
		if (span->count) {
			result->count++;
		} else if (result->n < span->max) {
			row = days_add_row(result);
			memcpy(row->columns, f->columns, sizeof f->columns);
			memset(f->columns, 0, sizeof f->columns);
		} else {
			result->more = true;
		}
	}
}

static void clear(struct reading *r)
{
	struct found *f, *next;

	HASH_ITER(hh, r->all, f, next) {
		HASH_DEL(r->all, f);
		for (unsigned i = 0; i < CAMP_COLUMNS; i++)
			free(f->columns[i]);
		free(f);
	}
}

static int query_day(const char *base, const void *filter, struct days_result *result)
{
	struct reading r = { .filter = filter };
	const char *const *row;
	struct day day;
	int rc = day_open(&day, base, &campaign_schema);

	if (rc == 0)
		rc = day_begin(&day, &r.filter->span);
	while (rc == 0 && (rc = day_next(&day, &r.filter->span, &row)) > 0)
		rc = take(&r, row, 0) ? 0 : -1;
	if (rc == 0)
		rc = day_read_rest(&day, take, &r);
	if (rc == 0)
		choose(&r, result);
	clear(&r);
	day_close(&day);
	return rc;
}

void campaign_query_run(const char *data_directory, const struct campaign_filter *filter,
                        struct days_result *result)
{
	days_run(data_directory, CAMPAIGN_FOLDER, &campaign_schema, &filter->span, query_day, filter,
	         result);
}

void campaign_filter_clear(struct campaign_filter *f)
{
	free(f->operator_);
	free(f->command);
	free(f->own);
	conf_list_free(f->units);
	days_span_clear(&f->span);
	memset(f, 0, sizeof *f);
}

/* Members. */

static void read_members(const char *base, const struct days_span *span, struct days_result *result)
{
	const char *const *row;
	struct day day;
	int rc = day_open(&day, base, &member_schema);

	/* What is over is one sorted file. */
	if (rc == 0 && day.sorted == NULL) {
		errno = ENOENT;
		rc = -1;
	}
	if (rc == 0)
		rc = day_begin(&day, span);
	while (rc == 0 && !result->more && (rc = day_next(&day, span, &row)) > 0) {
		rc = 0;
		if (!days_has_id(span, row[MEMBER_DEVICE]))
			continue;
		if (span->count) {
			result->count++;
		} else if (result->n == span->max) {
			result->more = true;
		} else {
			struct days_row *to = days_add_row(result);

			for (unsigned i = 0; i < MEMBER_COLUMNS; i++)
				record_get_text(row[i], &to->columns[i]);
		}
	}
	if (rc < 0)
		result->failed = mem_printf("cannot read %s: %s", base, strerror(errno));
	day_close(&day);
}

void campaign_query_members(const char *data_directory, const char *id,
                            const struct days_span *span, struct days_result *result)
{
	char *base = mem_printf("%s/" CAMPAIGN_FOLDER "/%s", data_directory, id);

	memset(result, 0, sizeof *result);
	result->schema = &member_schema;
	result->rows = mem_zero(span->max, sizeof *result->rows);
	read_members(base, span, result);
	free(base);
}
