/* Texts that may be absent: filters, and columns of rows. */
#ifndef COMPONENT_OPTIONAL_H
#define COMPONENT_OPTIONAL_H

#include <stdbool.h>

/* NULL for an empty one, too. */
const char *optional_text(const char *text);
/* Whether a value is what is wanted. NULL: anything is, what is absent, too. */
bool optional_fits(const char *wanted, const char *value);

#endif
