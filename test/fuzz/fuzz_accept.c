// link: component/metrics_accept.o
/* Any Accept header of whoever reads the metrics has an answer, and one that says neither
 * format by name has the newer one. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "component/metrics_accept.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *accept = mem_strndup((const char *)data, size);
	bool classic = metrics_accept_classic(accept);

	if (classic && strcasestr(accept, "text/") == NULL &&
	    strcasestr(accept, "application/") == NULL)
		abort();
	free(accept);
	return 0;
}
