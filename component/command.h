/* The commands that are assumed of a device: rights and defaults. */
#ifndef COMPONENT_COMMAND_H
#define COMPONENT_COMMAND_H

#include <stdint.h>

#include "component/units.h"

struct command {
	const char *name;
	enum unit_right right;
	int64_t timeout_s, attempts, expires_s;
};

/* NULL if there is none of this name. */
const struct command *command_find(const char *name);

#endif
