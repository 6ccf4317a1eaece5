/* The commands that are assumed of a device, and their defaults; rights.h has who may. */
#ifndef COMPONENT_COMMAND_H
#define COMPONENT_COMMAND_H

#include <stdint.h>

struct command {
	const char *name;
	int64_t timeout_s, attempts, expires_s;
};

/* NULL if there is none of this name. */
const struct command *command_find(const char *name);

#endif
