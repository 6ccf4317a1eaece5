/* A printer's Printer-MIB (RFC 3805) and Host Resources (RFC 2790) as source,
 * over SNMP v2c. */
#ifndef DEVICE_SOURCE_SNMP_H
#define DEVICE_SOURCE_SNMP_H

#include "device/source.h"

struct source_snmp_options {
	const char *address;       /* HOST[:PORT], [IPv6]:PORT */
	const char *community;
	int64_t timeout_ms;        /* for each of 1 + retries sendings */
	int retries;
};

extern const struct source_kind source_snmp_kind;

/* The state that goes to source_new(). Options are copied. */
void *source_snmp_new(const struct source_snmp_options *options);

#endif
