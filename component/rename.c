#include "component/rename.h"

#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/jid.h"
#include "common/log.h"
#include "common/mem.h"
#include "component/decommission.h"
#include "component/presence.h"
#include "component/resolve.h"
#include "component/rights.h"

#define LOG_MODULE "rename"

static bool was_there(const struct device *d)
{
	return d->since != 0;
}

/* The account may be another device's, or the same device may have come first. */
static bool is_free(const struct device *old, const struct device *n)
{
	const char *serial = device_fact(old, FACT_SERIAL), *other = device_fact(n, FACT_SERIAL);

	if (device_text(n, DEV_SUCCESSOR) != NULL)
		return false;
	/* A crash may have left the first of a rename's two rows alone. */
	if (device_has(n, DEV_PREDECESSOR, old->jid) &&
	    (device_text(old, DEV_SUCCESSOR) == NULL || device_has(old, DEV_SUCCESSOR, n->jid)))
		return true;
	if (device_text(n, DEV_PREDECESSOR) != NULL)
		return false;
	if (!was_there(n))
		return true;
	return n->decommissioned == 0 && serial != NULL && other != NULL &&
	       strcmp(serial, other) == 0;
}

static void refuse(struct stanza_error *e, const char *condition, const char *own, char *text)
{
	e->condition = condition;
	e->app_condition = own;
	e->text = text;
}

static void refuse_right(struct stanza_error *e, const char *element, unsigned missing,
                         const char *unit)
{
	unsigned first = missing & RIGHT_ADMIN ? RIGHT_ADMIN : missing;

	refuse(e, "forbidden", "missing-right",
	       mem_printf("%s needs the right \"%s\" in unit %s", element, unit_right_name(first), unit));
	e->app_name = unit_right_name(first);
}

/* The row that says it took the device's place. */
static struct device *linked_successor(const struct component *c, const struct device *d)
{
	struct device *n = device_linked(&c->devices, d, DEV_SUCCESSOR);

	return n != NULL && device_has(n, DEV_PREDECESSOR, d->jid) ? n : NULL;
}

bool rename_may_undo(const struct component *c, const char *operator_, const struct device *d,
                     const char *element, struct stanza_error *e)
{
	const struct device *n = linked_successor(c, d);
	const char *unit = n == NULL ? NULL : device_text(n, DEV_UNIT);
	unsigned missing = unit == NULL ? 0
	                 : rights_needed(RIGHTS_CHANGE, element) &
	                   ~units_rights(c->units, operator_, unit);

	if (missing != 0)
		refuse_right(e, element, missing, unit);
	return missing == 0;
}

static bool check_right(const struct component *c, const char *operator_, const char *unit,
                        const char *to, struct stanza_error *e)
{
	unsigned has = unit == NULL ? 0 : units_rights(c->units, operator_, unit);
	unsigned missing = rights_needed(RIGHTS_CHANGE, "rename") & ~has;

	if (unit == NULL || (missing & RIGHT_VIEW)) {
		refuse(e, "item-not-found", "unknown-device",
		       mem_printf("no unit of yours has %.256s", to));
		return false;
	}
	if (missing == 0)
		return true;
	refuse_right(e, "rename", missing, unit);
	return false;
}

/* Decommissioned, and not only made by a rename that was undone. */
static bool is_out(const struct device *n)
{
	return n->decommissioned != 0 && (was_there(n) || device_text(n, DEV_SUCCESSOR) != NULL);
}

static void refuse_unready(const struct component *c, const char *operator_,
                           const struct device *d, const struct device *before,
                           struct stanza_error *e)
{
	const char *name = resolve_visible(c, operator_, before->jid);

	refuse(e, "conflict", "known-device",
	       mem_printf("%s has not taken the place of %s yet: rename that one", d->jid,
	                  name == NULL ? "another account" : name));
}

