/* A table's rows as text, and reading them back.
 *
 * A file: UTF-8, one row a line, columns separated by tabs, the last column a
 * CRC-32C (8 hex digits) over the line before its last tab. The first line
 * holds the columns' names and, in the place of the CRC, "crc32c/VERSION".
 * In a row an empty column means "as before", "\-" empties it; backslash, tab,
 * newline and return are \\ \t \n \r. The last row with a key is the truth.
 *
 * A table is one or more segments: NAME.tsv, NAME.1.tsv, NAME.2.tsv …, read in
 * this order. A merged NAME.tsv says " merged/N/CRC" behind its version (the
 * CRC is of the line before it): it holds all
 * of the segments up to N, one row a key, in the order of the keys' bytes, and is
 * not appended to. Those segments stay for an hour, without counting any more: so
 * whoever copies the files one after the other has every row in one of them.
 * Readers need no lock; one that finds a segment gone begins again. */
#ifndef COMMON_TABLE_H
#define COMMON_TABLE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct table_schema {
	const char *name;              /* for messages: "requests" */
	unsigned version;              /* of the format that is written */
	const char *const *columns;    /* without the CRC's; column 0 is the key */
	size_t n_columns;              /* at most TABLE_COLUMNS */
};
#define TABLE_COLUMNS 48

/* The header line or a row, with its newline; the caller frees it.
 * values[i]: NULL is "as before", "" empties the column. The key, values[0], is
 * neither. What is not UTF-8 becomes U+FFFD. */
char *table_header(const struct table_schema *schema, size_t *len);
char *table_row(const struct table_schema *schema, const char *const *values, size_t *len);
/* The same where there is room already: how much is needed, which measures the values,
 * and then the row, whose length it returns. */
struct table_lengths {
	size_t of[TABLE_COLUMNS];
};
size_t table_row_room(const struct table_schema *schema, const char *const *values,
                      struct table_lengths *lengths);
size_t table_row_put(const struct table_schema *schema, const char *const *values,
                     const struct table_lengths *lengths, char *line);

/* What a reader met in a file. */
struct table_report {
	size_t rows, damaged, torn_bytes;   /* torn: a last line without its newline */
};

/* A row as read: values as in table_row(), valid during the call only. offset
 * is where its line begins. False ends the reading. */
typedef bool table_row_fn(void *arg, const char *const *values, uint64_t offset);
/* A damaged line, newline not included: wrong CRC or number of columns, no key,
 * not UTF-8, unknown escape. May be NULL. */
typedef void table_damaged_fn(void *arg, const char *line, size_t len, uint64_t offset);

/* Reads one segment as far as it reaches now. Columns of an older version are
 * found by the names in its header: those it lacks are NULL, those the schema
 * lacks are passed over. A damaged header is one damaged line, and the rows are
 * read as the current version. 0, or -1 with errno: ENOENT and others of open
 * and read; EPROTO: written by a newer version (*why then names the version;
 * the caller frees it; why may be NULL). */
int table_read(const char *path, const struct table_schema *schema, table_row_fn *row,
               table_damaged_fn *damaged, void *arg, struct table_report *report, char **why);

/* Reads one row at an offset that table_read() gave. EBADMSG: there is no good
 * row there. */
int table_read_at(const char *path, const struct table_schema *schema, uint64_t offset,
                  table_row_fn *row, void *arg);

/* Makes a segment fit for its writer: a torn tail is cut, damaged lines are put
 * aside in PATH.damaged and taken out, both are logged. A file without a header
 * gets one. Nothing is written to a good file. 0, or -1 with errno. */
int table_repair(const char *path, const struct table_schema *schema);

/* The segments of base ("/dir/NAME", no ".tsv") that exist, in order: their
 * numbers into *numbers (0 is NAME.tsv), the caller frees them. Returns how
 * many, or -1 with errno. */
int table_segments(const char *base, unsigned **numbers);
char *table_segment_path(const char *base, unsigned number);

/* Whether NAME.tsv is a merged one: 1, and up to which segment; 0, also if there
 * is no NAME.tsv; -1 with errno as table_read(). */
int table_merged(const char *base, const struct table_schema *schema, unsigned *last, char **why);

/* As table_segments(), without those that a merged NAME.tsv holds. -1 also as
 * table_merged(). */
int table_live_segments(const char *base, const struct table_schema *schema, unsigned **numbers);

/* How to merge; all of it may be empty. */
struct table_merging {
	/* Which merged rows stay. */
	bool (*keep)(void *arg, const char *const *values);
	void *arg;
	const atomic_bool *stop;       /* true: give up, ECANCELED */
};

/* Merges the segments of base up to and including last into a merged NAME.tsv,
 * whole or not at all, also through a crash; of a column that is empty nothing is
 * left. how may be NULL. Damaged lines are put aside as by table_repair(). Takes some
 * 50 MiB of memory however large the table is, and while it runs twice the table's
 * room on the disk: ENOSPC when that is not there. 0, or -1 with errno; the table then
 * says what it said before. */
int table_merge(const char *base, const struct table_schema *schema, unsigned last,
                const struct table_merging *how);

/* Removes the segments that have been in a merged NAME.tsv for age_s seconds. 0, or
 * -1 with errno. */
#define TABLE_LEFTOVER_S 3600
int table_prune(const char *base, const struct table_schema *schema, int64_t age_s);

#endif
