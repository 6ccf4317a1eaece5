#include "component/quota.h"

#include <stdlib.h>
#include <string.h>

#include "common/mem.h"

#define ONE 1000
#define SWEEP 1000

static void refill(struct bucket *b, int64_t rate, int64_t burst_s, int64_t now)
{
	int64_t passed = now - b->then;

	/* A product of a long time would be too large for its type. */
	if (passed >= burst_s * 1000)
		b->used = 0;
	else
		b->used -= passed * rate;
	if (b->used < 0)
		b->used = 0;
	b->then = now;
}

bool bucket_has_burst(struct bucket *b, int64_t rate, int64_t burst_s, int64_t now)
{
	refill(b, rate, burst_s, now);
	return b->used + ONE <= rate * burst_s * ONE;
}

bool bucket_has(struct bucket *b, int64_t rate, int64_t now)
{
	return bucket_has_burst(b, rate, QUOTA_BURST_S, now);
}

void bucket_take(struct bucket *b)
{
	b->used += ONE;
}

static void forget(struct quotas *all, struct quota *q)
{
	HASH_DEL(all->by_operator, q);
	free(q->operator_);
	free(q);
}

/* Who has nothing open, full buckets and nothing to be told is as one who never came. */
static void sweep(struct quotas *all, int64_t rate, int64_t now)
{
	struct quota *q, *next;

	HASH_ITER(hh, all->by_operator, q, next) {
		refill(&q->submits, rate, QUOTA_BURST_S, now);
		refill(&q->questions, QUOTA_QUESTIONS, QUOTA_BURST_S, now);
		refill(&q->denials.rows, QUOTA_DENIALS, QUOTA_BURST_S, now);
		if (q->n_open == 0 && q->submits.used == 0 && q->questions.used == 0 &&
		    q->denials.rows.used == 0 && q->denials.suppressed == 0)
			forget(all, q);
	}
	all->sweep_at = 2 * HASH_COUNT(all->by_operator) + SWEEP;
}

static struct quota *find_or_add(struct quotas *all, const char *operator_)
{
	struct quota *q;

	HASH_FIND_STR(all->by_operator, operator_, q);
	if (q != NULL)
		return q;
	q = mem_zero(1, sizeof *q);
	q->operator_ = mem_strdup(operator_);
	HASH_ADD_KEYPTR(hh, all->by_operator, q->operator_, strlen(q->operator_), q);
	return q;
}

struct quota *quota_of(struct quotas *all, const char *operator_, int64_t rate, int64_t now)
{
	if (HASH_COUNT(all->by_operator) >= (all->sweep_at == 0 ? SWEEP : all->sweep_at))
		sweep(all, rate, now);
	return find_or_add(all, operator_);
}

char *quota_questions_text(const char *operator_)
{
	return mem_printf("%s asks for more than %d such lists a second", operator_, QUOTA_QUESTIONS);
}

void quota_opened(struct quotas *all, const char *operator_)
{
	if (operator_ != NULL)
		find_or_add(all, operator_)->n_open++;
}

void quota_closed(struct quotas *all, const char *operator_)
{
	if (operator_ != NULL)
		find_or_add(all, operator_)->n_open--;
}

void quotas_free(struct quotas *all)
{
	struct quota *q, *next;

	HASH_ITER(hh, all->by_operator, q, next)
		forget(all, q);
}
