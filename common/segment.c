#define LOG_MODULE "store"
#include "common/segment.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/file.h"
#include "common/log.h"
#include "common/mem.h"
#include "common/table_scan.h"

bool segment_name_valid(const char *name)
{
	size_t slashes = 0, n = strlen(name);

	for (size_t i = 0; i < n; i++) {
		slashes += name[i] == '/';
		/* A dot would be taken for a segment's number. */
		if (!isalnum((unsigned char)name[i]) && strchr("-_/", name[i]) == NULL)
			return false;
	}
	return n > 0 && slashes <= 1 && name[0] != '/' && name[n - 1] != '/';
}

struct reading {
	table_row_fn *row;
	void *arg;
	bool stopped;
};

static bool read_row(void *arg, const char *const *values, uint64_t offset)
{
	struct reading *r = arg;

	r->stopped = !r->row(r->arg, values, offset);
	return !r->stopped;
}

int segment_read_all(const char *base, const struct table_schema *schema, table_row_fn *row,
                     void *arg)
{
	struct reading r = { row, arg, false };
	unsigned *numbers;
	int rc = 0, n = table_live_segments(base, schema, &numbers);

	for (int i = 0; i < n && rc == 0 && !r.stopped; i++) {
		char *path = table_segment_path(base, numbers[i]);

		rc = table_read(path, schema, read_row, NULL, &r, NULL, NULL);
		if (rc < 0)
			log_error("cannot read file=%s: %s", path, strerror(errno));
		free(path);
	}
	free(numbers);
	return n < 0 ? -1 : rc;
}

uint64_t segment_merged_size(const char *base)
{
	char *path = table_segment_path(base, 0);
	struct stat st;
	uint64_t size = stat(path, &st) == 0 ? (uint64_t)st.st_size : 0;

	free(path);
	return size;
}

/* Whether rows of the schema's version may follow in a file. */
static bool may_go_on(const char *path, const struct table_schema *schema)
{
	size_t len;
	char *header = table_header(schema, &len), *start = mem_alloc(len);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t got = fd < 0 ? -1 : read(fd, start, len);
	bool good = got >= 0 && (size_t)got == len && memcmp(start, header, len) == 0;

	if (fd >= 0)
		close(fd);
	free(start);
	free(header);
	return good;
}

/* Reads a segment, and tells whether it is good to the end: what is read need not be
 * looked at a second time. */
static int read_rows(const char *path, const struct table_schema *schema, struct reading *r,
                     bool *good)
{
	struct table_report report;
	char *why = NULL;
	int rc = table_read(path, schema, read_row, NULL, r, &report, &why);

	*good = report.rows > 0 && report.damaged == 0 && report.torn_bytes == 0 && !r->stopped;
	if (why != NULL)
		log_error("%s", why);
	free(why);
	return rc;
}

static int look_at(struct segment *g, unsigned number, struct reading *r, uint64_t *size)
{
	char *path = table_segment_path(g->base, number);
	struct stat st;
	bool good = false;
	int rc = r->row == NULL ? 0 : read_rows(path, g->schema, r, &good);

	if (rc == 0 && !good)
		rc = table_repair(path, g->schema);
	/* What is read at the start is believed and built upon, so it must not be in memory
	 * only, as a writer that was killed leaves it. */
	if (rc == 0)
		rc = file_sync(path);
	if (rc == 0)
		rc = stat(path, &st);
	if (rc == 0) {
		*size += (uint64_t)st.st_size;
		g->number = number;
		g->exists = may_go_on(path, g->schema);
	}
	free(path);
	return rc;
}

/* Whether there is a merged file; it is not repaired, as nothing follows in it, and may
 * be large. */
static int look_at_merged(struct segment *g, uint64_t *merged, unsigned *last)
{
	char *why = NULL;
	int rc = table_merged(g->base, g->schema, last, &why);

	if (why != NULL)
		log_error("%s", why);
	free(why);
	if (rc > 0) {
		*merged = segment_merged_size(g->base);
		g->number = *last;
	}
	return rc;
}

