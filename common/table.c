#include "common/table.h"

#include <assert.h>
#include <errno.h>
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

/* What a column does not hold as it is, or perhaps not: in bytes that are signed it is
 * below this, but for the backslash. */
#define BELOW_PLAIN '\r'

static bool is_plain(char c)
{
	return (signed char)c > BELOW_PLAIN && c != '\\';
}

/* The same of sixteen bytes at a time. */
static bool are_plain(const char *s)
{
	typedef signed char block __attribute__((vector_size(16)));
	uint64_t halves[2];
	block bytes, special;

	memcpy(&bytes, s, sizeof bytes);
	special = (bytes <= BELOW_PLAIN) | (bytes == '\\');
	memcpy(halves, &special, sizeof halves);
	return (halves[0] | halves[1]) == 0;
}

static size_t plain_length(const char *s, size_t n)
{
	size_t i = 0;

	while (n - i >= 16 && are_plain(s + i))
		i += 16;
	while (i < n && is_plain(s[i]))
		i++;
	return i;
}

/* Writes a value so that it stays in its column; at most 3 bytes for one. */
static char *put_escaped(char *p, const char *value, size_t left)
{
	static const char bytes[] = "\\\t\n\r", codes[] = "\\tnr";
	const char *special;
	size_t n;

	for (;; value += n, left -= n) {
		n = plain_length(value, left);
		p = mempcpy(p, value, n);
		value += n;
		left -= n;
		if (left == 0)
			return p;
		special = memchr(bytes, *value, 4);
		n = special != NULL ? 1 : utf8_char(value, left);
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

static char *put_value(char *p, const char *value, size_t len)
{
	if (value == NULL)
		return p;
	return len == 0 ? stpcpy(p, "\\-") : put_escaped(p, value, len);
}

size_t table_row_room(const struct table_schema *schema, const char *const *values,
                      struct table_lengths *lengths)
{
	size_t room = 32;

	for (size_t i = 0; i < schema->n_columns; i++) {
		lengths->of[i] = values[i] == NULL ? 0 : strlen(values[i]);
		room += 3 * lengths->of[i] + 3;
	}
	return room;
}

/* The last column, the line's end, and a NUL behind it. */
static char *put_crc(char *p, uint32_t crc)
{
	*p++ = '\t';
	for (int shift = 28; shift >= 0; shift -= 4)
		*p++ = "0123456789abcdef"[crc >> shift & 15];
	*p++ = '\n';
	*p = '\0';
	return p;
}

size_t table_row_put(const struct table_schema *schema, const char *const *values,
                     const struct table_lengths *lengths, char *line)
{
	char *p = line;

	assert(values[0] != NULL && *values[0] != '\0');
	for (size_t i = 0; i < schema->n_columns; i++) {
		if (i > 0)
			*p++ = '\t';
		p = put_value(p, values[i], lengths->of[i]);
	}
	assert(p - line < (ptrdiff_t)TABLE_LINE_MAX - 10);
	p = put_crc(p, crc32c(line, (size_t)(p - line)));
	return (size_t)(p - line);
}

char *table_row(const struct table_schema *schema, const char *const *values, size_t *len)
{
	struct table_lengths lengths;
	char *line = mem_alloc(table_row_room(schema, values, &lengths));

	*len = table_row_put(schema, values, &lengths, line);
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
