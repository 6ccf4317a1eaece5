/* CRC-32C (Castagnoli; RFC 3720 appendix B.4). */
#ifndef COMMON_CRC32C_H
#define COMMON_CRC32C_H

#include <stddef.h>
#include <stdint.h>

uint32_t crc32c(const void *bytes, size_t n);

/* What crc32c() does where the processor has no instruction for it: c is the sum so far,
 * 0xffffffff at first; at the end it is inverted. */
uint32_t crc32c_by_tables(uint32_t c, const unsigned char *bytes, size_t n);

#endif
