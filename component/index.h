/* An index: from hashes to the numbers of what has them. Whether it is what is looked for,
 * its owner sees. Open addressing, eight bytes a place; many things may have one hash, as
 * whole fleets have one name. */
#ifndef COMPONENT_INDEX_H
#define COMPONENT_INDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Numbers are below this. */
#define INDEX_NUMBERS 0x7fffffffu

struct index_place;
struct index_list;

/* { 0 } is one of nothing. */
struct index {
	struct index_place *places;
	size_t used, room;              /* room: 0 or a power of two */
	struct index_list *lists;       /* of numbers with one hash */
	uint32_t n_lists, free_list;    /* free_list: from 1; 0: none */
	size_t n;                       /* numbers, under all hashes */
};

/* The number must not be there yet under this hash. */
void index_add(struct index *x, uint32_t hash, uint32_t number);
/* It must be there. */
void index_remove(struct index *x, uint32_t hash, uint32_t number);
/* The ith number with this hash, in no order; false: there are no more. */
bool index_get(const struct index *x, uint32_t hash, size_t i, uint32_t *number);
void index_free(struct index *x);

#endif
