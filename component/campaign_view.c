#include "component/campaign_view.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/mem.h"
#include "component/campaign_run.h"
#include "component/device.h"
#include "component/optional.h"
#include "component/outbox.h"
#include "component/stanza.h"
#include "component/unit_count.h"
#include "component/view.h"

/* A stanza is to hold no more of them, nor a dry run's answer more devices. */
#define UNITS_SHOWN 100
#define DRY_DEVICES 20

/* Left open. */
static void view_unit(struct xml_writer *w, const struct unit_count *u)
{
	xml_open(w, "unit", NS_OPERATION);
	xml_attr(w, "name", u->name);
	xml_attr_int(w, "members", (int64_t)u->members);
	xml_attr_int(w, "online", (int64_t)u->online);
}

/* Their names stand in lines. The last one is of those that are too many. */
static void view_units(struct xml_writer *w, const char *lines)
{
	char *copy = mem_strdup(optional_text(lines)), *rest = copy, *name;
	size_t n = 0;

	while ((name = strsep(&rest, "\n")) != NULL && n++ < UNITS_SHOWN) {
		xml_open(w, "unit", NS_OPERATION);
		xml_attr(w, "name", name);
		xml_close(w);
	}
	if (name != NULL) {
		for (n = 1; strsep(&rest, "\n") != NULL; n++)
			;
		xml_open(w, "unit", NS_OPERATION);
		xml_attr_int(w, "units", (int64_t)n);
		xml_close(w);
	}
	free(copy);
}

static void view_counts(struct xml_writer *w, const char *const *row)
{
	xml_open(w, "counts", NS_OPERATION);
	for (unsigned i = 0; i < MEMBER_STATUSES; i++)
		xml_attr(w, member_status_name((enum member_status)i), optional_text(row[CAMP_COUNTS + i]));
	xml_close(w);
}

static void view_extras(struct xml_writer *w, const struct campaign_extras *extras)
{
	char when[CLOCK_STRING];

	if (extras->estimate != 0)
		xml_attr(w, "estimate", clock_format(extras->estimate, when));
	if (extras->more)
		xml_attr(w, "more", "true");
	if (extras->is_retry)
		xml_attr_int(w, "retried", (int64_t)extras->retried);
}

void campaign_view_open(struct xml_writer *w, const char *const *row,
                        const struct campaign_extras *extras)
{
	static const struct { const char *name; enum campaign_column column; } shown[] = {
		{ "id", CAMP_ID }, { "status", CAMP_STATUS }, { "cause", CAMP_CAUSE }, { "by", CAMP_BY },
		{ "name", CAMP_NAME }, { "command", CAMP_COMMAND }, { "operator", CAMP_OPERATOR },
		{ "asked_by", CAMP_ASKED_BY }, { "created", CAMP_CREATED }, { "ended", CAMP_ENDED },
		{ "rate", CAMP_RATE }, { "growth", CAMP_GROWTH }, { "rate-max", CAMP_RATE_MAX },
		{ "rate-now", CAMP_RATE_NOW }, { "abort", CAMP_ABORT }, { "abort-after", CAMP_ABORT_AFTER },
		{ "timeout", CAMP_TIMEOUT }, { "attempts", CAMP_ATTEMPTS }, { "expires", CAMP_EXPIRES },
		{ "members", CAMP_MEMBERS },
	};

	xml_open(w, "campaign", NS_OPERATION);
	for (size_t i = 0; i < sizeof shown / sizeof *shown; i++)
		xml_attr(w, shown[i].name, optional_text(row[shown[i].column]));
	view_extras(w, extras);
	if (optional_text(row[CAMP_SELECT]) != NULL)
		xml_raw(w, row[CAMP_SELECT]);
	if (optional_text(row[CAMP_ARGUMENTS]) != NULL)
		xml_raw(w, row[CAMP_ARGUMENTS]);
	view_counts(w, row);
	view_units(w, row[CAMP_UNITS]);
}

void campaign_view_row(struct xml_writer *w, const char *const *row)
{
	campaign_view_open(w, row, &(struct campaign_extras){ 0 });
	xml_close(w);
}

static void view_now(struct xml_writer *w, const struct campaign *k, struct campaign_extras extras)
{
	struct record rec;

	campaign_record(k, &rec, clock_wall_ms());
	extras.estimate = campaign_run_estimate(k);
	campaign_view_open(w, rec.values, &extras);
	xml_close(w);
}

void campaign_view(struct xml_writer *w, const struct campaign *k)
{
	view_now(w, k, (struct campaign_extras){ 0 });
}

