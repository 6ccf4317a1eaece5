#include "component/ask.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "common/backoff.h"
#include "common/clock.h"
#include "common/mem.h"
#include "component/outbox.h"
#include "component/presence.h"
#include "component/route.h"
#include "component/stanza.h"

#define TICK_MS 100
#define BACKOFF_BASE_MS 1000
#define BACKOFF_CAP_MS 60000
#define ID_PREFIX "ask-"

struct ask {
	struct device *waiting;        /* their turn comes by rate */
	struct deadline tick;
	struct component *c;
	unsigned last_number;
	double credit;                 /* of asks; at most what one tick gives, and one */
};

#define work_of(d) ((struct device_work *)(void *)((char *)(d) - offsetof(struct device_work, ask)))

static void send_ask(struct component *c, struct device *d)
{
	struct xml_writer w = { 0 };
	char id[32];

	d->ask_number = ++c->ask->last_number;
	d->ask_sent = true;
	snprintf(id, sizeof id, ID_PREFIX "%u", d->ask_number);
	stanza_open(&w, "iq", "get", device_text(d, DEV_STREAM), id);
	xml_element(&w, "device", NS_DEVICE, NULL);
	xml_close(&w);
	outbox_send(c->outbox, 0, &w);
}

static void unlist(struct component *c, struct device *d)
{
	if (d->ask_waits)
		DL_DELETE2(c->ask->waiting, d, ask_prev, ask_next);
	d->ask_waits = false;
}

static void on_tick(struct deadline *tick)
{
	struct ask *a = (struct ask *)(void *)((char *)tick - offsetof(struct ask, tick));
	struct component *c = a->c;
	double share = (double)c->config.ask_rate * TICK_MS / 1000;

	/* Not what has gathered while the link was away. */
	a->credit = a->credit < 1 ? a->credit + share : 1 + share;
	while (a->waiting != NULL && a->credit >= 1 && link_is_online(c->link)) {
		struct device *d = a->waiting;

		unlist(c, d);
		send_ask(c, d);
		a->credit -= 1;
	}
	if (a->waiting != NULL)
		deadline_set(&c->deadlines, &a->tick, clock_mono_ms() + TICK_MS);
	else
		a->credit = 0;
}

static void enlist(struct component *c, struct device *d)
{
	if (d->ask_waits || device_text(d, DEV_STREAM) == NULL || d->decommissioned != 0)
		return;
	d->ask_waits = true;
	DL_APPEND2(c->ask->waiting, d, ask_prev, ask_next);
	if (c->ask->tick.place == 0)
		deadline_set(&c->deadlines, &c->ask->tick, clock_mono_ms());
}

static void on_ask_due(struct deadline *dl)
{
	struct component *c = work_of(dl)->owner;
	struct device *d = work_of(dl)->device;

	if (device_queue(d) == NULL || !d->unreached) {
		device_rest(d);
		return;
	}
	enlist(c, d);
	ask_later(c, d);
}

void ask_later(struct component *c, struct device *d)
{
	struct device_work *w = device_work(d);

	w->owner = c;
	w->ask.fire = on_ask_due;
	deadline_set(&c->deadlines, &w->ask,
	             clock_mono_ms() + backoff_ms(d->ask_attempt++, BACKOFF_BASE_MS, BACKOFF_CAP_MS,
	                                          backoff_random()));
}

void ask_wanted(struct component *c, struct device *d)
{
	if (!d->unreached || device_queue(d) == NULL || d->work->ask.place != 0)
		return;
	d->ask_attempt = 0;
	ask_later(c, d);
}

/* Time for an answer to our check; and its turn may not have come yet. */
#define CHECK_MS INT64_C(20000)

static void on_check_due(struct deadline *dl)
{
	struct component *c = work_of(dl)->owner;
	struct device *d = work_of(dl)->device;
	char *full;

	if (!d->online) {
		device_rest(d);
		return;
	}
	if (d->ask_waits) {
		deadline_set(&c->deadlines, dl, clock_mono_ms() + CHECK_MS);
		return;
	}
	full = mem_strdup(device_text(d, DEV_STREAM));
	presence_left(c, d, full, "silent");
	route_lost(c, d, full, "offline");
	route_kick(c, d);
	free(full);
	d->unreached = !d->online;
	if (!d->online && device_queue(d) != NULL)
		ask_later(c, d);
	else
		device_rest(d);
}

void ask_check(struct component *c, struct device *d)
{
	struct device_work *w;

	if (!d->online || d->decommissioned != 0)
		return;
	w = device_work(d);
	if (w->ask.place != 0 && w->ask.fire == on_check_due)
		return;
	w->owner = c;
	w->ask.fire = on_check_due;
	enlist(c, d);
	deadline_set(&c->deadlines, &w->ask, clock_mono_ms() + CHECK_MS);
}

void ask_soon(struct component *c, struct device *d)
{
	enlist(c, d);
}

void ask_forget(struct component *c, struct device *d)
{
	unlist(c, d);
	d->ask_attempt = 0;
	d->ask_sent = d->unreached = false;
	if (d->work == NULL)
		return;
	deadline_clear(&c->deadlines, &d->work->ask);
	device_rest(d);
}

void ask_all(struct component *c)
{
	const struct devices *all = &c->devices;

	for (size_t i = 0; i < all->n; i++) {
		if (device_queue(all->all[i]) != NULL)
			enlist(c, all->all[i]);
	}
	for (size_t i = 0; i < all->n; i++)
		enlist(c, all->all[i]);
}

unsigned ask_number(const char *stanza_id)
{
	const char *digits = stanza_id + strlen(ID_PREFIX);

	if (strncmp(stanza_id, ID_PREFIX, strlen(ID_PREFIX)) != 0 || strlen(digits) > 9 ||
	    strspn(digits, "0123456789") != strlen(digits))
		return 0;
	return (unsigned)strtoul(digits, NULL, 10);
}

struct ask *ask_new(struct component *c)
{
	struct ask *a = mem_zero(1, sizeof *a);

	a->c = c;
	a->tick.fire = on_tick;
	return a;
}

void ask_free(struct component *c)
{
	if (c->ask != NULL)
		deadline_clear(&c->deadlines, &c->ask->tick);
	free(c->ask);
	c->ask = NULL;
}
