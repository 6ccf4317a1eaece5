/* Devices' answers to execute stanzas. */
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/mem.h"
#include "component/ask.h"
#include "component/execute.h"
#include "component/handle.h"
#include "component/presence.h"
#include "component/route.h"
#include "component/warning.h"

#define LOG_MODULE "outcome"

#define OUTCOME_BYTES 65536
#define TEXT_MAX 1024

static const struct { const char *name; enum request_status status; } statuses[] = {
	{ "done", RESPONDED }, { "failed", FAILED }, { "refused", REFUSED },
	{ "unknown", UNKNOWN }, { "expired", EXPIRED },
};

/* One part of printer data in an outcome: as read, and as text. */
struct figures {
	enum mfp_part part;
	struct mfp m;
	char *text;
	struct figures *next;
};

/* An outcome as it goes into the row; strings are owned. */
struct reading {
	enum request_status status;
	char *condition, *text, *outcome;
	struct figures *figures, **last_figures;
};

static void fail(struct reading *r, const char *condition, char *text)
{
	free(r->condition);
	free(r->text);
	free(r->outcome);
	r->status = FAILED;
	r->condition = mem_strdup(condition);
	r->text = text;
	r->outcome = NULL;
}

static enum mfp_part part_of(const struct xml *el)
{
	for (unsigned part = MFP_COUNTERS; part <= MFP_INFORMATION; part <<= 1) {
		if (xml_is(el, mfp_part_name((enum mfp_part)part), MFP_NS))
			return (enum mfp_part)part;
	}
	return 0;
}

/* A part as our own writer writes it: only what has been checked is kept. */
static char *normal_part(const struct mfp *m, enum mfp_part part)
{
	struct xml_writer w = { 0 };

	mfp_write(m, part, &w);
	return xml_take(&w, NULL);
}

static struct figures *add_figures(struct reading *r, enum mfp_part part)
{
	struct figures *f = mem_zero(1, sizeof *f);

	f->part = part;
	*r->last_figures = f;
	r->last_figures = &f->next;
	return f;
}

/* Printer data is checked figure by figure; what is not ours passes as it is. */
static bool copy_data(struct reading *r, struct xml_writer *w, const struct xml *data, char **why)
{
	struct figures *f;

	if (part_of(data) == 0) {
		xml_copy(w, data);
		return true;
	}
	f = add_figures(r, part_of(data));
	if (!mfp_borrow(&f->m, data, why))
		return false;
	f->text = normal_part(&f->m, f->part);
	xml_raw(w, f->text);
	return true;
}

/* How deep it is, itself being 1; *count grows by its elements. */
static unsigned measure(const struct xml *el, unsigned *count)
{
	unsigned deepest = 0, depth;

	++*count;
	for (el = xml_first(el); el != NULL; el = xml_following(el)) {
		depth = measure(el, count);
		deepest = depth > deepest ? depth : deepest;
	}
	return deepest + 1;
}

/* In a page of rows it is some levels deeper, beside others: what is within these
 * bounds here is within those of a stanza there. */
static bool fits(const struct xml *el)
{
	unsigned count = 0;

	return measure(el, &count) <= xml_limits_payload.depth &&
	       count <= xml_limits_payload.elements;
}

static void read_reason(struct reading *r, const struct xml *reason)
{
	const char *condition = xml_get(reason, "condition");

	/* The row has it before a space; what is no name could not be told again. */
	if (condition == NULL || !stanza_is_name(condition))
		condition = "undefined";
	r->condition = mem_strdup(condition);
	r->text = mem_strndup(xml_text_of(reason), TEXT_MAX);
}

static void copy_reason(struct xml_writer *w, const struct reading *r)
{
	xml_open(w, "reason", NS_OPERATION);
	xml_attr(w, "condition", r->condition);
	xml_text(w, r->text);
	xml_close(w);
}

