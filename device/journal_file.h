/* The journal of commands that change something, as a file: what was begun is on disk
 * before it is executed, its outcome before it is answered. So nothing of it is executed
 * twice, whenever the device dies, and an answer is repeated as it was.
 *
 * DIR/journal.tsv is a table (common/table.h). A row is appended and synced; from time to
 * time, and after a failure, all that the journal holds is written to a new file that
 * takes the old one's place. Writing goes on in a worker thread. Nothing is written
 * before the first command of this kind, but for DIR and DIR/lock. */
#ifndef DEVICE_JOURNAL_FILE_H
#define DEVICE_JOURNAL_FILE_H

#include <uv.h>

#include "device/journal_rows.h"

struct journal_file;

/* How much is kept, and how much longer than twice that the file may be. Tests make it
 * smaller. */
extern struct journal_file_bounds {
	size_t ids, outcome_bytes, slack_bytes;
} journal_file_bounds;

/* dir NULL: there is no such place. Reads what is there; what stands against it is said
 * in the log, and by journal_file_ready(). */
struct journal_file *journal_file_new(uv_loop_t *loop, const char *dir,
                                      journal_interrupted_fn *interrupted);

/* The loop closes a handle. NULL is nothing. */
void journal_file_free(struct journal_file *f);

/* Its journal is the owner's to change; this one brings changes to disk. */
struct journal *journal_file_journal(const struct journal_file *f);

/* NULL: what is begun can be written. Else why it cannot; an attempt was made to use the
 * directory again. */
const char *journal_file_ready(struct journal_file *f);

/* Exactly one call follows, unless it is freed. why NULL: it is on disk. */
typedef void journal_file_fn(void *arg, const char *why);

/* After journal_begin() and journal_owe(), when it was ready. If it fails nothing of the id
 * counts. */
void journal_file_begin(struct journal_file *f, const char *id, const char *command,
                        const char *owed, journal_file_fn *fn, void *arg);

/* After journal_end() and journal_owe(). Does not fail: it is tried until it is on disk. */
void journal_file_end(struct journal_file *f, const char *id, const char *outcome,
                      const char *owed, journal_file_fn *fn, void *arg);

/* After journal_owe() of nobody. Nobody waits for it: what is lost is told again. */
void journal_file_told(struct journal_file *f, const char *id);

#endif
