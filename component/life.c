#include "component/life.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/mem.h"
#include "component/arrow.h"

static void begin(struct record *rec, const char *id, enum request_status status,
                  const char *cause)
{
	memset(rec, 0, sizeof *rec);
	record_text(rec, REQ_ID, id);
	record_time(rec, REQ_TIME, clock_wall_ms());
	record_text(rec, REQ_STATUS, request_status_name(status));
	record_text(rec, REQ_CAUSE, cause);
}

/* The one way: on its way to disk, and into the table. r: NULL for a new one. ticket: NULL
 * if nothing waits for the row. */
static struct request *commit(struct life *l, const struct request *r, const struct record *rec,
                              uint64_t *ticket)
{
	assert(arrow_is(r, rec->values[REQ_CAUSE], rec->values[REQ_STATUS]));
	if (ticket == NULL)
		l->append_lazy(l->arg, rec->values);
	else
		*ticket = l->append(l->arg, rec->values);
	return request_apply(l->requests, rec->values);
}

struct request *life_accept(struct life *l, const struct life_new *n)
{
	int64_t now = clock_wall_ms();
	struct request *r;
	struct record rec;
	uint64_t ticket;

	begin(&rec, n->id, QUEUED, "submitted");
	record_text(&rec, REQ_COMMAND, n->command);
	record_text(&rec, REQ_DEVICE, n->device);
	if (n->via != NULL)
		record_text(&rec, REQ_VIA, n->via);
	record_text(&rec, REQ_OPERATOR, n->operator_);
	record_text(&rec, REQ_ASKED_BY, n->asked_by);
	record_text(&rec, REQ_UNIT, n->unit);
	record_time(&rec, REQ_CREATED, now);
	record_time(&rec, REQ_EXPIRES, now + n->expires_s * 1000);
	record_int(&rec, REQ_TIMEOUT, n->timeout_s);
	record_int(&rec, REQ_MAX_ATTEMPTS, n->max_attempts);
	record_int(&rec, REQ_ATTEMPTS, 0);
	record_int(&rec, REQ_TRANSMISSION, 0);
	if (n->priority != NULL)
		record_text(&rec, REQ_PRIORITY, n->priority);
	if (n->token != NULL)
		record_text(&rec, REQ_TOKEN, n->token);
	if (n->campaign != NULL)
		record_text(&rec, REQ_CAMPAIGN, n->campaign);
	if (n->arguments != NULL)
		record_text(&rec, REQ_ARGUMENTS, n->arguments);
	r = commit(l, NULL, &rec, &ticket);
	r->ticket = ticket;
	return r;
}

void life_transmit(struct life *l, struct request *r)
{
	struct record rec;

	assert(r->status == QUEUED || r->status == TRANSMITTED);
	begin(&rec, r->id, TRANSMITTED, r->status == QUEUED ? "sent" : "retry");
	record_time(&rec, REQ_TRANSMITTED, clock_wall_ms());
	record_int(&rec, REQ_TRANSMISSION, r->transmission + 1);
	record_int(&rec, REQ_ATTEMPTS, r->attempts + 1);
	commit(l, r, &rec, NULL);
	r->sent = clock_mono_ms();
}

void life_requeue(struct life *l, struct request *r, const char *cause)
{
	struct record rec;
	uint64_t ticket;

	assert(r->status == TRANSMITTED);
	begin(&rec, r->id, QUEUED, cause);
	record_int(&rec, REQ_ATTEMPTS, r->attempts > 0 ? r->attempts - 1 : 0);
	commit(l, r, &rec, &ticket);
	r->sent = 0;
}

/* What runs, or is being cancelled, is not sent again: its device says what becomes of it. */
static void resume_running(struct request *r)
{
	r->begun = true;
	r->running = r->heard = clock_mono_ms();
}

void life_resume(struct life *l, struct request *r)
{
	struct record rec;
	uint64_t ticket;

	if (r->status == RUNNING || r->status == CANCELLING) {
		resume_running(r);
		return;
	}
	begin(&rec, r->id, QUEUED, "restart");
	record_int(&rec, REQ_TRANSMISSION, r->transmission + LIFE_TRANSMISSION_GAP);
	if (r->status == TRANSMITTED)
		record_int(&rec, REQ_ATTEMPTS, r->attempts > 0 ? r->attempts - 1 : 0);
	commit(l, r, &rec, &ticket);
	/* It goes out when this is on disk: else a second restart begins at the
	 * same number. */
	r->ticket = ticket;
}

