/* UTF-8 (RFC 3629): no overlong forms, no surrogates, nothing above U+10FFFF. */
#ifndef COMMON_UTF8_H
#define COMMON_UTF8_H

#include <stdbool.h>
#include <stddef.h>

/* How many of the n bytes at s make one character; 0 if they begin none. */
size_t utf8_char(const char *s, size_t n);

/* Whether all n bytes are UTF-8. NUL is a character like any other. */
bool utf8_valid(const char *s, size_t n);

#endif
