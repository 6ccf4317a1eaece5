/* Requests counted by a key: how many came to which end, and how long answers took. Times
 * are in buckets, which grow with them: so what is kept does not grow with the number of
 * requests. Up to 127 ms a bucket is a millisecond, above it a sixty-fourth of a power of
 * two; a percentile is a bucket's middle, and so at most 0.8 % off. */
#ifndef COMPONENT_TALLY_H
#define COMPONENT_TALLY_H

#include <stddef.h>
#include <stdint.h>
#include <uthash.h>

#include "component/request.h"

/* More keys than this are one row together. */
#define TALLY_KEYS 10000

#define TALLY_PAGE 64
#define TALLY_PAGES 35                 /* times below 2^40 ms */

struct tally_row {
	char *key;                         /* NULL: all that have no row of their own */
	uint64_t requests, n[REQUEST_STATUSES];
	uint64_t times;                    /* how many of them have one */
	int64_t max;                       /* exactly */
	uint32_t *pages[TALLY_PAGES];      /* NULL: TALLY_PAGE empty buckets */
	UT_hash_handle hh;
};

/* { 0 } is an empty one. */
struct tally {
	struct tally_row *by_key;
	struct tally_row others;
};

/* The key's row, which is good until tally_clear(). */
struct tally_row *tally_at(struct tally *t, const char *key);
/* ms: how long the answer took; below 0: there is no such time. */
void tally_add(struct tally_row *row, enum request_status status, int64_t ms);
/* Adds all of another one. */
void tally_join(struct tally *t, const struct tally *from);

/* The smallest time that so many percent of them do not exceed; -1 if there are none. */
int64_t tally_percentile(const struct tally_row *row, unsigned percent);

/* All rows with a request: the most requests first, then by key; what has none of its
 * own is the last. Returns how many; the caller frees *sorted, but not the rows. */
size_t tally_sort(struct tally *t, struct tally_row ***sorted);
/* As in there: negative if a row of so many requests and this key comes first. */
int tally_compare(uint64_t a_requests, const char *a_key, uint64_t b_requests, const char *b_key);

void tally_clear(struct tally *t);

#endif
