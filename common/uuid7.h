/* UUID version 7 (RFC 9562 section 5.7), ordered within a program. */
#ifndef COMMON_UUID7_H
#define COMMON_UUID7_H

#include <stdbool.h>
#include <stdint.h>

#define UUID7_STRING 37

/* The next id for this wall time. Ids never go back while the clock steps back
 * by up to 10 s; after a larger step they follow the clock. */
void uuid7_next(int64_t wall_ms, char out[static UUID7_STRING]);

/* Ids made from now on are above this one (for start-up; same 10 s rule). */
void uuid7_seen(const char *id);

/* A canonical lower-case version 7 UUID? Its time in *wall_ms (may be NULL). */
bool uuid7_time(const char *id, int64_t *wall_ms);

#endif
