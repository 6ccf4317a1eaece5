/* A row's columns as pointers into one piece of memory: for requests, which change with
 * each arrow of their life and end soon. What is kept for long and changes seldom is
 * smaller in texts.h. */
#ifndef COMPONENT_COLUMNS_H
#define COMPONENT_COLUMNS_H

#include <stddef.h>

/* { 0 } has no memory yet. What is replaced stays until the memory is full. */
struct columns_memory {
	char *memory;
	size_t used, size;
};

/* Takes the values of a row as struct record has them: columns[i], for n of them, then
 * point into m, or are NULL for what is empty. A value may be one of m's. */
void columns_apply(struct columns_memory *m, const char **columns, size_t n, const char *const *row);

/* Gives the memory back of what columns[] no longer has. */
void columns_shrink(struct columns_memory *m, const char **columns, size_t n);

/* columns[] must not be used any more. */
void columns_free(struct columns_memory *m);

#endif
