#include "common/table_sorted.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/mem.h"
#include "common/table_scan.h"

/* What is read backwards at a time; and halving ends in so few bytes. */
#define BLOCK 65536u
#define HALVING_END 16384u

struct table_sorted {
	struct table_scan scan;
	uint64_t first, end;         /* where rows are */
	uint64_t place;              /* a line begins here */
	bool is_there;               /* the scan's next line is the one at place */
	size_t damaged;
	/* Read backwards: the file from block_at on. */
	char *block;
	size_t block_cap, block_len;
	uint64_t block_at;
};

struct table_sorted *table_sorted_open(const char *base, const struct table_schema *schema)
{
	struct table_sorted *t = mem_zero(1, sizeof *t);
	char *path = table_segment_path(base, 0);
	int rc = table_scan_open(&t->scan, path, schema, NULL);
	struct stat st;

	free(path);
	if (rc == 0 && !t->scan.merged) {
		errno = ENOENT;
		rc = -1;
	}
	if (rc == 0)
		rc = fstat(t->scan.fd, &st);
	if (rc < 0) {
		table_sorted_close(t);
		return NULL;
	}
	t->first = t->place = strlen(t->scan.header) + 1;
	t->end = (uint64_t)st.st_size;
	t->is_there = true;
	return t;
}

void table_sorted_close(struct table_sorted *t)
{
	if (t == NULL)
		return;
	table_scan_close(&t->scan);
	free(t->block);
	free(t);
}

unsigned table_sorted_last(const struct table_sorted *t)
{
	return t->scan.last;
}

size_t table_sorted_damaged(const struct table_sorted *t)
{
	return t->damaged;
}

/* Forwards. */

/* The next good row before end. 1, 0, -1. */
static int next_row(struct table_sorted *t, uint64_t end)
{
	for (;;) {
		enum table_line met = table_scan_next(&t->scan);

		if (met == TABLE_FAILED)
			return -1;
		if (met == TABLE_END || met == TABLE_TORN || t->scan.offset >= end)
			return 0;
		if (met == TABLE_ROW)
			return 1;
		t->damaged++;
	}
}

static uint64_t end_of_line(const struct table_sorted *t)
{
	return t->scan.offset + t->scan.len + 1;
}

int table_sorted_next(struct table_sorted *t, const char *const **values)
{
	int rc = 0;

	if (!t->is_there)
		rc = table_scan_seek(&t->scan, t->place);
	t->is_there = true;
	if (rc == 0)
		rc = next_row(t, t->end);
	if (rc == 0)
		t->place = t->end;
	if (rc <= 0)
		return rc;
	t->place = end_of_line(t);
	*values = t->scan.values;
	return 1;
}

/* Halving. */

/* The first good row that begins in [at, end). 1, 0, -1. */
static int row_from(struct table_sorted *t, uint64_t at, uint64_t end)
{
	if (at <= t->first)
		return table_scan_seek(&t->scan, t->first) < 0 ? -1 : next_row(t, end);
	/* What ends behind the byte before is the line before; or all of it is none of
	 * ours, and the row is the next one. */
	if (table_scan_seek(&t->scan, at - 1) < 0 || table_scan_next(&t->scan) == TABLE_FAILED)
		return -1;
	return next_row(t, end);
}

/* All rows that begin before low are below the key, none that begins at high or
 * behind it is. Where that leaves little, it is read in order. */
int table_sorted_seek(struct table_sorted *t, const char *key)
{
	uint64_t low = t->first, high = t->end;
	int found;

	t->is_there = false;
	t->place = t->end;
	if (key == NULL)
		return 0;
	while (high > low && high - low > HALVING_END) {
		uint64_t middle = low + (high - low) / 2;

		found = row_from(t, middle, high);
		if (found < 0)
			return -1;
		if (found > 0 && strcmp(t->scan.values[0], key) < 0)
			low = end_of_line(t);
		else
			high = middle;
	}
	found = table_scan_seek(&t->scan, low);
	while (found == 0) {
		found = next_row(t, t->end);
		if (found <= 0 || strcmp(t->scan.values[0], key) >= 0)
			break;
		found = 0;
	}
	if (found > 0)
		t->place = t->scan.offset;
	return found < 0 ? -1 : 0;
}

/* Backwards. */

static int read_at(int fd, char *to, size_t n, uint64_t at)
{
	while (n > 0) {
		ssize_t got = pread(fd, to, n, (off_t)at);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0) {
			errno = got == 0 ? EIO : errno;
			return -1;
		}
		to += got;
		n -= (size_t)got;
		at += (uint64_t)got;
	}
	return 0;
}

/* n bytes more ahead of what the block has, which ends at place. */
static int read_block(struct table_sorted *t, size_t n)
{
	if (t->block_cap < t->block_len + n) {
		t->block_cap = t->block_len + n;
		t->block = mem_realloc(t->block, t->block_cap);
	}
	memmove(t->block + n, t->block, t->block_len);
	t->block_at -= n;
	t->block_len += n;
	return read_at(t->scan.fd, t->block, n, t->block_at);
}

/* The line that ends at place: where in the block it begins. 1, 0, -1. */
static int line_before(struct table_sorted *t, size_t *start)
{
	if (t->block_at > t->place || t->block_at + t->block_len < t->place ||
	    t->block_len == 0) {
		t->block_at = t->place;
		t->block_len = 0;
	}
	t->block_len = (size_t)(t->place - t->block_at);
	while (t->place > t->first) {
		const char *newline = t->block_len < 2 ? NULL
			: memrchr(t->block, '\n', t->block_len - 1);
		uint64_t left = t->block_at - t->first;
		size_t n = t->block_len < BLOCK ? BLOCK : t->block_len;

		*start = newline == NULL ? 0 : (size_t)(newline + 1 - t->block);
		if (newline != NULL || left == 0 || t->block_len >= TABLE_LINE_MAX)
			return 1;
		if (read_block(t, left < n ? (size_t)left : n) < 0)
			return -1;
	}
	return 0;
}

int table_sorted_previous(struct table_sorted *t, const char *const **values)
{
	size_t start, len;
	int rc;

	t->is_there = false;
	while ((rc = line_before(t, &start)) > 0) {
		bool whole = t->block[t->block_len - 1] == '\n';

		len = t->block_len - start - whole;
		t->place = t->block_at + start;
		if (whole && table_scan_line(&t->scan, t->block + start, len, t->place)) {
			*values = t->scan.values;
			return 1;
		}
		t->damaged += whole;
	}
	return rc;
}
