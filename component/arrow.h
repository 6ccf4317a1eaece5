/* Which change of a request's status may have which cause: all arrows of its
 * life, as docs/protocol.md has them. */
#ifndef COMPONENT_ARROW_H
#define COMPONENT_ARROW_H

#include <stdbool.h>
#include <stddef.h>

#include "component/request.h"

/* Where a request comes from that there was not before. */
#define ARROW_NEW REQUEST_STATUSES

/* From any of these to any of those; bit n is status n (or ARROW_NEW). */
struct arrows {
	unsigned from;
	const char *cause;
	unsigned to;
};
extern const struct arrows arrows[];
extern const size_t n_arrows;

/* from: NULL for a new request. False for a status that is none, too. */
bool arrow_is(const struct request *from, const char *cause, const char *to);

#endif
