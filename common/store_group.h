/* What a store's worker does: one group of rows to disk. Of store.c, for no one
 * else. While a worker is under way all of this is the worker's: the loop does
 * not touch it. */
#ifndef COMMON_STORE_GROUP_H
#define COMMON_STORE_GROUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/segment.h"

/* At most so many descriptors are open; the one not used for longest is closed. */
#define STORE_GROUP_OPEN 64

struct store_rows {
	char *bytes;
	size_t len, cap;
	bool sync;                       /* some of them have a ticket */
};

/* One more row; returns its length. */
size_t store_rows_add(struct store_rows *r, const struct table_schema *schema,
                      const char *const *values);
void store_rows_clear(struct store_rows *r);
/* Moves all of from behind what to has. */
void store_rows_move(struct store_rows *to, struct store_rows *from);

struct store_group_file {
	const char *name;                /* the owner's */
	struct segment segment;
	struct store_rows rows;          /* to be written; they stay when that fails */
	int error;                       /* of the last group with it; 0: on disk */
	struct store_group_file *next;   /* in the group */
	bool open;
	struct store_group_file *open_prev, *open_next;
};

struct store_group {
	struct store_group_file *files;
	struct store_group_file *open;   /* most recently used first */
	unsigned n_open;
	const char *reserve_path;        /* the owner's */
	uint64_t reserve;                /* bytes; 0: there is none */
	bool try_reserve;                /* wanted back with the next group */
	bool has_reserve;
};

/* Writes the rows of all files, syncs those with tickets, and looks after the
 * reserve. Blocks. Each file has its error then. */
void store_group_write(struct store_group *g);

/* Syncs what was written lazily and is open: -1 if some could not. Blocks. */
int store_group_sync(struct store_group *g);

/* The file's next rows go to a new segment. */
void store_group_next_segment(struct store_group *g, struct store_group_file *f);

#endif