static void read_outcome(struct reading *r, const struct xml *el)
{
	const struct xml *reason = xml_child(el, "reason", NS_OPERATION), *data;
	struct xml_writer w = { 0 };
	char *why = NULL;
	size_t len;

	if (r->status != RESPONDED)
		read_reason(r, reason);
	xml_open(&w, "outcome", NS_OPERATION);
	xml_attr(&w, "status", xml_get(el, "status"));
	if (reason != NULL && r->status != RESPONDED)
		copy_reason(&w, r);
	for (data = xml_first(el); data != NULL && why == NULL; data = xml_following(data)) {
		if (!xml_is(data, "reason", NS_OPERATION) && !copy_data(r, &w, data, &why))
			break;
	}
	xml_close(&w);
	r->outcome = xml_take(&w, &len);
	if (why != NULL)
		fail(r, "bad-outcome", why);
	else if (len > OUTCOME_BYTES)
		fail(r, "too-large", mem_strdup("the device's outcome is over 64 KiB"));
}

/* What the device says, as a row can hold it. */
static void read_answer(struct reading *r, const struct xml *payload, const char *id,
                        const char *cut)
{
	const char *status = xml_get(payload, "status");
	size_t i, n = sizeof statuses / sizeof *statuses;

	if (cut != NULL) {
		fail(r, "too-large", mem_printf("the device's outcome is %s", cut));
		return;
	}
	if (!xml_is(payload, "outcome", NS_OPERATION) || status == NULL) {
		fail(r, "bad-outcome", mem_strdup("the device answered without an outcome"));
		return;
	}
	if (xml_get(payload, "id") != NULL && strcmp(xml_get(payload, "id"), id) != 0) {
		fail(r, "bad-outcome", mem_strdup("the device's outcome is of another request"));
		return;
	}
	for (i = 0; i < n && strcmp(statuses[i].name, status) != 0; i++)
		;
	if (i == n) {
		fail(r, "bad-outcome", mem_printf("the device's outcome is \"%.64s\", which is none here",
		                                  status));
		return;
	}
	if (!fits(payload)) {
		fail(r, "too-large", mem_printf("the device's outcome is over %u levels or %u elements",
		                                xml_limits_payload.depth, xml_limits_payload.elements));
		return;
	}
	r->status = statuses[i].status;
	read_outcome(r, payload);
}

/* An owned text for a column of the record; one that came before gives way. */
static void put_text(struct record *rec, char **texts, unsigned column, char *text)
{
	free(texts[column]);
	texts[column] = text;
	record_text(rec, column, text);
}

/* When the figures of a column were taken, wall ms; 0: there are none. */
static int64_t taken_of(const char *text)
{
	struct xml *el = text == NULL ? NULL
	               : xml_parse(text, strlen(text), &xml_limits_stanza, NULL);
	const char *taken = xml_get(el, "taken");
	int64_t ms = 0;

	if (taken == NULL || !clock_parse(taken, &ms))
		ms = 0;
	xml_free(el);
	return ms;
}

/* By so much an answer may be late; what is older still is of a clock that was set. */
static bool is_before(int64_t taken, int64_t than)
{
	return taken < than && than - taken < INT64_C(32) * 86400000;
}

/* What the answer holds for the device's row. */
struct harvest {
	struct device *d;
	bool late, any;
	int64_t taken, informed;
	struct record rec;
	struct warning warning;
	char *texts[DEV_COLUMNS];
};

static void note_taken(struct harvest *h, const struct mfp *m)
{
	h->any = true;
	h->taken = m->taken > h->taken ? m->taken : h->taken;
}

static void take_facts(struct harvest *h, const struct mfp *m)
{
	if (h->late && is_before(m->taken, h->d->informed))
		return;
	note_taken(h, m);
	h->informed = m->taken;
	for (size_t i = 0; i < MFP_FACTS; i++) {
		if (presence_fact_counts(i, m->facts[i]))
			put_text(&h->rec, h->texts, DEV_FACTS + (unsigned)i, mem_strdup(m->facts[i]));
	}
	warning_serial(&h->warning, m->facts[FACT_SERIAL], &h->rec);
}

