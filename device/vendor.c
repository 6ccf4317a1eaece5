#include "device/vendor.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common/conf.h"
#include "common/mem.h"

#define SECTION "counter "
#define NAME_BYTES 32
#define UNIT_BYTES 64
#define OID_BYTES 500
#define OID_NUMBERS 100
#define NAME_CHARACTERS "abcdefghijklmnopqrstuvwxyz0123456789-"
#define UNIT_CHARACTERS NAME_CHARACTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZ_"

static const char *const figure_names[] = { "counter", "power-on", "operation", NULL };

/* Units of a time: so many hundredths of a second. */
static const struct unit {
	const char *name;
	int64_t hundredths;
} units[] = {
	{ "hundredths", 1 }, { "seconds", 100 }, { "minutes", 6000 }, { "hours", 360000 }
};

static const struct unit *unit_of(const char *name)
{
	for (size_t i = 0; name != NULL && i < sizeof units / sizeof *units; i++) {
		if (strcmp(units[i].name, name) == 0)
			return &units[i];
	}
	return NULL;
}

bool vendor_seconds(const struct vendor_counter *c, int64_t *value)
{
	if (__builtin_mul_overflow(*value, unit_of(c->unit)->hundredths, value))
		return false;
	*value /= 100;
	return true;
}

static struct vendor_counter *find(const struct vendor *v, const char *name)
{
	for (size_t i = 0; i < v->n; i++) {
		if (strcmp(v->list[i].name, name) == 0)
			return &v->list[i];
	}
	return NULL;
}

static bool is_word(const char *s, const char *characters, size_t max)
{
	size_t len = strlen(s);

	return len > 0 && len <= max && s[0] != '-' && s[0] != '_' && strspn(s, characters) == len;
}

static char *add(struct vendor *v, const char *name, struct vendor_counter **c)
{
	*c = find(v, name);
	if (*c != NULL)
		return NULL;
	if (!is_word(name, NAME_CHARACTERS, NAME_BYTES))
		return mem_printf("'%s' is no name of a counter: a-z, 0-9 and '-', at most %d", name,
		                  NAME_BYTES);
	if (strncmp(name, "marker-", 7) == 0)
		return mem_printf("'%s': names with marker- are the Printer-MIB's own", name);
	if (v->n >= VENDOR_COUNTERS)
		return mem_printf("more than %d counters", VENDOR_COUNTERS);
	v->list = mem_realloc(v->list, (v->n + 1) * sizeof *v->list);
	*c = &v->list[v->n++];
	**c = (struct vendor_counter){ .name = mem_strdup(name) };
	return NULL;
}

/* Numbers of 32 bits with single dots between, three at least; one dot may lead. */
static bool is_oid(const char *text)
{
	const char *s = text + (*text == '.');
	unsigned n = 0;
	char *end;

	if (strlen(text) > OID_BYTES)
		return false;
	for (;; s = end + 1) {
		if (*s < '0' || *s > '9' || strtoull(s, &end, 10) > UINT32_MAX || ++n > OID_NUMBERS)
			return false;
		if (*end != '.')
			return *end == '\0' && n >= 3;
	}
}

static char *set_once(char **to, const char *key, const char *value)
{
	if (*to != NULL)
		return mem_printf("'%s' is given again", key);
	mem_set(to, value);
	return NULL;
}

static char *set_oid(struct vendor_counter *c, const char *value)
{
	if (!is_oid(value))
		return mem_printf("'%.80s' is no object identifier such as 1.3.6.1.4.1.18334.1.0",
		                  value);
	return set_once(&c->oid, "oid", value + (*value == '.'));
}

static char *set_unit(struct vendor_counter *c, const char *value)
{
	if (!is_word(value, UNIT_CHARACTERS, UNIT_BYTES))
		return mem_printf("'%.80s' is no unit: one word of letters and digits", value);
	return set_once(&c->unit, "unit", value);
}

