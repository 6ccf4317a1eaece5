#include "common/table.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/crc32c.h"
#include "common/mem.h"
#include "common/table_scan.h"
#include "common/utf8.h"

#define REPLACEMENT "\xef\xbf\xbd"   /* U+FFFD */

char *table_header(const struct table_schema *schema, size_t *len)
{
	size_t n = 32;
	char *line, *p;

	assert(schema->n_columns > 0 && schema->n_columns <= TABLE_COLUMNS);
	for (size_t i = 0; i < schema->n_columns; i++)
		n += strlen(schema->columns[i]) + 1;
	p = line = mem_alloc(n);
	for (size_t i = 0; i < schema->n_columns; i++) {
		p = stpcpy(p, schema->columns[i]);
		*p++ = '\t';
	}
	p += sprintf(p, "crc32c/%u\n", schema->version);
	*len = (size_t)(p - line);
	return line;
}

/* How many bytes from here on are plain: ASCII that a column holds as it is. */
static size_t plain_length(const char *s)
{
	const char *p = s;

	while ((signed char)*p > '\r' && *p != '\\')
		p++;
	return (size_t)(p - s);
}

/* Writes a value so that it stays in its column; at most 3 bytes for one. */
static char *put_escaped(char *p, const char *value)
{
	static const char bytes[] = "\\\t\n\r", codes[] = "\\tnr";
	const char *special;
	size_t n;

	for (;; value += n) {
		n = plain_length(value);
		p = mempcpy(p, value, n);
		value += n;
		if (*value == '\0')
			return p;
		special = memchr(bytes, *value, 4);
		n = special != NULL ? 1 : utf8_char(value, strnlen(value, 4));
		if (special != NULL) {
			*p++ = '\\';
			*p++ = codes[special - bytes];
		} else if (n == 0) {
			p = stpcpy(p, REPLACEMENT);
			n = 1;
		} else {
			p = mempcpy(p, value, n);
		}
	}
}

static char *put_value(char *p, const char *value)
{
	if (value == NULL)
		return p;
	return *value == '\0' ? stpcpy(p, "\\-") : put_escaped(p, value);
}

size_t table_row_room(const struct table_schema *schema, const char *const *values)
{
	size_t room = 32;

	for (size_t i = 0; i < schema->n_columns; i++)
		room += values[i] == NULL ? 1 : 3 * strlen(values[i]) + 3;
	return room;
}

size_t table_row_put(const struct table_schema *schema, const char *const *values, char *line)
{
	char *p = line;

	assert(values[0] != NULL && *values[0] != '\0');
	for (size_t i = 0; i < schema->n_columns; i++) {
		if (i > 0)
			*p++ = '\t';
		p = put_value(p, values[i]);
	}
	assert(p - line < (ptrdiff_t)TABLE_LINE_MAX - 10);
	p += sprintf(p, "\t%08" PRIx32 "\n", crc32c(line, (size_t)(p - line)));
	return (size_t)(p - line);
}

char *table_row(const struct table_schema *schema, const char *const *values, size_t *len)
{
	char *line = mem_alloc(table_row_room(schema, values));

	*len = table_row_put(schema, values, line);
	return line;
}

int table_read(const char *path, const struct table_schema *schema, table_row_fn *row,
               table_damaged_fn *damaged, void *arg, struct table_report *report, char **why)
{
	struct table_report count = { 0 };
	enum table_line met = TABLE_FAILED;
	struct table_scan s;

	if (table_scan_open(&s, path, schema, why) < 0)
		goto out;
	while ((met = table_scan_next(&s)) == TABLE_ROW || met == TABLE_DAMAGED) {
		if (met == TABLE_DAMAGED) {
			count.damaged++;
			if (damaged != NULL)
				damaged(arg, s.line, s.len, s.offset);
			continue;
		}
		count.rows++;
		if (!row(arg, s.values, s.offset))
			break;
	}
	if (met == TABLE_TORN)
		count.torn_bytes = s.len;
out:
	table_scan_close(&s);
	if (report != NULL)
		*report = count;
	return met == TABLE_FAILED ? -1 : 0;
}

int table_read_at(const char *path, const struct table_schema *schema, uint64_t offset,
                  table_row_fn *row, void *arg)
{
	struct table_scan s;
	int rc = -1;

	if (table_scan_open(&s, path, schema, NULL) < 0 || table_scan_seek(&s, offset) < 0)
		goto out;
	switch (table_scan_next(&s)) {
	case TABLE_ROW:
		row(arg, s.values, s.offset);
		rc = 0;
		break;
	case TABLE_FAILED:
		break;
	default:
		errno = EBADMSG;
		break;
	}
out:
	table_scan_close(&s);
	return rc;
}

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
