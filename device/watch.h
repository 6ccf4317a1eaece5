/* Watches what a printer says for what a printer should never say: a counter that
 * runs backwards, another serial number. It is told in the log, and not smoothed. */
#ifndef DEVICE_WATCH_H
#define DEVICE_WATCH_H

#include "common/mfp.h"

/* Zeroed at first. */
struct watch {
	struct mfp seen;            /* the last figures */
};

void watch_look(struct watch *w, const struct mfp *m);
void watch_clear(struct watch *w);

#endif
