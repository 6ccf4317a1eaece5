/* Reads CSV (RFC 4180), strictly: a cell holds a quote only if it is quoted, lines end
 * by LF or CRLF, and empty lines are none. */
#ifndef OPERATOR_CSV_READ_H
#define OPERATOR_CSV_READ_H

#include <stddef.h>

#define CSV_READ_CELLS 256            /* in a row */
#define CSV_READ_BYTES (64 * 1024)    /* of a row as it is written */

struct csv_reader {
	char *pos, *end;
	unsigned next;                    /* line at pos, from 1 */
	unsigned line;                    /* where the row begins, also one with a mistake */
	char *cells[CSV_READ_CELLS];
	size_t n_cells;
};

/* A BOM at the beginning is passed over. The cells will lie in text, which is changed by
 * reading, must have room for a NUL behind its len bytes, and outlives the reader. */
void csv_read_begin(struct csv_reader *r, char *text, size_t len);

/* 1 and the next row's cells, 0 at the end, -1 with *why (a constant): then the next
 * call goes on behind the line with the mistake. */
int csv_read_row(struct csv_reader *r, const char **why);

#endif
