#include "component/load.h"

#include <errno.h>
#include <string.h>

#include "common/clock.h"
#include "common/log.h"
#include "component/campaign_recover.h"
#include "component/campaign_table.h"
#include "component/decommission.h"
#include "component/journal.h"
#include "component/presence.h"
#include "component/route.h"

#define LOG_MODULE "load"

static bool load_device_row(void *arg, const char *const *row, uint64_t offset)
{
	struct component *c = arg;

	(void)offset;
	device_apply(&c->devices, row);
	return true;
}

static void load_token(struct component *c, const struct request *r)
{
	struct token_content content = {
		.operator_ = r->columns[REQ_OPERATOR], .token = r->columns[REQ_TOKEN],
		.device = r->columns[REQ_DEVICE], .command = r->columns[REQ_COMMAND],
		.arguments = r->columns[REQ_ARGUMENTS], .priority = r->columns[REQ_PRIORITY],
		.timeout_s = r->timeout_s,
		.max_attempts = r->max_attempts, .expires_s = (r->expires - r->created) / 1000,
	};

	if (content.token == NULL || content.operator_ == NULL)
		return;
	token_add(&c->tokens, &content, r->id, r->created, clock_wall_ms());
	if (!request_is_open(r))
		token_ended(&c->tokens, content.operator_, content.token, r->id,
		            request_status_name(r->status), 0);
}

static bool load_request_row(void *arg, const char *const *row, uint64_t offset)
{
	struct component *c = arg;
	struct request *r;

	(void)offset;
	if (!uuid7_time(row[REQ_ID], NULL))
		return true;
	/* Only its first row makes one: of what has finally ended nothing is kept. */
	if (row[REQ_DEVICE] == NULL && request_find(&c->requests, row[REQ_ID]) == NULL)
		return true;
	r = request_apply(&c->requests, row);
	uuid7_seen(r->id);
	if (request_is_final(r)) {
		campaign_recover_saw(c, r);
		load_token(c, r);
		request_forget(&c->requests, r);
	}
	return true;
}

static int by_id(struct request *a, struct request *b)
{
	return strcmp(a->id, b->id);
}

/* A row whose device is not in the table: the devices' file was lost. */
static void make_device(struct component *c, const struct request *r)
{
	struct record rec;

	if (device_find(&c->devices, r->columns[REQ_DEVICE]) != NULL)
		return;
	device_record(&rec, r->columns[REQ_DEVICE], clock_wall_ms());
	record_text(&rec, DEV_UNIT, r->columns[REQ_UNIT]);
	presence_commit(c, &rec);
}

int load_tables(struct component *c)
{
	uint64_t appended, base;

	c->device_file = store_file(c->store, "devices/devices", &device_schema);
	if (c->device_file == NULL || store_load(c->device_file, load_device_row, c) != 0) {
		log_error("%s/devices: %s", store_dir(c->store), strerror(errno));
		return -1;
	}
	/* Else many short lives of the program would make it grow for ever. */
	store_sizes(c->device_file, &appended, &base);
	if (appended > 0)
		store_compact(c->device_file);
	device_sorted(&c->devices);
	if (campaign_table_load(c) != 0)
		return -1;
	if (journal_load(c, load_request_row, c) != 0)
		return -1;
	log_info("devices=%zu directory=%s", c->devices.n, store_dir(c->store));
	return 0;
}

/* Our own rows always are; what somebody has written into a file by hand need not be. */
static bool is_whole(const struct request *r)
{
	static const enum request_column needed[] = {
		REQ_COMMAND, REQ_DEVICE, REQ_OPERATOR, REQ_ASKED_BY, REQ_STATUS,
	};

	for (size_t i = 0; i < sizeof needed / sizeof *needed; i++) {
		if (r->columns[needed[i]] == NULL)
			return false;
	}
	return r->created > 0 && r->expires > 0 && r->timeout_s > 0 && r->timeout_s <= INT32_MAX &&
	       r->max_attempts >= 0 && r->max_attempts <= INT32_MAX && r->attempts >= 0 &&
	       r->attempts <= INT32_MAX && r->transmission >= 0 && r->transmission <= INT32_MAX;
}

static bool leave_out(struct component *c, struct request *r)
{
	if (is_whole(r))
		return false;
	log_error("the rows of request %s are not whole: it is left out", r->id);
	request_forget(&c->requests, r);
	return true;
}

void load_resume(struct component *c)
{
	struct request *r, *next;
	unsigned n_open = 0;

	HASH_SORT(c->requests.by_id, by_id);
	HASH_ITER(hh, c->requests.by_id, r, next) {
		if (leave_out(c, r))
			continue;
		load_token(c, r);
		campaign_recover_saw(c, r);
		if (request_is_open(r)) {
			n_open++;
			make_device(c, r);
			life_resume(&c->life, r);
			route_add(c, r);
			/* Rows of transmissions are not waited for. */
			r->may_be_sent = r->device->online;
			/* What runs may still be answered. */
			if (r->device->decommissioned != 0 && r->status == QUEUED)
				decommission_resume(c, r);
		} else {
			route_keep(c, r);
		}
	}
	campaign_recover_end(c);
	tokens_sort(&c->tokens);
	/* units.conf may be another one than before. */
	presence_new_units(c);
	route_check_rights(c);
	if (n_open > 0)
		log_info("open requests from before: %u", n_open);
}
