#include "component/route.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "common/clock.h"
#include "common/mem.h"
#include "component/command.h"
#include "component/decommission.h"
#include "component/execute.h"
#include "component/life.h"
#include "component/rights.h"

#define PROVISIONAL_MS INT64_C(86400000)
#define PROVISIONAL_MAX 100000

#define request_of(d) ((struct request *)(void *)((char *)(d) - offsetof(struct request, deadline)))

static void on_deadline(struct deadline *d);

/* A request that waits has the time until it expires; one that is under way the
 * time-out of its transmission. */
static void set_deadline(struct component *c, struct request *r)
{
	int64_t now = clock_mono_ms(), left;

	r->deadline.fire = on_deadline;
	if (r->status == TRANSMITTED) {
		deadline_set(&c->deadlines, &r->deadline, r->sent + r->timeout_s * 1000);
		return;
	}
	left = r->expires - clock_wall_ms();
	deadline_set(&c->deadlines, &r->deadline, now + (left > 0 ? left : 0));
}

/* As a submit is checked. */
static unsigned missing_right(const struct component *c, const struct request *r,
                              const char *unit)
{
	const char *operator_ = r->columns[REQ_OPERATOR];
	const struct command *known = command_find(r->columns[REQ_COMMAND]);

	if (operator_ == NULL || known == NULL)
		return 0;
	return rights_needed(RIGHTS_COMMAND, known->name) &
	       ~(unit == NULL ? 0 : units_rights(c->units, operator_, unit));
}

/* True: it has ended, as its operator has lost the right to it. */
static bool is_refused(struct component *c, struct request *r)
{
	unsigned missing = missing_right(c, r, units_of_device(c->units, r->columns[REQ_DEVICE]));
	char *error;

	if (missing == 0)
		return false;
	error = mem_printf("rights %s has no longer the right \"%s\" for %s",
	                   r->columns[REQ_OPERATOR], unit_right_name(missing), r->columns[REQ_COMMAND]);
	life_cancel(&c->life, r, "rights", error);
	free(error);
	return true;
}

/* It waits again; for what is decommissioned nothing waits, nor for who may no longer. */
static void wait_again(struct component *c, struct request *r)
{
	if (r->device->decommissioned != 0)
		decommission_cancel(c, r);
	else if (!is_refused(c, r))
		set_deadline(c, r);
}

static void transmit(struct component *c, struct device *d, struct request *r)
{
	if (!r->in_flight)
		d->work->in_flight++;
	r->in_flight = true;
	mem_set(&r->stream, device_text(d, DEV_STREAM));
	life_transmit(&c->life, r);
	set_deadline(c, r);
	execute_send(c, d, r);
}

/* It no longer holds a place of its device's window. */
static void land(struct request *r)
{
	if (r->in_flight)
		r->device->work->in_flight--;
	r->in_flight = false;
}

static void stall(struct component *c, struct device *d)
{
	if (d->work->stalled)
		return;
	d->work->stalled = true;
	LL_PREPEND2(c->stalled, d->work, next_stalled);
}

void route_kick(struct component *c, struct device *d)
{
	struct request *r, *next;

	if (!d->online || !link_is_online(c->link))
		return;
	DL_FOREACH_SAFE(device_queue(d), r, next) {
		if (device_in_flight(d) >= (unsigned)c->config.window)
			return;
		if (r->status != QUEUED)
			continue;
		/* In order: what is not on disk yet holds back what came after it. */
		if (r->ticket > store_synced(c->store))
			return;
		if (link_backlog(c->link) > LINK_BACKLOG_LOW) {
			stall(c, d);
			return;
		}
		if (clock_wall_ms() >= r->expires) {
			/* At once also when the clock was set forward meanwhile. */
			deadline_set(&c->deadlines, &r->deadline, clock_mono_ms());
			continue;
		}
		transmit(c, d, r);
	}
}

void route_drained(struct component *c)
{
	struct device_work *list = c->stalled, *w, *next;

	c->stalled = NULL;
	LL_FOREACH_SAFE2(list, w, next, next_stalled) {
		struct device *d = w->device;

		w->stalled = false;
		route_kick(c, d);
		device_rest(d);
	}
}

static void on_deadline(struct deadline *dl)
{
	struct request *r = request_of(dl);
	struct component *c = r->owner;
	struct device *d = r->device;

	if (!request_is_open(r)) {
		DL_DELETE(c->provisional, r);
		c->n_provisional--;
		request_forget(&c->requests, r);
	} else if (r->status == QUEUED) {
		life_expire(&c->life, r);
	} else if (!life_silent(&c->life, r)) {
		return;      /* it has ended, and is gone */
	} else if (d->decommissioned != 0) {
		decommission_cancel(c, r);
	} else if (is_refused(c, r)) {
		return;
	} else if (d->online && link_is_online(c->link)) {
		transmit(c, d, r);
	} else {
		land(r);
		life_requeue(&c->life, r, "offline");
		set_deadline(c, r);
	}
}