static bool check(const struct component *c, const char *operator_, const struct device *d,
                  const char *to, struct stanza_error *e)
{
	const struct device *n = device_find(&c->devices, to), *before;

	if (strcmp(to, d->jid) == 0) {
		refuse(e, "bad-request", NULL, mem_printf("%s is its account already", to));
		return false;
	}
	if (!check_right(c, operator_, units_of_device(c->units, to), to, e))
		return false;
	before = device_linked(&c->devices, d, DEV_PREDECESSOR);
	if (before != NULL && device_has(before, DEV_SUCCESSOR, d->jid) && before->decommissioned == 0)
		refuse_unready(c, operator_, d, before, e);
	else if (n != NULL && is_out(n))
		refuse(e, "item-not-found", "decommissioned",
		       mem_printf("%s was decommissioned: commission it", to));
	else if (n != NULL && !is_free(d, n))
		refuse(e, "conflict", "known-device", mem_printf("%s is another device", to));
	else
		return device_has(d, DEV_SUCCESSOR, to) ||
		       rename_may_undo(c, operator_, d, "rename", e);
	return false;
}

/* What the new account's row does not say yet. */
static void inherit(struct record *rec, const struct device *old, const struct device *n)
{
	static const struct device none;

	n = n == NULL ? &none : n;
	for (size_t i = 0; i < MFP_FACTS; i++) {
		if (device_fact(n, i) == NULL && device_fact(old, i) != NULL)
			record_text(rec, DEV_FACTS + (unsigned)i, device_fact(old, i));
	}
	if (n->supplies == NULL && old->supplies != NULL)
		record_text(rec, DEV_SUPPLIES, old->supplies);
	if (n->counters == NULL && old->counters != NULL)
		record_text(rec, DEV_COUNTERS, old->counters);
	if (n->status == NULL && old->status != NULL)
		record_text(rec, DEV_STATUS, old->status);
	if (n->taken == 0 && old->taken != 0)
		record_time(rec, DEV_TAKEN, old->taken);
	if (n->received == 0 && old->received != 0)
		record_time(rec, DEV_RECEIVED, old->received);
}

static void make_successor(struct component *c, const struct device *old, const char *to)
{
	const struct device *n = device_find(&c->devices, to);
	struct record rec;

	device_record(&rec, to, clock_wall_ms());
	record_text(&rec, DEV_UNIT, units_of_device(c->units, to));
	if (n == NULL)
		record_text(&rec, DEV_ONLINE, "false");
	record_text(&rec, DEV_PREDECESSOR, old->jid);
	record_time(&rec, DEV_DECOMMISSIONED, 0);
	inherit(&rec, old, n);
	presence_commit_synced(c, &rec);
}

/* A row that only a rename has made says nothing of its own. */
static void forget_what_is_known(struct record *rec)
{
	for (unsigned i = DEV_FACTS; i <= DEV_STATUS; i++)
		record_text(rec, i, "");
}

void rename_undo(struct component *c, const struct device *d, struct record *rec)
{
	struct device *n = linked_successor(c, d);
	struct record other;

	if (device_text(d, DEV_SUCCESSOR) == NULL)
		return;
	record_text(rec, DEV_SUCCESSOR, "");
	if (n == NULL)
		return;
	device_record(&other, n->jid, clock_wall_ms());
	record_text(&other, DEV_PREDECESSOR, "");
	if (!was_there(n))
		forget_what_is_known(&other);
	presence_commit_synced(c, &other);
	if (!was_there(n))
		decommission(c, n);
}

uint64_t rename_device(struct component *c, const char *operator_, struct device *d,
                       const char *to, struct stanza_error *error)
{
	char *bare = jid_bare(to);
	uint64_t ticket = 0, later;
	struct device *n;
	struct record rec;

	if (!check(c, operator_, d, bare, error))
		goto out;
	device_record(&rec, d->jid, clock_wall_ms());
	n = linked_successor(c, d);
	if (n == NULL || strcmp(n->jid, bare) != 0 || n->decommissioned != 0) {
		if (n != NULL && strcmp(n->jid, bare) != 0)
			rename_undo(c, d, &rec);
		make_successor(c, d, bare);
		record_text(&rec, DEV_SUCCESSOR, bare);
		log_info("renamed device=%s to=%s operator=%s", d->jid, bare, operator_);
	}
	ticket = presence_commit_synced(c, &rec);
	n = device_find(&c->devices, bare);
	later = n->online ? decommission_predecessor(c, n) : 0;
	ticket = later > ticket ? later : ticket;
out:
	free(bare);
	return ticket;
}
