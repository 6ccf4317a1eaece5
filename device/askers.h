/* IQs that wait for the same answer. */
#ifndef DEVICE_ASKERS_H
#define DEVICE_ASKERS_H

#include "device/answer.h"
#include "device/stream.h"

/* Zeroed it is empty. */
struct askers {
	struct asker *first;         /* the oldest */
	unsigned n;
};

/* The eight newest wait; who is passed over has asked again since. */
void askers_add(struct askers *a, const struct xml *iq);

/* All get this as their result, or this error. None waits any more. */
void askers_answer(struct askers *a, struct stream *stream, const char *payload);
void askers_error(struct askers *a, struct stream *stream, enum answer error, const char *text);
void askers_clear(struct askers *a);

#endif
