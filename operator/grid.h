/* Rows of cells in aligned columns. */
#ifndef OPERATOR_GRID_H
#define OPERATOR_GRID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#define GRID_COLUMNS 12

struct grid_column {
	const char *head;       /* NULL in all: no head line */
	size_t max;             /* wider cells are cut; 0: never */
	bool right;             /* aligned */
};

/* { .columns = …, .n_columns = … } is an empty one. */
struct grid {
	const struct grid_column *columns;
	size_t n_columns;
	size_t widths[GRID_COLUMNS];
	char **cells;
	size_t n_cells;
	bool headed;
};

/* The next cell, row by row; cleaned and copied. NULL is an empty one. */
void grid_add(struct grid *g, const char *cell);

/* Prints what was added, each line behind indent, and forgets it; the head comes
 * once. Columns never get narrower, so that pages of one list fit together. */
void grid_print(struct grid *g, const char *indent, FILE *out);

void grid_clear(struct grid *g);

#endif
