#include "component/optional.h"

#include <stddef.h>
#include <string.h>

const char *optional_text(const char *text)
{
	return text == NULL || *text == '\0' ? NULL : text;
}

bool optional_fits(const char *wanted, const char *value)
{
	return wanted == NULL || (value != NULL && strcmp(wanted, value) == 0);
}
