/* Whole numbers as text, without the cost of printf: rows and stanzas are full of them. */
#ifndef COMMON_DECIMAL_H
#define COMMON_DECIMAL_H

#include <stdint.h>

#define DECIMAL_STRING 21   /* "-9223372036854775808" and a NUL */

/* Writes value in decimal. Returns out. */
const char *decimal(int64_t value, char out[static DECIMAL_STRING]);

#endif