static char *set_figure(struct vendor_counter *c, const char *value)
{
	if (c->has_figure)
		return mem_strdup("'figure' is given again");
	for (int i = 0; figure_names[i] != NULL; i++) {
		if (strcmp(figure_names[i], value) == 0) {
			c->figure = i;
			c->has_figure = true;
			return NULL;
		}
	}
	return mem_printf("'%.80s' is none of: counter power-on operation", value);
}

char *vendor_pair(void *arg, const char *section, const char *key, const char *value)
{
	struct vendor_counter *c = NULL;
	char *why;

	if (strncmp(section, SECTION, strlen(SECTION)) != 0)
		return mem_printf("there is no section [%s]", section);
	why = add(arg, section + strlen(SECTION), &c);
	if (why != NULL)
		return why;
	if (strcmp(key, "oid") == 0)
		return set_oid(c, value);
	if (strcmp(key, "unit") == 0)
		return set_unit(c, value);
	if (strcmp(key, "figure") == 0)
		return set_figure(c, value);
	return mem_printf("[%s] has no key '%s'", section, key);
}

int vendor_check(const struct vendor *v, const char *path, FILE *errors)
{
	int rc = 0;

	for (size_t i = 0; i < v->n; i++) {
		const struct vendor_counter *c = &v->list[i];

		if (c->oid == NULL) {
			fprintf(errors, "%s: [counter %s] oid is missing\n", path, c->name);
			rc = -1;
		}
		if (c->figure != VENDOR_COUNTER && unit_of(c->unit) == NULL) {
			fprintf(errors, "%s: [counter %s] unit: a time is in hundredths, seconds, minutes "
			        "or hours\n", path, c->name);
			rc = -1;
		}
	}
	return rc;
}

static void clear_counter(struct vendor_counter *c)
{
	free(c->name);
	free(c->oid);
	free(c->unit);
}

/* Moves to *v what it lacks, and frees the rest. */
static int merge(struct vendor *v, struct vendor *more, const char *path, FILE *errors)
{
	int rc = 0;

	for (size_t i = 0; i < more->n; i++) {
		if (find(v, more->list[i].name) != NULL) {
			clear_counter(&more->list[i]);
		} else if (v->n >= VENDOR_COUNTERS) {
			fprintf(errors, "%s: with these there are more than %d counters\n", path,
			        VENDOR_COUNTERS);
			clear_counter(&more->list[i]);
			rc = -1;
		} else {
			v->list = mem_realloc(v->list, (v->n + 1) * sizeof *v->list);
			v->list[v->n++] = more->list[i];
		}
	}
	free(more->list);
	return rc;
}

int vendor_read(struct vendor *v, const char *path, FILE *errors)
{
	static const struct conf_option none = { .section = NULL };
	static const struct conf_schema schema = { .options = &none, .other = vendor_pair };
	struct vendor more = { 0 };
	char nothing;

	if (conf_read(&schema, path, &nothing, &more, errors) != 0 ||
	    vendor_check(&more, path, errors) != 0) {
		vendor_clear(&more);
		return -1;
	}
	return merge(v, &more, path, errors);
}

void vendor_print(const struct vendor *v, FILE *out)
{
	for (size_t i = 0; i < v->n; i++) {
		const struct vendor_counter *c = &v->list[i];

		fprintf(out, "\n[counter %s]\noid = %s\n", c->name, c->oid);
		if (c->unit != NULL)
			fprintf(out, "unit = %s\n", c->unit);
		fprintf(out, "figure = %s\n", figure_names[c->figure]);
	}
}

struct vendor vendor_copy(const struct vendor *v)
{
	struct vendor copy = { .list = mem_zero(v->n, sizeof *v->list), .n = v->n };

	for (size_t i = 0; i < v->n; i++) {
		copy.list[i] = v->list[i];
		copy.list[i].name = mem_strdup(v->list[i].name);
		copy.list[i].oid = mem_strdup(v->list[i].oid);
		copy.list[i].unit = mem_strdup(v->list[i].unit);
	}
	return copy;
}

void vendor_clear(struct vendor *v)
{
	for (size_t i = 0; i < v->n; i++)
		clear_counter(&v->list[i]);
	free(v->list);
	*v = (struct vendor){ 0 };
}
