#include "common/table_runs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/mem.h"

#define uthash_fatal(msg) mem_fatal()
#include <uthash.h>

/* What is gathered before a run is written, and how many of these are open at once;
 * a full set becomes one run. */
#define GATHER_BYTES (16u << 20)
#define RUNS 128
/* Of one allocation, roughly. */
#define OVERHEAD 16
/* So much at a time goes to the disk: what waits for another file's sync there
 * waits for no more. */
#define FLUSH_BYTES (4u << 20)

struct gathered {
	UT_hash_handle hh;
	char *values[];      /* as many as the schema has columns */
};

struct table_runs {
	const struct table_schema *schema;
	const struct table_merging *how;
	char *dir;
	struct gathered *by_key;
	size_t bytes;                /* of them */
	FILE *runs[RUNS];            /* the oldest first */
	size_t n;
};

struct table_runs *table_runs_new(const char *base, const struct table_schema *schema,
                                  const struct table_merging *how)
{
	const char *slash = strrchr(base, '/');
	struct table_runs *r = mem_zero(1, sizeof *r);

	r->schema = schema;
	r->how = how;
	r->dir = slash == NULL ? mem_strdup(".") : mem_strndup(base, (size_t)(slash + 1 - base));
	return r;
}

static void clear_gathered(struct table_runs *r)
{
	struct gathered *g, *next;

	HASH_ITER(hh, r->by_key, g, next) {
		HASH_DEL(r->by_key, g);
		for (size_t i = 0; i < r->schema->n_columns; i++)
			free(g->values[i]);
		free(g);
	}
	r->bytes = 0;
}

static void close_runs(struct table_runs *r)
{
	while (r->n > 0)
		fclose(r->runs[--r->n]);
}

void table_runs_free(struct table_runs *r)
{
	clear_gathered(r);
	close_runs(r);
	free(r->dir);
	free(r);
}

/* Writing. */

struct output {
	const struct table_schema *schema;
	FILE *file;
	size_t unflushed;
};

static int put(struct output *o, const char *bytes, size_t n)
{
	if (fwrite(bytes, 1, n, o->file) < n)
		return -1;
	o->unflushed += n;
	if (o->unflushed < FLUSH_BYTES)
		return 0;
	o->unflushed = 0;
	if (fflush(o->file) == EOF)
		return -1;
	/* Where that is not possible, it is all left to the end. */
	sync_file_range(fileno(o->file), 0, 0,
	                SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE);
	return 0;
}

static int put_row(struct output *o, const char *const *values)
{
	size_t len;
	char *line = table_row(o->schema, values, &len);
	int rc = put(o, line, len);

	free(line);
	return rc;
}

/* A file without a name: a crash leaves nothing of it. */
static FILE *open_run(const struct table_runs *r)
{
	int fd = open(r->dir, O_TMPFILE | O_RDWR | O_CLOEXEC, TABLE_MODE);
	FILE *f;

	if (fd < 0 && (errno == EOPNOTSUPP || errno == EISDIR)) {
		char *path = mem_printf("%s.run.XXXXXX", r->dir);

		fd = mkostemp(path, O_CLOEXEC);
		if (fd >= 0)
			unlink(path);
		free(path);
	}
	f = fd < 0 ? NULL : fdopen(fd, "w+");
	if (f == NULL && fd >= 0)
		close(fd);
	return f;
}

static FILE *begin_run(const struct table_runs *r, struct output *o)
{
	FILE *f = open_run(r);
	size_t len;
	char *header;

	*o = (struct output){ r->schema, f, 0 };
	if (f == NULL)
		return NULL;
	header = table_header(r->schema, &len);
	put(o, header, len);      /* end_run() sees whether that failed */
	free(header);
	return f;
}

static int end_run(struct table_runs *r, struct output *o, int rc)
{
	if (rc == 0 && (fflush(o->file) == EOF || ferror(o->file)))
		rc = -1;
	if (rc == 0) {
		r->runs[r->n++] = o->file;
	} else {
		int saved = errno;

		fclose(o->file);
		errno = saved;
	}
	return rc;
}

static int by_key(const struct gathered *a, const struct gathered *b)
{
	return strcmp(a->values[0], b->values[0]);
}

static int write_gathered(struct table_runs *r)
{
	struct output o;
	int rc = 0;

	if (begin_run(r, &o) == NULL)
		return -1;
	HASH_SORT(r->by_key, by_key);
	for (struct gathered *g = r->by_key; g != NULL && rc == 0; g = g->hh.next)
		rc = put_row(&o, (const char *const *)g->values);
	clear_gathered(r);
	return end_run(r, &o, rc);
}

/* Gathering. */

static struct gathered *gathered_of(struct table_runs *r, const char *key)
{
	size_t n = strlen(key), size = sizeof(struct gathered) + r->schema->n_columns * sizeof(char *);
	struct gathered *g;

	HASH_FIND(hh, r->by_key, key, n, g);
	if (g != NULL)
		return g;
	g = mem_zero(1, size);
	g->values[0] = mem_strdup(key);
	HASH_ADD_KEYPTR(hh, r->by_key, g->values[0], n, g);
	r->bytes += size + n + 2 * OVERHEAD;
	return g;
}

static int check_stop(const struct table_runs *r)
{
	if (r->how->stop == NULL || !atomic_load(r->how->stop))
		return 0;
	errno = ECANCELED;
	return -1;
}

static int collapse(struct table_runs *r);

