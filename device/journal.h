/* The requests this device has met, with their outcomes: asked twice for one id
 * it executes once and repeats the outcome.
 *
 * In memory, because all commands are read-only and safe to repeat: nothing is
 * written to flash. Bounded by count and bytes, the oldest goes first; an id at
 * or below the newest one dropped is JOURNAL_DROPPED for ever, as ids grow
 * (UUID version 7). */
#ifndef DEVICE_JOURNAL_H
#define DEVICE_JOURNAL_H

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
void journal_begin(struct journal *j, const char *id);
/* id must be executing; outcome is copied. */
void journal_end(struct journal *j, const char *id, const char *outcome);

size_t journal_count(const struct journal *j);

#endif
