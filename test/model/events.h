/* What may happen to a component, as data: an event is four bytes, so that a
 * sequence can be drawn, cut and repeated. */
#ifndef TEST_EVENTS_H
#define TEST_EVENTS_H

#include <stdint.h>

struct event { uint8_t kind, a, b, c; };

/* A kind of event, drawn by the weights of the table. */
uint8_t events_kind(unsigned drawn);

/* A component that has just been started, with devices that are online. */
void events_begin(unsigned window);
/* The event happens, and all properties are checked. */
void events_run(const struct event *e);
/* Time passes until nothing can be open any more. */
void events_end(void);

/* As a person reads it; in a buffer of its own. */
const char *events_text(const struct event *e);

#endif
