#include "component/days.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/mem.h"
#include "common/uuid7.h"

#define TRIES 3

void days_name(const char *folder, int64_t wall_ms, char out[static DAYS_NAME])
{
	char when[CLOCK_STRING];

	clock_format(wall_ms, when);
	snprintf(out, DAYS_NAME, "%s/%.10s", folder, when);
}

/* Which days there are. */

static bool parse_day(const char *file, int64_t *midnight)
{
	char text[CLOCK_STRING + 1];

	/* "2026-01-02.tsv" or a segment of it, "2026-01-02.7.tsv". */
	if (strlen(file) < strlen("2026-01-02.tsv") || file[10] != '.' ||
	    strcmp(file + 11 + strspn(file + 11, "0123456789."), "tsv") != 0)
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

int days_list(const char *data_directory, const char *folder, int64_t **midnights)
{
	char *path = mem_printf("%s/%s", data_directory, folder);
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

/* Spans. */

bool days_is_ascending(const struct days_span *s)
{
	return s->oldest != s->backwards;
}

static bool is_beyond(const struct days_span *s, const char *id)
{
	int order = s->from == NULL ? 0 : strcmp(id, s->from);

	return s->from == NULL || (days_is_ascending(s) ? order > 0 : order < 0);
}

bool days_has_id(const struct days_span *s, const char *id)
{
	return (s->id == NULL || strcmp(s->id, id) == 0) && is_beyond(s, id);
}

bool days_has(const struct days_span *s, const char *id, int64_t wall_ms)
{
	return wall_ms >= s->since && (s->until == 0 || wall_ms <= s->until) && days_has_id(s, id);
}

/* Whether the day can hold any of what is asked for; ids bear their time. */
static bool has_day(const struct days_span *s, int64_t midnight)
{
	int64_t t;

	if (s->id != NULL && (!uuid7_time(s->id, &t) || t < midnight || t >= midnight + DAYS_MS))
		return false;
	if (s->from != NULL && (!uuid7_time(s->from, &t) ||
	                        (days_is_ascending(s) ? t >= midnight + DAYS_MS : t < midnight)))
		return false;
	/* An id may be some seconds off the time of creation when the clock steps. */
	return s->since < midnight + 2 * DAYS_MS && (s->until == 0 || s->until >= midnight - DAYS_MS);
}

void days_span_clear(struct days_span *s)
{
	free(s->id);
	free(s->from);
	memset(s, 0, sizeof *s);
}

/* Results. */

struct days_row *days_add_row(struct days_result *result)
{
	struct days_row *row = &result->rows[result->n++];

	row->columns = mem_zero(result->schema->n_columns, sizeof *row->columns);
	return row;
}

void days_drop_rows(struct days_result *result, unsigned n)
{
	while (result->n > n) {
		char **columns = result->rows[--result->n].columns;

		for (size_t i = 0; i < result->schema->n_columns; i++)
			free(columns[i]);
		free(columns);
	}
}

/* Begun again when a merge has taken a segment away. */
static void run_day(const char *data_directory, const char *name, days_fn *day,
                    const void *filter, struct days_result *result)
{
	char *base = mem_printf("%s/%s", data_directory, name);
	size_t had_count = result->count;
	unsigned had = result->n;
	int rc = -1;

	for (int i = 0; i < TRIES && rc != 0; i++) {
		rc = day(base, filter, result);
		if (rc == 0)
			break;
		days_drop_rows(result, had);
		result->count = had_count;
		result->more = false;
	}
	if (rc != 0)
		result->failed = mem_printf("cannot read %s: %s", name, strerror(errno));
	free(base);
}

void days_run(const char *data_directory, const char *folder, const struct table_schema *schema,
              const struct days_span *span, days_fn *day, const void *filter,
              struct days_result *result)
{
	char name[DAYS_NAME];
	int64_t *days;
	int n = days_list(data_directory, folder, &days);

	memset(result, 0, sizeof *result);
	result->schema = schema;
	result->rows = mem_zero(span->max, sizeof *result->rows);
	if (n < 0)
		result->failed = mem_printf("cannot list %s: %s", folder, strerror(errno));
	for (int i = 0; i < n && !result->more && result->failed == NULL; i++) {
		int64_t midnight = days[days_is_ascending(span) ? n - 1 - i : i];

		if (!has_day(span, midnight))
			continue;
		days_name(folder, midnight, name);
		run_day(data_directory, name, day, filter, result);
	}
	free(days);
}

void days_result_clear(struct days_result *result)
{
	if (result->schema != NULL)
		days_drop_rows(result, 0);
	free(result->rows);
	free(result->failed);
	memset(result, 0, sizeof *result);
}
