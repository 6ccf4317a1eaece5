/* Walks columns of a printer's MIB in as few round trips as GETBULK allows,
 * bounded whatever the printer answers. Blocks: for workers. */
#ifndef DEVICE_MIB_H
#define DEVICE_MIB_H

#include <stddef.h>
#include <stdint.h>

#include "device/source.h"

#define MIB_ROWS 256           /* of a column, further ones are not read */
#define MIB_COLUMNS 16
#define MIB_INDEX 2            /* sub-identifiers of an index, at most */

enum mib_type { MIB_NUMBER, MIB_STRING, MIB_OID };

/* A scalar is a column of one row, whose index is 0. */
struct mib_column {
	const char *oid;            /* "1.3.6.1.2.1.1.1" */
	enum mib_type type;
};

struct mib_index {
	size_t len;
	uint32_t id[MIB_INDEX];
};

struct mib_value {
	unsigned column;
	struct mib_index index;
	int64_t number;
	char *bytes;                /* a string's, with a NUL behind; an OID as dotted text */
	size_t len;
};

struct mib_table {
	struct mib_value *values;  /* of one column: in the order of the index */
	size_t n;
	size_t odd;                 /* values of another type or shape than asked, left out */
};

struct mib_target {
	const char *address;        /* HOST[:PORT], [IPv6]:PORT */
	const char *community;
	int64_t timeout_ms;
	int retries;
};

/* Once, before any read: net-snmp then touches no file. */
void mib_init(void);

/* Reads n columns (at most MIB_COLUMNS) into the zeroed *t. A column that the
 * printer lacks has no values. deadline: clock_mono_ms(). Failures:
 * printer-timeout, printer-unreachable, printer-error. */
void mib_read(const struct mib_target *target, const struct mib_column *columns, size_t n,
               int64_t deadline, struct mib_table *t, struct source_failure *failure);
void mib_table_free(struct mib_table *t);

/* NULL: the printer has no such value. */
const struct mib_value *mib_get(const struct mib_table *t, unsigned column,
                                  const struct mib_index *index);
/* The column's first value, of any index. */
const struct mib_value *mib_first(const struct mib_table *t, unsigned column);

/* The indexes of len sub-identifiers that any of columns from..to has, in
 * order: how many, at most MIB_ROWS. */
size_t mib_rows(const struct mib_table *t, unsigned from, unsigned to, size_t len,
                 struct mib_index rows[static MIB_ROWS]);

#endif
