#include "device/reset.h"

#include <stdlib.h>
#include <string.h>

#include <net-snmp/net-snmp-config.h>
#include <net-snmp/net-snmp-includes.h>

#include "common/mem.h"

#define POWER_CYCLE_RESET 4

/* Its index is hrDeviceIndex. */
static const struct mib_column column = { .oid = "1.3.6.1.2.1.43.5.1.1.3", .type = MIB_NUMBER };
static const oid base[] = { 1, 3, 6, 1, 2, 1, 43, 5, 1, 1, 3 };

static netsnmp_pdu *make_order(const struct mib_index *index)
{
	netsnmp_pdu *pdu = snmp_pdu_create(SNMP_MSG_SET);
	oid name[OID_LENGTH(base) + MIB_INDEX];
	const long value = POWER_CYCLE_RESET;
	size_t n = OID_LENGTH(base);

	if (pdu == NULL)
		mem_fatal();
	memcpy(name, base, sizeof base);
	for (size_t i = 0; i < index->len; i++)
		name[n++] = index->id[i];
	if (snmp_pdu_add_variable(pdu, name, n, ASN_INTEGER, &value, sizeof value) == NULL)
		mem_fatal();
	return pdu;
}

static void give_order(struct agent *agent, const struct mib_index *index, int64_t deadline,
                       struct source_progress *progress, struct source_failure *failure)
{
	netsnmp_pdu *answer;

	source_progress(progress, -1, "asked %s to restart", agent_address(agent));
	answer = agent_tell(agent, make_order(index), deadline, failure);
	if (answer != NULL && answer->errstat != SNMP_ERR_NOERROR)
		source_fail(failure, "printer-error", "%s does not let itself be restarted: %s",
		            agent_address(agent), snmp_errstring((int)answer->errstat));
	snmp_free_pdu(answer);
}

/* What an agent does not know by its community it does not answer. */
static void doubt_community(const struct agent *agent, struct source_failure *failure)
{
	char *text = failure->text;

	if (agent_version_of(agent) == AGENT_V3 ||
	    strcmp(failure->condition, "printer-timeout") != 0)
		return;
	failure->text = mem_printf("%s; is the write-community wrong?", text);
	free(text);
}

/* Reading comes first: it shows whether the printer can do this, and whether it knows us;
 * silence then is no silence to an order. */
void reset_printer(struct agent *agent, struct walk_memory *memory, int64_t deadline,
                   struct source_progress *progress, struct source_failure *failure)
{
	struct mib_table t = { 0 };
	const struct mib_value *v;

	source_progress(progress, -1, "looking at %s", agent_address(agent));
	walk_read(agent, memory, &column, 1, deadline, &t, failure);
	v = mib_first(&t, 0);
	if (failure->condition != NULL)
		doubt_community(agent, failure);
	else if (v == NULL)
		source_fail(failure, "not-supported", "%s has no prtGeneralReset",
		            agent_address(agent));
	else
		give_order(agent, &v->index, deadline, progress, failure);
	mib_table_free(&t);
}
