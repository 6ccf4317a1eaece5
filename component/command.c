#include "component/command.h"

#include <stddef.h>
#include <string.h>

#define DAY 86400

static const struct command commands[] = {
	{ "get-counters", 30, 3, 300 },
	{ "get-supplies", 30, 3, 300 },
	{ "get-status", 30, 3, 300 },
	{ "get-information", 30, 3, 300 },
	{ "get-configuration", 30, 3, 300 },
	{ "identify", 30, 3, DAY },
	{ "print", 30, 3, DAY },
	{ "scan", 30, 3, DAY },
	{ "set-configuration", 30, 3, DAY },
	{ "reboot", 30, 3, DAY },
	{ "install-firmware", 30, 3, DAY },
};

const struct command *command_find(const char *name)
{
	for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
	}
	return NULL;
}
