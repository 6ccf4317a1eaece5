/* The two clocks, in milliseconds: monotonic for deadlines, also of a machine that sleeps
 * meanwhile, wall for rows and logs. Tests set them; nothing else reads time. */
#ifndef COMMON_CLOCK_H
#define COMMON_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

int64_t clock_mono_ms(void);
int64_t clock_wall_ms(void);

/* From now on both clocks stand at what the test says; -1 lets one run again. */
void clock_set(int64_t mono_ms, int64_t wall_ms);

/* XEP-0082 UTC with milliseconds: 2026-01-02T03:04:05.678Z and its NUL. */
#define CLOCK_STRING 25
const char *clock_format(int64_t wall_ms, char out[static CLOCK_STRING]);

/* Reads XEP-0082 DateTime (fraction optional, Z or an offset).
 * Returns false and leaves *wall_ms if it is none. */
bool clock_parse(const char *s, int64_t *wall_ms);

#endif
