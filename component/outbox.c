#include "component/outbox.h"

#include <stdlib.h>
#include <utlist.h>

#include "common/mem.h"

struct held {
	uint64_t ticket;
	char *text;
	size_t len;
	struct held *prev, *next;
};

struct outbox {
	struct component *c;
	struct held *list;           /* by ticket: tickets only grow */
};

struct outbox *outbox_new(struct component *c)
{
	struct outbox *o = mem_zero(1, sizeof *o);

	o->c = c;
	return o;
}

static void leave(struct outbox *o, const char *text, size_t len)
{
	if (link_is_online(o->c->link))
		o->c->stats.stanzas_sent++;
	link_send(o->c->link, text, len);
}

void outbox_send(struct outbox *o, uint64_t ticket, struct xml_writer *w)
{
	struct held *h;
	size_t len;
	char *text = xml_take(w, &len);

	if (ticket <= store_synced(o->c->store)) {
		leave(o, text, len);
		free(text);
		return;
	}
	h = mem_zero(1, sizeof *h);
	h->ticket = ticket;
	h->text = text;
	h->len = len;
	DL_APPEND(o->list, h);
}

static void drop(struct outbox *o, struct held *h)
{
	DL_DELETE(o->list, h);
	free(h->text);
	free(h);
}

void outbox_release(struct outbox *o, uint64_t ticket)
{
	struct held *h, *next;

	DL_FOREACH_SAFE(o->list, h, next) {
		if (h->ticket > ticket)
			break;
		leave(o, h->text, h->len);
		drop(o, h);
	}
}

void outbox_free(struct outbox *o)
{
	if (o == NULL)
		return;
	while (o->list != NULL)
		drop(o, o->list);
	free(o);
}
