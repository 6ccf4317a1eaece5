#include "component/deadline.h"

#include <stdlib.h>

#include "common/mem.h"

static void put(struct deadlines *all, struct deadline *d, size_t place)
{
	all->heap[place - 1] = d;
	d->place = place;
}

static void rise(struct deadlines *all, struct deadline *d)
{
	size_t place = d->place;

	while (place > 1 && all->heap[place / 2 - 1]->at > d->at) {
		put(all, all->heap[place / 2 - 1], place);
		place /= 2;
	}
	put(all, d, place);
}

static void sink(struct deadlines *all, struct deadline *d)
{
	size_t place = d->place, child;

	while ((child = place * 2) <= all->n) {
		if (child < all->n && all->heap[child]->at < all->heap[child - 1]->at)
			child++;
		if (all->heap[child - 1]->at >= d->at)
			break;
		put(all, all->heap[child - 1], place);
		place = child;
	}
	put(all, d, place);
}

void deadline_set(struct deadlines *all, struct deadline *d, int64_t at)
{
	d->at = at;
	if (d->place == 0) {
		if (all->n == all->room) {
			all->room = all->room * 2 + 64;
			all->heap = mem_realloc(all->heap, all->room * sizeof(struct deadline *));
		}
		all->n++;
		put(all, d, all->n);
	}
	rise(all, d);
	sink(all, d);
}

void deadline_clear(struct deadlines *all, struct deadline *d)
{
	struct deadline *last;
	size_t place = d->place;

	if (place == 0)
		return;
	d->place = 0;
	last = all->heap[--all->n];
	if (last == d)
		return;
	put(all, last, place);
	rise(all, last);
	sink(all, last);
}

int64_t deadlines_next(const struct deadlines *all)
{
	return all->n == 0 ? -1 : all->heap[0]->at;
}

void deadlines_run(struct deadlines *all, int64_t now)
{
	while (all->n > 0 && all->heap[0]->at <= now) {
		struct deadline *d = all->heap[0];

		deadline_clear(all, d);
		d->fire(d);
	}
}

void deadlines_free(struct deadlines *all)
{
	free(all->heap);
	all->heap = NULL;
	all->n = all->room = 0;
}
