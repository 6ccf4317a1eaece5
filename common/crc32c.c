#include "common/crc32c.h"

#include <pthread.h>
#include <string.h>

#define POLYNOMIAL 0x82f63b78u   /* reflected */

/* steps[k][b]: what byte b does to the sum when k more bytes follow it, so that
 * eight bytes go in one step. */
static uint32_t steps[8][256];
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void fill(void)
{
	for (uint32_t b = 0; b < 256; b++) {
		uint32_t c = b;

		for (int bit = 0; bit < 8; bit++)
			c = c >> 1 ^ (c & 1 ? POLYNOMIAL : 0);
		steps[0][b] = c;
	}
	for (int k = 1; k < 8; k++) {
		for (int b = 0; b < 256; b++)
			steps[k][b] = steps[k - 1][b] >> 8 ^ steps[0][steps[k - 1][b] & 0xff];
	}
}

uint32_t crc32c_by_tables(uint32_t c, const unsigned char *p, size_t n)
{
	pthread_once(&once, fill);
	for (; n >= 8; n -= 8, p += 8) {
		c = steps[7][(c ^ p[0]) & 0xff] ^ steps[6][(c >> 8 ^ p[1]) & 0xff] ^
		    steps[5][(c >> 16 ^ p[2]) & 0xff] ^ steps[4][c >> 24 ^ p[3]] ^
		    steps[3][p[4]] ^ steps[2][p[5]] ^ steps[1][p[6]] ^ steps[0][p[7]];
	}
	for (; n > 0; n--, p++)
		c = c >> 8 ^ steps[0][(c ^ *p) & 0xff];
	return c;
}

#ifdef __x86_64__
/* SSE4.2 has an instruction for this polynomial. */
__attribute__((target("sse4.2")))
static uint32_t by_instruction(uint32_t c, const unsigned char *p, size_t n)
{
	uint64_t sum = c, word;

	for (; n >= sizeof word; n -= sizeof word, p += sizeof word) {
		memcpy(&word, p, sizeof word);
		sum = __builtin_ia32_crc32di(sum, word);
	}
	c = (uint32_t)sum;
	for (; n > 0; n--, p++)
		c = __builtin_ia32_crc32qi(c, *p);
	return c;
}
#endif

uint32_t crc32c(const void *bytes, size_t n)
{
#ifdef __x86_64__
	if (__builtin_cpu_supports("sse4.2"))
		return ~by_instruction(0xffffffff, bytes, n);
#endif
	return ~crc32c_by_tables(0xffffffff, bytes, n);
}
