#include "component/tally.h"

#include <stdlib.h>
#include <string.h>

#include "common/mem.h"

#define EXACT 128                      /* below it a bucket is a millisecond */
#define EXACT_BITS 7
#define TIME_MAX ((INT64_C(1) << 40) - 1)

struct tally_row *tally_at(struct tally *t, const char *key)
{
	struct tally_row *row;

	HASH_FIND_STR(t->by_key, key, row);
	if (row != NULL)
		return row;
	if (HASH_COUNT(t->by_key) >= TALLY_KEYS)
		return &t->others;
	row = mem_zero(1, sizeof *row);
	row->key = mem_strdup(key);
	HASH_ADD_KEYPTR(hh, t->by_key, row->key, strlen(row->key), row);
	return row;
}

/* The last one that a time does not shift out of its octave's sixty-four. */
static unsigned shift_of(int64_t ms)
{
	return 63 - (unsigned)__builtin_clzll((unsigned long long)ms) - (EXACT_BITS - 1);
}

static size_t bucket_of(int64_t ms)
{
	unsigned shift;

	if (ms < EXACT)
		return (size_t)ms;
	shift = shift_of(ms);
	return EXACT + (shift - 1) * TALLY_PAGE + (size_t)(ms >> shift) - TALLY_PAGE;
}

static int64_t middle_of(size_t bucket)
{
	unsigned shift;
	int64_t low;

	if (bucket < EXACT)
		return (int64_t)bucket;
	shift = (unsigned)((bucket - EXACT) / TALLY_PAGE) + 1;
	low = (int64_t)((bucket - EXACT) % TALLY_PAGE + TALLY_PAGE) << shift;
	return low + (INT64_C(1) << shift) / 2;
}

static void add_times(struct tally_row *row, size_t bucket, uint32_t n)
{
	uint32_t **page = &row->pages[bucket / TALLY_PAGE];

	if (*page == NULL)
		*page = mem_zero(TALLY_PAGE, sizeof **page);
	(*page)[bucket % TALLY_PAGE] += n;
	row->times += n;
}

void tally_add(struct tally_row *row, enum request_status status, int64_t ms)
{
	row->requests++;
	row->n[status]++;
	if (ms < 0)
		return;
	if (ms > TIME_MAX)
		ms = TIME_MAX;
	if (ms > row->max)
		row->max = ms;
	add_times(row, bucket_of(ms), 1);
}

static void join_row(struct tally_row *row, const struct tally_row *from)
{
	row->requests += from->requests;
	for (size_t i = 0; i < REQUEST_STATUSES; i++)
		row->n[i] += from->n[i];
	if (from->max > row->max)
		row->max = from->max;
	for (size_t i = 0; i < TALLY_PAGES * TALLY_PAGE; i++) {
		const uint32_t *page = from->pages[i / TALLY_PAGE];

		if (page != NULL && page[i % TALLY_PAGE] > 0)
			add_times(row, i, page[i % TALLY_PAGE]);
	}
}

void tally_join(struct tally *t, const struct tally *from)
{
	for (const struct tally_row *row = from->by_key; row != NULL; row = row->hh.next)
		join_row(tally_at(t, row->key), row);
	join_row(&t->others, &from->others);
}

int64_t tally_percentile(const struct tally_row *row, unsigned percent)
{
	uint64_t rank = (row->times * percent + 99) / 100, n = 0;
	int64_t middle;

	if (row->times == 0)
		return -1;
	for (size_t i = 0; i < TALLY_PAGES * TALLY_PAGE; i++) {
		n += row->pages[i / TALLY_PAGE] == NULL ? 0 : row->pages[i / TALLY_PAGE][i % TALLY_PAGE];
		if (n < rank)
			continue;
		middle = middle_of(i);
		return middle < row->max ? middle : row->max;
	}
	return row->max;
}

int tally_compare(uint64_t a_requests, const char *a_key, uint64_t b_requests, const char *b_key)
{
	if (a_key == NULL || b_key == NULL)
		return (a_key == NULL) - (b_key == NULL);
	if (a_requests != b_requests)
		return a_requests > b_requests ? -1 : 1;
	return strcmp(a_key, b_key);
}

static int by_requests(const void *a, const void *b)
{
	const struct tally_row *x = *(struct tally_row *const *)a, *y = *(struct tally_row *const *)b;

	return tally_compare(x->requests, x->key, y->requests, y->key);
}

size_t tally_sort(struct tally *t, struct tally_row ***sorted)
{
	struct tally_row **rows = mem_zero(HASH_COUNT(t->by_key) + 1, sizeof *rows);
	size_t n = 0;

	for (struct tally_row *row = t->by_key; row != NULL; row = row->hh.next) {
		if (row->requests > 0)
			rows[n++] = row;
	}
	if (t->others.requests > 0)
		rows[n++] = &t->others;
	if (n > 0)
		qsort(rows, n, sizeof *rows, by_requests);
	*sorted = rows;
	return n;
}

static void free_pages(struct tally_row *row)
{
	for (size_t i = 0; i < TALLY_PAGES; i++)
		free(row->pages[i]);
}

void tally_clear(struct tally *t)
{
	struct tally_row *row, *next;

	HASH_ITER(hh, t->by_key, row, next) {
		HASH_DEL(t->by_key, row);
		free_pages(row);
		free(row->key);
		free(row);
	}
	free_pages(&t->others);
	memset(t, 0, sizeof *t);
}
