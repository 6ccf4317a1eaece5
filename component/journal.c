#include "component/journal.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/log.h"
#include "component/days.h"

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

uint64_t journal_append(struct component *c, const char *const *row)
{
	struct store_file *f;
	int64_t when = 0;

	uuid7_time(row[REQ_ID], &when);
	f = day_file(c, when);
	assert(f != NULL);
	return store_append(f, row);
}

int journal_load(struct component *c, table_row_fn *row, void *arg)
{
	int64_t *days, oldest = clock_wall_ms() - LIVE_DAYS * DAYS_MS;
	int n = days_list(store_dir(c->store), JOURNAL_FOLDER, &days), rc = n < 0 ? -1 : 0;
	struct store_file *f;

	if (n < 0)
		log_error("cannot list %s/%s: %s", store_dir(c->store), JOURNAL_FOLDER, strerror(errno));
	while (n-- > 0 && rc == 0) {
		if (days[n] < oldest)
			continue;
		f = day_file(c, days[n]);
		if (f == NULL || store_load(f, row, arg) != 0) {
			char name[DAYS_NAME];

			days_name(JOURNAL_FOLDER, days[n], name);
			log_error("cannot read %s/%s: %s", store_dir(c->store), name, strerror(errno));
			rc = -1;
		}
	}
	free(days);
	return rc;
}
