/* Who this device is: told to its component by directed presence, on connecting
 * and when a fact changes, and to who asks (docs/protocol.md, Devices). */
#ifndef DEVICE_PRESENCE_H
#define DEVICE_PRESENCE_H

#include "device/answer.h"
#include "device/source.h"
#include "device/stream.h"

#define DEVICE_NS "urn:platen:device:1"

struct presence;

/* to is the component; facts (MFP_FACTS, NULL: none) are known from the start.
 * sent() comes after each presence. All must outlive it. */
struct presence *presence_new(uv_loop_t *loop, struct stream *stream, struct source *source,
                              const char *to, char *const *facts,
                              void (*sent)(void *arg), void *arg);

/* Begins to read the facts, now and every minute. */
void presence_start(struct presence *p);

void presence_online(struct presence *p);
void presence_offline(struct presence *p);

/* The component is not there: again after 2 to 60 s. */
void presence_bounced(struct presence *p);
/* The component is there. */
void presence_arrived(struct presence *p);
/* The component does not know us any more. */
void presence_again(struct presence *p);

/* The printer was read; what it says of itself may be new. */
void presence_learnt(struct presence *p, const struct mfp *m);

/* An IQ get with <device/>. */
enum answer presence_question(struct presence *p, struct xml_writer *w);

/* Only after source_free(). NULL is nothing. */
void presence_free(struct presence *p);

#endif
