#include "device/vendor.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common/conf.h"
#include "common/mem.h"
#include "device/records.h"

#define SECTION "counter "
#define NAME_BYTES 32
#define UNIT_BYTES 64
#define OID_BYTES 500
#define OID_NUMBERS 100
#define ROW_BYTES 20            /* of a row's number: any of 64 bits */
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

/* A whole number from min to max, decimal or behind 0x; blanks nowhere. */
static bool is_number(const char *text, int64_t min, int64_t max, int64_t *number)
{
	bool hex = strncmp(text, "0x", 2) == 0;
	const char *digits = hex ? text + 2 : text + (*text == '-');
	size_t len = strlen(digits);

	if (len == 0 || len > ROW_BYTES ||
	    strspn(digits, hex ? "0123456789abcdefABCDEF" : "0123456789") != len)
		return false;
	errno = 0;
	*number = strtoll(hex ? digits : text, NULL, hex ? 16 : 10);
	return errno == 0 && *number >= min && *number <= max;
}

static char *set_place(struct vendor_counter *c, enum vendor_place place, const char *key)
{
	if (c->place == place)
		return mem_printf("'%s' is given again", key);
	if (c->place != VENDOR_VALUE)
		return mem_strdup("a counter has a record or a row, not both");
	c->place = place;
	return NULL;
}

static char *set_record(struct vendor_counter *c, const char *value)
{
	int64_t tag;

	if (!is_number(value, 0, RECORDS_END - 1, &tag))
		return mem_printf("'%.80s' is no record's tag: 0 to 254, or 0x00 to 0xfe", value);
	c->record = (unsigned)tag;
	return set_place(c, VENDOR_RECORD, "record");
}

/* COLUMN NUMBER. */
static char *set_row(struct vendor_counter *c, const char *value)
{
	size_t len = strcspn(value, " \t");
	char *column = mem_strndup(value + (*value == '.'), len - (*value == '.'));
	const char *number = value + len + strspn(value + len, " \t");
	char *why = NULL;

	if (!is_oid(column) || !is_number(number, INT64_MIN, INT64_MAX, &c->row_number))
		why = mem_printf("'%.80s' is no row: the object identifier of a column, and a number",
		                 value);
	else
		why = set_place(c, VENDOR_ROW, "row");
	if (why == NULL)
		mem_set(&c->row, column);
	free(column);
	return why;
}

static const struct key {
	const char *name;
	char *(*set)(struct vendor_counter *c, const char *value);
} keys[] = {
	{ "oid", set_oid }, { "unit", set_unit }, { "figure", set_figure },
	{ "record", set_record }, { "row", set_row }
};

char *vendor_pair(void *arg, unsigned line, const char *section, const char *key,
                  const char *value)
{
	struct vendor_counter *c = NULL;
	char *why;

	if (strncmp(section, SECTION, strlen(SECTION)) != 0)
		return mem_printf("there is no section [%s]", section);
	why = add(arg, section + strlen(SECTION), &c);
	if (why != NULL)
		return why;
	c->line = c->line == 0 ? line : c->line;
	if (key == NULL)
		return NULL;
	if (strcmp(key, "figure") == 0)
		c->figure_line = line;
	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
		if (strcmp(keys[i].name, key) == 0)
			return keys[i].set(c, value);
	}
	return mem_printf("[%s] has no key '%s'", section, key);
}

int vendor_check(const struct vendor *v, const char *path, FILE *errors)
{
	int rc = 0;

	for (size_t i = 0; i < v->n; i++) {
		const struct vendor_counter *c = &v->list[i];

		if (c->oid == NULL) {
			fprintf(errors, "%s:%u: [counter %s] oid is missing\n", path, c->line, c->name);
			rc = -1;
		}
		if (c->figure != VENDOR_COUNTER && unit_of(c->unit) == NULL) {
			fprintf(errors, "%s:%u: [counter %s] unit: a time is in hundredths, seconds, "
			        "minutes or hours\n", path, c->figure_line, c->name);
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
	free(c->row);
}

/* Moves to *v what it lacks, and frees the rest. */
static int merge(struct vendor *v, struct vendor *more, const char *path, FILE *errors)
{
	int rc = 0;

	for (size_t i = 0; i < more->n; i++) {
		if (find(v, more->list[i].name) != NULL) {
			clear_counter(&more->list[i]);
		} else if (v->n >= VENDOR_COUNTERS) {
			fprintf(errors, "%s:%u: with these there are more than %d counters\n", path,
			        more->list[i].line, VENDOR_COUNTERS);
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
		if (c->place == VENDOR_RECORD)
			fprintf(out, "record = 0x%02x\n", c->record);
		if (c->place == VENDOR_ROW)
			fprintf(out, "row = %s %" PRId64 "\n", c->row, c->row_number);
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
		copy.list[i].row = mem_strdup(v->list[i].row);
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