static void take_part(struct harvest *h, struct figures *f)
{
	const unsigned column = f->part == MFP_SUPPLIES ? DEV_SUPPLIES
	                      : f->part == MFP_COUNTERS ? DEV_COUNTERS : DEV_STATUS;
	const char *had = f->part == MFP_SUPPLIES ? h->d->supplies
	                : f->part == MFP_COUNTERS ? h->d->counters : h->d->status;

	if (h->late && is_before(f->m.taken, taken_of(had)))
		return;
	note_taken(h, &f->m);
	if (f->part == MFP_COUNTERS)
		warning_counters(&h->warning, &f->m, h->late, &h->rec);
	put_text(&h->rec, h->texts, column, f->text);
	f->text = NULL;
}

static void store(struct component *c, struct harvest *h)
{
	if (!h->any)
		return;
	/* The newest of all parts. */
	record_time(&h->rec, DEV_TAKEN, is_before(h->taken, h->d->taken) ? h->d->taken : h->taken);
	record_time(&h->rec, DEV_RECEIVED, clock_wall_ms());
	presence_commit(c, &h->rec);
	h->d->informed = h->informed;
}

/* The device's row holds the newest figures that it has sent: what comes late does
 * not replace what is newer. */
static void remember_data(struct component *c, struct device *d, struct figures *figures,
                          bool late)
{
	struct harvest h = { .d = d, .late = late, .informed = d->informed };
	struct figures *f;

	warning_begin(&h.warning, &c->devices, d);
	device_record(&h.rec, d->jid, clock_wall_ms());
	for (f = figures; f != NULL; f = f->next) {
		if (f->part == MFP_INFORMATION)
			take_facts(&h, &f->m);
		else
			take_part(&h, f);
	}
	store(c, &h);
	warning_end(&h.warning, d);
	for (unsigned i = 0; i < DEV_COLUMNS; i++)
		free(h.texts[i]);
}

static void reading_clear(struct reading *r)
{
	struct figures *f, *next;

	for (f = r->figures; f != NULL; f = next) {
		next = f->next;
		mfp_clear(&f->m);
		free(f->text);
		free(f);
	}
	free(r->condition);
	free(r->text);
	free(r->outcome);
}

static void on_result(struct call *call, struct request *r, const char *cut)
{
	struct reading reading = { .status = FAILED };
	struct component *c = call->c;
	struct device *d = device_find(&c->devices, call->bare);

	reading.last_figures = &reading.figures;
	read_answer(&reading, call->payload, r->id, cut);
	if (reading.status == RESPONDED && d != NULL)
		remember_data(c, d, reading.figures, !request_is_open(r));
	if (!life_answer(&c->life, r, &(struct life_outcome){ reading.status, reading.condition,
	                                                      reading.text, reading.outcome }))
		c->dropped_outcomes++;
	reading_clear(&reading);
}

/* Undelivered: the device is not where we thought. */
static void on_bounce(struct call *call, struct request *r, int64_t number)
{
	struct device *d = r->device;
	struct component *c = call->c;
	char *full;

	if (r->status != TRANSMITTED || number != r->transmission)
		return;
	full = mem_strdup(call->from);
	/* Nothing goes to that stream any more, also if this bounce ends the request. */
	presence_left(c, d, full, "bounced");
	route_bounced(c, r);
	route_lost(c, d, full, "bounced");
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
	if (r == NULL || number < 1 || number > r->transmission ||
	    strcmp(r->columns[r->columns[REQ_VIA] != NULL ? REQ_VIA : REQ_DEVICE], call->bare) != 0) {
		call->c->dropped_outcomes++;
		log_debug("dropped an outcome: nothing of this kind was asked from=%s id=%s", call->from,
		         call->id);
		return true;
	}
	if (is_error)
		on_bounce(call, r, number);
	else
		on_result(call, r, cut);
	return true;
}
