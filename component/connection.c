#include "component/connection.h"

#include <stdlib.h>
#include <string.h>

#include "common/mem.h"

#define READ_BYTES 65536
#define FINISH_MS 2000
#define BUFFER_KEPT (4u << 20)

struct connection {
	const struct connection_events *events;
	void *arg;
	bool forsaken;                    /* the owner hears nothing any more */
	uv_tcp_t tcp;
	uv_connect_t connect;
	uv_write_t write;
	uv_timer_t linger;
	char *pending, *writing;          /* they take turns */
	size_t pending_len, pending_cap, writing_len, writing_cap;
	bool is_writing, broken, closing;
	unsigned handles;
	char read_buffer[READ_BYTES];
};

static void on_handle_closed(uv_handle_t *h)
{
	struct connection *c = h->data;

	if (--c->handles > 0)
		return;
	free(c->pending);
	free(c->writing);
	free(c);
}

static void close_handles(struct connection *c)
{
	if (c->closing)
		return;
	c->closing = true;
	uv_close((uv_handle_t *)&c->tcp, on_handle_closed);
	uv_close((uv_handle_t *)&c->linger, on_handle_closed);
}

/* Writing. */

void connection_put(struct connection *c, const char *bytes, size_t n)
{
	if (c->pending_len + n > c->pending_cap) {
		c->pending_cap = (c->pending_len + n) * 2;
		c->pending = mem_realloc(c->pending, c->pending_cap);
	}
	memcpy(c->pending + c->pending_len, bytes, n);
	c->pending_len += n;
}

size_t connection_backlog(const struct connection *c)
{
	return c->pending_len + (c->is_writing ? c->writing_len : 0);
}

static void on_written(uv_write_t *w, int status)
{
	struct connection *c = w->handle->data;
	size_t before = connection_backlog(c);

	c->is_writing = false;
	if (status != 0)
		return;
	connection_flush(c);
	if (!c->forsaken)
		c->events->written(c->arg, before);
}

/* What was written before gives its memory to what comes, unless it was much. */
static void take_turns(struct connection *c)
{
	char *room = c->writing;
	size_t cap = c->writing_cap;

	if (cap > BUFFER_KEPT) {
		free(room);
		room = NULL;
		cap = 0;
	}
	c->writing = c->pending;
	c->writing_len = c->pending_len;
	c->writing_cap = c->pending_cap;
	c->pending = room;
	c->pending_len = 0;
	c->pending_cap = cap;
}

void connection_flush(struct connection *c)
{
	uv_buf_t buf;

	if (c->is_writing || c->pending_len == 0 || c->closing || c->broken)
		return;
	if (!c->forsaken)
		c->events->writing(c->arg, c->pending, c->pending_len);
	take_turns(c);
	buf = uv_buf_init(c->writing, (unsigned)c->writing_len);
	if (uv_write(&c->write, (uv_stream_t *)&c->tcp, &buf, 1, on_written) == 0)
		c->is_writing = true;
	else
		c->broken = true;    /* the read side will say so */
}

/* Reading. */

static void on_read_buffer(uv_handle_t *h, size_t suggested, uv_buf_t *buf)
{
	struct connection *c = h->data;

	(void)suggested;
	*buf = uv_buf_init(c->read_buffer, sizeof c->read_buffer);
}

static void on_read(uv_stream_t *s, ssize_t n, const uv_buf_t *buf)
{
	struct connection *c = s->data;

	if (n > 0 && !c->forsaken) {
		c->events->received(c->arg, buf->base, (size_t)n);
	} else if (n < 0) {
		uv_read_stop(s);
		if (c->forsaken)
			close_handles(c);
		else
			c->events->ended(c->arg, (int)n);
	}
}

static void on_connected(uv_connect_t *req, int status)
{
	struct connection *c = req->data;

	if (c->forsaken)
		return;
	if (status == 0) {
		uv_tcp_nodelay(&c->tcp, 1);
		status = uv_read_start((uv_stream_t *)&c->tcp, on_read_buffer, on_read);
	}
	c->events->connected(c->arg, status);
}

/* Beginning and end. */

struct connection *connection_new(uv_loop_t *loop, const struct sockaddr *address,
                                  const struct connection_events *events, void *arg)
{
	struct connection *c = mem_zero(1, sizeof *c);

	c->events = events;
	c->arg = arg;
	c->handles = 2;
	uv_tcp_init(loop, &c->tcp);
	uv_timer_init(loop, &c->linger);
	c->tcp.data = c->linger.data = c->connect.data = c;
	if (uv_tcp_connect(&c->connect, &c->tcp, address, on_connected) != 0) {
		connection_drop(c);
		return NULL;
	}
	return c;
}

void connection_drop(struct connection *c)
{
	if (c == NULL)
		return;
	c->forsaken = true;
	close_handles(c);
}

static void on_lingered(uv_timer_t *t)
{
	close_handles(t->data);
}

void connection_finish(struct connection *c)
{
	if (c == NULL)
		return;
	c->forsaken = true;
	connection_flush(c);
	uv_timer_start(&c->linger, on_lingered, FINISH_MS, 0);
}
