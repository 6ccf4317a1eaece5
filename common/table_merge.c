#define LOG_MODULE "table"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/file.h"
#include "common/log.h"
#include "common/mem.h"
#include "common/table.h"
#include "common/table_scan.h"

#define uthash_fatal(msg) mem_fatal()
#include <uthash.h>

struct record {
	UT_hash_handle hh;
	bool kept;
	char *values[];      /* as many as the schema has columns */
};

struct merge {
	const char *base;
	const struct table_schema *schema;
	struct record *records;      /* a hash remembers the order of addition */
};

static struct record *record_of(struct merge *m, const char *key)
{
	struct record *r;
	size_t n = strlen(key);

	HASH_FIND(hh, m->records, key, n, r);
	if (r != NULL)
		return r;
	r = mem_zero(1, sizeof *r + m->schema->n_columns * sizeof *r->values);
	r->values[0] = mem_strdup(key);
	HASH_ADD_KEYPTR(hh, m->records, r->values[0], n, r);
	return r;
}

static bool merge_row(void *arg, const char *const *values, uint64_t offset)
{
	struct merge *m = arg;
	struct record *r = record_of(m, values[0]);

	(void)offset;
	/* Absent and emptied are the same once nothing older is left. */
	for (size_t i = 1; i < m->schema->n_columns; i++) {
		if (values[i] != NULL)
			mem_set(&r->values[i], *values[i] == '\0' ? NULL : values[i]);
	}
	return true;
}

static void free_records(struct merge *m)
{
	struct record *r, *next;

	HASH_ITER(hh, m->records, r, next) {
		HASH_DEL(m->records, r);
		for (size_t i = 0; i < m->schema->n_columns; i++)
			free(r->values[i]);
		free(r);
	}
}

/* A segment's damaged lines would be lost with it, so they go aside. */
static int read_segment(struct merge *m, unsigned number)
{
	char *path = table_segment_path(m->base, number);
	struct table_report report;
	int rc = table_read(path, m->schema, merge_row, NULL, m, &report, NULL);

	if (rc == 0 && (report.damaged > 0 || report.torn_bytes > 0))
		rc = table_repair(path, m->schema);
	free(path);
	return rc;
}

static int write_record(const struct merge *m, const struct record *r, FILE *out)
{
	size_t len;
	char *line = table_row(m->schema, (const char *const *)r->values, &len);
	int rc = fwrite(line, 1, len, out) < len ? -1 : 0;

	free(line);
	return rc;
}

static int write_records(const struct merge *m, bool all, FILE *out)
{
	size_t len;
	char *header = table_header(m->schema, &len);
	int rc = fwrite(header, 1, len, out) < len ? -1 : 0;

	free(header);
	for (const struct record *r = m->records; r != NULL && rc == 0; r = r->hh.next) {
		if (all || r->kept)
			rc = write_record(m, r, out);
	}
	return rc;
}

/* NAME.tsv anew: with all records, or with those that are kept. */
static int write_base(const struct merge *m, bool all)
{
	char *path = table_segment_path(m->base, 0);
	FILE *out = file_replace_begin(path, TABLE_MODE);
	int rc = -1;

	if (out == NULL)
		goto out;
	if (write_records(m, all, out) < 0)
		file_replace_abort(out, path);
	else
		rc = file_replace_commit(out, path);
out:
	free(path);
	return rc;
}

/* Oldest first, each removal on disk before the next. Whatever run of the
 * newest segments a crash leaves, replaying it over the merged file changes
 * nothing: a column that they mention ends at its newest mention, which the
 * merged file has; one that they do not mention is as merged. Were the newest
 * removed first, an older value would come back. */
static int remove_segments(const struct merge *m, const unsigned *numbers, int n)
{
	int rc = 0;

	for (int i = 0; i < n && rc == 0; i++) {
		char *path = table_segment_path(m->base, numbers[i]);

		if (numbers[i] != 0)
			rc = unlink(path) < 0 ? -1 : file_sync_dir_of(path);
		free(path);
	}
	return rc;
}

static bool mark_kept(struct merge *m, bool (*keep)(void *, const char *const *), void *arg)
{
	bool all = true;

	for (struct record *r = m->records; r != NULL; r = r->hh.next) {
		r->kept = keep == NULL || keep(arg, (const char *const *)r->values);
		all = all && r->kept;
	}
	return all;
}

/* Rows leave only in a second step, when the older segments are gone: a row
 * that the first left out would come back in part from what a crash leaves. */
static int replace_segments(struct merge *m, const unsigned *numbers, int n, bool all_kept)
{
	if (write_base(m, true) < 0 || remove_segments(m, numbers, n) < 0)
		return -1;
	return all_kept ? 0 : write_base(m, false);
}

int table_merge(const char *base, const struct table_schema *schema, unsigned last,
                bool (*keep)(void *arg, const char *const *values), void *arg)
{
	struct merge m = { .base = base, .schema = schema };
	unsigned *numbers;
	int rc = 0, n = table_segments(base, &numbers);

	while (n > 0 && numbers[n - 1] > last)
		n--;
	if (n <= 0) {
		free(numbers);
		return n;
	}
	for (int i = 0; i < n && rc == 0; i++)
		rc = read_segment(&m, numbers[i]);
	if (rc == 0)
		rc = replace_segments(&m, numbers, n, mark_kept(&m, keep, arg));
	if (rc < 0)
		log_warn("cannot merge table=%s: %s", base, strerror(errno));
	free_records(&m);
	free(numbers);
	return rc;
}
