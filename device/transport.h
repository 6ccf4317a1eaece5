/* Whether a stream goes over TCP or BOSH: which one is tried first, and when the other one. What
 * worked in a network is kept in DIR/transport and tried first there. No network in here. */
#ifndef DEVICE_TRANSPORT_H
#define DEVICE_TRANSPORT_H

#include <stdbool.h>
#include <stdint.h>

#include "common/xmpp.h"
#include "device/network.h"

enum transport_mode { TRANSPORT_TCP, TRANSPORT_BOSH, TRANSPORT_AUTO };
extern const char *const transport_names[];       /* tcp, bosh, auto; NULL */

struct transport {
	enum transport_mode mode;
	char *path;                    /* NULL: nothing is kept */
	char network[NETWORK_NAME];
	bool bosh;                     /* what the attempt, or the stream, goes over */
	bool bosh_first;               /* of a round of two */
	bool second;                   /* this is the round's second */
	int64_t online;                /* monotonic ms: since when */
	int64_t return_base_ms, return_ms;
};

/* return_ms: so long a stream is over BOSH before TCP is tried beside it, and twice as long each
 * time that this has failed. dir: the state directory; NULL: there is none. transport_clear() it. */
void transport_init(struct transport *t, enum transport_mode mode, int64_t return_ms,
                    const char *dir);
void transport_clear(struct transport *t);

/* The network has changed, or may have. What is under way goes on. */
void transport_moved(struct transport *t);
/* Nothing is under way: a new round. */
void transport_begin(struct transport *t);

/* The stream is there. */
void transport_online(struct transport *t);

/* An attempt has failed, or a stream was lost. True: the other one is to be tried at once. */
bool transport_failed(struct transport *t, enum xmpp_end end, bool was_online);

/* Over BOSH: so long until TCP is to be tried beside it, in ms, with spread; -1: never. */
int64_t transport_return_ms(const struct transport *t, double random);
/* It was tried: good, and the stream is over TCP now, or not. */
void transport_returned(struct transport *t, bool good);

#endif
