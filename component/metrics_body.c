#include "component/metrics_body.h"

#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/mem.h"
#include "component/metrics_daemon.h"
#include "component/metrics_device.h"

/* How long a piece may take; one device's is made whole. */
#define PIECE_MS 1

static const struct metrics_family *const lists[] = { metrics_daemon, metrics_device };
#define N_LISTS (sizeof lists / sizeof *lists)

struct metrics_body {
	struct component *c;
	struct metrics_text text;
	size_t taken;                          /* of the text, by the reader */
	size_t list;
	const struct metrics_family *family;   /* the one that is being written */
	char *after;                           /* its last device's JID; NULL: it has not begun */
	bool ended;
};

struct metrics_body *metrics_body_new(struct component *c, bool classic)
{
	struct metrics_body *b = mem_zero(1, sizeof *b);

	b->c = c;
	b->text.classic = classic;
	b->family = lists[0];
	return b;
}

void metrics_body_free(struct metrics_body *b)
{
	if (b == NULL)
		return;
	metrics_text_free(&b->text);
	free(b->after);
	free(b);
}

static void next_family(struct metrics_body *b)
{
	mem_set(&b->after, NULL);
	b->family++;
	if (b->family->name == NULL && ++b->list < N_LISTS)
		b->family = lists[b->list];
	if (b->family->name != NULL)
		return;
	metrics_text_end(&b->text);
	b->ended = true;
}

static void begin_family(struct metrics_body *b)
{
	metrics_text_family(&b->text, b->family);
	if (b->family->of_daemon == NULL) {
		mem_set(&b->after, "");
		return;
	}
	b->family->of_daemon(&b->text, b->c);
	next_family(b);
}

static void add_device(struct metrics_body *b)
{
	struct devices *all = &b->c->devices;
	size_t place = device_after(all, b->after);
	const struct device *d;

	if (place == all->n) {
		next_family(b);
		return;
	}
	d = device_sorted(all)[place];
	/* Else each that is out of use looked like one that has failed. */
	if (d->decommissioned == 0)
		b->family->of_device(&b->text, d);
	mem_set(&b->after, d->jid);
}

/* What was taken makes room, but not so often that one long piece is moved again and
 * again. */
static void make_room(struct metrics_body *b)
{
	struct metrics_text *t = &b->text;

	if (b->taken < t->len - b->taken)
		return;
	if (t->len > b->taken)
		memmove(t->buf, t->buf + b->taken, t->len - b->taken);
	t->len -= b->taken;
	b->taken = 0;
}

ssize_t metrics_body_read(struct metrics_body *b, char *buf, size_t max)
{
	int64_t until = clock_mono_ms() + PIECE_MS;
	size_t n;

	while (!b->ended && b->text.len - b->taken < max) {
		if (b->after == NULL)
			begin_family(b);
		else
			add_device(b);
		if (clock_mono_ms() >= until)
			break;
	}
	n = b->text.len - b->taken;
	if (n == 0)
		return b->ended ? -1 : 0;
	n = n < max ? n : max;
	memcpy(buf, b->text.buf + b->taken, n);
	b->taken += n;
	make_room(b);
	return (ssize_t)n;
}
