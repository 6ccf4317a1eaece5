/* Tells when the machine's network has changed: a link, an address, a route. What comes in a
 * burst is told once. */
#ifndef DEVICE_LINK_WATCH_H
#define DEVICE_LINK_WATCH_H

#include <stdbool.h>
#include <uv.h>

struct link_watch;

/* came: there is something new that one can go over; else something has only gone. */
typedef void link_watch_fn(void *arg, bool came);

/* Where the kernel does not let it listen, that is logged and nothing is told. */
struct link_watch *link_watch_new(uv_loop_t *loop, link_watch_fn *changed, void *arg);
/* The same on a socket that somebody has opened; it is closed with it. */
struct link_watch *link_watch_on(uv_loop_t *loop, int fd, link_watch_fn *changed, void *arg);
/* NULL is nothing. */
void link_watch_free(struct link_watch *w);

#endif
