/* The execute stanza, component to device, and its id. */
#ifndef COMPONENT_EXECUTE_H
#define COMPONENT_EXECUTE_H

#include <stdbool.h>

#include "component/component.h"

/* The clock that devices are told and that not-after is by, wall ms. While the program runs
 * it does not jump, whatever is done to the system's: else all requests would have expired
 * for devices that have not been told yet. */
int64_t execute_clock(const struct component *c);

/* Sends the request's newest transmission to the device's stream. */
void execute_send(struct component *c, const struct device *d, const struct request *r);

/* Asks its device what becomes of a request: IQ get <outcome/>. */
void execute_ask(struct component *c, const struct request *r);

/* Tells its device that it is not wanted any more, once that is on disk. */
void execute_cancel(struct component *c, const struct request *r);

/* Takes the id of an answer to either of these apart; false if it is none. */
bool execute_parse_question(const char *stanza_id, char id[static UUID7_STRING]);

/* Takes "UUID-NUMBER" apart; false if it is no such id. */
bool execute_parse_id(const char *stanza_id, char id[static UUID7_STRING], int64_t *number);

#endif
