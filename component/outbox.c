#include "component/outbox.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "component/stanza.h"

#define BYTES_KEPT (4u << 20)

struct mark {
	uint64_t ticket;
	size_t len;
};

/* What waits, stanza behind stanza, with a mark for each. Tickets only grow, so they
 * leave in the order in which they came. */
struct outbox {
	struct component *c;
	char *bytes;
	size_t start, len, room;     /* what is before start has left */
	struct mark *marks;
	size_t first, n, marks_room;
};

struct outbox *outbox_new(struct component *c)
{
	struct outbox *o = mem_zero(1, sizeof *o);

	o->c = c;
	return o;
}

static void leave(struct outbox *o, const char *stanza, size_t len)
{
	if (link_is_online(o->c->link))
		o->c->stats.stanzas_sent++;
	link_send(o->c->link, stanza, len);
}

static void hold(struct outbox *o, uint64_t ticket, const char *stanza, size_t len)
{
	if (o->room - o->len < len) {
		o->room = 2 * (o->len + len);
		o->bytes = mem_realloc(o->bytes, o->room);
	}
	memcpy(o->bytes + o->len, stanza, len);
	o->len += len;
	if (o->n == o->marks_room) {
		o->marks_room = 2 * o->n + 64;
		o->marks = mem_realloc(o->marks, o->marks_room * sizeof *o->marks);
	}
	o->marks[o->n++] = (struct mark){ ticket, len };
}

void outbox_send(struct outbox *o, uint64_t ticket, struct xml_writer *w)
{
	assert(w->depth == 0);
	if (ticket <= store_synced(o->c->store))
		leave(o, w->buf, w->len);
	else
		hold(o, ticket, w->buf, w->len);
	stanza_free(w);
}

/* What is left moves to the front, when it is less than what has left. */
static void move_up(struct outbox *o)
{
	if (o->start == 0 || o->start < o->len - o->start)
		return;
	o->len -= o->start;
	memmove(o->bytes, o->bytes + o->start, o->len);
	o->n -= o->first;
	memmove(o->marks, o->marks + o->first, o->n * sizeof *o->marks);
	o->start = o->first = 0;
	if (o->len > 0 || o->room <= BYTES_KEPT)
		return;
	free(o->bytes);
	o->bytes = NULL;
	o->room = 0;
}

void outbox_release(struct outbox *o, uint64_t ticket)
{
	for (; o->first < o->n && o->marks[o->first].ticket <= ticket; o->first++) {
		leave(o, o->bytes + o->start, o->marks[o->first].len);
		o->start += o->marks[o->first].len;
	}
	move_up(o);
}

void outbox_free(struct outbox *o)
{
	if (o == NULL)
		return;
	free(o->bytes);
	free(o->marks);
	free(o);
}
