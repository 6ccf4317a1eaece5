/* The component's stream to its XMPP server (XEP-0114), on expat and libuv: all
 * that arrived is read at once, all that a turn of the loop sends is one write.
 * Knows stanzas, but not what they mean. */
#ifndef COMPONENT_LINK_H
#define COMPONENT_LINK_H

#include <stdbool.h>
#include <stddef.h>
#include <uv.h>

#include "common/xml.h"

struct link_options {
	const char *host;
	int port;
	const char *domain, *secret;      /* kept by pointer */
};

struct link_events {
	void (*online)(void *arg);
	/* The stream is gone; it is tried again by itself. */
	void (*offline)(void *arg);
	/* cut: see xml_stream_events. */
	void (*stanza)(void *arg, const struct xml *stanza, const char *cut);
	/* What link_backlog() counts has gone below LINK_BACKLOG_LOW again. */
	void (*drained)(void *arg);
	/* There is no use in going on; why has been logged. */
	void (*fatal)(void *arg);
};

/* Above this nothing should be transmitted that can wait … */
#define LINK_BACKLOG_LOW (1u << 20)
/* … and above this nothing new should be accepted. */
#define LINK_BACKLOG_HIGH (8u << 20)

struct link;

/* Begins to connect. fatal(): the first connection did not come about, or the
 * server sends us another component's stanzas. */
struct link *link_new(uv_loop_t *loop, const struct link_options *options,
                      const struct link_events *events, void *arg);

bool link_is_online(const struct link *l);

/* Queues a stanza, len bytes, for the write at the end of this turn. Dropped when offline. */
void link_send(struct link *l, const char *text, size_t len);

/* Bytes queued and not yet with the kernel. */
size_t link_backlog(const struct link *l);

/* Milliseconds (monotonic) when anything last arrived. */
int64_t link_heard(const struct link *l);

/* Gives the stream up and connects anew; offline() comes. */
void link_reconnect(struct link *l, const char *why);

/* Closes the stream properly, with what is queued; no event comes any more; its
 * handles close on the loop's next turns. May be called within an event. NULL
 * is nothing. */
void link_free(struct link *l);

#endif
