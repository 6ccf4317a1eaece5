#include "component/campaign_run.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/mem.h"
#include "component/campaign_table.h"
#include "component/campaign_view.h"
#include "component/command.h"
#include "component/journal.h"
#include "component/rights.h"
#include "component/route.h"

#define LOG_MODULE "campaign"

/* Below the bounds of a submit, so that there is room for others beside. */
#define OPEN_MAX 500000
#define OPEN_BYTES (1u << 29)
#define NO_ROOM_MS 100
#define UNSYNCED_MS 10
/* One that was read from disk for a question is kept so long at least. */
#define FOUND_MS 60000

/* With which errors begin that say that the operator lacks the right; route.c's, too. */
#define RIGHTS "rights "

static void on_deadline(struct deadline *d);

static void wait_ms(struct component *c, struct campaign *k, int64_t ms)
{
	k->deadline.fire = on_deadline;
	deadline_set(&c->deadlines, &k->deadline, clock_mono_ms() + ms);
}

void campaign_run_soon(struct component *c, struct campaign *k)
{
	wait_ms(c, k, 0);
}

/* Its row as it now is. by: NULL, nobody has ordered it. */
static void change(struct component *c, struct campaign *k, enum campaign_status status,
                   const char *cause, const char *by)
{
	struct record rec;

	campaign_record(k, &rec, clock_wall_ms());
	record_text(&rec, CAMP_STATUS, campaign_status_name(status));
	record_text(&rec, CAMP_CAUSE, cause);
	record_text(&rec, CAMP_BY, by);
	record_time(&rec, CAMP_ENDED, status >= CAMPAIGN_FINISHED ? clock_wall_ms() : 0);
	campaign_commit(c, &rec, false);
	log_info("campaign id=%s status=%s cause=%s by=%s", k->id, campaign_status_name(status), cause,
	         by == NULL ? "" : by);
	campaign_run_soon(c, k);
}

static void keep(struct component *c, struct campaign *k)
{
	int64_t left = k->ended + CAMPAIGN_HELD_MS - clock_wall_ms();

	wait_ms(c, k, left < 0 ? 0 : left < CAMPAIGN_HELD_MS ? left : CAMPAIGN_HELD_MS);
}

/* Members. */

static void member_record(struct record *rec, const struct device *d, enum member_status status)
{
	memset(rec, 0, sizeof *rec);
	record_text(rec, MEMBER_DEVICE, d->jid);
	record_time(rec, MEMBER_TIME, clock_wall_ms());
	record_text(rec, MEMBER_STATUS, member_status_name(status));
}

static void set(struct component *c, struct campaign *k, struct member *m,
                enum member_status status, const char *error, bool lazy)
{
	struct record rec;

	member_record(&rec, m->device, status);
	record_text(&rec, MEMBER_ERROR, error);
	/* What becomes of its last request is no longer its own. */
	if (status == MEMBER_WAITING)
		record_text(&rec, MEMBER_REQUEST, NULL);
	campaign_member_commit(c, k, m->device, &rec, lazy);
}

void campaign_run_set(struct component *c, struct campaign *k, struct member *m,
                      enum member_status status, const char *error)
{
	set(c, k, m, status, error, false);
}

unsigned campaign_run_needs(const struct component *c, const char *command)
{
	const struct command *known = command_of_any(c, command);

	return rights_of_command(command, known != NULL && known->for_requesters);
}

/* Why a device is not asked after all: "condition text", the caller frees it. */
static char *obstacle(const struct component *c, const struct campaign *k, const struct device *d)
{
	const char *operator_ = k->columns[CAMP_OPERATOR], *command = k->columns[CAMP_COMMAND];
	unsigned missing = command_missing_right(c, operator_, d, command, false);

	if (d->decommissioned != 0)
		return mem_strdup("decommissioned the device was decommissioned");
	return missing == 0 ? NULL
	     : mem_printf(RIGHTS "%s has no longer the right \"%s\" for %s", operator_,
	                  unit_right_name(missing), command);
}

/* The member's row is there before the request's: what was transmitted has one. False: the
 * day file cannot be used. */
static bool launch(struct component *c, struct campaign *k, struct member *m)
{
	struct device *d = m->device;
	char id[UUID7_STRING];
	struct record rec;

	uuid7_next(clock_wall_ms(), id);
	if (!journal_ready(c, id))
		return false;
	member_record(&rec, d, MEMBER_OPEN);
	record_text(&rec, MEMBER_REQUEST, id);
	record_int(&rec, MEMBER_ATTEMPTS, m->attempts + 1);
	record_text(&rec, MEMBER_ERROR, NULL);
	campaign_member_commit(c, k, d, &rec, false);
	c->stats.accepted++;
	route_add(c, life_accept(&c->life, &(struct life_new){
		.id = id, .device = d->jid, .via = device_text(d, DEV_VIA),
		.command = k->columns[CAMP_COMMAND], .operator_ = k->columns[CAMP_OPERATOR],
		.asked_by = k->columns[CAMP_ASKED_BY], .unit = device_text(d, DEV_UNIT),
		.arguments = k->columns[CAMP_ARGUMENTS], .campaign = k->id, .timeout_s = k->timeout_s,
		.max_attempts = k->attempts, .expires_s = k->expires_s }));
	return true;
}

