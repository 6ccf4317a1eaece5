#include "device/records.h"

#define HEADER 3               /* tag, type, length */

static bool number_of(const unsigned char *s, size_t len, int64_t *value)
{
	uint64_t n = 0;

	for (size_t i = 0; i < len; i++) {
		if (n > INT64_MAX >> 8)
			return false;
		n = n << 8 | s[i];
	}
	*value = (int64_t)n;
	return len > 0;
}

bool records_find(const char *bytes, size_t len, unsigned tag, int64_t *value)
{
	const unsigned char *s = (const unsigned char *)bytes;

	while (len >= HEADER && s[0] != RECORDS_END) {
		size_t n = s[2];

		if (n > len - HEADER)
			return false;
		if (s[0] == tag)
			return number_of(s + HEADER, n, value);
		s += HEADER + n;
		len -= HEADER + n;
	}
	return false;
}
