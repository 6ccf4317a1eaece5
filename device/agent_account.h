/* Who we are to an SNMP agent: a community, or a user of the User-based Security
 * Model (RFC 3414). Between agent_account.c and agent.c. */
#ifndef DEVICE_AGENT_ACCOUNT_H
#define DEVICE_AGENT_ACCOUNT_H

#include "device/agent.h"

struct snmp_session;

/* Its addresses and names; the passwords are NULL. */
const struct agent_options *agent_account_options(const struct agent_account *account);

/* A session as it would be opened, its strings the account's. */
void agent_account_session(const struct agent_account *account, struct snmp_session *s);

/* Puts the user into net-snmp's list for the session's engine, with its lock held. */
void agent_account_enter(const struct agent_account *account, struct snmp_session *s,
                         struct source_failure *failure);

/* Says what a report (SNMPERR_*) means. */
void agent_account_refused(const struct agent_account *account, int report,
                           struct source_failure *failure);

#endif