static struct member *next_waiting(struct campaign *k)
{
	while (k->next < k->n && k->members[k->next].status != MEMBER_WAITING)
		k->next++;
	return k->next < k->n ? &k->members[k->next] : NULL;
}

static bool has_room(const struct component *c)
{
	return store_has_room(c->store) && link_is_online(c->link) &&
	       link_backlog(c->link) <= LINK_BACKLOG_LOW &&
	       HASH_COUNT(c->requests.by_id) < OPEN_MAX && c->requests.bytes < OPEN_BYTES;
}

/* After a restart it goes on at the rate that it had. */
static void note_rate(struct component *c, const struct campaign *k, int64_t before)
{
	struct record rec;

	if (k->rollout.rate == before)
		return;
	campaign_record(k, &rec, clock_wall_ms());
	campaign_commit(c, &rec, true);
}

static void launch_due(struct component *c, struct campaign *k)
{
	int64_t now = clock_mono_ms(), rate = k->rollout.rate;
	struct member *m;
	bool room = true;

	while (rollout_may(&k->rollout, now) && (m = next_waiting(k)) != NULL) {
		char *why = obstacle(c, k, m->device);

		if (why != NULL) {
			campaign_run_set(c, k, m, MEMBER_CANCELLED, why);
			free(why);
			continue;
		}
		room = has_room(c) && launch(c, k, m);
		if (!room)
			break;
		rollout_take(&k->rollout);
	}
	note_rate(c, k, rate);
	if (k->counts[MEMBER_WAITING] > 0)
		wait_ms(c, k, room ? rollout_wait_ms(&k->rollout) : NO_ROOM_MS);
	else if (k->counts[MEMBER_OPEN] == 0)
		campaign_run_soon(c, k);
}

/* The end. */

/* What waits ends here; what is at its device is cancelled there, if that can be. */
static void cancel_request(struct component *c, const struct member *m, const char *error)
{
	struct request *r = request_find(&c->requests, m->request);

	if (r == NULL || r->status == CANCELLING)
		return;
	if (request_was_sent(r))
		route_cancel(c, r, NULL);
	else
		life_cancel(&c->life, r, "campaign", error);
}

/* Nobody is asked any more. */
static void stop(struct component *c, struct campaign *k)
{
	const char *error = k->status == CAMPAIGN_ABORTING ? "campaign the campaign was aborted"
	                                                   : "campaign the campaign was cancelled";

	for (size_t i = 0; i < k->n; i++) {
		struct member *m = &k->members[i];

		if (m->status == MEMBER_WAITING)
			campaign_run_set(c, k, m, MEMBER_CANCELLED, error);
		else if (m->status == MEMBER_OPEN)
			cancel_request(c, m, error);
	}
	campaign_run_soon(c, k);
}

static void end(struct component *c, struct campaign *k)
{
	change(c, k, k->status == CAMPAIGN_CANCELLING ? CAMPAIGN_CANCELLED
	           : k->status == CAMPAIGN_ABORTING ? CAMPAIGN_ABORTED : CAMPAIGN_FINISHED, "ended", NULL);
	campaign_tell_ended(c, k);
	keep(c, k);
}

/* A late outcome has changed the numbers since. */
static void retire(struct component *c, struct campaign *k)
{
	struct record rec;

	if (k->ended + CAMPAIGN_HELD_MS > clock_wall_ms()) {
		keep(c, k);
		return;
	}
	if (k->loaded && !k->retiring) {
		campaign_record(k, &rec, clock_wall_ms());
		campaign_commit(c, &rec, false);
	}
	campaign_table_retire(c, k);
}

static void step(struct component *c, struct campaign *k)
{
	if (k->status <= CAMPAIGN_PAUSED &&
	    rollout_is_bad(&k->rollout.rules, campaign_n_ended(k), campaign_n_failed(k))) {
		change(c, k, CAMPAIGN_ABORTING, "abort-rule", NULL);
		stop(c, k);
	} else if (k->counts[MEMBER_WAITING] + k->counts[MEMBER_OPEN] == 0) {
		end(c, k);
	} else if (k->status == CAMPAIGN_RUNNING) {
		launch_due(c, k);
	} else if (k->status >= CAMPAIGN_CANCELLING && k->counts[MEMBER_WAITING] > 0) {
		stop(c, k);      /* a crash came in between */
	}
}

static void on_deadline(struct deadline *d)
{
	struct campaign *k = (struct campaign *)(void *)((char *)d - offsetof(struct campaign, deadline));
	struct component *c = k->owner;

	if (campaign_has_ended(k))
		retire(c, k);
	/* Nobody is asked before the list of who is to be is on disk. */
	else if (k->ticket > store_synced(c->store))
		wait_ms(c, k, store_has_room(c->store) ? UNSYNCED_MS : NO_ROOM_MS);
	else
		step(c, k);
}