int segment_find(struct segment *g, const char *base, const struct table_schema *schema,
                 table_row_fn *row, void *arg, uint64_t *merged, uint64_t *others)
{
	struct reading r = { row, arg, false };
	unsigned *numbers = NULL, last;
	int rc, n = 0, is_merged;

	*g = (struct segment){ .base = base, .schema = schema, .fd = -1 };
	*merged = *others = 0;
	rc = is_merged = look_at_merged(g, merged, &last);
	if (rc >= 0)
		rc = n = table_segments(base, &numbers);
	for (int i = 0; i < n && rc >= 0; i++) {
		if (is_merged == 0 || numbers[i] > last)
			rc = look_at(g, numbers[i], &r, others);
	}
	free(numbers);
	if (n > 0 && !g->exists)
		g->number++;
	return rc < 0 ? -1 : 0;
}

int segment_find_next(struct segment *g, const char *base, const struct table_schema *schema)
{
	unsigned *numbers = NULL, last;
	int rc, n = 0;

	*g = (struct segment){ .base = base, .schema = schema, .fd = -1 };
	rc = table_merged(base, schema, &last, NULL);
	if (rc > 0)
		g->number = last;
	if (rc >= 0)
		rc = n = table_segments(base, &numbers);
	if (n > 0)
		g->number = (numbers[n - 1] > g->number ? numbers[n - 1] : g->number) + 1;
	free(numbers);
	return rc < 0 ? -1 : 0;
}

static int make(struct segment *g, const char *path)
{
	const char *slash = strrchr(path, '/');
	char *dir = mem_strndup(path, (size_t)(slash - path));
	int rc = file_mkdirs(dir, TABLE_DIR_MODE);

	free(dir);
	if (rc < 0)
		return -1;
	g->fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_EXCL | O_CLOEXEC, TABLE_MODE);
	if (g->fd < 0)
		return -1;
	g->exists = g->fresh = g->entry_unsynced = true;
	return 0;
}

/* The header goes with the first rows: no reader meets it alone for long. */
static int write_first(struct segment *g, const char *rows, size_t len)
{
	size_t header_len;
	char *all = table_header(g->schema, &header_len);
	int rc;

	all = mem_realloc(all, header_len + len);
	memcpy(all + header_len, rows, len);
	rc = file_write_all(g->fd, all, header_len + len);
	free(all);
	return rc;
}

int segment_write(struct segment *g, const char *rows, size_t len)
{
	char *path = table_segment_path(g->base, g->number);
	int rc = 0;

	g->fresh = false;
	if (!g->exists)
		rc = make(g, path);
	else if (g->fd < 0)
		rc = g->fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);
	free(path);
	if (rc < 0)
		return -1;
	g->unsynced = true;
	return g->fresh ? write_first(g, rows, len) : file_write_all(g->fd, rows, len);
}

int segment_sync(struct segment *g)
{
	char *path;
	int rc;

	if (g->fd < 0 || !g->unsynced)
		return 0;
	if (fdatasync(g->fd) < 0)
		return -1;
	g->unsynced = false;
	if (!g->entry_unsynced)
		return 0;
	path = table_segment_path(g->base, g->number);
	rc = file_sync_dir_of(path);
	free(path);
	g->entry_unsynced = rc < 0;
	return rc;
}

void segment_close(struct segment *g)
{
	if (g->fd >= 0)
		close(g->fd);
	g->fd = -1;
}

void segment_next(struct segment *g)
{
	segment_close(g);
	g->number++;
	g->exists = g->fresh = g->entry_unsynced = g->unsynced = false;
}

void segment_abandon(struct segment *g)
{
	char *path = table_segment_path(g->base, g->number);
	/* A file of this group's rows alone may go, so that a long failure does
	 * not leave one for each try. */
	bool gone = g->fresh && unlink(path) == 0;

	free(path);
	segment_next(g);
	if (gone)
		g->number--;
}
