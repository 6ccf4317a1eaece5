/* A printer's restart: prtGeneralReset (RFC 3805). */
#ifndef DEVICE_RESET_H
#define DEVICE_RESET_H

#include "device/source.h"
#include "device/walk.h"

/* Asks for powerCycleReset of the first printer that the agent has, once. */
void reset_printer(struct agent *agent, struct walk_memory *memory, int64_t deadline,
                   struct source_progress *progress, struct source_failure *failure);

#endif
