#include "component/units.h"

#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "common/conf.h"
#include "common/jid.h"
#include "common/mem.h"

struct operator_entry {
	char *glob;
	unsigned rights;
	struct operator_entry *next;
};

struct unit {
	char *name;
	char **devices;
	struct operator_entry *operators;
	struct unit *next;
};

struct units {
	struct unit *list;
};

static const struct { const char *name; enum unit_right right; } rights[] = {
	{ "view", RIGHT_VIEW }, { "request", RIGHT_REQUEST }, { "configure", RIGHT_CONFIGURE },
	{ "emergency", RIGHT_EMERGENCY }, { "session", RIGHT_SESSION }, { "admin", RIGHT_ADMIN },
};
#define N_RIGHTS (sizeof rights / sizeof *rights)

const char *unit_right_name(unsigned set)
{
	for (size_t i = 0; i < N_RIGHTS; i++) {
		if (set & rights[i].right)
			return rights[i].name;
	}
	return "none";
}

static char *parse_rights(const char *value, unsigned *set)
{
	char **words = conf_split(value), *wrong = NULL;
	size_t i;

	*set = 0;
	for (char **w = words; *w != NULL && wrong == NULL; w++) {
		for (i = 0; i < N_RIGHTS && strcmp(rights[i].name, *w) != 0; i++)
			;
		if (i == N_RIGHTS)
			wrong = mem_printf("\"%s\" is no right; there are view, request, configure, "
			                   "emergency, session, admin", *w);
		else
			*set |= rights[i].right;
	}
	conf_list_free(words);
	return wrong;
}

static struct unit *unit_named(struct units *u, const char *name)
{
	struct unit *unit;

	LL_FOREACH(u->list, unit) {
		if (strcmp(unit->name, name) == 0)
			return unit;
	}
	unit = mem_zero(1, sizeof *unit);
	unit->name = mem_strdup(name);
	LL_APPEND(u->list, unit);
	return unit;
}

/* As JIDs are folded. With a '/' it matches none, and is to stay so. */
static char *fold(const char *glob)
{
	return strchr(glob, '/') != NULL ? mem_strdup(glob) : jid_bare(glob);
}

static char *read_devices(struct unit *unit, const char *value)
{
	char **more = conf_split(value);
	size_t had = 0, n = 0;

	while (unit->devices != NULL && unit->devices[had] != NULL)
		had++;
	for (; more[n] != NULL; n++) {
		char *folded = fold(more[n]);

		free(more[n]);
		more[n] = folded;
	}
	unit->devices = mem_realloc(unit->devices, (had + n + 1) * sizeof *unit->devices);
	memcpy(unit->devices + had, more, (n + 1) * sizeof *more);
	free(more);
	return NULL;
}

static char *read_operator(struct unit *unit, const char *glob, const char *value)
{
	struct operator_entry *op;
	unsigned set;
	char *wrong = parse_rights(value, &set), *folded;

	if (wrong != NULL)
		return wrong;
	folded = fold(glob);
	LL_FOREACH(unit->operators, op) {
		if (strcmp(op->glob, folded) != 0)
			continue;
		free(folded);
		return mem_printf("operator %s is there twice", glob);
	}
	op = mem_zero(1, sizeof *op);
	op->glob = folded;
	op->rights = set;
	LL_APPEND(unit->operators, op);
	return NULL;
}

static char *on_key(void *arg, unsigned line, const char *section, const char *key,
                    const char *value)
{
	struct units *u = arg;
	struct unit *unit;

	(void)line;
	if (strncmp(section, "unit ", 5) != 0 || section[5] == '\0')
		return mem_printf("unknown section [%s]; a unit is [unit NAME]", section);
	unit = unit_named(u, section + 5);
	if (key == NULL)
		return NULL;
	if (strcmp(key, "devices") == 0)
		return read_devices(unit, value);
	if (strncmp(key, "operator ", 9) == 0 && key[9] != '\0')
		return read_operator(unit, key + 9 + strspn(key + 9, " \t"), value);
	return mem_printf("unknown key \"%s\"; there are devices and operator JID", key);
}

struct units *units_read(const char *path, FILE *errors)
{
	static const struct conf_option none[] = { { .section = NULL } };
	static const struct conf_schema schema = { .options = none, .other = on_key };
	struct units *u = mem_zero(1, sizeof *u);

	if (conf_read(&schema, path, NULL, u, errors) != 0) {
		units_free(u);
		return NULL;
	}
	return u;
}

void units_free(struct units *u)
{
	struct operator_entry *op, *next_op;
	struct unit *unit, *next;

	if (u == NULL)
		return;
	LL_FOREACH_SAFE(u->list, unit, next) {
		LL_FOREACH_SAFE(unit->operators, op, next_op) {
			free(op->glob);
			free(op);
		}
		conf_list_free(unit->devices);
		free(unit->name);
		free(unit);
	}
	free(u);
}

const char *units_of_device(const struct units *u, const char *device)
{
	const struct unit *unit;

	LL_FOREACH(u->list, unit) {
		for (char **g = unit->devices; g != NULL && *g != NULL; g++) {
			if (jid_glob(*g, device))
				return unit->name;
		}
	}
	return NULL;
}

static unsigned rights_in(const struct unit *unit, const char *operator_)
{
	const struct operator_entry *op;
	unsigned set = 0;

	LL_FOREACH(unit->operators, op) {
		if (jid_glob(op->glob, operator_))
			set |= op->rights;
	}
	return set;
}

unsigned units_rights(const struct units *u, const char *operator_, const char *unit_name)
{
	const struct unit *unit;

	LL_FOREACH(u->list, unit) {
		if (strcmp(unit->name, unit_name) == 0)
			return rights_in(unit, operator_);
	}
	return 0;
}

bool units_is_operator(const struct units *u, const char *operator_)
{
	const struct unit *unit;

	LL_FOREACH(u->list, unit) {
		if (rights_in(unit, operator_) != 0)
			return true;
	}
	return false;
}

char **units_with_rights(const struct units *u, const char *operator_, unsigned set)
{
	const struct unit *unit;
	char **names = mem_zero(1, sizeof *names);
	size_t n = 0;

	LL_FOREACH(u->list, unit) {
		if ((rights_in(unit, operator_) & set) != set)
			continue;
		names = mem_realloc(names, (n + 2) * sizeof *names);
		names[n++] = mem_strdup(unit->name);
		names[n] = NULL;
	}
	return names;
}
