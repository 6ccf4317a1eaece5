/* Any bytes as DNS's answer: what is taken of it names a host and a port, is bounded, and
 * putting it in order loses none. */
#include <stdlib.h>
#include <string.h>

#include "common/srv.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool good)
{
	if (!good)
		abort();
}

static double middle(void)
{
	return 0.5;
}

/* The same for the same records in any order. */
static uint64_t sum(const struct srv_answer *a)
{
	uint64_t all = 0;

	for (size_t i = 0; i < a->n; i++) {
		const struct srv_record *r = &a->list[i];
		uint64_t one = r->port + 65537ull * r->priority + 4294967291ull * r->weight;

		for (const char *p = r->host; *p != '\0'; p++)
			one = one * 31 + (unsigned char)*p;
		all += one * one;
	}
	return all;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct srv_answer a;
	uint64_t before;

	if (!srv_read(&a, data, size, 1))
		return 0;
	must(a.n <= SRV_RECORDS && (a.more == 0 || a.n == SRV_RECORDS));
	for (size_t i = 0; i < a.n; i++)
		must(a.list[i].port != 0 && a.list[i].kind == 1 && endpoint_is_name(a.list[i].host));
	before = sum(&a);
	srv_order(a.list, a.n, middle);
	must(sum(&a) == before);
	for (size_t i = 1; i < a.n; i++)
		must(a.list[i - 1].priority <= a.list[i].priority);
	return 0;
}
