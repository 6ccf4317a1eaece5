#include "component/campaign_table.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/jid.h"
#include "common/log.h"
#include "common/mem.h"
#include "component/day.h"
#include "component/presence.h"

#define LOG_MODULE "campaign"

/* Between two tries to merge what is over. */
#define RETIRE_AGAIN_MS 600000

static struct store_file *day_file(struct component *c, const char *id)
{
	char name[DAYS_NAME];
	int64_t when = 0;

	uuid7_time(id, &when);
	days_name(CAMPAIGN_FOLDER, when, name);
	return store_file(c->store, name, &campaign_schema);
}

static struct store_file *members_file(struct component *c, const char *id)
{
	char *name = mem_printf(CAMPAIGN_FOLDER "/%s", id);
	struct store_file *f = store_file(c->store, name, &member_schema);

	free(name);
	return f;
}

bool campaign_table_ready(struct component *c, const char *id)
{
	if (day_file(c, id) != NULL && members_file(c, id) != NULL)
		return true;
	log_error("the files of campaign %s cannot be used: %s", id, strerror(errno));
	return false;
}

struct campaign *campaign_commit(struct component *c, const struct record *rec, bool lazy)
{
	struct store_file *f = day_file(c, rec->values[CAMP_ID]);
	uint64_t ticket = 0;
	struct campaign *k;

	assert(f != NULL);
	if (lazy)
		store_append_lazy(f, rec->values);
	else
		ticket = store_append(f, rec->values);
	k = campaign_apply(&c->campaigns, rec->values);
	k->owner = c;
	if (ticket != 0)
		k->ticket = ticket;
	return k;
}

struct member *campaign_member_commit(struct component *c, struct campaign *k,
                                      struct device *device, const struct record *rec, bool lazy)
{
	if (k->file == NULL)
		k->file = members_file(c, k->id);
	assert(k->file != NULL);
	/* While the disk fails the store may drop what is lazy, and until the next start nothing
	 * would write it again. */
	if (lazy && store_has_room(c->store))
		store_append_lazy(k->file, rec->values);
	else
		store_append(k->file, rec->values);
	return campaign_member_apply(&c->campaigns, k, device, rec->values);
}

/* Reading. */

/* Our own rows always are; what somebody has written into a file by hand need not be. */
static bool is_whole(const char *const *row)
{
	static const enum campaign_column needed[] = {
		CAMP_STATUS, CAMP_COMMAND, CAMP_OPERATOR, CAMP_ASKED_BY, CAMP_UNITS, CAMP_SELECT,
		CAMP_CREATED, CAMP_MEMBERS,
	};
	enum campaign_status status;

	for (size_t i = 0; i < sizeof needed / sizeof *needed; i++) {
		if (row[needed[i]] == NULL || *row[needed[i]] == '\0')
			return false;
	}
	return uuid7_time(row[CAMP_ID], NULL) && campaign_status_parse(row[CAMP_STATUS], &status);
}

static bool load_row(void *arg, const char *const *row, uint64_t offset)
{
	struct component *c = arg;

	(void)offset;
	if (!is_whole(row)) {
		log_error("a row of campaign %s is not whole: it is left out", row[CAMP_ID]);
		return true;
	}
	uuid7_seen(row[CAMP_ID]);
	campaign_apply(&c->campaigns, row)->owner = c;
	return true;
}

struct loading {
	struct component *c;
	struct campaign *k;
};

/* Its device's row was lost with the devices' file. */
static struct device *make_device(struct component *c, const char *const *row)
{
	struct record rec;

	if (!jid_valid(row[MEMBER_DEVICE]) || jid_resource(row[MEMBER_DEVICE]) != NULL)
		return NULL;
	device_record(&rec, row[MEMBER_DEVICE], clock_wall_ms());
	record_text(&rec, DEV_UNIT, row[MEMBER_UNIT]);
	presence_commit(c, &rec);
	return device_find(&c->devices, row[MEMBER_DEVICE]);
}

static bool load_member(void *arg, const char *const *row, uint64_t offset)
{
	const struct loading *l = arg;
	struct device *d = device_find(&l->c->devices, row[MEMBER_DEVICE]);

	(void)offset;
	if (d == NULL)
		d = make_device(l->c, row);
	/* More than there can be are not of our making. */
	if (d != NULL && l->k->n < CAMPAIGN_MEMBERS_MAX)
		campaign_member_apply(&l->c->campaigns, l->k, d, row);
	return true;
}

