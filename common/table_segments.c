#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "common/file.h"
#include "common/mem.h"
#include "common/table.h"
#include "common/table_scan.h"

char *table_segment_path(const char *base, unsigned number)
{
	return number == 0 ? mem_printf("%s.tsv", base) : mem_printf("%s.%u.tsv", base, number);
}

/* Whether an entry is the segment NAME.tsv or NAME.NUMBER.tsv. */
static bool is_segment(const char *entry, const char *name, unsigned *number)
{
	size_t n = strlen(name), digits;

	if (strncmp(entry, name, n) != 0 || entry[n] != '.')
		return false;
	entry += n + 1;
	*number = 0;
	if (strcmp(entry, "tsv") == 0)
		return true;
	digits = strspn(entry, "0123456789");
	if (digits == 0 || digits > 9 || *entry == '0' || strcmp(entry + digits, ".tsv") != 0)
		return false;
	*number = (unsigned)strtoul(entry, NULL, 10);
	return true;
}

static int by_number(const void *a, const void *b)
{
	unsigned x = *(const unsigned *)a, y = *(const unsigned *)b;

	return x < y ? -1 : x > y;
}

int table_segments(const char *base, unsigned **numbers)
{
	const char *slash = strrchr(base, '/'), *name = slash == NULL ? base : slash + 1;
	char *dir = slash == NULL ? mem_strdup(".") : mem_strndup(base, (size_t)(slash + 1 - base));
	unsigned *found = NULL, number;
	struct dirent *entry;
	size_t n = 0;
	DIR *d = opendir(dir);

	free(dir);
	*numbers = NULL;
	if (d == NULL)
		return errno == ENOENT ? 0 : -1;
	while (errno = 0, (entry = readdir(d)) != NULL) {
		if (!is_segment(entry->d_name, name, &number))
			continue;
		found = mem_realloc(found, (n + 1) * sizeof *found);
		found[n++] = number;
	}
	if (errno != 0) {
		int saved = errno;

		closedir(d);
		free(found);
		errno = saved;
		return -1;
	}
	closedir(d);
	if (n > 0)
		qsort(found, n, sizeof *found, by_number);
	*numbers = found;
	return (int)n;
}

int table_merged(const char *base, const struct table_schema *schema, unsigned *last, char **why)
{
	char *path = table_segment_path(base, 0);
	struct table_scan s;
	int rc = -1;

	if (table_scan_open(&s, path, schema, why) == 0) {
		rc = s.merged;
		*last = s.last;
	} else if (errno == ENOENT) {
		rc = 0;
	}
	table_scan_close(&s);
	free(path);
	return rc;
}

int table_live_segments(const char *base, const struct table_schema *schema, unsigned **numbers)
{
	/* In this order: a merge between the two leaves more segments than count,
	 * which say again what NAME.tsv says. */
	unsigned last;
	int merged = table_merged(base, schema, &last, NULL), n, live = 0;

	*numbers = NULL;
	if (merged < 0)
		return -1;
	n = table_segments(base, numbers);
	for (int i = 0; i < n; i++) {
		if (!merged || (*numbers)[i] == 0 || (*numbers)[i] > last)
			(*numbers)[live++] = (*numbers)[i];
	}
	return n < 0 ? n : live;
}

static int remove_old(const char *path, int64_t age_s)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return -1;
	return time(NULL) - st.st_mtime < age_s ? 0 : unlink(path);
}

int table_prune(const char *base, const struct table_schema *schema, int64_t age_s)
{
	unsigned last, *numbers;
	int merged = table_merged(base, schema, &last, NULL), n, rc = 0;

	char *in, *path;

	if (merged <= 0)
		return merged;
	in = table_segment_path(base, 0);
	n = table_segments(base, &numbers);
	/* A merge that was killed has perhaps not come to that. */
	if (n > 1)
		rc = file_sync(in);
	for (int i = 0; i < n && rc == 0; i++) {
		path = table_segment_path(base, numbers[i]);
		if (numbers[i] != 0 && numbers[i] <= last)
			rc = remove_old(path, age_s);
		free(path);
	}
	free(numbers);
	free(in);
	return n < 0 ? -1 : rc;
}
