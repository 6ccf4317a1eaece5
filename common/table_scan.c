#include "common/table_scan.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/crc32c.h"
#include "common/mem.h"
#include "common/utf8.h"

#define BLOCK 65536
/* Behind a seek a row or two are wanted, mostly. */
#define FIRST_READ 4096
#define VERSION_MARK "crc32c/"

/* The file is read, not mapped: its writer may cut it while we look, and a
 * mapping answers that, and a bad disk, with a signal. */

/* Reads more behind what is left of the buffer. 1, 0 at the end, -1. */
static int fill(struct table_scan *s)
{
	ssize_t got;
	size_t n;

	if (s->start > 0) {
		memmove(s->buf, s->buf + s->start, s->end - s->start);
		s->end -= s->start;
		s->start = 0;
	}
	if (s->end == s->cap) {
		s->cap = s->cap == 0 ? BLOCK : s->cap * 2;
		s->buf = mem_realloc(s->buf, s->cap);
	}
	n = s->cap - s->end < s->next_read ? s->cap - s->end : s->next_read;
	do
		got = read(s->fd, s->buf + s->end, n);
	while (got < 0 && errno == EINTR);
	if (s->next_read < s->cap)
		s->next_read *= 2;
	if (got > 0)
		s->end += (size_t)got;
	return got > 0 ? 1 : (int)got;
}

static void take_line(struct table_scan *s, size_t len, size_t newline)
{
	s->line = s->buf + s->start;
	s->len = len;
	s->offset = s->next_offset;
	s->start += len + newline;
	s->next_offset += len + newline;
}

/* A line into s->line. TABLE_ROW stands for any whole one here. */
static enum table_line next_line(struct table_scan *s)
{
	size_t seen = 0;

	for (;;) {
		size_t left = s->end - s->start;
		char *newline = seen == left ? NULL
			: memchr(s->buf + s->start + seen, '\n', left - seen);
		int more;

		if (newline != NULL) {
			take_line(s, (size_t)(newline - (s->buf + s->start)), 1);
			return TABLE_ROW;
		}
		if (left >= TABLE_LINE_MAX) {
			take_line(s, TABLE_LINE_MAX, 0);
			return TABLE_DAMAGED;
		}
		seen = left;
		more = fill(s);
		if (more < 0)
			return TABLE_FAILED;
		if (more == 0) {
			take_line(s, left, 0);
			return left == 0 ? TABLE_END : TABLE_TORN;
		}
	}
}

/* The line as a string of its own, if it is text. */
static bool copy_text(struct table_scan *s, size_t len)
{
	if (!utf8_valid(s->line, len) || memchr(s->line, '\0', len) != NULL)
		return false;
	if (s->text_cap < len + 1) {
		s->text_cap = len + 1 < 2 * s->text_cap ? 2 * s->text_cap : len + 1;
		s->text = mem_realloc(s->text, s->text_cap);
	}
	memcpy(s->text, s->line, len);
	s->text[len] = '\0';
	return true;
}

/* Cuts the column at *next off its string, as strsep() does; most are empty. *len: its
 * length. */
static char *cut_column(char **next, size_t *len)
{
	char *column = *next, *end = *column == '\t' ? column : strchrnul(column, '\t');

	*len = (size_t)(end - column);
	*next = *end == '\0' ? NULL : end + 1;
	*end = '\0';
	return column;
}

/* In place, from the first backslash on. */
static bool decode(char *to)
{
	static const char codes[] = "\\tnr", bytes[] = "\\\t\n\r";

	for (const char *from = to; *from != '\0'; from++) {
		if (*from == '\\') {
			const char *code = *++from == '\0' ? NULL : strchr(codes, *from);

			if (code == NULL)
				return false;
			*to++ = bytes[code - codes];
		} else {
			*to++ = *from;
		}
	}
	*to = '\0';
	return true;
}

