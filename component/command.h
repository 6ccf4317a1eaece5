/* The commands that devices have: those that are assumed of each, and what one says of its
 * own (catalogue.h). */
#ifndef COMPONENT_COMMAND_H
#define COMPONENT_COMMAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/xml.h"

enum command_type { COMMAND_STRING, COMMAND_INTEGER, COMMAND_BOOLEAN, COMMAND_TYPES };
extern const char *const command_types[COMMAND_TYPES];

struct command_argument {
	char *name;
	enum command_type type;
	bool required;
};

struct command {
	const char *name;
	int64_t timeout_s, attempts, expires_s;
	int64_t limit_s;          /* so long it may run without a word */
	bool read_only;
	bool for_requesters;      /* of no built-in one: the right "request" is enough */
	bool is_listed;           /* its arguments are known */
	struct command_argument *arguments;
	size_t n_arguments;
};

/* So long a command may be silent that nobody knows. */
#define COMMAND_LIMIT_S 3600

/* Of those that are assumed; NULL if there is none of this name. */
const struct command *command_find(const char *name);

struct component;
struct device;

/* The same of what this device has. Valid until it says something else. */
const struct command *command_of(const struct device *d, const char *name);

/* The same of what some device may have. */
const struct command *command_of_any(const struct component *c, const char *name);

/* What <argument/>s in el (beside other elements) do not fit the command: a text that the caller frees; NULL: they
 * do, or nobody knows. */
char *command_check_arguments(const struct command *known, const struct xml *el);

/* The rights (a set of enum unit_right) that an operator lacks to have this device execute
 * it, one of them emergency if it is one. 0 for what the device has not. */
unsigned command_missing_right(const struct component *c, const char *operator_,
                               const struct device *d, const char *name, bool emergency);

#endif
