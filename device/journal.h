/* The requests this device has met, with their outcomes: asked twice for one id
 * it executes once and repeats the outcome.
 *
 * In memory. Of commands that change something journal_file.h keeps it on disk, too;
 * of those that only read nothing is written to a printer's flash. Bounded by count
 * and bytes, the oldest goes first, but none whose outcome is owed: told that it is in
 * progress, somebody has to acknowledge it. An id at or below the newest one dropped is
 * JOURNAL_DROPPED for ever, as ids grow (UUID version 7). */
#ifndef DEVICE_JOURNAL_H
#define DEVICE_JOURNAL_H

#include <stdbool.h>
#include <stddef.h>

enum journal_state { JOURNAL_NEW, JOURNAL_EXECUTING, JOURNAL_DONE, JOURNAL_DROPPED };

struct journal;

/* max_count: of all ids; max_bytes: of the outcomes held. */
struct journal *journal_new(size_t max_count, size_t max_bytes);
void journal_free(struct journal *j);

/* What is known of an id; of one that is done the outcome too (the journal's,
 * valid until the next journal_end()). outcome may be NULL. */
enum journal_state journal_find(const struct journal *j, const char *id, const char **outcome);

/* id must be new; it is executing from now on, and is not dropped until it ends. */
void journal_begin(struct journal *j, const char *id, const char *command);
/* id must be executing; outcome is copied. */
void journal_end(struct journal *j, const char *id, const char *outcome);
/* Both, of what was read back; of an id that is known the outcome is replaced. */
void journal_restore(struct journal *j, const char *id, const char *command,
                     const char *outcome);
/* Takes back an id that is known, as if it had never been asked for. */
void journal_forget(struct journal *j, const char *id);

/* To whom the outcome of a known id is owed, NULL: to nobody (any more). It is not due yet. */
void journal_owe(struct journal *j, const char *id, const char *to);
/* It can be sent from now on, if it is owed. */
void journal_due(struct journal *j, const char *id);
/* To whom an outcome is owed and due; NULL: to nobody. */
const char *journal_owed(const struct journal *j, const char *id);
/* How many are due. */
size_t journal_count_due(const struct journal *j);

/* All that it holds, oldest first. */
struct journal_entry {
	const char *id, *command;
	const char *outcome;       /* NULL: it is executing */
	const char *owed;          /* to whom; NULL: to nobody */
	bool due;
};
typedef void journal_fn(void *arg, const struct journal_entry *e);
void journal_each(const struct journal *j, journal_fn *fn, void *arg);

/* The newest id dropped, NULL for none; and one that is dropped without having been held. */
const char *journal_dropped(const struct journal *j);
void journal_drop(struct journal *j, const char *id);

size_t journal_count(const struct journal *j);
/* Of the outcomes. */
size_t journal_bytes(const struct journal *j);

#endif
