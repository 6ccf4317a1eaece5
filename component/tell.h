/* The headline to who asked, when a request has ended. */
#ifndef COMPONENT_TELL_H
#define COMPONENT_TELL_H

#include <stdint.h>

#include "component/component.h"

/* Leaves when the row with this ticket is on disk. */
void tell_ended(struct component *c, const struct request *r, uint64_t ticket);

#endif
