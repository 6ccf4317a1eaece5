/* Requests and devices for people. */
#ifndef OPERATOR_PRINT_H
#define OPERATOR_PRINT_H

#include <stdbool.h>
#include <stdio.h>

#include "operator/grid.h"
#include "operator/row.h"

/* "responded in 41 ms", "running, 40 % Writing the flash". The caller frees it. */
char *print_request_state(const struct row_request *r);

/* The whole of one; bars only where terminal is set. */
void print_request(const struct row_request *r, bool terminal, FILE *out);
void print_device(const struct row_device *d, bool terminal, FILE *out);

/* One row of a list, into a grid of these columns. */
extern const struct grid_column print_request_columns[5];
extern const struct grid_column print_device_columns[7];
void print_request_row(const struct row_request *r, struct grid *g);
void print_device_row(const struct row_device *d, struct grid *g);
extern const struct grid_column print_unassigned_columns[7];
void print_unassigned_row(const struct row_unassigned *u, struct grid *g);

#endif
