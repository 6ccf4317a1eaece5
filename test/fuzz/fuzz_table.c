/* A segment of arbitrary bytes, read as several schemas; then the same lines
 * behind a good header and with right CRCs, which a fuzzer does not guess. The
 * rows that come out must come out again of the lines that table_row() makes. The same
 * once more below the header of a merged file: there a reader goes to and fro, and finds
 * what is in order. */
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "common/crc32c.h"
#include "common/file.h"
#include "common/mem.h"
#include "common/table.h"
#include "common/table_scan.h"
#include "common/table_sorted.h"

static const char *const columns[] = { "id", "status", "note" };
static const struct table_schema schemas[] = {
	{ "fuzz", 1, columns, 3 }, { "fuzz", 2, columns, 2 }, { "fuzz", 1, columns + 1, 1 },
};

/* A text that grows, and the schema of its rows. */
struct lines {
	const struct table_schema *schema;
	char *text;
	size_t len, rows;
};

static void add(struct lines *l, const void *bytes, size_t n)
{
	l->text = mem_realloc(l->text, l->len + n);
	memcpy(l->text + l->len, bytes, n);
	l->len += n;
}

static void add_header(struct lines *l)
{
	size_t len;
	char *header = table_header(l->schema, &len);

	add(l, header, len);
	free(header);
}

static bool add_row(void *arg, const char *const *values, uint64_t offset)
{
	struct lines *l = arg;
	size_t len;
	char *line = table_row(l->schema, values, &len);

	(void)offset;
	add(l, line, len);
	free(line);
	l->rows++;
	return true;
}

/* Reads bytes as a segment; the header and rows that came out are added to out. */
static int read_lines(const void *bytes, size_t n, struct lines *out, struct table_report *report)
{
	int fd = memfd_create("fuzz_table", MFD_CLOEXEC), rc;
	char path[32];

	if (fd < 0 || file_write_all(fd, bytes, n) < 0)
		abort();
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	add_header(out);
	rc = table_read(path, out->schema, add_row, NULL, out, report, NULL);
	close(fd);
	return rc;
}

static void round_trip(const struct table_schema *schema, const void *bytes, size_t n)
{
	struct lines first = { .schema = schema }, second = { .schema = schema };
	struct table_report report;

	if (read_lines(bytes, n, &first, &report) == 0 && report.rows != first.rows)
		abort();
	if (read_lines(first.text, first.len, &second, &report) < 0 || report.damaged > 0 ||
	    report.torn_bytes > 0)
		abort();
	if (first.len != second.len || memcmp(first.text, second.text, first.len) != 0)
		abort();
	free(first.text);
	free(second.text);
}

/* Each line of the input with the CRC that it needs. */
static void seal(struct lines *l, const char *bytes, size_t n)
{
	char sum[16];

	add_header(l);
	while (n > 0) {
		const char *end = memchr(bytes, '\n', n);
		size_t len = end == NULL ? n : (size_t)(end - bytes);

		snprintf(sum, sizeof sum, "\t%08" PRIx32 "\n", crc32c(bytes, len));
		add(l, bytes, len);
		add(l, sum, strlen(sum));
		len += end != NULL;
		bytes += len;
		n -= len;
	}
}

/* A merged file's keys, in the order of the file. */
struct keys {
	char **all;
	size_t n;
	bool in_order;
};

static void read_keys(struct table_sorted *t, struct keys *k)
{
	const char *const *values;
	int rc;

	k->in_order = true;
	while ((rc = table_sorted_next(t, &values)) > 0) {
		k->all = mem_realloc(k->all, (k->n + 1) * sizeof *k->all);
		if (k->n > 0 && strcmp(k->all[k->n - 1], values[0]) >= 0)
			k->in_order = false;
		k->all[k->n++] = mem_strdup(values[0]);
	}
	if (rc < 0)
		abort();
}

static void read_back(struct table_sorted *t, const struct keys *k)
{
	const char *const *values;

	for (size_t i = k->n; i > 0; i--) {
		if (table_sorted_previous(t, &values) != 1 || strcmp(values[0], k->all[i - 1]) != 0)
			abort();
	}
	if (table_sorted_previous(t, &values) != 0)
		abort();
}

/* Where it is not in order anything may be found, but nothing breaks. */
static void seek_keys(struct table_sorted *t, const struct keys *k)
{
	const char *const *values;

	for (size_t i = 0; i < k->n && i < 64; i++) {
		int rc = table_sorted_seek(t, k->all[i]) < 0 ? -1 : table_sorted_next(t, &values);

		if (rc < 0 || (k->in_order && (rc == 0 || strcmp(values[0], k->all[i]) != 0)))
			abort();
	}
}

static int write_header(int fd, const char *line, size_t len)
{
	char *header = mem_printf("%.*s" TABLE_MERGED_MARK "3", (int)len, line);
	char *whole = mem_printf("%s/%08" PRIx32, header, crc32c(header, strlen(header)));
	int rc = file_write_all(fd, whole, strlen(whole));

	free(whole);
	free(header);
	return rc;
}

/* l's text, but its header, as a merged file. */
static void read_sorted(const struct lines *l)
{
	const char *rows = strchr(l->text, '\n');
	int fd = memfd_create("fuzz_table", MFD_CLOEXEC);
	char base[64], path[80], target[32];
	struct table_sorted *t;
	struct keys k = { 0 };

	snprintf(base, sizeof base, "/dev/shm/fuzz_table.%d", (int)getpid());
	snprintf(path, sizeof path, "%s.tsv", base);
	snprintf(target, sizeof target, "/proc/self/fd/%d", fd);
	if (fd < 0 || write_header(fd, l->text, (size_t)(rows - l->text)) < 0 ||
	    file_write_all(fd, rows, l->len - (size_t)(rows - l->text)) < 0 ||
	    symlink(target, path) < 0)
		abort();
	t = table_sorted_open(base, l->schema);
	unlink(path);
	if (t == NULL || table_sorted_last(t) != 3)
		abort();
	read_keys(t, &k);
	read_back(t, &k);
	seek_keys(t, &k);
	table_sorted_close(t);
	close(fd);
	while (k.n > 0)
		free(k.all[--k.n]);
	free(k.all);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	for (size_t i = 0; i < sizeof schemas / sizeof *schemas; i++) {
		struct lines sealed = { .schema = &schemas[i] };

		round_trip(&schemas[i], data, size);
		seal(&sealed, (const char *)data, size);
		round_trip(&schemas[i], sealed.text, sealed.len);
		read_sorted(&sealed);
		free(sealed.text);
	}
	return 0;
}
