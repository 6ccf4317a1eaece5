#include "component/campaign_recover.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/mem.h"
#include "component/campaign_run.h"
#include "component/campaign_table.h"
#include "component/campaign_token.h"
#include "component/campaign_units.h"
#include "component/day.h"
#include "component/journal.h"

#define LOG_MODULE "campaign"

/* It goes on, though the member's row does not say so. Where that has another request, this
 * one's number was to come with the row: it was not transmitted yet. */
static void adopt(struct component *c, struct campaign *k, struct member *m, const struct request *r)
{
	bool same = strcmp(m->request, r->id) == 0;
	struct record rec = { 0 };

	record_text(&rec, MEMBER_DEVICE, m->device->jid);
	record_time(&rec, MEMBER_TIME, clock_wall_ms());
	record_text(&rec, MEMBER_STATUS, member_status_name(MEMBER_OPEN));
	record_text(&rec, MEMBER_REQUEST, r->id);
	record_int(&rec, MEMBER_ATTEMPTS, m->attempts + !same);
	record_text(&rec, MEMBER_ERROR, NULL);
	campaign_member_commit(c, k, m->device, &rec, false)->seen = true;
}

void campaign_recover_saw(struct component *c, const struct request *r)
{
	const char *id = r->columns[REQ_CAMPAIGN], *device = r->columns[REQ_DEVICE];
	struct campaign *k = id == NULL ? NULL : campaign_find(&c->campaigns, id);
	struct member *m = k == NULL || device == NULL ? NULL : campaign_member(k, device);
	enum member_status status = member_status_of(r->status);

	if (m == NULL)
		return;
	if (request_is_open(r)) {
		if (m->status != MEMBER_OPEN || strcmp(m->request, r->id) != 0)
			adopt(c, k, m, r);
		m->seen = true;
		return;
	}
	if (strcmp(m->request, r->id) != 0)
		return;
	m->seen = true;
	if (m->status != status)
		campaign_run_set(c, k, m, status, r->columns[REQ_ERROR]);
}

/* What no request that was read is about: it was never on disk, or its day is sealed, or
 * some of it is damaged. */

struct lost {
	char id[UUID7_STRING];
	bool found;
	enum request_status status;
	char *error;
	UT_hash_handle hh;
};

static bool look_at(void *arg, const char *const *row, uint64_t offset)
{
	struct lost *all = arg, *l;

	(void)offset;
	HASH_FIND_STR(all, row[REQ_ID], l);
	if (l == NULL)
		return true;
	l->found = true;
	if (row[REQ_STATUS] != NULL)
		request_status_parse(row[REQ_STATUS], &l->status);
	record_get_text(row[REQ_ERROR], &l->error);
	return true;
}

static int look_in_sorted(struct day *d, struct lost *all)
{
	const char *const *row;
	int rc = 0;

	for (struct lost *l = all; l != NULL && rc == 0; l = l->hh.next) {
		const struct days_span span = { .id = l->id };

		rc = day_begin(d, &span);
		if (rc == 0 && (rc = day_next(d, &span, &row)) > 0)
			rc = look_at(all, row, 0) ? 0 : -1;
	}
	return rc;
}

/* Reads one day for all of them that are of it; others are not there. */
static bool look_in_day(struct component *c, int64_t midnight, struct lost *all)
{
	char name[DAYS_NAME], *base;
	struct day d;
	int rc;

	days_name(JOURNAL_FOLDER, midnight, name);
	base = mem_printf("%s/%s", store_dir(c->store), name);
	rc = day_open(&d, base, &request_schema);
	if (rc == 0)
		rc = look_in_sorted(&d, all);
	if (rc == 0)
		rc = day_read_rest(&d, look_at, all);
	if (rc != 0)
		log_error("cannot read %s: %s", base, strerror(errno));
	day_close(&d);
	free(base);
	return rc == 0;
}

static int64_t day_of(const char *id)
{
	int64_t when = 0;

	uuid7_time(id, &when);
	return when - when % DAYS_MS;
}

/* What has ended for good was read, or its day is sealed, and all of it on disk. */
static bool is_lost(const struct member *m)
{
	return !m->seen && *m->request != '\0' &&
	       (m->status == MEMBER_OPEN || m->status >= MEMBER_UNKNOWN);
}

