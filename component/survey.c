#define LOG_MODULE "seal"
#include "component/survey.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/file.h"
#include "common/log.h"
#include "common/mem.h"
#include "common/uuid7.h"
#include "component/days.h"

/* So long after midnight an id of the day before may still be made: uuid7_next(). */
#define SETTLE_MS 60000

static char *folder_of(const struct survey *s)
{
	return mem_printf("%s/%s", s->data_directory, s->folder);
}

static bool ends_with(const char *name, const char *end)
{
	size_t n = strlen(name), len = strlen(end);

	return n > len && strcmp(name + n - len, end) == 0;
}

/* Each entry that wanted() wants is removed. 0, or -1 with errno. */
static int remove_entries(const char *folder, bool (*wanted)(const char *name, const void *arg),
                          const void *arg)
{
	DIR *dir = opendir(folder);
	struct dirent *e;
	int rc = dir == NULL ? -1 : 0;

	while (rc == 0 && (errno = 0, e = readdir(dir)) != NULL) {
		if (wanted(e->d_name, arg))
			rc = unlinkat(dirfd(dir), e->d_name, 0);
	}
	if (rc == 0 && errno != 0)
		rc = -1;
	if (dir != NULL) {
		int saved = errno;

		closedir(dir);
		errno = saved;
	}
	return rc;
}

static bool is_leftover(const char *name, const void *arg)
{
	(void)arg;
	return ends_with(name, ".tsv.new") || strncmp(name, ".run.", 5) == 0;
}

/* Nobody writes there before the first survey has ended. */
static void tidy(const struct survey *s)
{
	char *folder = folder_of(s);

	if (remove_entries(folder, is_leftover, NULL) < 0 && errno != ENOENT)
		log_warn("cannot tidy folder=%s: %s", folder, strerror(errno));
	free(folder);
}

/* All of a day but the file that says what the others are: DAY.tsv. */
static bool is_beside(const char *name, const void *arg)
{
	const char *day = arg;
	size_t n = strlen(day);

	return strncmp(name, day, n) == 0 && name[n] == '.' && strcmp(name + n, ".tsv") != 0;
}

static void remove_day(const struct survey *s, const char *base)
{
	char *folder = folder_of(s), *path = table_segment_path(base, 0);
	int rc = remove_entries(folder, is_beside, strrchr(base, '/') + 1);

	if (rc == 0)
		rc = unlink(path);
	if (rc == 0)
		rc = file_sync_dir_of(path);
	if (rc == 0)
		log_info("removed, kept long enough file=%s days=%lld", path, (long long)s->keep);
	else
		log_error("cannot remove file=%s: %s", path, strerror(errno));
	free(folder);
	free(path);
}

/* 1: sealed, and nothing follows; 0; -1 with errno. */
static int is_sealed(const struct survey *s, const char *base)
{
	unsigned last, *numbers;
	int merged = table_merged(base, s->schema, &last, NULL), n;

	if (merged <= 0)
		return merged;
	n = table_live_segments(base, s->schema, &numbers);
	free(numbers);
	return n < 0 ? -1 : n == 1;
}

static bool is_live(const struct survey *s, int64_t midnight)
{
	for (size_t i = 0; i < s->n_live; i++) {
		if (s->live[i] == midnight)
			return true;
	}
	return false;
}

static void look_at(struct survey *s, int64_t midnight)
{
	char name[DAYS_NAME], *base;
	int sealed;

	days_name(s->folder, midnight, name);
	base = mem_printf("%s/%s", s->data_directory, name);
	sealed = is_sealed(s, base);
	if (sealed < 0)
		log_warn("cannot look at %s: %s", name, strerror(errno));
	else if (!sealed)
		s->unsealed[s->n_unsealed++] = midnight;
	else if (s->keep > 0 && midnight + (s->keep + 1) * DAYS_MS <= s->now)
		remove_day(s, base);
	else if (table_prune(base, s->schema, TABLE_LEFTOVER_S) < 0)
		log_warn("cannot remove merged segments of %s: %s", name, strerror(errno));
	free(base);
}

/* Tables that bear an id go with the day of that id: when nothing of it is there any more. */

struct leaving {
	const struct survey *s;
	const int64_t *days;
	int n;
};

static bool is_left_alone(const char *name, const void *arg)
{
	const struct leaving *l = arg;
	char id[UUID7_STRING] = "";
	int64_t when;

	memcpy(id, name, strnlen(name, sizeof id - 1));
	if (strlen(name) < sizeof id || name[sizeof id - 1] != '.' || !uuid7_time(id, &when))
		return false;
	when -= when % DAYS_MS;
	for (int i = 0; i < l->n; i++) {
		if (l->days[i] == when)
			return false;
	}
	return when + (l->s->keep + 1) * DAYS_MS <= l->s->now;
}

static void remove_tables(const struct survey *s)
{
	struct leaving l = { .s = s };
	char *folder = folder_of(s);
	int64_t *days;

	l.n = days_list(s->data_directory, s->folder, &days);
	l.days = days;
	if (l.n < 0 || (remove_entries(folder, is_left_alone, &l) < 0 && errno != ENOENT))
		log_warn("cannot look for old tables folder=%s: %s", folder, strerror(errno));
	free(days);
	free(folder);
}

void survey_run(struct survey *s)
{
	int64_t *days;
	int n;

	if (s->tidy)
		tidy(s);
	n = days_list(s->data_directory, s->folder, &days);
	if (n < 0)
		log_warn("cannot list %s: %s", s->folder, strerror(errno));
	s->unsealed = mem_zero(n > 0 ? (size_t)n : 1, sizeof *s->unsealed);
	while (n-- > 0) {
		if (days[n] + DAYS_MS + SETTLE_MS <= s->now && !is_live(s, days[n]))
			look_at(s, days[n]);
	}
	free(days);
	if (s->keep > 0 && s->has_tables)
		remove_tables(s);
}

void survey_clear(struct survey *s)
{
	free(s->live);
	free(s->unsealed);
	memset(s, 0, sizeof *s);
}
