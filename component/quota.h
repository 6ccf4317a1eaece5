/* What one operator, and all of them at one device, may submit: how many requests
 * a second (a token bucket), and how many may be open. And how much of what he is
 * denied is recorded. */
#ifndef COMPONENT_QUOTA_H
#define COMPONENT_QUOTA_H

#include <stdbool.h>
#include <stdint.h>
#include <uthash.h>

#include "component/deadline.h"

/* After a pause as much as this may come at once. */
#define QUOTA_BURST_S 10

/* { 0 } is one that is full. */
struct bucket {
	int64_t used;         /* thousandths of a request, as of then */
	int64_t then;         /* monotonic ms */
};

/* Whether one more fits, at so many a second. */
bool bucket_has(struct bucket *b, int64_t rate, int64_t now);
/* The same, with so many seconds' worth at once. */
bool bucket_has_burst(struct bucket *b, int64_t rate, int64_t burst_s, int64_t now);
void bucket_take(struct bucket *b);

struct component;

struct denials {
	struct bucket rows;
	uint64_t suppressed;  /* that no row tells of yet */
	struct deadline due;  /* of the row that does: audit.c's, with what stands below */
	struct component *component;
	const char *operator_;
};
/* Rows a second of what one operator is denied. */
#define QUOTA_DENIALS 20
/* Lists a second that one operator may have made from the tables in memory. */
#define QUOTA_QUESTIONS 50

struct quota {
	char *operator_;
	unsigned n_open;
	struct bucket submits, questions;
	struct denials denials;
	UT_hash_handle hh;
};

struct quotas {
	struct quota *by_operator;
	unsigned sweep_at;    /* when there are so many those that say nothing are dropped */
};

/* The operator's, made if need be; good until the next call. now as above. */
struct quota *quota_of(struct quotas *all, const char *operator_, int64_t rate, int64_t now);
/* What he is told who asks too fast; the caller frees it. */
char *quota_questions_text(const char *operator_);
/* A request of his is open, or no longer. NULL is nobody. */
void quota_opened(struct quotas *all, const char *operator_);
void quota_closed(struct quotas *all, const char *operator_);
void quotas_free(struct quotas *all);

#endif
