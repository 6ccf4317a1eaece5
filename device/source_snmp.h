/* A printer's Printer-MIB (RFC 3805) and Host Resources (RFC 2790) as source, over
 * SNMP v1, v2c or v3. */
#ifndef DEVICE_SOURCE_SNMP_H
#define DEVICE_SOURCE_SNMP_H

#include "device/agent.h"
#include "device/vendor.h"

extern const struct source_kind source_snmp_kind;

/* The state that goes to source_new(). All is copied, passwords only as keys. */
void *source_snmp_new(const struct agent_options *options, const struct vendor *vendor);

#endif
