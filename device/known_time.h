/* What time it is at least, also for a device whose clock begins in 1970: it was built then,
 * and the component has told the time before. */
#ifndef DEVICE_KNOWN_TIME_H
#define DEVICE_KNOWN_TIME_H

#include <stdint.h>

/* Seconds since 1970. dir: the state directory; NULL: there is none. */
int64_t known_time(const char *dir);

/* It is now (wall ms) by the component's clock: kept as the time of DIR/lock, if there is such
 * a file, and once in a week, as flash wears. */
void known_time_note(const char *dir, int64_t now_ms);

#endif