void campaign_view_retried(struct xml_writer *w, const struct campaign *k, size_t n)
{
	view_now(w, k, (struct campaign_extras){ .is_retry = true, .retried = n });
}

static void view_counted(struct xml_writer *w, const struct unit_count *all)
{
	struct unit_count more = { 0 };
	size_t n = 0;

	for (const struct unit_count *u = all; u != NULL; u = u->hh.next) {
		if (n++ < UNITS_SHOWN) {
			view_unit(w, u);
			xml_close(w);
		}
		more.members += n > UNITS_SHOWN ? u->members : 0;
		more.online += n > UNITS_SHOWN ? u->online : 0;
	}
	if (n > UNITS_SHOWN) {
		view_unit(w, &more);
		xml_attr_int(w, "units", (int64_t)(n - UNITS_SHOWN));
		xml_close(w);
	}
}

static void view_dry_member(struct xml_writer *w, const struct device *d)
{
	xml_open(w, "member", NS_OPERATION);
	xml_attr(w, "device", d->jid);
	xml_attr(w, "unit", device_text(d, DEV_UNIT));
	xml_attr(w, "online", d->online ? "true" : "false");
	xml_close(w);
}

void campaign_view_dry(struct xml_writer *w, const char *command, const struct campaign_selected *s)
{
	struct unit_count *units = NULL;
	size_t online = 0;

	for (size_t i = 0; i < s->n; i++) {
		unit_count_add(&units, device_text(s->devices[i], DEV_UNIT), s->devices[i]->online);
		online += s->devices[i]->online;
	}
	xml_open(w, "campaign", NS_OPERATION);
	xml_attr(w, "dry-run", "true");
	xml_attr(w, "command", command);
	xml_attr_int(w, "members", (int64_t)s->n);
	xml_attr_int(w, "online", (int64_t)online);
	view_counted(w, units);
	for (size_t i = 0; i < s->n && i < DRY_DEVICES; i++)
		view_dry_member(w, s->devices[i]);
	xml_close(w);
	unit_count_free(&units);
}

void campaign_view_member_row(struct xml_writer *w, const char *const *row)
{
	xml_open(w, "member", NS_OPERATION);
	xml_attr(w, "device", row[MEMBER_DEVICE]);
	xml_attr(w, "unit", optional_text(row[MEMBER_UNIT]));
	xml_attr(w, "status", optional_text(row[MEMBER_STATUS]));
	xml_attr(w, "request", optional_text(row[MEMBER_REQUEST]));
	xml_attr(w, "attempts", optional_text(row[MEMBER_ATTEMPTS]));
	if (optional_text(row[MEMBER_ERROR]) != NULL)
		view_error(w, row[MEMBER_ERROR]);
	xml_close(w);
}

void campaign_view_member(struct xml_writer *w, const struct component *c, const struct member *m)
{
	const struct request *r = m->status == MEMBER_OPEN ? request_find(&c->requests, m->request) : NULL;
	struct record rec = { 0 };

	record_text(&rec, MEMBER_DEVICE, m->device->jid);
	record_text(&rec, MEMBER_UNIT, device_text(m->device, DEV_UNIT));
	record_text(&rec, MEMBER_STATUS, r != NULL ? request_status_name(r->status)
	                                           : member_status_name(m->status));
	record_text(&rec, MEMBER_REQUEST, m->request);
	record_int(&rec, MEMBER_ATTEMPTS, m->attempts);
	record_text(&rec, MEMBER_ERROR, m->error);
	campaign_view_member_row(w, rec.values);
}

/* What any chat client shows: "firmware 7.2 (reboot): finished, 1900 responded, 100 failed". */
static void body(struct xml_writer *w, const struct campaign *k)
{
	const char *name = k->columns[CAMP_NAME];
	char count[48];

	xml_open(w, "body", NULL);
	xml_text(w, name == NULL ? k->id : name);
	xml_text(w, " (");
	xml_text(w, k->columns[CAMP_COMMAND]);
	xml_text(w, "): ");
	xml_text(w, campaign_status_name(k->status));
	for (unsigned i = 0; i < MEMBER_STATUSES; i++) {
		if (k->counts[i] == 0)
			continue;
		snprintf(count, sizeof count, ", %zu %s", k->counts[i],
		         member_status_name((enum member_status)i));
		xml_text(w, count);
	}
	xml_close(w);
}

void campaign_tell_ended(struct component *c, const struct campaign *k)
{
	struct xml_writer w = { 0 };

	stanza_open(&w, "message", "headline", k->columns[CAMP_ASKED_BY], k->id);
	body(&w, k);
	campaign_view(&w, k);
	xml_close(&w);
	outbox_send(c->outbox, k->ticket, &w);
}
