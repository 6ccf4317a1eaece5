/* units.conf: which devices a management unit has, which operators, and what
 * these may do. The first unit in the file that matches owns a device. */
#ifndef COMPONENT_UNITS_H
#define COMPONENT_UNITS_H

#include <stdbool.h>
#include <stdio.h>

enum unit_right {
	RIGHT_VIEW = 1, RIGHT_REQUEST = 2, RIGHT_CONFIGURE = 4,
	RIGHT_EMERGENCY = 8, RIGHT_SESSION = 16, RIGHT_ADMIN = 32
};

/* "view" … for messages: of the first one of a set. */
const char *unit_right_name(unsigned set);

struct units;

/* NULL if there is any mistake; each is written to errors with file and line. */
struct units *units_read(const char *path, FILE *errors);
void units_free(struct units *u);

/* The unit that owns a device, by its bare JID; NULL for none. Owned by u. */
const char *units_of_device(const struct units *u, const char *device);

/* What an operator (bare JID) may do in a unit: a set of enum unit_right. */
unsigned units_rights(const struct units *u, const char *operator_, const char *unit);

/* The names of the units in which an operator has all of these rights;
 * NULL-terminated, free with conf_list_free(). */
char **units_with_rights(const struct units *u, const char *operator_, unsigned set);

/* Whether any unit names this operator. */
bool units_is_operator(const struct units *u, const char *operator_);

#endif
