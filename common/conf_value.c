/* Values as text, for the file, the environment and command lines. */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common/conf.h"
#include "common/conf_option.h"
#include "common/mem.h"

struct unit {
	const char *name;
	int64_t factor;
};

static bool has_bounds(int64_t min, int64_t max)
{
	return min != 0 || max != 0;
}

static char *check_bounds(const char *text, int64_t value, int64_t min, int64_t max,
                          char *(*show)(int64_t))
{
	char *low, *high, *why;

	if (!has_bounds(min, max) || (value >= min && value <= max))
		return NULL;
	low = show(min);
	high = show(max);
	why = mem_printf("%s is not within %s and %s", text, low, high);
	free(low);
	free(high);
	return why;
}

static char *show_int(int64_t value)
{
	return mem_printf("%" PRId64, value);
}

char *conf_parse_int(const char *text, int64_t min, int64_t max, int64_t *value)
{
	const char *digits = text + (*text == '-');
	long long v;
	char *end, *why;

	errno = 0;
	v = strtoll(text, &end, 10);
	if (!isdigit((unsigned char)*digits) || *end != '\0')
		return mem_printf("'%s' is not a whole number", text);
	if (errno == ERANGE)
		return mem_printf("%s is too large", text);
	why = check_bounds(text, v, min, max, show_int);
	if (why == NULL)
		*value = v;
	return why;
}

char *conf_parse_bool(const char *text, bool *value)
{
	static const char *const yes[] = { "yes", "true", "on", "1" };
	static const char *const no[] = { "no", "false", "off", "0" };

	for (size_t i = 0; i < sizeof yes / sizeof *yes; i++) {
		if (strcasecmp(text, yes[i]) == 0 || strcasecmp(text, no[i]) == 0) {
			*value = strcasecmp(text, yes[i]) == 0;
			return NULL;
		}
	}
	return mem_printf("'%s' is neither yes nor no", text);
}

/* Digits and one of units; the first unit is meant when there is none. */
static bool parse_scaled(const char *text, const struct unit *units, int64_t *value)
{
	unsigned long long n;
	char *end;

	if (!isdigit((unsigned char)*text))
		return false;
	errno = 0;
	n = strtoull(text, &end, 10);
	if (errno != 0 || n > INT64_MAX)
		return false;
	for (const struct unit *u = units; u->name != NULL; u++) {
		if ((*end == '\0' && u == units) || strcmp(end, u->name) == 0)
			return !__builtin_mul_overflow((int64_t)n, u->factor, value);
	}
	return false;
}

/* In the largest unit that divides it. */
static char *show_scaled(int64_t value, const struct unit *units)
{
	const struct unit *best = NULL;

	for (const struct unit *u = units; u->name != NULL; u++) {
		if (value % u->factor == 0 && (best == NULL || (value != 0 && u->factor > best->factor)))
			best = u;
	}
	return mem_printf("%" PRId64 "%s", value / best->factor, best->name);
}

static const struct unit durations[] = {
	{ "s", 1000 }, { "ms", 1 }, { "m", 60000 }, { "h", 3600000 }, { "d", 86400000 }, { NULL, 0 }
};

static const struct unit sizes[] = {
	{ "", 1 }, { "K", 1024 }, { "M", 1 << 20 }, { "G", 1 << 30 }, { NULL, 0 }
};

char *conf_show_duration(int64_t ms)
{
	return show_scaled(ms, durations);
}

char *conf_show_size(int64_t bytes)
{
	return show_scaled(bytes, sizes);
}

char *conf_parse_duration(const char *text, int64_t min, int64_t max, int64_t *ms)
{
	int64_t value;
	char *why;

	if (!parse_scaled(text, durations, &value))
		return mem_printf("'%s' is not a time such as 500ms, 30, 30s, 5m, 2h or 1d", text);
	why = check_bounds(text, value, min, max, conf_show_duration);
	if (why == NULL)
		*ms = value;
	return why;
}

char *conf_parse_size(const char *text, int64_t min, int64_t max, int64_t *bytes)
{
	int64_t value;
	char *why;

	if (!parse_scaled(text, sizes, &value))
		return mem_printf("'%s' is not a size such as 4096, 64K, 16M or 1G", text);
	why = check_bounds(text, value, min, max, conf_show_size);
	if (why == NULL)
		*bytes = value;
	return why;
}

#define SEPARATORS ", \t\r\n\v\f"

char **conf_split(const char *text)
{
	char **list = mem_zero(1, sizeof *list);
	size_t n = 0, len;

	for (text += strspn(text, SEPARATORS); *text != '\0'; text += strspn(text, SEPARATORS)) {
		len = strcspn(text, SEPARATORS);
		list = mem_realloc(list, (n + 2) * sizeof *list);
		list[n++] = mem_strndup(text, len);
		list[n] = NULL;
		text += len;
	}
	return list;
}

void conf_list_free(char **list)
{
	for (char **item = list; item != NULL && *item != NULL; item++)
		free(*item);
	free(list);
}
