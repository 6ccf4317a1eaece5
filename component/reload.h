/* units.conf while the program runs. */
#ifndef COMPONENT_RELOAD_H
#define COMPONENT_RELOAD_H

#include "component/component.h"

/* Reads it again. If there is a mistake in it, each is written to standard error,
 * and what was read before stays in force. */
void reload_units(struct component *c);

#endif
