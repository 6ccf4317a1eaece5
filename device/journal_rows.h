/* A journal's rows (common/table.h): made, and read back. Of journal_file.c. */
#ifndef DEVICE_JOURNAL_ROWS_H
#define DEVICE_JOURNAL_ROWS_H

#include <stddef.h>

#include "device/journal.h"

/* Bytes that grow; the owner frees them. */
struct journal_rows {
	char *bytes;
	size_t len;
};

void journal_rows_clear(struct journal_rows *rows);
/* owed: to whom the outcome is if the device dies in the middle. */
void journal_rows_begun(struct journal_rows *rows, const char *id, const char *command,
                        const char *owed);
/* owed NULL: to nobody. */
void journal_rows_ended(struct journal_rows *rows, const char *id, const char *outcome,
                        const char *owed);
/* It is owed no longer. */
void journal_rows_told(struct journal_rows *rows, const char *id);

/* A whole file: all that the journal holds. */
struct journal_rows journal_rows_all(const struct journal *j);

/* Of a command that was begun and has no outcome: the device died in the middle. Its
 * outcome (not empty), which the caller frees; NULL: it was never met. */
typedef char *journal_interrupted_fn(const char *id, const char *command);

/* Reads a file into the journal; what it then says is on disk, for which it may be written
 * anew. *size: its bytes; 0 when that failed (said in the log), and it has to be written anew
 * before anything begins. 0, or -1 with errno, and *why where that is not all. */
int journal_rows_read(const char *path, struct journal *j, journal_interrupted_fn *interrupted,
                      size_t *size, char **why);

#endif
