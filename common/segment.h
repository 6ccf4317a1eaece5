/* The segments of a table as their writer sees them, above all the one that is
 * being appended to. Of store.c; all calls block. */
#ifndef COMMON_SEGMENT_H
#define COMMON_SEGMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/table.h"

struct segment {
	const char *base;                   /* DIR/NAME; the owner's */
	const struct table_schema *schema;
	unsigned number;
	int fd;                             /* -1: closed */
	bool exists;                        /* on disk, with a header of the schema's version */
	bool fresh;                         /* made by the last segment_write() */
	bool entry_unsynced;                /* its directory has not been synced since it was made */
	bool unsynced;                      /* it has been written since it was synced */
};

/* NAME or DIR/NAME of letters, digits, '-' and '_'. */
bool segment_name_valid(const char *name);

/* Reads the rows of all segments of base, oldest first. 0, or -1 with errno. */
int segment_read_all(const char *base, const struct table_schema *schema, table_row_fn *row,
                     void *arg);

/* The bytes of base's NAME.tsv. */
uint64_t segment_merged_size(const char *base);

/* Repairs the segments of base that a merged NAME.tsv does not hold, brings to disk what
 * a killed writer left in memory only, and finds the one to go on with. Their rows go to
 * row() (may be NULL), oldest first. *merged: bytes of
 * a merged NAME.tsv, *others: of those segments. 0, or -1 with errno. */
int segment_find(struct segment *g, const char *base, const struct table_schema *schema,
                 table_row_fn *row, void *arg, uint64_t *merged, uint64_t *others);

/* Goes on in a segment that does not exist yet, without a look at those that do. 0, or
 * -1 with errno. */
int segment_find_next(struct segment *g, const char *base, const struct table_schema *schema);

/* Writes rows with one write(), making the segment (and its directory) first
 * if needed. 0, or -1 with errno: then segment_abandon() it. */
int segment_write(struct segment *g, const char *rows, size_t len);

/* Brings what was written to disk, with the file's name. As segment_write(). */
int segment_sync(struct segment *g);

/* After a failure: closes, and goes on in another file. What this one holds may
 * be anything, so none of its last rows counts. */
void segment_abandon(struct segment *g);

/* Closes, and goes on in the next segment. */
void segment_next(struct segment *g);

/* Closes; it is opened again when it is written to. */
void segment_close(struct segment *g);

#endif
