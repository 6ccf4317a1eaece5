#include "common/dns.h"

#include <ares.h>
#include <ares_nameser.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

#include "common/mem.h"

/* The second try of each server waits twice as long. */
#define TIMEOUT_MS 1500
#define TRIES 2
#define TICK_MS 200
#define SOCKETS 16

struct dns {
	uv_loop_t *loop;
	ares_channel channel;
	uv_timer_t tick;
	struct socket { struct dns *d; uv_poll_t poll; ares_socket_t fd; } *sockets[SOCKETS];
	bool freed;
};

struct question {
	struct dns *d;
	dns_fn *done;
	void *arg;
};

static void initialize(void)
{
	ares_library_init(ARES_LIB_INIT_ALL);
}

static void on_poll(uv_poll_t *p, int status, int events)
{
	const struct socket *s = p->data;
	bool readable = status < 0 || (events & UV_READABLE), writable = events & UV_WRITABLE;

	ares_process_fd(s->d->channel, readable ? s->fd : ARES_SOCKET_BAD,
	                writable ? s->fd : ARES_SOCKET_BAD);
}

static void on_tick(uv_timer_t *t)
{
	struct dns *d = t->data;

	ares_process_fd(d->channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
}

static void on_socket_closed(uv_handle_t *h)
{
	free(h->data);
}

static struct socket **find(struct dns *d, ares_socket_t fd)
{
	for (size_t i = 0; i < SOCKETS; i++) {
		if (d->sockets[i] != NULL && d->sockets[i]->fd == fd)
			return &d->sockets[i];
	}
	return NULL;
}

static struct socket **add(struct dns *d, ares_socket_t fd)
{
	for (size_t i = 0; i < SOCKETS; i++) {
		if (d->sockets[i] != NULL)
			continue;
		d->sockets[i] = mem_zero(1, sizeof *d->sockets[i]);
		d->sockets[i]->d = d;
		d->sockets[i]->fd = fd;
		uv_poll_init(d->loop, &d->sockets[i]->poll, fd);
		d->sockets[i]->poll.data = d->sockets[i];
		return &d->sockets[i];
	}
	return NULL;    /* it is not polled: the question times out */
}

/* c-ares says what it wants of a socket, and nothing any more before it closes it. */
static void on_state(void *arg, ares_socket_t fd, int readable, int writable)
{
	struct dns *d = arg;
	struct socket **at = find(d, fd);

	if (readable || writable) {
		if (at == NULL && (at = add(d, fd)) == NULL)
			return;
		uv_poll_start(&(*at)->poll, (readable ? UV_READABLE : 0) | (writable ? UV_WRITABLE : 0),
		              on_poll);
	} else if (at != NULL) {
		uv_close((uv_handle_t *)&(*at)->poll, on_socket_closed);
		*at = NULL;
	}
}

struct dns *dns_open(uv_loop_t *loop, const char **why)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	struct dns *d = mem_zero(1, sizeof *d);
	struct ares_options options = { .timeout = TIMEOUT_MS, .tries = TRIES,
	                                .sock_state_cb = on_state, .sock_state_cb_data = d };
	int status;

	pthread_once(&once, initialize);
	status = ares_init_options(&d->channel, &options, ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES |
	                                                  ARES_OPT_SOCK_STATE_CB);
	if (status != ARES_SUCCESS) {
		*why = ares_strerror(status);
		free(d);
		return NULL;
	}
	d->loop = loop;
	uv_timer_init(loop, &d->tick);
	d->tick.data = d;
	uv_timer_start(&d->tick, on_tick, TICK_MS, TICK_MS);
	return d;
}

static void on_answer(void *arg, int status, int timeouts, unsigned char *message, int len)
{
	struct question *q = arg;

	(void)timeouts;
	if (q->d->freed)
		;
	else if (status == ARES_SUCCESS && len > 0)
		q->done(q->arg, message, (size_t)len, NULL);
	else
		q->done(q->arg, NULL, 0, ares_strerror(status));
	free(q);
}

void dns_srv(struct dns *d, const char *name, dns_fn *done, void *arg)
{
	struct question *q = mem_zero(1, sizeof *q);

	q->d = d;
	q->done = done;
	q->arg = arg;
	ares_query(d->channel, name, ns_c_in, ns_t_srv, on_answer, q);
}

static void on_closed(uv_handle_t *h)
{
	free(h->data);
}

void dns_free(struct dns *d)
{
	if (d == NULL)
		return;
	d->freed = true;
	ares_destroy(d->channel);
	uv_close((uv_handle_t *)&d->tick, on_closed);
}