/* The row's forms of "as before" and "emptied" become NULL and "". */
static bool unescape(char *text, size_t len, const char **value)
{
	char *escape = len == 0 ? NULL : memchr(text, '\\', len);

	*value = len == 0 ? NULL : text;
	if (escape == NULL)
		return true;
	if (strcmp(text, "\\-") != 0)
		return decode(escape);
	*text = '\0';
	return true;
}

/* The length before the CRC's tab, if the CRC is right; 0 if not: no row is
 * that short. */
static size_t checked_length(const struct table_scan *s)
{
	static const char digits[] = "0123456789abcdef";
	uint32_t sum = 0;
	size_t n;

	if (s->len < 10 || s->line[s->len - 9] != '\t')
		return 0;
	n = s->len - 9;
	for (size_t i = n + 1; i < s->len; i++) {
		const char *digit = memchr(digits, s->line[i], 16);

		if (digit == NULL)
			return 0;
		sum = sum << 4 | (uint32_t)(digit - digits);
	}
	return crc32c(s->line, n) == sum ? n : 0;
}

static bool parse_row(struct table_scan *s)
{
	size_t n = checked_length(s), column = 0;
	char *next;

	if (n == 0 || !copy_text(s, n))
		return false;
	memset(s->values, 0, sizeof s->values);
	for (next = s->text; next != NULL; column++) {
		const char *value;
		size_t len;
		char *text = cut_column(&next, &len);

		if (column == s->n_columns || !unescape(text, len, &value))
			return false;
		if (s->map[column] >= 0)
			s->values[s->map[column]] = value;
	}
	/* What has no key belongs to nothing. */
	return column == s->n_columns && s->values[0] != NULL && *s->values[0] != '\0';
}

/* "/1a2b3c4d" */
#define SUM_LENGTH 9

/* Up to nine digits, all of n. */
static bool read_number(const char *digits, size_t n, unsigned *value)
{
	*value = 0;
	for (size_t i = 0; i < n; i++) {
		if (digits[i] < '0' || digits[i] > '9' || i == 9)
			return false;
		*value = *value * 10 + (unsigned)(digits[i] - '0');
	}
	return n > 0;
}

/* The version in the header's last column; 0 if that is none. */
static unsigned header_version(const char *line, size_t len)
{
	const char *tab = memrchr(line, '\t', len);
	const size_t mark = strlen(VERSION_MARK);
	unsigned version;
	size_t n;

	if (tab == NULL)
		return 0;
	n = len - (size_t)(++tab - line);
	if (n <= mark || memcmp(tab, VERSION_MARK, mark) != 0)
		return 0;
	return read_number(tab + mark, n - mark, &version) ? version : 0;
}

/* Whether the line ends with a '/' and the sum of what is before that. */
static bool has_own_sum(const char *line, size_t len)
{
	char sum[16];

	if (len <= SUM_LENGTH)
		return false;
	len -= SUM_LENGTH;
	snprintf(sum, sizeof sum, "/%08" PRIx32, crc32c(line, len));
	return memcmp(line + len, sum, SUM_LENGTH) == 0;
}

/* The length of the header without the mark of a merged file, which it notes. With a
 * wrong sum it is none, and the header a damaged one: then all segments count, which
 * say again what is merged. */
static size_t cut_merged_mark(struct table_scan *s)
{
	const char *space = memrchr(s->line, ' ', s->len);
	const size_t mark = strlen(TABLE_MERGED_MARK);
	size_t n = space == NULL ? 0 : s->len - (size_t)(space - s->line);

	if (n <= mark + SUM_LENGTH || memcmp(space, TABLE_MERGED_MARK, mark) != 0 ||
	    !has_own_sum(s->line, s->len) ||
	    !read_number(space + mark, n - mark - SUM_LENGTH, &s->last))
		return s->len;
	s->merged = true;
	return (size_t)(space - s->line);
}

static int column_of(const struct table_schema *schema, const char *name)
{
	for (size_t i = 0; i < schema->n_columns; i++) {
		if (strcmp(schema->columns[i], name) == 0)
			return (int)i;
	}
	return -1;
}