void campaign_run_ended(struct component *c, const struct request *r)
{
	const char *id = r->columns[REQ_CAMPAIGN], *device = r->columns[REQ_DEVICE];
	struct campaign *k = id == NULL ? NULL : campaign_find(&c->campaigns, id);
	struct member *m = k == NULL || !k->loaded ? NULL : campaign_member(k, device);
	enum member_status status = member_status_of(r->status);

	/* An earlier request's late outcome is no longer the member's. */
	if (m == NULL || strcmp(m->request, r->id) != 0)
		return;
	if (m->status == MEMBER_OPEN)
		rollout_ended(&k->rollout, member_status_is_failure(status));
	/* Its request's row is synced, and says it after a crash; of campaigns that have ended
	 * only those that are held are compared. */
	set(c, k, m, status, r->columns[REQ_ERROR], !campaign_has_ended(k));
	if (!campaign_has_ended(k))
		campaign_run_soon(c, k);
}

/* Orders. */

bool campaign_run_pause(struct component *c, struct campaign *k, const char *by)
{
	if (k->status == CAMPAIGN_RUNNING)
		change(c, k, CAMPAIGN_PAUSED, "pause", by);
	return k->status == CAMPAIGN_PAUSED;
}

bool campaign_run_resume(struct component *c, struct campaign *k, const char *by)
{
	if (k->status == CAMPAIGN_PAUSED) {
		rollout_resume(&k->rollout, clock_mono_ms());
		change(c, k, CAMPAIGN_RUNNING, "resume", by);
	}
	return k->status == CAMPAIGN_RUNNING;
}

bool campaign_run_cancel(struct component *c, struct campaign *k, const char *by)
{
	if (k->status <= CAMPAIGN_PAUSED || k->status == CAMPAIGN_ABORTING) {
		change(c, k, CAMPAIGN_CANCELLING, "cancel", by);
		stop(c, k);
	}
	return k->status == CAMPAIGN_CANCELLING || k->status == CAMPAIGN_CANCELLED;
}

/* The right may have come back, so that is no decision that stays. */
static bool was_denied(const struct member *m)
{
	return m->error != NULL && strncmp(m->error, RIGHTS, strlen(RIGHTS)) == 0;
}

static bool is_retried(const struct member *m, bool aborted)
{
	return member_status_is_failure(m->status) ||
	       (m->status == MEMBER_CANCELLED && (aborted || was_denied(m)));
}

bool campaign_run_retry(struct component *c, struct campaign *k, const char *by)
{
	bool aborted = k->status == CAMPAIGN_ABORTED, ended = campaign_has_ended(k);
	size_t n = 0;

	if (k->status == CAMPAIGN_CANCELLING || k->status == CAMPAIGN_ABORTING)
		return false;
	for (size_t i = 0; i < k->n; i++) {
		struct member *m = &k->members[i];

		if (!is_retried(m, aborted))
			continue;
		campaign_run_set(c, k, m, MEMBER_WAITING, NULL);
		n++;
	}
	if (n == 0)
		return true;
	k->next = 0;
	if (ended)
		rollout_begin(&k->rollout, &k->rollout.rules, 0, clock_mono_ms());
	change(c, k, ended ? CAMPAIGN_RUNNING : k->status, "retry", by);
	return true;
}

struct campaign *campaign_run_start(struct component *c, struct record *rec,
                                    struct device *const *devices, size_t n)
{
	struct record row;
	struct campaign *k;

	record_int(rec, CAMP_MEMBERS, (int64_t)n);
	record_int(rec, CAMP_COUNTS + MEMBER_WAITING, (int64_t)n);
	k = campaign_apply(&c->campaigns, rec->values);
	k->owner = c;
	k->loaded = true;
	for (size_t i = 0; i < n; i++) {
		member_record(&row, devices[i], MEMBER_WAITING);
		record_text(&row, MEMBER_UNIT, device_text(devices[i], DEV_UNIT));
		record_int(&row, MEMBER_ATTEMPTS, 0);
		campaign_member_commit(c, k, devices[i], &row, false);
	}
	rollout_begin(&k->rollout, &k->rollout.rules, 0, clock_mono_ms());
	/* Last, so that its ticket is that of them all. */
	campaign_record(k, rec, clock_wall_ms());
	campaign_commit(c, rec, false);
	campaign_run_soon(c, k);
	return k;
}

struct campaign *campaign_run_find(struct component *c, const char *id)
{
	struct campaign *k = campaign_table_find(c, id);

	if (k != NULL && k->deadline.place == 0 && campaign_has_ended(k) && !k->retiring)
		wait_ms(c, k, FOUND_MS);
	return k;
}

int64_t campaign_run_estimate(const struct campaign *k)
{
	if (k->status != CAMPAIGN_RUNNING || k->counts[MEMBER_WAITING] == 0)
		return 0;
	return clock_wall_ms() +
	       rollout_estimate_ms(&k->rollout, k->counts[MEMBER_WAITING], clock_mono_ms());
}

void campaign_run_free(struct component *c)
{
	struct campaign *k, *next;

	HASH_ITER(hh, c->campaigns.by_id, k, next) {
		deadline_clear(&c->deadlines, &k->deadline);
		campaign_forget(&c->campaigns, k);
	}
}
