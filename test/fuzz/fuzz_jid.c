/* Arbitrary bytes as a JID. What is valid is so when folded, too, and folded only once. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/jid.h"
#include "common/mem.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *jid = mem_strndup((const char *)data, size), *bare = jid_bare(jid);
	char *again = jid_bare(bare);

	if (strchr(bare, '/') != NULL)
		abort();
	if (jid_valid(jid) && (!jid_valid(bare) || strcmp(bare, again) != 0))
		abort();
	free(again);
	free(bare);
	free(jid);
	return 0;
}
