/* A store (common/store.h) whose disk obeys: rows come to the files when it is
 * told so, and a crash loses what had not. The files are real ones. */
#ifndef TEST_FAKE_STORE_H
#define TEST_FAKE_STORE_H

#include <stdbool.h>
#include <stdint.h>

#include "common/table.h"

/* What the tests see of it; all must be set before the first store_open(). */
struct fake_store_watch {
	/* A store was opened; the files are as the one before has left them. */
	void (*opened)(const char *dir);
	/* A row was appended. */
	void (*row)(const struct table_schema *schema, const char *const *values, uint64_t ticket);
};
extern struct fake_store_watch fake_store_watch;

/* All rows are written, and their tickets synced. */
void fake_store_sync(void);
/* The group that was begun is written and synced; what has come since begins the next. */
void fake_store_group(void);
void fake_store_room(bool has_room);

/* The machine dies: of each file's rows that are not synced this share (of 255)
 * of the bytes is there afterwards; what is appended from now on is lost. */
void fake_store_crash(uint8_t share);

/* Reads all rows of this schema from the files, as they are. */
void fake_store_read(const struct table_schema *schema, table_row_fn *row, void *arg);

/* All files are gone; in a store that is closed or has crashed. */
void fake_store_wipe(void);

#endif
