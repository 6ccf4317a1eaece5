/* What was read of a printer's MIB: columns of rows, values checked. */
#ifndef DEVICE_MIB_H
#define DEVICE_MIB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct variable_list;         /* net-snmp's: its headers stay out of ours */

#define MIB_ROWS 256           /* of a column, further ones are not read */
#define MIB_INDEX 2            /* sub-identifiers of an index, at most */

enum mib_type { MIB_NUMBER, MIB_STRING, MIB_OID, MIB_RECORDS };

/* A scalar is a column of one row, whose index is 0. */
struct mib_column {
	const char *oid;            /* "1.3.6.1.2.1.1.1" */
	enum mib_type type;
	bool exact;                 /* the OID of one value, whose index is empty */
};

struct mib_index {
	size_t len;
	uint32_t id[MIB_INDEX];
};

struct mib_value {
	unsigned column;
	struct mib_index index;
	int64_t number;
	char *bytes;                /* a string's or records', with a NUL behind; an OID as dotted text */
	size_t len;
};

struct mib_table {
	struct mib_value *values;  /* of one column: in the order of the index */
	size_t n;
	size_t odd;                 /* values of another type or shape than asked, left out */
};

/* Takes one variable of an answer, whose OID begins with the column's of base_len;
 * one of another type than the column's is counted as odd. */
void mib_add(struct mib_table *t, unsigned column, enum mib_type type, size_t base_len,
             const struct variable_list *v);
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
