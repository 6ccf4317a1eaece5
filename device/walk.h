/* Reads columns and single values of a printer's MIB in as few round trips as it
 * takes without mistakes, bounded whatever the printer answers. */
#ifndef DEVICE_WALK_H
#define DEVICE_WALK_H

#include "device/agent.h"
#include "device/mib.h"

/* What reading has shown of a printer; zeroed at first, kept from read to read,
 * so that no read pays for it again. */
struct walk_memory {
	enum { WALK_UNTRIED, WALK_BULK, WALK_NEXT } way;
	bool end_proven;            /* where it says endOfMibView the MIB ends */
	size_t width;               /* variables in one question; 0: as many as we like */
};

/* Reads n columns into the zeroed *t. A column or value that the printer lacks has
 * no values. deadline: clock_mono_ms(). Failures: as agent_ask(), printer-timeout. */
void walk_read(struct agent *agent, struct walk_memory *memory,
               const struct mib_column *columns, size_t n, int64_t deadline,
               struct mib_table *t, struct source_failure *failure);

#endif
