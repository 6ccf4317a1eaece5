/* The execute stanza, component to device, and its id. */
#ifndef COMPONENT_EXECUTE_H
#define COMPONENT_EXECUTE_H

#include <stdbool.h>

#include "component/component.h"

/* Sends the request's newest transmission to the device's stream. */
void execute_send(struct component *c, const struct device *d, const struct request *r);

/* Takes "UUID-NUMBER" apart; false if it is no such id. */
bool execute_parse_id(const char *stanza_id, char id[static UUID7_STRING], int64_t *number);

#endif
