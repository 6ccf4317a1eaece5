#include "component/campaign.h"

#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "component/days.h"
#include "component/device.h"

#define ERROR_BYTES 200

static const char *const campaign_columns[CAMP_COLUMNS] = {
	"id", "time", "status", "cause", "by", "name", "command", "operator", "asked_by", "units",
	"select", "rate", "growth", "rate_max", "abort", "abort_after", "timeout", "attempts",
	"expires", "token", "created", "ended", "rate_now", "members", "n_waiting", "n_open",
	"n_responded", "n_failed", "n_refused", "n_unknown", "n_expired", "n_no_response",
	"n_cancelled", "arguments",
};
const struct table_schema campaign_schema = {
	.name = "campaigns", .version = 1, .columns = campaign_columns, .n_columns = CAMP_COLUMNS,
};

static const char *const member_columns[MEMBER_COLUMNS] = {
	"device", "time", "unit", "status", "request", "attempts", "error",
};
const struct table_schema member_schema = {
	.name = "members", .version = 1, .columns = member_columns, .n_columns = MEMBER_COLUMNS,
};

static const char *const statuses[CAMPAIGN_STATUSES] = {
	"running", "paused", "cancelling", "aborting", "finished", "cancelled", "aborted",
};

const char *campaign_status_name(enum campaign_status status)
{
	return statuses[status];
}

bool campaign_status_parse(const char *name, enum campaign_status *status)
{
	for (unsigned i = 0; i < CAMPAIGN_STATUSES; i++) {
		if (strcmp(statuses[i], name) == 0) {
			*status = (enum campaign_status)i;
			return true;
		}
	}
	return false;
}

const char *member_status_name(enum member_status status)
{
	if (status >= MEMBER_RESPONDED)
		return request_status_name(RESPONDED + (status - MEMBER_RESPONDED));
	return status == MEMBER_WAITING ? "waiting" : "open";
}

bool member_status_parse(const char *name, enum member_status *status)
{
	for (unsigned i = 0; i < MEMBER_STATUSES; i++) {
		if (strcmp(member_status_name((enum member_status)i), name) == 0) {
			*status = (enum member_status)i;
			return true;
		}
	}
	return false;
}

enum member_status member_status_of(enum request_status status)
{
	return status < RESPONDED ? MEMBER_OPEN : MEMBER_RESPONDED + (status - RESPONDED);
}

bool member_status_is_failure(enum member_status status)
{
	return status >= MEMBER_FAILED && status <= MEMBER_NO_RESPONSE;
}

/* The table. */

bool campaign_has_ended(const struct campaign *k)
{
	return k->status >= CAMPAIGN_FINISHED;
}

struct campaign *campaign_find(const struct campaigns *all, const char *id)
{
	struct campaign *k;

	HASH_FIND_STR(all->by_id, id, k);
	return k;
}

size_t campaigns_live(const struct campaigns *all, const char *operator_)
{
	size_t n = 0;

	for (const struct campaign *k = all->by_id; k != NULL; k = k->hh.next)
		n += !campaign_has_ended(k) &&
		     (operator_ == NULL || strcmp(k->columns[CAMP_OPERATOR], operator_) == 0);
	return n;
}

static int64_t midnight_of(const struct campaign *k)
{
	int64_t when = 0;

	uuid7_time(k->id, &when);
	return when - when % DAYS_MS;
}

size_t campaigns_days(const struct campaigns *all, int64_t **midnights)
{
	size_t n = 0;

	*midnights = mem_zero(HASH_COUNT(all->by_id) + 1, sizeof **midnights);
	for (const struct campaign *k = all->by_id; k != NULL; k = k->hh.next)
		(*midnights)[n++] = midnight_of(k);
	return n;
}

bool campaigns_have_day(const struct campaigns *all, int64_t midnight)
{
	for (const struct campaign *k = all->by_id; k != NULL; k = k->hh.next) {
		if (midnight_of(k) == midnight)
			return true;
	}
	return false;
}

/* What somebody has written by hand may be anything. */
static int64_t number(const struct campaign *k, enum campaign_column column, int64_t min,
                      int64_t max)
{
	int64_t n = min;

	record_get_int(k->columns[column], &n);
	return n < min ? min : n > max ? max : n;
}

static int64_t decimal_of(const struct campaign *k, enum campaign_column column, int64_t min,
                          int64_t max)
{
	int64_t n = min;

	if (k->columns[column] != NULL)
		rollout_parse(k->columns[column], &n);
	return n < min ? min : n > max ? max : n;
}

static void read_numbers(struct campaign *k)
{
	struct rollout_rules *rules = &k->rollout.rules;

	k->timeout_s = number(k, CAMP_TIMEOUT, 1, 86400);
	k->attempts = number(k, CAMP_ATTEMPTS, 1, 100);
	k->expires_s = number(k, CAMP_EXPIRES, 1, 2592000);
	rules->rate = number(k, CAMP_RATE, 1, ROLLOUT_RATE_MAX);
	rules->rate_max = number(k, CAMP_RATE_MAX, rules->rate, ROLLOUT_RATE_MAX);
	rules->growth = decimal_of(k, CAMP_GROWTH, 1000, 10000);
	rules->abort = number(k, CAMP_ABORT, 0, 100);
	rules->abort_after = number(k, CAMP_ABORT_AFTER, 1, CAMPAIGN_MEMBERS_MAX);
	k->rollout.rate = decimal_of(k, CAMP_RATE_NOW, 1000, rules->rate_max * 1000);
	k->n_expected = (size_t)number(k, CAMP_MEMBERS, 0, CAMPAIGN_MEMBERS_MAX);
}

