/* Outcomes as text: <outcome/> of docs/protocol.md, Execute. */
#ifndef DEVICE_OUTCOME_H
#define DEVICE_OUTCOME_H

#include "common/xml.h"
#include "device/source.h"

/* Of an outcome with its data. */
#define OUTCOME_BYTES (64 * 1024)

/* An outcome without data; condition NULL: without a reason, too. */
void outcome_write(struct xml_writer *w, const char *id, const char *status,
                   const char *condition, const char *text);

/* The same as a text that the caller frees. */
char *outcome_text(const char *id, const char *status, const char *condition, const char *text);

/* It is in progress, as far as is known: percent -1 and text NULL are not. */
char *outcome_in_progress(const char *id, int percent, const char *text);

/* Done, with a part of what was read (0: nothing); failed when that is too large. */
char *outcome_done(const char *id, const struct mfp *m, enum mfp_part part);

#endif
