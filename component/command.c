#include "component/command.h"

#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "component/catalogue.h"
#include "component/component.h"
#include "component/rights.h"

#define DAY 86400

const char *const command_types[COMMAND_TYPES] = { "string", "integer", "boolean" };

#define READS(its_name) \
	{ .name = its_name, .timeout_s = 30, .attempts = 3, .expires_s = 300, .limit_s = 120, \
	  .read_only = true }
#define CHANGES(its_name, limit) \
	{ .name = its_name, .timeout_s = 30, .attempts = 3, .expires_s = DAY, .limit_s = limit }

static const struct command commands[] = {
	READS("get-counters"), READS("get-supplies"), READS("get-status"), READS("get-information"),
	READS("get-configuration"),
	CHANGES("identify", 300), CHANGES("print", 3600), CHANGES("scan", 3600),
	CHANGES("set-configuration", 600), CHANGES("reboot", 600), CHANGES("install-firmware", 3600),
};

const struct command *command_find(const char *name)
{
	for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
	}
	return NULL;
}

const struct command *command_of(const struct device *d, const char *name)
{
	if (d->catalogue == NULL || !catalogue_is_known(d->catalogue))
		return command_find(name);
	return catalogue_find(d->catalogue, name);
}

const struct command *command_of_any(const struct component *c, const char *name)
{
	const struct command *known = command_find(name);

	return known != NULL ? known : catalogue_find_any(c, name);
}

static bool fits(enum command_type type, const char *value)
{
	const char *digits = value + (*value == '-');

	switch (type) {
	case COMMAND_INTEGER:
		return *digits != '\0' && strlen(digits) <= 18 &&
		       strspn(digits, "0123456789") == strlen(digits);
	case COMMAND_BOOLEAN:
		return strcmp(value, "true") == 0 || strcmp(value, "false") == 0;
	default:
		return true;
	}
}

static const struct command_argument *find_argument(const struct command *known,
                                                    const char *name)
{
	for (size_t i = 0; i < known->n_arguments; i++) {
		if (strcmp(known->arguments[i].name, name) == 0)
			return &known->arguments[i];
	}
	return NULL;
}

static char *check_argument(const struct command *known, const struct xml *el)
{
	const char *name = xml_get(el, "name");
	const struct command_argument *a = find_argument(known, name);

	if (a == NULL)
		return mem_printf("%s takes no argument %s", known->name, name);
	if (!fits(a->type, xml_text_of(el)))
		return mem_printf("argument %s is no %s", name, command_types[a->type]);
	return NULL;
}

static const struct xml *first_argument(const struct xml *el)
{
	return xml_child(el, "argument", NS_OPERATION);
}

static const struct xml *next_argument(const struct xml *argument)
{
	return xml_again(argument, "argument", NS_OPERATION);
}

static bool is_given(const struct xml *el, const char *name)
{
	const struct xml *a = first_argument(el);

	while (a != NULL && strcmp(xml_get(a, "name"), name) != 0)
		a = next_argument(a);
	return a != NULL;
}

char *command_check_arguments(const struct command *known, const struct xml *el)
{
	char *wrong = NULL;

	if (!known->is_listed)
		return NULL;
	for (const struct xml *a = first_argument(el); a != NULL && wrong == NULL; a = next_argument(a))
		wrong = check_argument(known, a);
	for (size_t i = 0; i < known->n_arguments && wrong == NULL; i++) {
		const struct command_argument *a = &known->arguments[i];

		if (a->required && !is_given(el, a->name))
			wrong = mem_printf("%s needs the argument %s", known->name, a->name);
	}
	return wrong;
}

unsigned command_missing_right(const struct component *c, const char *operator_,
                               const struct device *d, const char *name, bool emergency)
{
	const struct command *known = command_of(d, name);
	const char *unit = device_text(d, DEV_UNIT);
	unsigned has, needs;

	if (operator_ == NULL || known == NULL)
		return 0;
	needs = rights_of_command(name, known->for_requesters);
	if (emergency)
		needs |= RIGHT_EMERGENCY;
	has = unit == NULL ? 0 : units_rights(c->units, operator_, unit);
	return needs & ~has;
}