struct campaign *campaign_apply(struct campaigns *all, const char *const *row)
{
	struct campaign *k = campaign_find(all, row[CAMP_ID]);

	if (k == NULL) {
		k = mem_zero(1, sizeof *k);
		memcpy(k->id, row[CAMP_ID], strnlen(row[CAMP_ID], sizeof k->id - 1));
		HASH_ADD_STR(all->by_id, id, k);
	}
	for (unsigned i = 0; i < CAMP_COLUMNS; i++) {
		/* campaign_record() gives back what is there already. */
		if (row[i] != k->columns[i])
			record_get_text(row[i], &k->columns[i]);
	}
	if (row[CAMP_STATUS] != NULL)
		campaign_status_parse(row[CAMP_STATUS], &k->status);
	record_get_time(row[CAMP_CREATED], &k->created);
	record_get_time(row[CAMP_ENDED], &k->ended);
	read_numbers(k);
	return k;
}

void campaign_record(const struct campaign *k, struct record *rec, int64_t wall_ms)
{
	memset(rec, 0, sizeof *rec);
	for (unsigned i = 0; i < CAMP_COLUMNS; i++)
		record_text(rec, i, k->columns[i]);
	record_text(rec, CAMP_ID, k->id);
	record_time(rec, CAMP_TIME, wall_ms);
	record_text(rec, CAMP_RATE_NOW, rollout_text(k->rollout.rate, rec->scratch[CAMP_RATE_NOW]));
	for (unsigned i = 0; i < MEMBER_STATUSES && k->loaded; i++)
		record_int(rec, CAMP_COUNTS + i, (int64_t)k->counts[i]);
}

/* Members. */

/* Where a JID is, or belongs. */
static size_t place_of(const struct campaign *k, const char *jid)
{
	size_t low = 0, high = k->n;

	/* They come in this order. */
	if (k->n > 0 && strcmp(k->members[k->n - 1].device->jid, jid) < 0)
		return k->n;
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strcmp(k->members[middle].device->jid, jid) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool is_at(const struct campaign *k, size_t place, const char *jid)
{
	return place < k->n && strcmp(k->members[place].device->jid, jid) == 0;
}

struct member *campaign_member(const struct campaign *k, const char *jid)
{
	size_t place = place_of(k, jid);

	return is_at(k, place, jid) ? &k->members[place] : NULL;
}

static struct member *add_member(struct campaigns *all, struct campaign *k, size_t place,
                                 struct device *device)
{
	if (k->n == k->room) {
		k->room = k->room * 2 + 64;
		k->members = mem_realloc(k->members, k->room * sizeof *k->members);
	}
	memmove(k->members + place + 1, k->members + place, (k->n - place) * sizeof *k->members);
	k->members[place] = (struct member){ .device = device };
	k->n++;
	k->counts[MEMBER_WAITING]++;
	all->n_members++;
	return &k->members[place];
}

static void set_error(struct member *m, const char *error)
{
	size_t n;

	if (error == NULL)
		return;
	free(m->error);
	n = strlen(error);
	if (n > ERROR_BYTES) {
		for (n = ERROR_BYTES; n > 0 && ((unsigned char)error[n] & 0xc0) == 0x80; n--)
			;
	}
	m->error = n > 0 ? mem_strndup(error, n) : NULL;
}

struct member *campaign_member_apply(struct campaigns *all, struct campaign *k,
                                     struct device *device, const char *const *row)
{
	size_t place = place_of(k, device->jid);
	struct member *m = is_at(k, place, device->jid) ? &k->members[place]
	                 : add_member(all, k, place, device);
	enum member_status status = m->status;
	int64_t attempts = m->attempts;

	if (row[MEMBER_STATUS] != NULL && member_status_parse(row[MEMBER_STATUS], &status)) {
		k->counts[m->status]--;
		k->counts[status]++;
		m->status = (uint8_t)status;
	}
	if (row[MEMBER_REQUEST] != NULL && (*row[MEMBER_REQUEST] == '\0' ||
	                                    uuid7_time(row[MEMBER_REQUEST], NULL)))
		memcpy(m->request, row[MEMBER_REQUEST], strlen(row[MEMBER_REQUEST]) + 1);
	record_get_int(row[MEMBER_ATTEMPTS], &attempts);
	m->attempts = attempts < 0 || attempts > UINT16_MAX ? UINT16_MAX : (uint16_t)attempts;
	set_error(m, row[MEMBER_ERROR]);
	return m;
}

size_t campaign_n_failed(const struct campaign *k)
{
	size_t n = 0;

	for (unsigned i = MEMBER_FAILED; i <= MEMBER_NO_RESPONSE; i++)
		n += k->counts[i];
	return n;
}

size_t campaign_n_ended(const struct campaign *k)
{
	return k->counts[MEMBER_RESPONDED] + campaign_n_failed(k);
}

void campaign_unload(struct campaigns *all, struct campaign *k)
{
	for (size_t i = 0; i < k->n; i++)
		free(k->members[i].error);
	free(k->members);
	all->n_members -= k->n;
	k->members = NULL;
	k->n = k->room = k->next = 0;
	memset(k->counts, 0, sizeof k->counts);
	k->loaded = false;
}

void campaign_forget(struct campaigns *all, struct campaign *k)
{
	campaign_unload(all, k);
	HASH_DEL(all->by_id, k);
	for (unsigned i = 0; i < CAMP_COLUMNS; i++)
		free(k->columns[i]);
	free(k);
}
