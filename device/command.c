#include "device/command.h"

#include <stdio.h>
#include <string.h>

#include "common/clock.h"

#define DAY 86400

static const struct command_argument no_arguments[] = { { .name = NULL } };

const struct command command_table[] = {
	/* name, action, part, read-only, repeatable, timeout, attempts, expires, limit, right, arguments */
	{ "get-counters", SOURCE_READ, MFP_COUNTERS, true, true, 30000, 3, 300, 300, "request",
	  no_arguments },
	{ "get-information", SOURCE_READ, MFP_INFORMATION, true, true, 30000, 3, 300, 300, "request",
	  no_arguments },
	{ "get-status", SOURCE_READ, MFP_STATUS, true, true, 30000, 3, 300, 300, "request",
	  no_arguments },
	{ "get-supplies", SOURCE_READ, MFP_SUPPLIES, true, true, 30000, 3, 300, 300, "request",
	  no_arguments },
	{ "reboot", SOURCE_REBOOT, 0, false, false, 30000, 3, DAY, 600, "configure", no_arguments },
};

const size_t command_count = sizeof command_table / sizeof *command_table;

const struct command *command_find(const char *name)
{
	for (size_t i = 0; i < command_count; i++) {
		if (strcmp(command_table[i].name, name) == 0)
			return &command_table[i];
	}
	return NULL;
}

static bool refuse(struct operation *op, const char *condition, const char *text, const char *what)
{
	op->command = NULL;
	op->condition = condition;
	/* Bounded: what is named may be of any length. */
	snprintf(op->reason, sizeof op->reason, "%s: '%.100s'", text, what);
	return true;
}

static bool takes(const struct command *c, const char *argument)
{
	for (const struct command_argument *a = c->arguments; a->name != NULL; a++) {
		if (strcmp(a->name, argument) == 0)
			return true;
	}
	return false;
}

bool command_read(const struct xml *el, struct operation *op)
{
	const char *name = xml_get(el, "command"), *not_after = xml_get(el, "not-after");
	const struct xml *a;

	*op = (struct operation){ .id = xml_get(el, "id"), .not_after = INT64_MAX };
	if (op->id == NULL || *op->id == '\0' || strlen(op->id) > COMMAND_ID_MAX)
		return false;
	if (not_after != NULL && !clock_parse(not_after, &op->not_after))
		return refuse(op, "bad-argument", "not-after is no time", not_after);
	op->command = name == NULL ? NULL : command_find(name);
	if (op->command == NULL)
		return refuse(op, "unknown-command", "this device has no such command",
		              name == NULL ? "" : name);
	for (a = xml_child(el, "argument", OPERATION_NS); a != NULL;
	     a = xml_again(a, "argument", OPERATION_NS)) {
		const char *argument = xml_get(a, "name");

		if (argument == NULL || *argument == '\0')
			return refuse(op, "bad-argument", "an argument without a name", xml_text_of(a));
		if (!takes(op->command, argument))
			return refuse(op, "unknown-argument", "the command takes no such argument",
			              argument);
	}
	return true;
}
