#define LOG_MODULE "table"
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "common/crc32c.h"
#include "common/file.h"
#include "common/log.h"
#include "common/mem.h"
#include "common/table.h"
#include "common/table_runs.h"
#include "common/table_scan.h"

struct merge {
	const char *base;
	const struct table_schema *schema;
	const unsigned *numbers;     /* of the segments that are merged, in order */
	int n;
	bool sorted;                 /* the first is a merged file */
	unsigned last;               /* of the segments in the new file */
	const struct table_merging *how;
};

struct adding {
	struct table_runs *runs;
	int rc;
};

static bool add_row(void *arg, const char *const *values, uint64_t offset)
{
	struct adding *a = arg;

	(void)offset;
	a->rc = table_runs_add(a->runs, values);
	return a->rc == 0;
}

/* What is not sorted becomes runs. */
static int read_segments(const struct merge *m, struct table_runs *runs)
{
	struct adding a = { runs, 0 };
	int rc = 0;

	for (int i = m->sorted ? 1 : 0; i < m->n && rc == 0; i++) {
		char *path = table_segment_path(m->base, m->numbers[i]);

		rc = table_read(path, m->schema, add_row, NULL, &a, NULL, NULL);
		free(path);
		rc = rc < 0 ? rc : a.rc;
	}
	return rc;
}

static int write_header(const struct merge *m, FILE *out)
{
	size_t len;
	char *header = table_header(m->schema, &len);
	char *line = mem_printf("%.*s" TABLE_MERGED_MARK "%u", (int)len - 1, header, m->last);
	int rc = fprintf(out, "%s/%08" PRIx32 "\n", line, crc32c(line, strlen(line)));

	free(line);
	free(header);
	return rc < 0 ? -1 : 0;
}

/* Into the file that becomes NAME.tsv. */
static int write_merged(const struct merge *m, const char *path, FILE *out)
{
	struct table_runs *runs = table_runs_new(m->base, m->schema, m->how);
	struct table_scan oldest;
	int rc = write_header(m, out);

	if (rc == 0)
		rc = read_segments(m, runs);
	if (rc == 0 && m->sorted) {
		rc = table_scan_open(&oldest, path, m->schema, NULL);
		if (rc == 0)
			rc = table_runs_write(runs, &oldest, out);
		table_scan_close(&oldest);
	} else if (rc == 0) {
		rc = table_runs_write(runs, NULL, out);
	}
	table_runs_free(runs);
	return rc;
}

static int replace_base(const struct merge *m)
{
	char *path = table_segment_path(m->base, 0);
	FILE *out = file_replace_begin(path, TABLE_MODE);
	int rc = -1;

	if (out == NULL)
		goto out;
	rc = write_merged(m, path, out);
	if (rc < 0)
		file_replace_abort(out, path);
	else
		rc = file_replace_commit(out, path);
out:
	free(path);
	return rc;
}

/* A file that somebody has put together by hand may say that it is merged, and not
 * be sorted. */
static int merge(struct merge *m)
{
	int rc = replace_base(m);

	if (rc == 0 || errno != EBADMSG || !m->sorted)
		return rc;
	log_error("not sorted, though its header says so file=%s.tsv", m->base);
	m->sorted = false;
	return replace_base(m);
}

/* A segment's damaged lines would be lost with it, so they go aside first. Adds up
 * their bytes. */
static int repair_segments(const struct merge *m, uint64_t *bytes)
{
	int rc = 0;

	*bytes = 0;
	for (int i = 0; i < m->n && rc == 0; i++) {
		char *path = table_segment_path(m->base, m->numbers[i]);
		struct stat st;

		rc = table_repair(path, m->schema) < 0 ? -1 : stat(path, &st);
		*bytes += rc == 0 ? (uint64_t)st.st_size : 0;
		free(path);
	}
	return rc;
}

/* Runs and the new file. A merge that fills the disk would take the room of what
 * cannot wait. */
static int check_room(const struct merge *m, uint64_t bytes)
{
	char *path = table_segment_path(m->base, m->numbers[0]);
	struct statvfs st;
	int rc = statvfs(path, &st);

	free(path);
	if (rc < 0 || (uint64_t)st.f_bavail * st.f_frsize >= 2 * bytes)
		return rc;
	errno = ENOSPC;
	return -1;
}

/* The hour for which they stay begins now: ahead of the merge, too, which may be killed
 * behind its rename. */
static void touch_segments(const struct merge *m)
{
	for (int i = 0; i < m->n; i++) {
		char *path = table_segment_path(m->base, m->numbers[i]);

		if (m->numbers[i] != 0)
			utimensat(AT_FDCWD, path, NULL, 0);
		free(path);
	}
}

static int merge_live(struct merge *m)
{
	uint64_t bytes;

	/* Nothing follows a merged file: it is as it would be. */
	if (m->n == 0 || (m->sorted && m->n == 1 && m->how->keep == NULL))
		return 0;
	if (repair_segments(m, &bytes) < 0 || check_room(m, bytes) < 0)
		return -1;
	touch_segments(m);
	if (merge(m) < 0)
		return -1;
	touch_segments(m);
	return 0;
}

int table_merge(const char *base, const struct table_schema *schema, unsigned last,
                const struct table_merging *how)
{
	static const struct table_merging plain;
	struct merge m = { .base = base, .schema = schema, .how = how == NULL ? &plain : how };
	unsigned *numbers = NULL, had;
	int rc = -1, merged = table_merged(base, schema, &had, NULL);

	if (merged < 0)
		goto out;
	m.sorted = merged;
	m.n = table_live_segments(base, schema, &numbers);
	m.numbers = numbers;
	while (m.n > 0 && numbers[m.n - 1] > last)
		m.n--;
	if (m.n > 0)
		m.last = merged && had > numbers[m.n - 1] ? had : numbers[m.n - 1];
	if (m.n >= 0)
		rc = merge_live(&m);
	if (rc == 0)
		table_prune(base, schema, TABLE_LEFTOVER_S);
out:
	if (rc < 0 && errno != ECANCELED)
		log_warn("cannot merge table=%s: %s", base, strerror(errno));
	free(numbers);
	return rc;
}