/* Columns of an older version by name: the key must be there, none twice. */
static bool map_columns(struct table_scan *s)
{
	bool seen[TABLE_COLUMNS] = { false };
	char *next = s->text, *name;
	size_t len;

	s->n_columns = 0;
	for (;;) {
		int column;

		name = cut_column(&next, &len);
		if (next == NULL)   /* the version mark */
			return seen[0];
		if (s->n_columns == TABLE_COLUMNS)
			return false;
		column = column_of(s->schema, name);
		if (column >= 0 && seen[column])
			return false;
		if (column >= 0)
			seen[column] = true;
		s->map[s->n_columns++] = column;
	}
}

static void map_current(struct table_scan *s)
{
	s->n_columns = s->schema->n_columns;
	for (size_t i = 0; i < s->n_columns; i++)
		s->map[i] = (int)i;
}

/* A header of our own version must be exactly ours: nothing else protects it,
 * and one name that a bad disk changed would empty its column in every row. */
static bool header_is_current(const struct table_scan *s, size_t n)
{
	size_t len;
	char *own = table_header(s->schema, &len);
	bool same = len == n + 1 && memcmp(own, s->line, n) == 0;

	free(own);
	return same;
}

static int parse_header(struct table_scan *s, const char *path, char **why)
{
	size_t len = cut_merged_mark(s);
	unsigned version = header_version(s->line, len);
	bool good;

	if (version > s->schema->version) {
		if (why != NULL)
			*why = mem_printf("%s: written in version %u of the format, this program "
			                  "knows it up to %u", path, version, s->schema->version);
		errno = EPROTO;
		return -1;
	}
	if (version == s->schema->version)
		good = header_is_current(s, len);
	else
		good = version > 0 && copy_text(s, len) && map_columns(s);
	if (!good || version == s->schema->version)
		map_current(s);
	if (good)
		s->header = mem_strndup(s->line, s->len);
	s->merged = s->merged && good;
	s->first = good ? TABLE_ROW : TABLE_DAMAGED;
	return 0;
}

int table_scan_open(struct table_scan *s, const char *path, const struct table_schema *schema,
                    char **why)
{
	return table_scan_start(s, open(path, O_RDONLY | O_CLOEXEC), path, schema, why);
}

int table_scan_start(struct table_scan *s, int fd, const char *path,
                     const struct table_schema *schema, char **why)
{
	memset(s, 0, sizeof *s);
	s->schema = schema;
	map_current(s);
	s->next_read = BLOCK;
	s->fd = fd;
	if (s->fd < 0)
		return -1;
	s->first = next_line(s);
	if (s->first == TABLE_FAILED)
		return -1;
	return s->first == TABLE_ROW ? parse_header(s, path, why) : 0;
}

void table_scan_close(struct table_scan *s)
{
	int saved = errno;

	if (s->fd >= 0)
		close(s->fd);
	free(s->buf);
	free(s->text);
	free(s->header);
	errno = saved;
}

enum table_line table_scan_next(struct table_scan *s)
{
	enum table_line met = s->first;

	/* s->line still holds what was met at the header's place. A file that is
	 * just being made ends here, though its header may be whole by now. */
	s->first = TABLE_ROW;
	if (met != TABLE_ROW)
		return met;
	met = next_line(s);
	return met == TABLE_ROW && !parse_row(s) ? TABLE_DAMAGED : met;
}

int table_scan_seek(struct table_scan *s, uint64_t offset)
{
	if (offset > INT64_MAX || lseek(s->fd, (off_t)offset, SEEK_SET) < 0) {
		errno = EINVAL;
		return -1;
	}
	s->start = s->end = 0;
	s->next_read = FIRST_READ;
	s->next_offset = offset;
	s->first = TABLE_ROW;
	return 0;
}

bool table_scan_line(struct table_scan *s, const char *line, size_t len, uint64_t offset)
{
	s->line = line;
	s->len = len;
	s->offset = offset;
	return parse_row(s);
}
