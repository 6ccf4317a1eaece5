#include "component/route.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "common/clock.h"
#include "common/mem.h"
#include "component/ask.h"
#include "component/command.h"
#include "component/decommission.h"
#include "component/execute.h"
#include "component/life.h"

#define PROVISIONAL_MS INT64_C(86400000)
#define PROVISIONAL_MAX 100000

#define request_of(d) ((struct request *)(void *)((char *)(d) - offsetof(struct request, deadline)))

static void on_deadline(struct deadline *d);

/* So long one may run in all, whatever its device says of it, and so many of a device. */
#define RUNNING_MS INT64_C(86400000)
#define RUNNING_MAX 16

/* A request that waits, if for its device to be told that it is cancelled, has the time until
 * it expires; one that is under way the time-out of its transmission, or of its cancel; one that
 * runs so long as it may be silent. */
static int64_t deadline_of(const struct request *r)
{
	int64_t left, silent;

	if (r->status == TRANSMITTED)
		return r->sent + r->timeout_s * 1000;
	if (r->begun || r->told) {
		silent = r->heard + (r->begun && !r->asked ? r->limit_s : r->timeout_s) * 1000;
		return r->begun && silent > r->running + RUNNING_MS ? r->running + RUNNING_MS : silent;
	}
	left = r->expires - clock_wall_ms();
	return clock_mono_ms() + (left > 0 ? left : 0);
}

static void set_deadline(struct component *c, struct request *r)
{
	r->deadline.fire = on_deadline;
	deadline_set(&c->deadlines, &r->deadline, deadline_of(r));
}