/* It was never on disk, so it was not transmitted. An end that it had stays. */
static void take_back(struct component *c, struct campaign *k, struct member *m)
{
	enum member_status status = m->status == MEMBER_OPEN ? MEMBER_WAITING : m->status;
	struct record rec = { 0 };

	record_text(&rec, MEMBER_DEVICE, m->device->jid);
	record_time(&rec, MEMBER_TIME, clock_wall_ms());
	record_text(&rec, MEMBER_STATUS, member_status_name(status));
	record_text(&rec, MEMBER_REQUEST, NULL);
	record_int(&rec, MEMBER_ATTEMPTS, m->attempts > 0 ? m->attempts - 1 : 0);
	campaign_member_commit(c, k, m->device, &rec, false);
}

static void settle(struct component *c, struct campaign *k, struct member *m, const struct lost *l)
{
	enum member_status status = member_status_of(l->status);

	m->seen = true;
	if (!l->found)
		take_back(c, k, m);
	else if (status == MEMBER_OPEN && m->status == MEMBER_OPEN)
		campaign_run_set(c, k, m, MEMBER_UNKNOWN, "lost its rows are not whole, or too old");
	else if (status != MEMBER_OPEN && status != m->status)
		campaign_run_set(c, k, m, status, l->error);
}

/* Those whose request is of one day. One that cannot be read: they may have been asked. */
static void find_lost(struct component *c, struct campaign *k, int64_t midnight)
{
	struct lost *all = NULL, *l, *next;
	bool read;

	for (size_t i = 0; i < k->n; i++) {
		struct member *m = &k->members[i];

		if (!is_lost(m) || day_of(m->request) != midnight)
			continue;
		l = mem_zero(1, sizeof *l);
		memcpy(l->id, m->request, sizeof l->id);
		HASH_ADD_STR(all, id, l);
	}
	read = look_in_day(c, midnight, all);
	for (size_t i = 0; i < k->n; i++) {
		HASH_FIND_STR(all, k->members[i].request, l);
		if (l == NULL)
			continue;
		l->found |= !read;
		settle(c, k, &k->members[i], l);
	}
	HASH_ITER(hh, all, l, next) {
		HASH_DEL(all, l);
		free(l->error);
		free(l);
	}
}

/* It was never said that it had begun, and nobody was asked. */
static void check_members(struct component *c, struct campaign *k)
{
	struct record rec;

	if (k->n == k->n_expected || campaign_has_ended(k))
		return;
	log_error("campaign %s has %zu of %zu members: it is cancelled", k->id, k->n, k->n_expected);
	campaign_record(k, &rec, clock_wall_ms());
	record_text(&rec, CAMP_STATUS, campaign_status_name(CAMPAIGN_CANCELLING));
	record_text(&rec, CAMP_CAUSE, "incomplete");
	record_int(&rec, CAMP_MEMBERS, (int64_t)k->n);
	campaign_commit(c, &rec, false);
}

/* Its end is on disk, and not that somebody had it tried again, or not the end of a request:
 * neither was said to anybody. */
static void check_end(struct component *c, struct campaign *k)
{
	struct record rec;

	if (!campaign_has_ended(k) || k->counts[MEMBER_WAITING] + k->counts[MEMBER_OPEN] == 0)
		return;
	campaign_record(k, &rec, clock_wall_ms());
	record_text(&rec, CAMP_STATUS, campaign_status_name(CAMPAIGN_RUNNING));
	record_text(&rec, CAMP_CAUSE, "restart");
	record_time(&rec, CAMP_ENDED, 0);
	campaign_commit(c, &rec, false);
}

void campaign_recover_end(struct component *c)
{
	size_t n_live = campaigns_live(&c->campaigns, NULL);

	for (struct campaign *k = c->campaigns.by_id; k != NULL; k = k->hh.next) {
		for (size_t i = 0; i < k->n; i++) {
			if (is_lost(&k->members[i]))
				find_lost(c, k, day_of(k->members[i].request));
		}
		check_members(c, k);
		check_end(c, k);
		campaign_token_add(c, (const char *const *)k->columns);
		rollout_begin(&k->rollout, &k->rollout.rules, k->rollout.rate, clock_mono_ms());
		campaign_run_soon(c, k);
	}
	campaign_units_at_start(c);
	if (n_live > 0)
		log_info("campaigns from before: %zu", n_live);
}
