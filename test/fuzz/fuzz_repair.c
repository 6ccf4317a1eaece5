/* Segments of arbitrary bytes (parted by a line "---"): repaired they have the rows that a
 * reader found in them before and nothing damaged; merged, the same last rows. In a
 * second run each line has the CRC that it needs. */
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/crc32c.h"
#include "common/file.h"
#include "common/log.h"
#include "common/mem.h"
#include "common/table.h"

#define uthash_fatal(msg) mem_fatal()
#include <uthash.h>

#define COLUMNS 3
#define SEGMENTS 3

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const columns[COLUMNS] = { "id", "status", "note" };
static const struct table_schema schema = { "fuzz", 1, columns, COLUMNS };
static char dir[64], *base;

/* The last row with each key, in the order of the first ones. */
struct row { char *cells[COLUMNS]; UT_hash_handle hh; };
struct rows { struct row *by_key; };

static void must(bool good)
{
	if (!good)
		abort();
}

static bool take_row(void *arg, const char *const *values, uint64_t offset)
{
	struct rows *all = arg;
	struct row *r;

	(void)offset;
	HASH_FIND_STR(all->by_key, values[0], r);
	if (r == NULL) {
		r = mem_zero(1, sizeof *r);
		r->cells[0] = mem_strdup(values[0]);
		HASH_ADD_KEYPTR(hh, all->by_key, r->cells[0], strlen(r->cells[0]), r);
	}
	for (size_t i = 1; i < COLUMNS; i++) {
		if (values[i] != NULL)
			mem_set(&r->cells[i], *values[i] == '\0' ? NULL : values[i]);
	}
	return true;
}

static struct table_report read_all(struct rows *all, unsigned n)
{
	struct table_report sum = { 0 }, one;

	memset(all, 0, sizeof *all);
	for (unsigned i = 0; i < n; i++) {
		char *path = table_segment_path(base, i);

		if (table_read(path, &schema, take_row, NULL, all, &one, NULL) == 0) {
			sum.rows += one.rows;
			sum.damaged += one.damaged;
			sum.torn_bytes += one.torn_bytes;
		}
		free(path);
	}
	return sum;
}

static void clear(struct rows *all)
{
	struct row *r, *next;

	HASH_ITER(hh, all->by_key, r, next) {
		HASH_DEL(all->by_key, r);
		for (size_t i = 0; i < COLUMNS; i++)
			free(r->cells[i]);
		free(r);
	}
}

static bool is_same(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static int by_key(struct row *x, struct row *y)
{
	return strcmp(x->cells[0], y->cells[0]);
}

/* A merged file has its rows by key, others as they came. */
static void compare(struct rows *a, struct rows *b)
{
	const struct row *x, *y;

	HASH_SORT(a->by_key, by_key);
	HASH_SORT(b->by_key, by_key);
	x = a->by_key;
	y = b->by_key;
	for (; x != NULL && y != NULL; x = x->hh.next, y = y->hh.next) {
		for (size_t i = 0; i < COLUMNS; i++)
			must(is_same(x->cells[i], y->cells[i]));
	}
	must(x == NULL && y == NULL);
}

static bool is_sorted(const struct rows *all)
{
	const struct row *r = all->by_key, *next;

	for (; r != NULL && (next = r->hh.next) != NULL; r = next) {
		if (strcmp(r->cells[0], next->cells[0]) >= 0)
			return false;
	}
	return true;
}

static void write_segment(unsigned number, const char *bytes, size_t n, bool sealed)
{
	char *path = table_segment_path(base, number), *text = NULL;
	const char *line = bytes, *end = bytes + n;
	size_t len, header_len;
	FILE *f = open_memstream(&text, &len);
	char *header = table_header(&schema, &header_len);

	if (sealed)
		fputs(header, f);
	while (sealed && line < end) {
		const char *stop = memchr(line, '\n', (size_t)(end - line));
		size_t size = (size_t)((stop == NULL ? end : stop) - line);

		fwrite(line, 1, size, f);
		fprintf(f, "\t%08" PRIx32 "\n", crc32c(line, size));
		line += size + (stop != NULL);
	}
	if (!sealed)
		fwrite(bytes, 1, n, f);
	fclose(f);
	must(file_replace(path, text, len, 0600) == 0);
	free(header);
	free(text);
	free(path);
}

/* How many there are. */
static unsigned write_segments(const char *text, size_t size, bool sealed)
{
	static const char mark[] = "\n---\n";
	unsigned n = 0;

	while (n < SEGMENTS) {
		const char *end = memmem(text, size, mark, strlen(mark));
		size_t len = end == NULL || n == SEGMENTS - 1 ? size : (size_t)(end - text) + 1;

		write_segment(n++, text, len, sealed);
		if (len == size)
			break;
		text = end + strlen(mark);
		size -= len + strlen(mark) - 1;
	}
	return n;
}

static void remove_all(void)
{
	for (unsigned i = 0; i < SEGMENTS; i++) {
		char *path = table_segment_path(base, i), *aside = mem_printf("%s.damaged", path);

		unlink(aside);
		unlink(path);
		free(aside);
		free(path);
	}
}

static void run(const char *text, size_t size, bool sealed)
{
	unsigned n = write_segments(text, size, sealed);
	struct rows before, after;
	struct table_report report = read_all(&before, n);
	size_t rows = report.rows;
	bool newer = false;

	for (unsigned i = 0; i < n; i++) {
		char *path = table_segment_path(base, i);

		/* One that a newer version has written is left alone. */
		newer = table_repair(path, &schema) != 0 || newer;
		free(path);
	}
	report = read_all(&after, n);
	must(newer || (report.damaged == 0 && report.torn_bytes == 0 && report.rows == rows));
	compare(&before, &after);
	clear(&after);
	if (!newer) {
		must(table_merge(base, &schema, n - 1, NULL) == 0);
		/* It holds the others, which stay for a while. */
		report = read_all(&after, 1);
		must(report.damaged == 0 && report.torn_bytes == 0);
		must(report.rows == HASH_COUNT(after.by_key));
		must(is_sorted(&after));
		compare(&before, &after);
		clear(&after);
	}
	clear(&before);
	remove_all();
}

static void clean(void)
{
	rmdir(dir);
	free(base);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (base == NULL) {
		snprintf(dir, sizeof dir, "%s/platen.XXXXXX",
		         access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
		must(mkdtemp(dir) != NULL);
		base = mem_printf("%s/t", dir);
		atexit(clean);
		log_set_level(LOG_LEVEL_ERROR);
	}
	run((const char *)data, size, false);
	run((const char *)data, size, true);
	return 0;
}
