/* One SNMP agent, over v1, v2c or v3 (RFC 3414), a question at a time. Blocks,
 * but an abort ends any wait; several threads may have agents of their own. */
#ifndef DEVICE_AGENT_H
#define DEVICE_AGENT_H

#include <stdbool.h>
#include <stdint.h>

#include "device/source.h"

struct snmp_pdu;              /* net-snmp's: its headers stay out of ours */

enum agent_version { AGENT_V2C, AGENT_V1, AGENT_V3 };

/* net-snmp's names, "none" first; NULL-terminated. */
extern const char *const agent_auth_names[];
extern const char *const agent_priv_names[];

#define AGENT_PASSWORD 8        /* bytes of a v3 password, at least (RFC 3414 11.2) */

struct agent_options {
	const char *address;        /* HOST[:PORT], [IPv6]:PORT */
	enum agent_version version;
	const char *community;      /* of v1 and v2c */
	const char *write_community;          /* of v1 and v2c, for actions; NULL: there are none */
	int64_t timeout_ms;         /* for each of 1 + retries sendings */
	int retries;
	const char *user, *context;           /* of v3; context may be NULL */
	int auth_protocol, priv_protocol;     /* indexes of the names above */
	const char *auth_password, *priv_password;
};

/* What is made of the options once: keys instead of passwords. Opaque, and read
 * only, so that agents may share it. */
struct agent_account;
struct agent_account *agent_account_new(const struct agent_options *options);
void agent_account_free(struct agent_account *account);

struct agent;

/* Resolves the address, opens a socket, for v3 asks for the engine. abort_fd: when
 * it becomes readable all waits end. NULL with a failure: printer-timeout,
 * printer-unreachable, printer-error. deadline: clock_mono_ms(). */
struct agent *agent_open(const struct agent_account *account, int abort_fd, int64_t deadline,
                         struct source_failure *failure);
void agent_close(struct agent *agent);

/* Sends pdu, which it takes, until there is an answer, which the caller frees
 * (snmp_free_pdu()). NULL with a failure; or without one, where the printer was
 * silent (agent_fail_silent()). */
struct snmp_pdu *agent_ask(struct agent *agent, struct snmp_pdu *pdu, int64_t deadline,
                       struct source_failure *failure);

/* The same, once, however long the answer of 1 + retries sendings might take: what is to
 * be done must not be done again because its answer was lost. Silence is a failure, and
 * each failure is uncertain. It is the agent's last question. */
struct snmp_pdu *agent_tell(struct agent *agent, struct snmp_pdu *pdu, int64_t deadline,
                            struct source_failure *failure);
void agent_fail_silent(const struct agent *agent, struct source_failure *failure);

const char *agent_address(const struct agent *agent);
enum agent_version agent_version_of(const struct agent *agent);

#endif
