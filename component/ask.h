/* Asking devices whether they are there: IQ get <device/>, at a bounded rate. */
#ifndef COMPONENT_ASK_H
#define COMPONENT_ASK_H

#include <stdbool.h>

#include "component/component.h"

struct ask *ask_new(struct component *c);
void ask_free(struct component *c);

/* All devices, those with open requests first: after a start or a lost link. */
void ask_all(struct component *c);

/* Nothing reaches this device although it had said that it is there: again and
 * again with back-off, while requests wait for it. */
void ask_later(struct component *c, struct device *d);

/* The same, unless its server has said that it is not there, or it is done already: for
 * when a request comes to wait, or our asking comes back. */
void ask_wanted(struct component *c, struct device *d);

/* It says that it is there, and has not answered a request: it counts as offline if it does
 * not answer this either. */
void ask_check(struct component *c, struct device *d);

/* It counts as offline, and yet something came from it. */
void ask_soon(struct component *c, struct device *d);

/* It has shown by itself that it is there, or gone. */
void ask_forget(struct component *c, struct device *d);

/* The number of an id that ask made; 0 if it is none. */
unsigned ask_number(const char *stanza_id);

#endif
