/* Operators administer devices: urn:platen:device:1, IQ set. */
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/jid.h"
#include "common/log.h"
#include "common/mem.h"
#include "component/ask.h"
#include "component/decommission.h"
#include "component/handle.h"
#include "component/page.h"
#include "component/presence.h"
#include "component/rename.h"
#include "component/resolve.h"
#include "component/rights.h"
#include "component/unassigned.h"
#include "component/view.h"
#include "component/warning.h"

#define LOG_MODULE "administer"

/* Each: the ticket of the row as it then is, or 0 with *error. */

/* Nothing has changed, and yet the answer says what is on disk. */
static uint64_t confirm(struct component *c, const struct device *d)
{
	struct record rec;

	device_record(&rec, d->jid, clock_wall_ms());
	return presence_commit_synced(c, &rec);
}

static uint64_t run_decommission(struct call *call, struct device *d, struct stanza_error *error)
{
	(void)error;
	return d->decommissioned == 0 ? decommission(call->c, d) : confirm(call->c, d);
}

/* It is in use again, under this account. */
static uint64_t run_commission(struct call *call, struct device *d, struct stanza_error *error)
{
	const struct unassigned_entry *e = unassigned_find(&call->c->unassigned, d->jid);
	bool was_out = d->decommissioned != 0;
	struct record rec;
	uint64_t ticket;

	if (!rename_may_undo(call->c, call->bare, d, "commission", error))
		return 0;
	device_record(&rec, d->jid, clock_wall_ms());
	rename_undo(call->c, d, &rec);
	record_time(&rec, DEV_DECOMMISSIONED, 0);
	if (was_out && e != NULL)
		record_text(&rec, DEV_STREAM, e->full);
	ticket = presence_commit_synced(call->c, &rec);
	if (was_out)
		ask_soon(call->c, d);
	return ticket;
}

/* In the unit of the new account, too, where that is another one. */
static void record_rename(struct call *call, const struct device *d)
{
	const struct device *n = device_linked(&call->c->devices, d, DEV_SUCCESSOR);
	const char *unit = device_text(n, DEV_UNIT);
	struct audit_event *e = &call->audit;

	e->text = mem_printf("to %s", n->jid);
	if (unit == NULL || device_has(d, DEV_UNIT, unit))
		return;
	mem_set(&e->other, n->jid);
	mem_set(&e->other_unit, unit);
	e->other_text = mem_printf("from %s", d->jid);
}

static uint64_t run_rename(struct call *call, struct device *d, struct stanza_error *error)
{
	uint64_t ticket;

	if (d->decommissioned == 0) {
		ticket = rename_device(call->c, call->bare, d, xml_get(call->payload, "to"), error);
		if (ticket != 0)
			record_rename(call, d);
		return ticket;
	}
	error->condition = "item-not-found";
	error->app_condition = "decommissioned";
	error->text = decommission_text_for_operator(call->c, call->bare, d);
	return 0;
}

static uint64_t run_acknowledge(struct call *call, struct device *d, struct stanza_error *error)
{
	struct record rec;

	(void)error;
	device_record(&rec, d->jid, clock_wall_ms());
	warning_acknowledge(d, &rec);
	return presence_commit_synced(call->c, &rec);
}

static const struct change {
	const char *name;
	enum resolve_among among;
	bool has_to;
	uint64_t (*run)(struct call *call, struct device *d, struct stanza_error *error);
} changes[] = {
	{ "decommission", RESOLVE_IN_USE, false, run_decommission },
	{ "commission",   RESOLVE_ALL,    false, run_commission },
	{ "rename",       RESOLVE_IN_USE, true,  run_rename },
	{ "acknowledge",  RESOLVE_ALL,    false, run_acknowledge },
};

static const struct change *find_change(const char *name)
{
	const struct change *ch = changes;

	while (strcmp(ch->name, name) != 0)
		ch++;
	return ch;
}

static char *check_to(const char *to)
{
	if (to != NULL && jid_valid(to) && jid_resource(to) == NULL)
		return NULL;
	return mem_strdup("a rename names the new account, a bare JID");
}

/* What is not known could change the meaning: it is refused. */
static char *check_shape(const struct change *ch, const struct xml *el)
{
	const char *const known[] = { "device", ch->has_to ? "to" : NULL, NULL };
	const char *unknown = page_unknown_filter(el, known), *device = xml_get(el, "device");
	const struct xml *child = xml_first(el);

	if (unknown != NULL)
		return mem_printf("unknown attribute \"%.64s\"", unknown);
	if (child != NULL)
		return mem_printf("unknown element <%.64s/>", child->name);
	if (device == NULL || *device == '\0')
		return mem_printf("%s names a device", ch->name);
	return ch->has_to ? check_to(xml_get(el, "to")) : NULL;
}

/* The device that is meant, where the operator has the right; else *error. */
static struct device *find_device(struct call *call, const struct change *ch,
                                  struct stanza_error *error)
{
	struct device *d = resolve_device(call->c, call->bare, xml_get(call->payload, "device"),
	                                  ch->among, error);
	const char *unit;
	unsigned missing;

	if (d == NULL)
		return NULL;
	audit_about(&call->audit, d);
	unit = device_text(d, DEV_UNIT);
	missing = rights_needed(RIGHTS_CHANGE, ch->name) & ~units_rights(call->c->units, call->bare, unit);
	if (missing == 0)
		return d;
	error->condition = "forbidden";
	error->app_condition = "missing-right";
	error->app_name = unit_right_name(missing);
	error->text = mem_printf("%s needs the right \"%s\" in unit %s", ch->name,
	                         unit_right_name(missing), unit);
	return NULL;
}

struct reply handle_administer(struct call *call, struct xml_writer *w)
{
	const struct change *ch = find_change(call->payload->name);
	char *wrong = check_shape(ch, call->payload);
	struct stanza_error error = { 0 };
	uint64_t ticket = 0;
	struct device *d;

	if (wrong != NULL)
		return reply_error("bad-request", wrong);
	d = find_device(call, ch, &error);
	if (d != NULL && !store_has_room(call->c->store))
		return reply_limit("disk", mem_strdup("the component's disk has no room"));
	if (d != NULL)
		ticket = ch->run(call, d, &error);
	if (ticket == 0)
		return (struct reply){ .kind = REPLY_ERROR, .error = error };
	log_info("%s device=%s operator=%s", ch->name, d->jid, call->bare);
	view_device(w, call->c, call->bare, d);
	return (struct reply){ .kind = REPLY_RESULT, .ticket = ticket };
}
