/* The texts of a row's columns in one piece of memory: what is empty takes no room, and
 * none has an allocation of its own. For tables that hold many rows for long; columns.h is
 * quicker.
 *
 * A piece is NULL (no text at all), or for each column that has one, in order, its number
 * from 1 as one byte and its text with the NUL, and then a 0. */
#ifndef COMPONENT_TEXTS_H
#define COMPONENT_TEXTS_H

#include <stddef.h>
#include <stdint.h>

/* Which columns of a row are meant: 1 << column. */
typedef uint64_t texts_mask;

/* The column's text, NULL for none. Good until the next texts_apply(). */
const char *texts_get(const char *texts, unsigned column);

/* All of them by column, NULL for none; a table has n columns. */
void texts_list(const char *texts, const char **values, size_t n);

/* Takes those columns of a row that it does not leave as before. Values may be of the
 * piece itself. */
void texts_apply(char **texts, const char *const *row, texts_mask columns);

#endif
