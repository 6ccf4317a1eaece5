#include "component/index.h"

#include <stdlib.h>
#include <string.h>

#include "common/mem.h"

#define ROOM_MIN 64
#define IS_LIST 0x80000000u

/* Zeros are a free place. */
struct index_place {
	uint32_t hash;
	uint32_t what;                  /* a number + 1, or IS_LIST and the list's place */
};

/* At least two numbers; room for a power of two. A free one names the next free. */
struct index_list {
	uint32_t *numbers;
	uint32_t n;
};

static size_t next(const struct index *x, size_t at)
{
	return (at + 1) & (x->room - 1);
}

/* The one with this hash, or the free one where it belongs. */
static struct index_place *place_of(const struct index *x, uint32_t hash)
{
	size_t at = hash & (x->room - 1);

	while (x->places[at].what != 0 && x->places[at].hash != hash)
		at = next(x, at);
	return &x->places[at];
}

static void grow(struct index *x)
{
	struct index_place *had = x->places;
	size_t n = x->room;

	x->room = n == 0 ? ROOM_MIN : 2 * n;
	x->places = mem_zero(x->room, sizeof *x->places);
	for (size_t i = 0; i < n; i++) {
		if (had[i].what != 0)
			*place_of(x, had[i].hash) = had[i];
	}
	free(had);
}

static struct index_list *list_of(const struct index *x, const struct index_place *p)
{
	return p->what & IS_LIST ? &x->lists[p->what & ~IS_LIST] : NULL;
}

/* The place, which has one number, gets a list with that one. */
static struct index_list *make_list(struct index *x, struct index_place *p)
{
	uint32_t number = p->what - 1, which = x->free_list - 1;
	struct index_list *list;

	if (x->free_list == 0) {
		which = x->n_lists++;
		/* At a power of two it is full. */
		if ((which & (which - 1)) == 0)
			x->lists = mem_realloc(x->lists, (which == 0 ? 1 : 2 * (size_t)which) * sizeof *list);
	} else {
		x->free_list = x->lists[which].n;
	}
	list = &x->lists[which];
	list->numbers = mem_alloc(2 * sizeof *list->numbers);
	list->numbers[0] = number;
	list->n = 1;
	p->what = IS_LIST | which;
	return list;
}

static void share(struct index *x, struct index_place *p, uint32_t number)
{
	struct index_list *list = list_of(x, p);

	if (list == NULL)
		list = make_list(x, p);
	else if ((list->n & (list->n - 1)) == 0)
		list->numbers = mem_realloc(list->numbers, 2 * (size_t)list->n * sizeof *list->numbers);
	list->numbers[list->n++] = number;
}

void index_add(struct index *x, uint32_t hash, uint32_t number)
{
	struct index_place *p;

	/* A quarter stays free: a look-up ends at a free place. */
	if (4 * (x->used + 1) > 3 * x->room)
		grow(x);
	x->n++;
	p = place_of(x, hash);
	if (p->what != 0) {
		share(x, p, number);
		return;
	}
	*p = (struct index_place){ hash, number + 1 };
	x->used++;
}

/* With one number left it is no list any more. */
static void leave(struct index *x, struct index_place *p, uint32_t number)
{
	struct index_list *list = list_of(x, p);
	uint32_t i = 0;

	while (list->numbers[i] != number)
		i++;
	list->numbers[i] = list->numbers[--list->n];
	if (list->n > 1)
		return;
	p->what = list->numbers[0] + 1;
	free(list->numbers);
	list->numbers = NULL;
	list->n = x->free_list;
	x->free_list = (uint32_t)(list - x->lists) + 1;
}

/* What stands behind the gap moves into it, unless it would come ahead of its place. */
static void clear(struct index *x, struct index_place *p)
{
	size_t mask = x->room - 1, gap = (size_t)(p - x->places), i;

	for (i = next(x, gap); x->places[i].what != 0; i = next(x, i)) {
		if (((i - x->places[i].hash) & mask) < ((i - gap) & mask))
			continue;
		x->places[gap] = x->places[i];
		gap = i;
	}
	x->places[gap].what = 0;
	x->used--;
}

void index_remove(struct index *x, uint32_t hash, uint32_t number)
{
	struct index_place *p = place_of(x, hash);

	x->n--;
	if (p->what & IS_LIST)
		leave(x, p, number);
	else
		clear(x, p);
}

bool index_get(const struct index *x, uint32_t hash, size_t i, uint32_t *number)
{
	const struct index_place *p = x->room == 0 ? NULL : place_of(x, hash);
	const struct index_list *list;

	if (p == NULL || p->what == 0)
		return false;
	list = list_of(x, p);
	if (i >= (list == NULL ? 1 : list->n))
		return false;
	*number = list == NULL ? p->what - 1 : list->numbers[i];
	return true;
}

void index_free(struct index *x)
{
	for (uint32_t i = 0; i < x->n_lists; i++)
		free(x->lists[i].numbers);
	free(x->lists);
	free(x->places);
	memset(x, 0, sizeof *x);
}
