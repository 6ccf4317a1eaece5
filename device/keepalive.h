/* What keeps the firewall's memory of our stream, and proves that it lives
 * (docs/protocol.md, Keep-alive): an IQ after the first presence, then at the
 * hinted interval. It also keeps the component's clock. */
#ifndef DEVICE_KEEPALIVE_H
#define DEVICE_KEEPALIVE_H

#include <stdint.h>

#include "device/answer.h"
#include "device/stream.h"

#define KEEPALIVE_NS "urn:platen:keepalive:1"

struct keepalive_options {
	const char *to;                     /* the component */
	int64_t interval_ms;                /* before the first hint */
	int64_t min_ms, max_ms;             /* what a hint is held to */
};

struct keepalive_events {
	/* Our component answered: it is there. */
	void (*answered)(void *arg);
	/* It is not there. */
	void (*bounced)(void *arg);
	/* It is not the one that answered before: it may not know us. answered() follows. */
	void (*restarted)(void *arg);
};

struct keepalive;

/* to is copied. */
struct keepalive *keepalive_new(uv_loop_t *loop, struct stream *stream,
                                const struct keepalive_options *options,
                                const struct keepalive_events *events, void *arg);

/* A presence has left: sends the first one of this stream, and another one if
 * none was answered yet. */
void keepalive_presence_sent(struct keepalive *k);
void keepalive_offline(struct keepalive *k);
/* The component may have started again, with another clock: asks for it. */
void keepalive_again(struct keepalive *k);

/* There is another network: sends one, if one was sent before, that is answered within 2 s. */
void keepalive_probe(struct keepalive *k);

/* Anything has arrived: the stream lives. */
void keepalive_heard(struct keepalive *k);
/* An IQ result from the component, with any payload or none. */
void keepalive_result(struct keepalive *k, const struct xml *iq);
/* An IQ error from the component. */
void keepalive_error(struct keepalive *k, const struct xml *iq);
/* An IQ set with <keepalive/>: a changed hint. */
enum answer keepalive_hint(struct keepalive *k, const struct xml *el);

/* The component's clock, wall ms; 0 until the component has told it. It does not jump when
 * ours is set. */
int64_t keepalive_now(const struct keepalive *k);

/* NULL is nothing. */
void keepalive_free(struct keepalive *k);

#endif
