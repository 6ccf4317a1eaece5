/* Printers for tests: programs of test/e2e that print their address and serve until
 * they are stopped. */
#ifndef TEST_UNIT_PRINTER_FIXTURE_H
#define TEST_UNIT_PRINTER_FIXTURE_H

#include <sys/types.h>

#include "common/mfp.h"
#include "device/source_snmp.h"

/* For printers that answer, however busy the machine is; and for those that do not. */
#define PRINTER_PATIENCE_MS 20000
#define PRINTER_TIMEOUT_MS 400

struct printer {
	pid_t pid;
	char address[64];
};

/* snmp_fixture.py (snmpd) or odd_agent.py. */
struct printer printer_start(const char *script, const char *recording);
void printer_stop(const struct printer *p);

/* v2c with this community, PRINTER_PATIENCE_MS, no retries. */
struct agent_options printer_options(const char *address, const char *community);

/* A part as it goes over the wire, or "condition: text" of a failure; the caller
 * frees it. state: of source_snmp_new(). */
char *printer_text(void *state, enum mfp_part part);
/* The same by a state for this one read. */
char *printer_text_by(const struct agent_options *options, enum mfp_part part);

#endif
