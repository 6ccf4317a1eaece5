/* A row as it is made and read: text by column. What a table's apply() takes,
 * live and at start. */
#ifndef COMPONENT_RECORD_H
#define COMPONENT_RECORD_H

#include <stdbool.h>
#include <stdint.h>

#include "common/table.h"

struct record {
	const char *values[TABLE_COLUMNS];   /* NULL: as before; "": empty */
	char scratch[TABLE_COLUMNS][32];
};

/* Text is kept by pointer until the record has been used. */
void record_text(struct record *r, unsigned column, const char *text);   /* NULL is "" */
void record_int(struct record *r, unsigned column, int64_t value);
void record_time(struct record *r, unsigned column, int64_t wall_ms);    /* 0 is "" */

/* Readers of a column: leave *value when it is "as before" or is none. */
void record_get_int(const char *value, int64_t *out);
void record_get_time(const char *value, int64_t *out);                   /* "" is 0 */
void record_get_text(const char *value, char **out);                     /* "" is NULL */
bool record_get_bool(const char *value, bool fallback);

#endif
