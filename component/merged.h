/* The texts of a row's columns in one piece of memory: a request has a dozen of them,
 * and each arrow of its life sets some anew. */
#ifndef COMPONENT_MERGED_H
#define COMPONENT_MERGED_H

#include <stddef.h>

/* { 0 } has no memory yet. What is replaced stays until the memory is full. */
struct merged {
	char *memory;
	size_t used, size;
};

/* Takes the values of a row as struct record has them: columns[i], for n of them, then
 * point into m, or are NULL for what is empty. A value may be one of m's. */
void merged_apply(struct merged *m, const char **columns, size_t n, const char *const *row);

/* Gives the memory back of what columns[] no longer has. */
void merged_shrink(struct merged *m, const char **columns, size_t n);

/* columns[] must not be used any more. */
void merged_free(struct merged *m);

#endif
