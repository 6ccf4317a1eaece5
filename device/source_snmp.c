#include "device/source_snmp.h"

#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "common/mem.h"
#include "device/mib_mfp.h"
#include "device/walk.h"

#define ADDRESS_FACT 7         /* of mfp_fact_names */

struct snmp {
	struct agent_account *account;
	struct vendor vendor;
	char *host;
	int abort_fd;
	struct walk_memory memory;
};

/* The host of HOST[:PORT] or [IPv6][:PORT]. */
static char *host_of(const char *address)
{
	if (*address == '[')
		return mem_strndup(address + 1, strcspn(address + 1, "]"));
	return mem_strndup(address, strcspn(address, ":"));
}

void *source_snmp_new(const struct agent_options *options, const struct vendor *vendor)
{
	struct snmp *s = mem_zero(1, sizeof *s);

	s->account = agent_account_new(options);
	s->vendor = vendor_copy(vendor);
	s->host = host_of(options->address);
	s->abort_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (s->abort_fd < 0)
		mem_fatal();
	return s;
}

static void free_state(void *state)
{
	struct snmp *s = state;

	close(s->abort_fd);
	agent_account_free(s->account);
	vendor_clear(&s->vendor);
	free(s->host);
	free(s);
}

static void abort_snmp(void *state)
{
	struct snmp *s = state;

	eventfd_write(s->abort_fd, 1);
}

static void read_snmp(void *state, enum mfp_part part, int64_t deadline, struct mfp *m,
                      struct source_failure *failure)
{
	struct snmp *s = state;
	struct mib_column columns[MIB_MFP_COLUMNS];
	size_t n = mib_mfp_columns(part, &s->vendor, columns);
	struct agent *agent = agent_open(s->account, s->abort_fd, deadline, failure);
	struct mib_table t = { 0 };

	if (agent == NULL)
		goto out;
	walk_read(agent, &s->memory, columns, n, deadline, &t, failure);
	if (failure->condition != NULL)
		goto out;
	if (mib_mfp_fill(part, &s->vendor, &t, m)) {
		if (part == MFP_INFORMATION)
			mem_set(&m->facts[ADDRESS_FACT], s->host);
	} else if (t.odd > 0) {
		source_fail(failure, "printer-error", "%s gave nothing usable of its %s",
		            agent_address(agent), mib_mfp_name(part));
	} else {
		source_fail(failure, "not-supported", "%s has no %s", agent_address(agent),
		            mib_mfp_name(part));
	}
out:
	agent_close(agent);
	mib_table_free(&t);
}

const struct source_kind source_snmp_kind = { "snmp", read_snmp, abort_snmp, free_state };
