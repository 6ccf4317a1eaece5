/* What devices say that they can: lists of commands (docs/protocol.md, "Commands"), in memory
 * and shared by all devices whose presence bears the same hash. */
#ifndef COMPONENT_CATALOGUE_H
#define COMPONENT_CATALOGUE_H

#include <stdbool.h>

#include "common/xml.h"
#include "component/component.h"

/* Bounds: of one list, and of the text of all. */
#define CATALOGUE_COMMANDS 256
#define CATALOGUE_ARGUMENTS 32
#define CATALOGUE_BYTES (64u << 20)

struct catalogue;

/* The device has shown itself, and said this hash (NULL: none). It is asked for its list
 * if nobody knows what that means. */
void catalogue_announced(struct component *c, struct device *d, const char *hash);

/* It is to be given something: it is asked again if it has never answered. */
void catalogue_needed(struct component *c, struct device *d);

/* What it answered: <commands/>. */
void catalogue_answered(struct component *c, struct device *d, const struct xml *commands);

/* The id that our question has. */
#define CATALOGUE_ID "commands"

bool catalogue_is_known(const struct catalogue *k);
/* NULL: there is none of this name in it. */
const struct command *catalogue_find(const struct catalogue *k, const char *name);

/* In any list that devices share. */
const struct command *catalogue_find_any(const struct component *c, const char *name);

/* The device says nothing any more. */
void catalogue_release(struct component *c, struct device *d);

#endif
