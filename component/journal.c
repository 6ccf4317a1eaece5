#include "component/journal.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/mem.h"
#include "component/day.h"

#define LOG_MODULE "journal"

/* The longest that a request may wait, and then a day in which a late outcome
 * may come: expires is at most 30 days. */
#define LIVE_DAYS 32

static struct store_file *day_file(struct component *c, int64_t wall_ms)
{
	int64_t day = wall_ms / DAYS_MS;
	char name[DAYS_NAME];

	if (c->journal_file != NULL && c->journal_day == day)
		return c->journal_file;
	days_name(JOURNAL_FOLDER, wall_ms, name);
	c->journal_day = day;
	c->journal_file = store_file(c->store, name, &request_schema);
	return c->journal_file;
}

bool journal_ready(struct component *c, const char *id)
{
	int64_t when = 0;

	uuid7_time(id, &when);
	if (day_file(c, when) != NULL)
		return true;
	log_error("the day file of %s cannot be used: %s", id, strerror(errno));
	return false;
}

static struct store_file *file_of(struct component *c, const char *const *row)
{
	struct store_file *f;
	int64_t when = 0;

	uuid7_time(row[REQ_ID], &when);
	f = day_file(c, when);
	assert(f != NULL);
	return f;
}

uint64_t journal_append(struct component *c, const char *const *row)
{
	return store_append(file_of(c, row), row);
}

/* While the disk fails the store may drop what is lazy, and a request's later rows would
 * stand on one that is not there. */
void journal_append_lazy(struct component *c, const char *const *row)
{
	if (store_has_room(c->store))
		store_append_lazy(file_of(c, row), row);
	else
		store_append(file_of(c, row), row);
}

struct loading {
	table_row_fn *row;
	void *arg;
};

/* What is sorted has ended, and nothing can come for it; but its tokens may still be
 * used. */
static int load_sorted(const struct loading *l, struct day *d)
{
	struct days_span span = { .oldest = true, .since = clock_wall_ms() - TOKEN_DAY_MS };
	const char *const *values;
	int rc = day_begin(d, &span);

	while (rc == 0 && (rc = day_next(d, &span, &values)) > 0)
		rc = l->row(l->arg, values, 0) ? 0 : -1;
	return rc;
}

/* A sealed day that nothing follows is not opened for writing, so that nothing looks at
 * all of it. */
static int load_day(struct component *c, const struct loading *l, int64_t midnight)
{
	char name[DAYS_NAME], *base;
	struct day d;
	int rc;

	days_name(JOURNAL_FOLDER, midnight, name);
	base = mem_printf("%s/%s", store_dir(c->store), name);
	rc = day_open(&d, base, &request_schema);
	if (rc == 0)
		rc = load_sorted(l, &d);
	if (rc == 0 && d.n_rest > 0 &&
	    store_file_read(c->store, name, &request_schema, l->row, l->arg) == NULL)
		rc = -1;
	if (rc != 0)
		log_error("cannot read %s/%s: %s", store_dir(c->store), name, strerror(errno));
	day_close(&d);
	free(base);
	return rc;
}

int journal_load(struct component *c, table_row_fn *row, void *arg)
{
	int64_t *days, oldest = clock_wall_ms() - LIVE_DAYS * DAYS_MS;
	int n = days_list(store_dir(c->store), JOURNAL_FOLDER, &days), rc = n < 0 ? -1 : 0;
	const struct loading l = { row, arg };

	if (n < 0)
		log_error("cannot list %s/%s: %s", store_dir(c->store), JOURNAL_FOLDER, strerror(errno));
	while (n-- > 0 && rc == 0) {
		if (days[n] >= oldest)
			rc = load_day(c, &l, days[n]);
	}
	free(days);
	return rc;
}
