// link: device/netlink.o
/* Any bytes as messages of the kernel: what is known stays bounded, and the same again is no
 * change of links and addresses that were just told. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "device/netlink.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool good)
{
	if (!good)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct netlink n = { .n = 0 };
	struct netlink_change change = { false, false };
	void *messages = mem_alloc(size);    /* as aligned as a message has to be */

	memcpy(messages, data, size);
	netlink_take(&n, messages, size, &change);
	must(n.n <= NETLINK_KNOWN && n.next < NETLINK_KNOWN);
	must(n.n == 0 || change.came || change.went);
	for (size_t i = 0; i < n.n; i++) {
		for (size_t k = 0; k < i; k++)
			must(memcmp(&n.known[i], &n.known[k], sizeof n.known[i]) != 0);
	}
	free(messages);
	return 0;
}
