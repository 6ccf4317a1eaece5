#include "component/command.h"

#include <stddef.h>
#include <string.h>

#define DAY 86400

static const struct command commands[] = {
	{ "get-counters", RIGHT_REQUEST, 30, 3, 300 },
	{ "get-supplies", RIGHT_REQUEST, 30, 3, 300 },
	{ "get-status", RIGHT_REQUEST, 30, 3, 300 },
	{ "get-information", RIGHT_REQUEST, 30, 3, 300 },
	{ "get-configuration", RIGHT_REQUEST, 30, 3, 300 },
	{ "identify", RIGHT_REQUEST, 30, 3, DAY },
	{ "print", RIGHT_REQUEST, 30, 3, DAY },
	{ "scan", RIGHT_REQUEST, 30, 3, DAY },
	{ "set-configuration", RIGHT_CONFIGURE, 30, 3, DAY },
	{ "reboot", RIGHT_CONFIGURE, 30, 3, DAY },
	{ "install-firmware", RIGHT_CONFIGURE, 30, 3, DAY },
};

const struct command *command_find(const char *name)
{
	for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
	}
	return NULL;
}
