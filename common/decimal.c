#include "common/decimal.h"

#include <string.h>

const char *decimal(int64_t value, char out[static DECIMAL_STRING])
{
	uint64_t left = value < 0 ? -(uint64_t)value : (uint64_t)value;
	char digits[DECIMAL_STRING], *p = digits + sizeof digits;

	*--p = '\0';
	do
		*--p = (char)('0' + left % 10);
	while ((left /= 10) > 0);
	if (value < 0)
		*--p = '-';
	return memcpy(out, p, (size_t)(digits + sizeof digits - p));
}