void life_run(struct life *l, struct request *r, const char *outcome)
{
	struct record rec;
	uint64_t ticket;

	begin(&rec, r->id, RUNNING, "in-progress");
	record_text(&rec, REQ_OUTCOME, outcome);
	commit(l, r, &rec, &ticket);
	r->begun = true;
	r->running = r->heard = clock_mono_ms();
}

void life_progress(struct life *l, struct request *r, const char *outcome)
{
	struct record rec;

	r->heard = clock_mono_ms();
	r->asked = false;
	if (!r->begun)
		r->running = r->heard;
	r->begun = true;
	if (outcome == NULL)
		return;
	begin(&rec, r->id, r->status, "progress");
	record_text(&rec, REQ_OUTCOME, outcome);
	commit(l, r, &rec, NULL);
}

static uint64_t end(struct life *l, struct request *r, enum request_status status,
                    const char *cause, struct record *rec)
{
	uint64_t ticket;

	record_text(rec, REQ_STATUS, request_status_name(status));
	record_text(rec, REQ_CAUSE, cause);
	record_time(rec, REQ_ENDED, clock_wall_ms());
	commit(l, r, rec, &ticket);
	l->ended(l->arg, r, ticket);
	return ticket;
}

static uint64_t end_without_answer(struct life *l, struct request *r, enum request_status status,
                                   const char *cause, const char *error)
{
	struct record rec;

	begin(&rec, r->id, status, cause);
	record_text(&rec, REQ_ERROR, error);
	return end(l, r, status, cause, &rec);
}

/* What is being cancelled is over with it. */
static bool cancel_bounced(struct life *l, struct request *r)
{
	end_without_answer(l, r, CANCELLED, "bounced", "cancelled it was not delivered");
	return false;
}

bool life_bounce(struct life *l, struct request *r)
{
	if (r->status == CANCELLING)
		return cancel_bounced(l, r);
	life_requeue(l, r, "bounced");
	if (++r->bounces < LIFE_BOUNCES)
		return true;
	end_without_answer(l, r, NO_RESPONSE, "unreachable",
	                   "unreachable it says that it is there, but nothing reaches it");
	return false;
}

bool life_silent(struct life *l, struct request *r)
{
	r->bounces = 0;
	if (r->attempts < r->max_attempts && clock_wall_ms() < r->expires)
		return true;
	end_without_answer(l, r, NO_RESPONSE, "no-answer", "no-answer the device did not answer in time");
	return false;
}

void life_expire(struct life *l, struct request *r)
{
	end_without_answer(l, r, EXPIRED, "expired",
	                   request_was_sent(r) ? "expired it was sent, and may have arrived"
	                                       : "expired the device was not there in time");
}

void life_abandon(struct life *l, struct request *r)
{
	if (r->status == RUNNING)
		end_without_answer(l, r, NO_RESPONSE, "silent",
		                   "silent the device began it, and is not heard of any more");
	else
		end_without_answer(l, r, CANCELLED, "silent",
		                   "cancelled the device does not say whether it was done");
}

uint64_t life_cancel(struct life *l, struct request *r, const char *cause, const char *error)
{
	return end_without_answer(l, r, CANCELLED, cause, error);
}

uint64_t life_cancelling(struct life *l, struct request *r)
{
	struct record rec;
	uint64_t ticket;

	begin(&rec, r->id, CANCELLING, "cancel");
	commit(l, r, &rec, &ticket);
	r->ticket = ticket;
	r->heard = clock_mono_ms();
	r->asked = false;
	return ticket;
}

uint64_t life_answer(struct life *l, struct request *r, const struct life_outcome *o)
{
	int64_t now = clock_wall_ms();
	struct record rec;
	char *error = NULL;
	uint64_t ticket;

	if (request_is_final(r))
		return 0;
	/* Of two provisional ends the first one stays. */
	if (!request_is_open(r) && o->status > REFUSED)
		return 0;
	begin(&rec, r->id, o->status, "outcome");
	record_time(&rec, REQ_RESPONDED, now);
	if (r->sent != 0 && request_is_open(r))
		record_int(&rec, REQ_RESPONSE_MS, clock_mono_ms() - r->sent);
	if (!request_is_open(r))
		record_text(&rec, REQ_LATE, "true");
	if (o->condition != NULL)
		error = mem_printf("%s %s", o->condition, o->text == NULL ? "" : o->text);
	record_text(&rec, REQ_ERROR, error);
	record_text(&rec, REQ_OUTCOME, o->outcome);
	ticket = end(l, r, o->status, "outcome", &rec);
	free(error);
	return ticket;
}