/* Whose open requests it is one of. A campaign's are bounded by what it is. */
static const char *counts_for(const struct request *r)
{
	return r->columns[REQ_CAMPAIGN] == NULL ? r->columns[REQ_OPERATOR] : NULL;
}

void route_add(struct component *c, struct request *r)
{
	struct device *d = device_find(&c->devices, r->columns[REQ_DEVICE]);
	struct device_work *w;

	r->owner = c;
	r->device = d;
	w = device_work(d);
	DL_APPEND(w->queue, r);
	w->n_open++;
	quota_opened(&c->quotas, counts_for(r));
	set_deadline(c, r);
	if (r->ticket <= store_synced(c->store)) {
		route_kick(c, d);
		return;
	}
	*c->unsynced_tail = r;
	c->unsynced_tail = &r->next_unsynced;
}

void route_release(struct component *c, uint64_t ticket)
{
	struct request *r;

	while ((r = c->unsynced) != NULL && r->ticket <= ticket) {
		c->unsynced = r->next_unsynced;
		if (c->unsynced == NULL)
			c->unsynced_tail = &c->unsynced;
		r->next_unsynced = NULL;
		route_kick(c, r->device);
	}
}

/* A request may end while its first row still waits for the disk. */
static void unwait(struct component *c, struct request *r)
{
	struct request **at;

	if (r->ticket <= store_synced(c->store))
		return;
	for (at = &c->unsynced; *at != NULL && *at != r; at = &(*at)->next_unsynced)
		;
	if (*at == NULL)
		return;
	*at = r->next_unsynced;
	if (*at == NULL)
		c->unsynced_tail = at;
	r->next_unsynced = NULL;
}

/* Also after a restart it is kept for no longer. */
static int64_t keep_ms(const struct request *r)
{
	int64_t ended = 0, left;

	record_get_time(r->columns[REQ_ENDED], &ended);
	left = ended + PROVISIONAL_MS - clock_wall_ms();
	if (left < 0)
		return 0;
	return left < PROVISIONAL_MS ? left : PROVISIONAL_MS;
}

void route_keep(struct component *c, struct request *r)
{
	struct request *oldest;

	request_slim(&c->requests, r);
	r->owner = c;
	r->deadline.fire = on_deadline;
	deadline_set(&c->deadlines, &r->deadline, clock_mono_ms() + keep_ms(r));
	DL_APPEND(c->provisional, r);
	if (++c->n_provisional <= PROVISIONAL_MAX)
		return;
	oldest = c->provisional;
	deadline_clear(&c->deadlines, &oldest->deadline);
	on_deadline(&oldest->deadline);
}

void route_remove(struct component *c, struct request *r)
{
	struct device *d = r->device;

	deadline_clear(&c->deadlines, &r->deadline);
	if (d == NULL) {        /* it was ended before, provisionally */
		DL_DELETE(c->provisional, r);
		c->n_provisional--;
	} else {
		unwait(c, r);
		land(r);
		DL_DELETE(d->work->queue, r);
		d->work->n_open--;
		quota_closed(&c->quotas, counts_for(r));
		r->device = NULL;
	}
	if (request_is_final(r))
		request_forget(&c->requests, r);
	else
		route_keep(c, r);
	if (d == NULL)
		return;
	route_kick(c, d);
	device_rest(d);
}

void route_bounced(struct component *c, struct request *r)
{
	land(r);
	if (life_bounce(&c->life, r))
		wait_again(c, r);
}

void route_lost(struct component *c, struct device *d, const char *stream, const char *cause)
{
	struct request *r, *next;

	DL_FOREACH_SAFE(device_queue(d), r, next) {
		if (r->status != TRANSMITTED || (stream != NULL && strcmp(r->stream, stream) != 0))
			continue;
		land(r);
		life_requeue(&c->life, r, cause);
		wait_again(c, r);
	}
}

void route_cancel(struct component *c, struct device *d)
{
	struct request *r, *next;

	DL_FOREACH_SAFE(device_queue(d), r, next) {
		if (r->status == QUEUED)
			decommission_cancel(c, r);
	}
}

void route_check_rights(struct component *c)
{
	for (size_t i = 0; i < c->devices.n; i++) {
		struct request *r, *next;

		DL_FOREACH_SAFE(device_queue(c->devices.all[i]), r, next) {
			if (r->status == QUEUED)
				is_refused(c, r);
		}
	}
}