/* True: it has ended, as its operator has lost the right to it. */
static bool is_refused(struct component *c, struct request *r)
{
	unsigned missing = command_missing_right(c, r->columns[REQ_OPERATOR], r->device,
	                                         r->columns[REQ_COMMAND],
	                                         r->columns[REQ_PRIORITY] != NULL);
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
		if (device_in_flight(d) >= (unsigned)c->config.window || d->work->n_begun >= RUNNING_MAX)
			return;
		if (r->status != QUEUED || (d->work->n_begun > 0 && !r->read_only))
			continue;
		if (clock_wall_ms() >= r->expires) {
			/* At once also when the clock was set forward meanwhile. */
			deadline_set(&c->deadlines, &r->deadline, clock_mono_ms());
			continue;
		}
		/* In order: what is not on disk yet holds back what came after it. */
		if (r->ticket > store_synced(c->store))
			return;
		if (link_backlog(c->link) > LINK_BACKLOG_LOW) {
			stall(c, d);
			return;
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

/* It runs, and its device has said nothing of it for too long. */
static void on_silence(struct component *c, struct request *r)
{
	bool may_ask = r->device->online && link_is_online(c->link) && !r->asked && r->begun &&
	               clock_mono_ms() < r->running + RUNNING_MS;

	if (!may_ask) {
		life_abandon(&c->life, r);
		return;
	}
	execute_ask(c, r);
	r->heard = clock_mono_ms();
	r->asked = true;
	set_deadline(c, r);
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
	} else if (r->status != TRANSMITTED) {
		on_silence(c, r);
	} else if (!life_silent(&c->life, r)) {
		ask_check(c, d);      /* it has ended, and is gone */
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

static void on_command(struct request *r)
{
	const struct command *known = command_of(r->device, r->columns[REQ_COMMAND]);

	r->read_only = known != NULL && known->read_only;
	r->limit_s = known != NULL ? known->limit_s : COMMAND_LIMIT_S;
}

/* The first that is less urgent, whether it waits or may wait again; NULL: there is none. */
static struct request *less_urgent(const struct device *d, const struct request *r)
{
	struct request *at;

	if (r->columns[REQ_PRIORITY] == NULL)
		return NULL;
	DL_FOREACH(device_queue(d), at) {
		if (at->columns[REQ_PRIORITY] == NULL)
			return at;
	}
	return NULL;
}

static void add_before(struct component *c, struct request *r, struct request *place)
{
	struct device *d = r->device;
	struct device_work *w = device_work(d);

	if (place == NULL)
		DL_APPEND(w->queue, r);
	else
		DL_PREPEND_ELEM(w->queue, place, r);
	w->n_open++;
	w->n_submitted += r->columns[REQ_CAMPAIGN] == NULL;
	if (r->begun)
		w->n_begun++;
	quota_opened(&c->quotas, counts_for(r));
	on_command(r);
	set_deadline(c, r);
	ask_wanted(c, d);
	if (r->ticket <= store_synced(c->store)) {
		route_kick(c, d);
		return;
	}
	r->unsynced = true;
	*c->unsynced_tail = r;
	c->unsynced_tail = &r->next_unsynced;
}

static void on_device(struct component *c, struct request *r)
{
	r->owner = c;
	r->device = device_find(&c->devices, r->columns[REQ_DEVICE]);
}

void route_add(struct component *c, struct request *r)
{
	on_device(c, r);
	add_before(c, r, less_urgent(r->device, r));
}

static bool is_same(const char *a, const char *b)
{
	return strcmp(a == NULL ? "" : a, b == NULL ? "" : b) == 0;
}

struct request *route_equal(const struct device *d, const struct life_new *n)
{
	struct request *r;

	DL_FOREACH(device_queue(d), r) {
		if (r->status == QUEUED && r->read_only && r->columns[REQ_CAMPAIGN] == NULL &&
		    is_same(r->columns[REQ_COMMAND], n->command) &&
		    is_same(r->columns[REQ_OPERATOR], n->operator_) &&
		    is_same(r->columns[REQ_ARGUMENTS], n->arguments) &&
		    is_same(r->columns[REQ_PRIORITY], n->priority))
			return r;
	}
	return NULL;
}

void route_supersede(struct component *c, struct request *r, struct request *old)
{
	char *error = mem_printf("superseded by the newer request %s", r->id);

	on_device(c, r);
	add_before(c, r, old);
	life_cancel(&c->life, old, "superseded", error);
	free(error);
}

void route_release(struct component *c, uint64_t ticket)
{
	struct request *r;

	while ((r = c->unsynced) != NULL && r->ticket <= ticket) {
		c->unsynced = r->next_unsynced;
		if (c->unsynced == NULL)
			c->unsynced_tail = &c->unsynced;
		r->next_unsynced = NULL;
		r->unsynced = false;
		route_kick(c, r->device);
	}
}

/* A request may end, or be cancelled, while its first row still waits for the disk. */
static void unwait(struct component *c, struct request *r)
{
	struct request **at = &c->unsynced;

	if (!r->unsynced)
		return;
	while (*at != r)
		at = &(*at)->next_unsynced;
	*at = r->next_unsynced;
	if (*at == NULL)
		c->unsynced_tail = at;
	r->next_unsynced = NULL;
	r->unsynced = false;
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
		d->work->n_begun -= r->begun;
		DL_DELETE(d->work->queue, r);
		d->work->n_open--;
		d->work->n_submitted -= r->columns[REQ_CAMPAIGN] == NULL;
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

void route_running(struct component *c, struct request *r, const char *outcome)
{
	bool ran = r->begun;

	if (r->status == RUNNING || r->status == CANCELLING)
		life_progress(&c->life, r, outcome);
	else
		life_run(&c->life, r, outcome);
	r->device->work->n_begun += !ran;
	on_command(r);
	land(r);
	set_deadline(c, r);
	route_kick(c, r->device);
}

/* Its device is told, and has the time-out of a transmission from the first time on. */
static void tell_device(struct component *c, struct request *r)
{
	execute_cancel(c, r);
	if (!r->told && !r->begun)
		r->heard = clock_mono_ms();
	r->told = true;
	set_deadline(c, r);
}

uint64_t route_cancel(struct component *c, struct request *r, const char *operator_)
{
	struct device *d = r->device;
	uint64_t ticket;
	char *error;

	if (!request_was_sent(r)) {
		error = mem_printf("cancelled by %s", operator_);
		ticket = life_cancel(&c->life, r, "cancel", error);
		free(error);
		return ticket;
	}
	/* It has a later ticket from now on, and would hold back who stands behind it. */
	unwait(c, r);
	ticket = life_cancelling(&c->life, r);
	set_deadline(c, r);
	if (d->online && link_is_online(c->link))
		tell_device(c, r);
	return ticket;
}

void route_ask_running(struct component *c, struct device *d)
{
	struct request *r;

	DL_FOREACH(device_queue(d), r) {
		if (r->status == RUNNING)
			execute_ask(c, r);
		else if (r->status == CANCELLING)
			tell_device(c, r);
	}
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

void route_cancel_all(struct component *c, struct device *d)
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
