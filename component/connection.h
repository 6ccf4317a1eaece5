/* One TCP connection of the link: what a turn of the loop puts into it leaves in
 * one write, what arrives goes to its owner. It outlives its owner's interest
 * until its handles are closed. */
#ifndef COMPONENT_CONNECTION_H
#define COMPONENT_CONNECTION_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>
#include <uv.h>

struct connection_events {
	/* status: 0, or libuv's error. */
	void (*connected)(void *arg, int status);
	void (*received)(void *arg, const char *bytes, size_t n);
	/* The peer has closed it, or it broke: libuv's error. */
	void (*ended)(void *arg, int status);
	/* These bytes leave now; connection_put() may add to them. */
	void (*writing)(void *arg, const char *bytes, size_t n);
	/* connection_backlog() was before when a write began, and is less now. */
	void (*written)(void *arg, size_t before);
};

struct connection;

/* Begins to connect; NULL if that is not possible at all. */
struct connection *connection_new(uv_loop_t *loop, const struct sockaddr *address,
                                  const struct connection_events *events, void *arg);

/* Queues bytes; they leave with the next connection_flush(). */
void connection_put(struct connection *c, const char *bytes, size_t n);
void connection_flush(struct connection *c);

/* Bytes that are not yet with the kernel. */
size_t connection_backlog(const struct connection *c);

/* No event comes any more. drop: at once; finish: when the peer has ended its
 * side, too, or after two seconds, so that what is queued still arrives. Frees
 * when the handles are closed. NULL is nothing. */
void connection_drop(struct connection *c);
void connection_finish(struct connection *c);

#endif
