/* The device's stream: connected all day, and again after each loss, with spread.
 * Others see stanzas only. */
#ifndef DEVICE_STREAM_H
#define DEVICE_STREAM_H

#include <uv.h>

#include "common/xml.h"
#include "common/xmpp.h"
#include "device/bosh.h"
#include "device/transport.h"

struct stream_events {
	void (*online)(void *arg);
	void (*stanza)(void *arg, const struct xml *stanza);
	/* It was online and is no longer; reconnecting is under way. */
	void (*offline)(void *arg);
	/* After stream_stop(): nothing comes any more. */
	void (*stopped)(void *arg);
};

struct stream;

/* options are copied (their strings too); nothing happens before the start. */
struct stream *stream_new(uv_loop_t *loop, const struct xmpp_options *options,
                          const struct stream_events *events, void *arg);
/* Before the start: not, or not only, over TCP. over: what a stream over BOSH takes, which must
 * outlive this; without a URL the domain is asked for it (XEP-0156). The others as of
 * transport_init(). */
void stream_over(struct stream *s, enum transport_mode mode, const struct bosh_options *over,
                 int64_t return_ms, const char *dir);
void stream_start(struct stream *s);

/* "tcp" or "bosh". */
const char *stream_transport(const struct stream *s);

/* Sends what w holds and empties it. Dropped when not online. */
void stream_send(struct stream *s, struct xml_writer *w);

/* Seconds since the socket last carried data, over BOSH an HTTP connection; -1 if there is
 * none. */
int64_t stream_idle_s(const struct stream *s);

/* The stream is dead though its socket does not know: ended at once, then
 * connected again. why goes into the log. */
void stream_lost(struct stream *s, const char *why);

/* The network has changed. came: there is something new to go over, for which an attempt that
 * waits is made at once and one under way anew. A stream without a way is ended and made
 * again at once. True: it is online and has its way still, which somebody should try. */
bool stream_network(struct stream *s, bool came);

/* Closes properly, within 3 s, then calls stopped(). */
void stream_stop(struct stream *s);

/* NULL is nothing. Memory goes on the next turns of the loop. */
void stream_free(struct stream *s);

#endif
