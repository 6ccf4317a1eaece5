/* The one writer of a data directory's tables: appends, and syncs them together.
 *
 * What is appended in a turn of the loop is written and synced as one group in
 * a worker thread; while that goes on the next group gathers. An answer that
 * promises a row waits until synced() has passed the row's ticket.
 *
 * After a failed write or sync nothing of that file's group counts: the same
 * rows go to a new segment, and only its sync moves synced() on (a second
 * fdatasync after EIO would lie). It is tried again after 1 to 30 s; meanwhile
 * rows gather. Tickets are in order over all files: one file's trouble holds
 * back the answers of all, while rows that were written stay written. A reserve
 * file (DIR/reserve) keeps room: when the disk is full (ENOSPC, EDQUOT) it is
 * given up and the group tried again at once, so that outcomes still find room.
 * store_has_room() is false until there is room for the reserve again, and
 * while the last group failed for any reason.
 *
 * DIR/lock says whether the last writer ended well; behind what another has left a
 * new segment begins.
 *
 * All calls are made and all events come on the loop's thread. */
#ifndef COMMON_STORE_H
#define COMMON_STORE_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "common/table.h"

struct store;
struct store_file;

struct store_events {
	/* Every row with a ticket up to this one is on disk. */
	void (*synced)(void *arg, uint64_t ticket);
	/* What store_has_room() says has changed. May be NULL. */
	void (*room)(void *arg, bool has_room);
	/* A group was written and synced, or was not, which took so long. May be NULL. */
	void (*group)(void *arg, uint64_t us, bool good);
};

/* Takes dir's lock (DIR/lock), making dir if needed. reserve: bytes, 0 for none;
 * if the disk has no room for it now, store_has_room() is false from the start.
 * events must outlive the store. NULL with errno; EWOULDBLOCK: another writer
 * holds the lock, and went on to for 3 s. */
struct store *store_open(uv_loop_t *loop, const char *dir, uint64_t reserve,
                         const struct store_events *events, void *arg);

/* Waits for the worker, writes and syncs what is left (all of it blocking),
 * closes all files, gives the lock back and frees; no event comes any more. It
 * does not run the loop, so it may be called in an event or outside uv_run();
 * its handles close in the next turns of the loop, which must be run once more
 * before uv_loop_close(). NULL is nothing. -1 if rows could not be brought to
 * disk. */
int store_close(struct store *s);

/* The table DIR/NAME (letters, digits, '-', '_' and at most one '/':
 * "requests/2026-01-02"; else EINVAL). Its segments, but for a merged NAME.tsv, are
 * repaired at the first call for it; the schema must outlive the store. The same name
 * gives the same file; it stays valid until store_close().
 * At most 64 descriptors are open, those used last. NULL with errno; EPROTO: a
 * newer version has written it. */
struct store_file *store_file(struct store *s, const char *name,
                              const struct table_schema *schema);

/* The same at the first call for it, and its rows go to row(), but for those of a merged
 * NAME.tsv: all is read once. */
struct store_file *store_file_read(struct store *s, const char *name,
                                   const struct table_schema *schema, table_row_fn *row,
                                   void *arg);

/* Reads all rows of all segments, oldest first; before the first append only. */
int store_load(struct store_file *f, table_row_fn *row, void *arg);

/* Appends a row (values as in table_row()). Returns its ticket; tickets grow. */
uint64_t store_append(struct store_file *f, const char *const *values);

/* The same for what need not be synced: it is written with the next group, and
 * a crash of the machine may lose it. While writing fails only some MiB of such
 * rows are kept. */
void store_append_lazy(struct store_file *f, const char *const *values);

uint64_t store_synced(const struct store *s);
/* How many rows with a ticket are not on disk. */
uint64_t store_waiting(const struct store *s);
bool store_has_room(const struct store *s);

/* Bytes of the file's table: base is a merged NAME.tsv as it was at the start or after
 * the last merge, appended what came since, and what other segments hold. */
void store_sizes(const struct store_file *f, uint64_t *appended, uint64_t *base);

/* Starts a new segment and merges the older ones in a worker (table_merge()),
 * one table at a time. Nothing happens while one of this file is under way. If
 * it fails, that is logged, all segments stay, and for ten minutes nothing happens. */
void store_compact(struct store_file *f);

/* The same for a table that need not have been opened; what is there is not read here,
 * however large. done(arg, rc) comes in the end, unless the store is closed before, and
 * may come at once. -1: one of this table is under way, or it cannot be opened. */
typedef void store_compacted_fn(void *arg, int rc);
int store_compact_name(struct store *s, const char *name, const struct table_schema *schema,
                       store_compacted_fn *done, void *arg);

const char *store_dir(const struct store *s);

#endif