int table_runs_add(struct table_runs *r, const char *const *values)
{
	struct gathered *g = gathered_of(r, values[0]);

	for (size_t i = 1; i < r->schema->n_columns; i++) {
		if (values[i] == NULL)
			continue;
		r->bytes += strlen(values[i]) + OVERHEAD;
		if (g->values[i] != NULL)
			r->bytes -= strlen(g->values[i]) + OVERHEAD;
		mem_set(&g->values[i], values[i]);
	}
	if (r->bytes < GATHER_BYTES)
		return check_stop(r);
	if (write_gathered(r) < 0)
		return -1;
	return r->n < RUNS ? 0 : collapse(r);
}

/* Many sorted files become one. */

struct source {
	struct table_scan *scan;
	bool has_row;
};

struct sources {
	struct source all[RUNS + 1];     /* the oldest first */
	size_t n;
	char *key;                       /* of the row that was written last */
	size_t key_cap;
};

/* Keys grow from row to row. What is damaged now was not when the merge began. */
static int advance(struct source *s, const char *after)
{
	enum table_line met = table_scan_next(s->scan);

	s->has_row = met == TABLE_ROW;
	if (met == TABLE_DAMAGED || met == TABLE_TORN)
		errno = EIO;
	if (met != TABLE_ROW && met != TABLE_END)
		return -1;
	if (!s->has_row || after == NULL || strcmp(s->scan->values[0], after) > 0)
		return 0;
	errno = EBADMSG;
	return -1;
}

static const char *lowest_key(const struct sources *all)
{
	const char *low = NULL;

	for (size_t i = 0; i < all->n; i++) {
		const struct source *s = &all->all[i];

		if (s->has_row && (low == NULL || strcmp(s->scan->values[0], low) < 0))
			low = s->scan->values[0];
	}
	return low;
}

static void note_key(struct sources *all, const char *key)
{
	size_t n = strlen(key) + 1;

	if (all->key_cap < n) {
		all->key_cap = 2 * n;
		all->key = mem_realloc(all->key, all->key_cap);
	}
	memcpy(all->key, key, n);
}

/* The row of all->key from all that have it, the newest last, into values; it is
 * valid until they advance. */
static void combine(const struct sources *all, size_t n_columns, const char **values)
{
	memset(values, 0, n_columns * sizeof *values);
	for (size_t i = 0; i < all->n; i++) {
		const struct source *s = &all->all[i];

		if (!s->has_row || strcmp(s->scan->values[0], all->key) != 0)
			continue;
		for (size_t k = 0; k < n_columns; k++) {
			if (s->scan->values[k] != NULL)
				values[k] = s->scan->values[k];
		}
	}
}

static int advance_all(struct sources *all)
{
	for (size_t i = 0; i < all->n; i++) {
		struct source *s = &all->all[i];

		if (s->has_row && strcmp(s->scan->values[0], all->key) == 0 &&
		    advance(s, all->key) < 0)
			return -1;
	}
	return 0;
}

/* In the last step nothing older is left: absent and emptied are the same. */
static int put_combined(const struct table_runs *r, struct output *o, const char **values,
                        bool is_last)
{
	if (!is_last)
		return put_row(o, values);
	for (size_t i = 1; i < o->schema->n_columns; i++) {
		if (values[i] != NULL && *values[i] == '\0')
			values[i] = NULL;
	}
	return r->how->keep == NULL || r->how->keep(r->how->arg, values) ? put_row(o, values) : 0;
}

static int merge_sources(const struct table_runs *r, struct sources *all, struct output *o,
                         bool is_last)
{
	const char *values[TABLE_COLUMNS], *key;

	for (size_t i = 0; i < all->n; i++) {
		if (advance(&all->all[i], NULL) < 0)
			return -1;
	}
	while ((key = lowest_key(all)) != NULL) {
		note_key(all, key);
		combine(all, o->schema->n_columns, values);
		if (check_stop(r) < 0 || put_combined(r, o, values, is_last) < 0 ||
		    advance_all(all) < 0)
			return -1;
	}
	return 0;
}

/* The runs' own descriptors stay with their files. */
static int merge_runs(struct table_runs *r, struct table_scan *oldest, struct output *o,
                      bool is_last)
{
	struct table_scan *scans = mem_zero(r->n + 1, sizeof *scans);
	struct sources all = { 0 };
	size_t opened = 0;
	int rc = 0;

	if (oldest != NULL)
		all.all[all.n++].scan = oldest;
	while (rc == 0 && opened < r->n) {
		int fd = dup(fileno(r->runs[opened]));

		if (fd >= 0)
			lseek(fd, 0, SEEK_SET);
		all.all[all.n++].scan = &scans[opened];
		rc = table_scan_start(&scans[opened++], fd, "run", r->schema, NULL);
	}
	if (rc == 0)
		rc = merge_sources(r, &all, o, is_last);
	while (opened > 0)
		table_scan_close(&scans[--opened]);
	free(all.key);
	free(scans);
	return rc;
}

static int collapse(struct table_runs *r)
{
	struct output o;
	int rc;

	if (begin_run(r, &o) == NULL)
		return -1;
	rc = merge_runs(r, NULL, &o, false);
	if (rc == 0)
		close_runs(r);
	return end_run(r, &o, rc);
}

int table_runs_write(struct table_runs *r, struct table_scan *oldest, FILE *out)
{
	struct output o = { r->schema, out, 0 };

	if (r->by_key != NULL && write_gathered(r) < 0)
		return -1;
	return merge_runs(r, oldest, &o, true);
}
