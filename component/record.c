#include "component/record.h"

#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/decimal.h"
#include "common/mem.h"

void record_text(struct record *r, unsigned column, const char *text)
{
	r->values[column] = text == NULL ? "" : text;
}

void record_int(struct record *r, unsigned column, int64_t value)
{
	r->values[column] = decimal(value, r->scratch[column]);
}

void record_time(struct record *r, unsigned column, int64_t wall_ms)
{
	r->values[column] = wall_ms == 0 ? "" : clock_format(wall_ms, r->scratch[column]);
}

void record_get_int(const char *value, int64_t *out)
{
	if (value != NULL)
		*out = *value == '\0' ? 0 : strtoll(value, NULL, 10);
}

void record_get_time(const char *value, int64_t *out)
{
	if (value == NULL)
		return;
	if (*value == '\0')
		*out = 0;
	else
		clock_parse(value, out);
}

void record_get_text(const char *value, char **out)
{
	if (value != NULL)
		mem_set(out, *value == '\0' ? NULL : value);
}

bool record_get_bool(const char *value, bool fallback)
{
	return value == NULL ? fallback : strcmp(value, "true") == 0;
}
