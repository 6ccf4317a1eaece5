/* Strings of records in which some makers keep many figures in one value of a MIB. */
#ifndef DEVICE_RECORDS_H
#define DEVICE_RECORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RECORDS_END 0xff       /* no record's tag: padding behind the last one */

/* The value of the first record with this tag. A record is a tag, a type and a length of
 * one byte each, and so many bytes of an unsigned number, the most significant first.
 * False: there is none, it is cut, or its number does not fit. */
bool records_find(const char *bytes, size_t len, unsigned tag, int64_t *value);

#endif
