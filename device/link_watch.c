#include "device/link_watch.h"

#include <errno.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/mem.h"
#include "device/netlink.h"

#define LOG_MODULE "network"
#include "common/log.h"

#define SETTLE_MS 200
#define GAP_MS 1000            /* behind one that told of something new */
#define READS 64               /* at a time: others have their turn */

struct link_watch {
	link_watch_fn *changed;
	void *arg;
	int fd;
	uv_poll_t poll;
	uv_timer_t timer;
	unsigned handles;
	uint64_t told;                    /* that something came */
	struct netlink known;
	struct netlink_change change;     /* that is not told yet */
};

static void on_timer(uv_timer_t *t)
{
	struct link_watch *w = t->data;
	bool came = w->change.came;

	if (came)
		w->told = uv_now(t->loop);
	memset(&w->change, 0, sizeof w->change);
	log_debug("changed came=%s", came ? "yes" : "no");
	w->changed(w->arg, came);
}

static void tell_soon(struct link_watch *w)
{
	uint64_t now = uv_now(w->timer.loop), wait = SETTLE_MS;

	if (uv_is_active((uv_handle_t *)&w->timer))
		return;
	if (w->told != 0 && w->told + GAP_MS > now + wait)
		wait = w->told + GAP_MS - now;
	uv_timer_start(&w->timer, on_timer, wait, 0);
}

/* Only the kernel's own. False: there is no more. */
static bool take_one(struct link_watch *w)
{
	_Alignas(struct nlmsghdr) char messages[16384];
	struct sockaddr_nl from = { 0 };
	socklen_t size = sizeof from;
	ssize_t n = recvfrom(w->fd, messages, sizeof messages, MSG_DONTWAIT, (struct sockaddr *)&from,
	                     &size);

	if (n < 0 && errno == ENOBUFS) {
		w->change.came = w->change.went = true;    /* who knows what was lost */
		return true;
	}
	if (n < 0)
		return errno == EINTR;
	if (size < sizeof from || from.nl_family != AF_NETLINK || from.nl_pid == 0)
		netlink_take(&w->known, messages, (size_t)n, &w->change);
	return n > 0;
}

static void on_readable(uv_poll_t *p, int status, int events)
{
	struct link_watch *w = p->data;
	int reads = 0;

	(void)events;
	if (status < 0) {
		log_warn("changes are not heard of any more: %s", uv_strerror(status));
		uv_poll_stop(p);
		return;
	}
	while (reads < READS && take_one(w))
		reads++;
	if (w->change.came || w->change.went)
		tell_soon(w);
}

struct link_watch *link_watch_on(uv_loop_t *loop, int fd, link_watch_fn *changed, void *arg)
{
	struct link_watch *w = mem_zero(1, sizeof *w);

	w->changed = changed;
	w->arg = arg;
	w->fd = fd;
	w->handles = 2;
	uv_timer_init(loop, &w->timer);
	uv_poll_init(loop, &w->poll, fd);
	w->timer.data = w->poll.data = w;
	uv_poll_start(&w->poll, UV_READABLE, on_readable);
	return w;
}

struct link_watch *link_watch_new(uv_loop_t *loop, link_watch_fn *changed, void *arg)
{
	struct sockaddr_nl at = {
		.nl_family = AF_NETLINK,
		.nl_groups = RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR | RTMGRP_IPV4_ROUTE |
		             RTMGRP_IPV6_ROUTE,
	};
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);

	if (fd >= 0 && bind(fd, (struct sockaddr *)&at, sizeof at) == 0)
		return link_watch_on(loop, fd, changed, arg);
	log_warn("changes of the network are not heard of: %s", strerror(errno));
	if (fd >= 0)
		close(fd);
	return NULL;
}

static void on_closed(uv_handle_t *h)
{
	struct link_watch *w = h->data;

	if (--w->handles > 0)
		return;
	close(w->fd);
	free(w);
}

void link_watch_free(struct link_watch *w)
{
	if (w == NULL)
		return;
	uv_close((uv_handle_t *)&w->poll, on_closed);
	uv_close((uv_handle_t *)&w->timer, on_closed);
}