bool campaign_table_members(struct component *c, struct campaign *k)
{
	struct loading l = { c, k };

	if (k->loaded)
		return true;
	k->file = members_file(c, k->id);
	if (k->file == NULL || store_load(k->file, load_member, &l) != 0) {
		log_error("cannot read %s/" CAMPAIGN_FOLDER "/%s: %s", store_dir(c->store), k->id,
		          strerror(errno));
		campaign_unload(&c->campaigns, k);
		return false;
	}
	k->loaded = true;
	return true;
}

/* A sealed day that nothing follows has only campaigns that are over. */
static int load_day(struct component *c, int64_t midnight)
{
	char name[DAYS_NAME], *base;
	struct day d;
	int rc;

	days_name(CAMPAIGN_FOLDER, midnight, name);
	base = mem_printf("%s/%s", store_dir(c->store), name);
	rc = day_open(&d, base, &campaign_schema);
	if (rc == 0 && d.n_rest > 0 &&
	    store_file_read(c->store, name, &campaign_schema, load_row, c) == NULL)
		rc = -1;
	if (rc != 0)
		log_error("cannot read %s/%s: %s", store_dir(c->store), name, strerror(errno));
	day_close(&d);
	free(base);
	return rc;
}

int campaign_table_load(struct component *c)
{
	int64_t *days;
	int n = days_list(store_dir(c->store), CAMPAIGN_FOLDER, &days), rc = n < 0 ? -1 : 0;

	if (n < 0)
		log_error("cannot list %s/" CAMPAIGN_FOLDER ": %s", store_dir(c->store), strerror(errno));
	while (n-- > 0 && rc == 0)
		rc = load_day(c, days[n]);
	free(days);
	for (struct campaign *k = c->campaigns.by_id; k != NULL && rc == 0; k = k->hh.next)
		rc = campaign_table_members(c, k) ? 0 : -1;
	return rc;
}

static bool find_row(void *arg, const char *const *row, uint64_t offset)
{
	const struct loading *l = arg;

	(void)offset;
	if (strcmp(row[CAMP_ID], l->k->id) == 0 && is_whole(row))
		campaign_apply(&l->c->campaigns, row)->owner = l->c;
	return true;
}

static int read_one(struct component *c, struct campaign *wanted, const char *base)
{
	struct days_span span = { .id = wanted->id };
	struct loading l = { c, wanted };
	const char *const *row;
	struct day d;
	int rc = day_open(&d, base, &campaign_schema);

	if (rc == 0)
		rc = day_begin(&d, &span);
	if (rc == 0 && (rc = day_next(&d, &span, &row)) > 0)
		rc = find_row(&l, row, 0) ? 0 : -1;
	if (rc == 0)
		rc = day_read_rest(&d, find_row, &l);
	day_close(&d);
	return rc;
}

struct campaign *campaign_table_find(struct component *c, const char *id)
{
	struct campaign *k = campaign_find(&c->campaigns, id), wanted = { .id = "" };
	char name[DAYS_NAME], *base;
	int64_t when;

	if (k != NULL || !uuid7_time(id, &when))
		return k;
	memcpy(wanted.id, id, sizeof wanted.id);
	days_name(CAMPAIGN_FOLDER, when, name);
	base = mem_printf("%s/%s", store_dir(c->store), name);
	if (read_one(c, &wanted, base) != 0 && errno != ENOENT)
		log_error("cannot read %s: %s", base, strerror(errno));
	free(base);
	return campaign_find(&c->campaigns, id);
}

/* The end. */

static void on_merged(void *arg, int rc)
{
	struct campaign *k = arg;
	struct component *c = k->owner;

	k->retiring = false;
	if (!campaign_has_ended(k))
		return;
	if (rc != 0) {
		deadline_set(&c->deadlines, &k->deadline, clock_mono_ms() + RETIRE_AGAIN_MS);
		return;
	}
	deadline_clear(&c->deadlines, &k->deadline);
	campaign_forget(&c->campaigns, k);
}

void campaign_table_retire(struct component *c, struct campaign *k)
{
	char *name;

	if (k->retiring)
		return;
	/* Nobody has changed it since it was found on disk. */
	if (!k->loaded) {
		deadline_clear(&c->deadlines, &k->deadline);
		campaign_forget(&c->campaigns, k);
		return;
	}
	k->retiring = true;
	name = mem_printf(CAMPAIGN_FOLDER "/%s", k->id);
	if (store_compact_name(c->store, name, &member_schema, on_merged, k) != 0)
		on_merged(k, -1);
	free(name);
}
