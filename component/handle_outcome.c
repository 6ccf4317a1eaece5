/* What devices say of requests: answers to execute stanzas and to questions, and by
 * themselves. */
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/mem.h"
#include "component/ask.h"
#include "component/execute.h"
#include "component/handle.h"
#include "component/harvest.h"
#include "component/outcome.h"
#include "component/presence.h"
#include "component/route.h"

#define LOG_MODULE "outcome"

/* Progress is kept no more often than so: a device may say it as fast as it likes. */
#define PROGRESS_MS 1000

/* It runs. What it says is of no interest when nobody waits any more. */
static void on_progress(struct component *c, struct request *r, const char *outcome)
{
	int64_t now = clock_mono_ms();
	bool begins = r->status == QUEUED || r->status == TRANSMITTED;

	if (!request_is_open(r)) {
		c->dropped_outcomes++;
		return;
	}
	if (!begins && (now - r->noted < PROGRESS_MS ||
	                (r->columns[REQ_OUTCOME] != NULL && strcmp(r->columns[REQ_OUTCOME], outcome) == 0)))
		outcome = NULL;
	else
		r->noted = now;
	route_running(c, r, outcome);
}

/* A word of the device about a request, by whatever way it came. The ticket of its row; 0:
 * there is none. */
static uint64_t on_word(struct call *call, struct request *r, const char *cut)
{
	struct component *c = call->c;
	struct device *d = device_find(&c->devices, call->bare);
	uint64_t ticket = 0;
	struct outcome o;

	outcome_read(&o, call->payload, r->id, cut);
	if (o.status == RUNNING) {
		on_progress(c, r, o.outcome);
	} else {
		if (o.status == RESPONDED && d != NULL)
			harvest(c, d, o.figures, !request_is_open(r));
		ticket = life_answer(&c->life, r, &(struct life_outcome){ o.status, o.condition, o.text,
		                                                          o.outcome });
		c->dropped_outcomes += ticket == 0;
	}
	outcome_clear(&o);
	return ticket;
}

/* Who speaks for its device. */
static bool is_from(const struct request *r, const char *bare)
{
	return strcmp(r->columns[r->columns[REQ_VIA] != NULL ? REQ_VIA : REQ_DEVICE], bare) == 0;
}

/* Undelivered: the device is not where we thought. */
static void on_bounce(struct call *call, struct request *r, int64_t number)
{
	struct device *d = r->device;
	struct component *c = call->c;
	char *full;

	if (number != r->transmission ||
	    !(r->status == TRANSMITTED || (r->status == CANCELLING && !r->begun)))
		return;
	full = mem_strdup(call->from);
	/* Nothing goes to that stream any more, also if this bounce ends the request. */
	presence_left(c, d, full, "bounced");
	route_bounced(c, r);
	route_lost(c, d, full, "bounced");
	d->unreached = !d->online;
	/* Through another stream of it that is still there, or once it answers. */
	if (d->online)
		route_kick(c, d);
	else if (device_queue(d) != NULL)
		ask_later(c, d);
	free(full);
}

bool handle_outcome(struct call *call, bool is_error, const char *cut)
{
	char id[UUID7_STRING];
	struct request *r;
	int64_t number;

	if (!execute_parse_id(call->id, id, &number))
		return false;
	r = request_find(&call->c->requests, id);
	if (r == NULL || number < 1 || number > r->transmission || !is_from(r, call->bare)) {
		call->c->dropped_outcomes++;
		log_debug("dropped an outcome: nothing of this kind was asked from=%s id=%s", call->from,
		         call->id);
		return true;
	}
	if (is_error)
		on_bounce(call, r, number);
	else
		on_word(call, r, cut);
	return true;
}

/* An answer to our question, or to our asking to cancel; an error says nothing, as with an
 * execute stanza. */
bool handle_outcome_asked(struct call *call, bool is_error, const char *cut)
{
	char id[UUID7_STRING];
	struct request *r;

	if (!execute_parse_question(call->id, id))
		return false;
	r = request_find(&call->c->requests, id);
	if (r == NULL || !is_from(r, call->bare))
		call->c->dropped_outcomes++;
	else if (!is_error && xml_is(call->payload, "outcome", NS_OPERATION))
		on_word(call, r, cut);
	return true;
}

/* The outcome of what was in progress, or how far it is: the device says it again until it
 * is acknowledged, which is when its row is on disk. */
struct reply handle_outcome_told(struct call *call, struct xml_writer *w)
{
	struct component *c = call->c;
	const char *id = xml_get(call->payload, "id");
	struct reply reply = { .kind = REPLY_RESULT };
	struct request *r;

	(void)w;
	if (id == NULL || !uuid7_time(id, NULL))
		return reply_error("bad-request", mem_strdup("an outcome names its request"));
	r = request_find(&c->requests, id);
	if (r != NULL && !is_from(r, call->bare))
		return reply_error("forbidden", mem_printf("the request is not for %s", call->bare));
	if (r != NULL)
		reply.ticket = on_word(call, r, NULL);
	else
		c->dropped_outcomes++;
	/* It may have ended by a row that is not on disk yet. */
	if (reply.ticket == 0)
		reply.ticket = store_synced(c->store) + store_waiting(c->store);
	return reply;
}
