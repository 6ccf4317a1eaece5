#include "component/journal.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/mem.h"

#define LOG_MODULE "journal"

#define DAY_MS INT64_C(86400000)
/* The longest that a request may wait, and then a day in which a late outcome
 * may come: expires is at most 30 days. */
#define LIVE_DAYS 32

void journal_name(int64_t wall_ms, char out[static JOURNAL_NAME])
{
	char when[CLOCK_STRING];

	clock_format(wall_ms, when);
	snprintf(out, JOURNAL_NAME, "requests/%.10s", when);
}

static struct store_file *day_file(struct component *c, int64_t wall_ms)
{
	char name[JOURNAL_NAME];

	journal_name(wall_ms, name);
	return store_file(c->store, name, &request_schema);
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

static bool parse_day(const char *file, int64_t *midnight)
{
	char text[CLOCK_STRING + 1];

	if (strlen(file) < strlen("2026-01-02.tsv") || file[10] != '.')
		return false;
	snprintf(text, sizeof text, "%.10sT00:00:00Z", file);
	return clock_parse(text, midnight);
}

static int newest_first(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return x < y ? 1 : x > y ? -1 : 0;
}

/* Every segment names its day. Returns how many days; they are to be freed. */
static size_t read_days(DIR *dir, int64_t **midnights)
{
	size_t n = 0, room = 0;
	struct dirent *e;

	*midnights = NULL;
	while ((errno = 0, e = readdir(dir)) != NULL) {
		if (n == room) {
			room = room * 2 + 64;
			*midnights = mem_realloc(*midnights, room * sizeof **midnights);
		}
		if (parse_day(e->d_name, *midnights + n))
			n++;
	}
	return n;
}

int journal_days(const char *data_directory, int64_t **midnights)
{
	char *path = mem_printf("%s/requests", data_directory);
	DIR *dir = opendir(path);
	size_t n, unique = 0;
	int error;

	*midnights = NULL;
	free(path);
	if (dir == NULL)
		return errno == ENOENT ? 0 : -1;
	n = read_days(dir, midnights);
	error = errno;
	closedir(dir);
	if (error != 0) {
		errno = error;
		return -1;
	}
	if (n == 0)
		return 0;
	qsort(*midnights, n, sizeof **midnights, newest_first);
	for (size_t i = 1; i < n; i++) {
		if ((*midnights)[i] != (*midnights)[unique])
			(*midnights)[++unique] = (*midnights)[i];
	}
	return (int)unique + 1;
}

int journal_load(struct component *c, table_row_fn *row, void *arg)
{
	int64_t *days, oldest = clock_wall_ms() - LIVE_DAYS * DAY_MS;
	int n = journal_days(store_dir(c->store), &days), rc = n < 0 ? -1 : 0;
	struct store_file *f;

	if (n < 0)
		log_error("cannot list %s/requests: %s", store_dir(c->store), strerror(errno));
	while (n-- > 0 && rc == 0) {
		if (days[n] < oldest)
			continue;
		f = day_file(c, days[n]);
		if (f == NULL || store_load(f, row, arg) != 0) {
			char name[JOURNAL_NAME];

			journal_name(days[n], name);
			log_error("cannot read %s/%s: %s", store_dir(c->store), name, strerror(errno));
			rc = -1;
		}
	}
	free(days);
	return rc;
}
