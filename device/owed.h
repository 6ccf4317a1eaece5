/* Outcomes of what was told to be in progress: kept until the component that asked has
 * acknowledged them (docs/protocol.md, Execute).
 *
 * They lie in the journals; this one sends them, again and again: when a component is there
 * (again), and meanwhile after 2 to 60 s. */
#ifndef DEVICE_OWED_H
#define DEVICE_OWED_H

#include <stdbool.h>
#include <uv.h>

#include "device/journal_file.h"
#include "device/stream.h"

struct owed;

/* reads is what only lives in memory. All must outlive it. */
struct owed *owed_new(uv_loop_t *loop, struct stream *stream, struct journal *reads,
                      struct journal_file *file);

/* The outcome of an id that is owed is there, and on disk if it has to be: sent at once. */
void owed_add(struct owed *o, struct journal *j, const char *id);

/* How many wait to be acknowledged. */
size_t owed_count(const struct owed *o);

/* The component has answered: if it was not there before, it gets all. */
void owed_answered(struct owed *o);
/* It is not there, or is another than before. */
void owed_away(struct owed *o);

/* An IQ result from whom we obey; false: it is no acknowledgement. */
bool owed_result(struct owed *o, const struct xml *iq);

/* The loop closes a handle. NULL is nothing. */
void owed_free(struct owed *o);

#endif
