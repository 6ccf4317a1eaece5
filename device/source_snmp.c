#include "device/source_snmp.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "common/mem.h"
#include "device/mib_mfp.h"
#include "device/reset.h"
#include "device/walk.h"

#define ADDRESS_FACT 7         /* of mfp_fact_names */

struct snmp {
	struct agent_account *account;
	struct agent_account *write_account;     /* NULL: it is only read */
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

/* SNMPv3's user is the same for both: the printer knows his rights. */
static struct agent_account *writer_of(struct agent_account *reader,
                                       const struct agent_options *options)
{
	struct agent_options writer = *options;

	if (options->version == AGENT_V3)
		return reader;
	if (options->write_community == NULL)
		return NULL;
	writer.community = options->write_community;
	return agent_account_new(&writer);
}

void *source_snmp_new(const struct agent_options *options, const struct vendor *vendor)
{
	struct snmp *s = mem_zero(1, sizeof *s);

	s->account = agent_account_new(options);
	s->write_account = writer_of(s->account, options);
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
	if (s->write_account != s->account)
		agent_account_free(s->write_account);
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

static void check_snmp(const void *state, enum source_action action,
                       struct source_failure *failure)
{
	const struct snmp *s = state;

	assert(action == SOURCE_REBOOT);
	if (s->write_account == NULL)
		source_fail(failure, "not-configured",
		            "the device's configuration has no write-community for its printer");
}

static void act_snmp(void *state, enum source_action action, int64_t deadline,
                     struct source_progress *progress, struct source_failure *failure)
{
	struct snmp *s = state;
	struct agent *agent = agent_open(s->write_account, s->abort_fd, deadline, failure);

	assert(action == SOURCE_REBOOT);
	if (agent != NULL)
		reset_printer(agent, &s->memory, deadline, progress, failure);
	agent_close(agent);
}

const struct source_kind source_snmp_kind = {
	.name = "snmp", .read = read_snmp, .act = act_snmp, .check = check_snmp,
	.abort = abort_snmp, .free = free_state
};
