#include "operator/row.h"

#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/mem.h"
#include "operator/fault.h"

static const enum mfp_part parts[] = { MFP_COUNTERS, MFP_SUPPLIES, MFP_STATUS, MFP_INFORMATION };

static const struct {
	const char *name;
	int exit;            /* -1: open */
} statuses[] = {
	{ "queued", -1 }, { "transmitted", -1 }, { "running", -1 }, { "cancelling", -1 },
	{ "responded", EXIT_OK },
	{ "failed", EXIT_REFUSED }, { "refused", EXIT_REFUSED }, { "cancelled", EXIT_REFUSED },
	{ "unknown", EXIT_NO_ANSWER }, { "expired", EXIT_NO_ANSWER },
	{ "no-response", EXIT_NO_ANSWER },
};

#define STATUSES (sizeof statuses / sizeof *statuses)

static size_t find_status(const char *name)
{
	size_t i = 0;

	while (i < STATUSES && (name == NULL || strcmp(statuses[i].name, name) != 0))
		i++;
	return i;
}

const char *row_status_name(size_t i)
{
	return i < STATUSES ? statuses[i].name : NULL;
}

bool row_status_known(const char *status)
{
	return find_status(status) < STATUSES;
}

int row_request_exit(const struct row_request *r)
{
	size_t i = find_status(r->status);

	if (i < STATUSES)
		return statuses[i].exit;
	return r->ended == ROW_NO_TIME ? -1 : EXIT_NO_ANSWER;
}

static char *text(const struct xml *el, const char *attr)
{
	return mem_strdup(xml_get(el, attr));
}

static int64_t time_of(const struct xml *el, const char *attr)
{
	const char *s = xml_get(el, attr);
	int64_t ms;

	return s != NULL && clock_parse(s, &ms) ? ms : ROW_NO_TIME;
}

static struct mfp_number number(const struct xml *el, const char *attr)
{
	struct mfp_number n = { 0 };

	n.known = xml_get_int(el, attr, &n.value);
	return n;
}

/* The part that el is; 0 if it is none that can be read. */
static enum mfp_part read_part(struct mfp *m, const struct xml *el)
{
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
		if (xml_is(el, mfp_part_name(parts[i]), MFP_NS))
			return mfp_read(m, el, NULL) ? parts[i] : 0;
	}
	return 0;
}

/* The reason of a failure is the request's error, progress is none yet: no data. */
static const struct xml *data_from(const struct xml *el)
{
	while (el != NULL && (xml_is(el, "reason", ROW_OPERATION_NS) ||
	                      xml_is(el, "progress", ROW_OPERATION_NS)))
		el = xml_following(el);
	return el;
}

static void read_progress(struct row_outcome *o, const struct xml *el)
{
	const char *said = xml_text_of(el);

	o->percent = number(el, "percent");
	o->percent.known &= o->percent.value >= 0 && o->percent.value <= 100;
	o->progress = *said == '\0' ? NULL : mem_strdup(said);
}

static void read_outcome(struct row_outcome *o, const struct xml *el)
{
	const struct xml *first = data_from(xml_first(el)), *c;
	struct xml_writer w = { 0 };

	o->said = el != NULL;
	o->status = text(el, "status");
	read_progress(o, xml_child(el, "progress", ROW_OPERATION_NS));
	if (first == NULL)
		return;
	if (data_from(xml_following(first)) == NULL)
		o->part = read_part(&o->data, first);
	if (o->part != 0)
		return;
	for (c = first; c != NULL; c = data_from(xml_following(c)))
		xml_copy(&w, c);
	o->xml = xml_take(&w, NULL);
}

static bool is_running(const struct row_request *r)
{
	const char *said = r->outcome.status;

	return row_request_exit(r) < 0 &&
	       ((r->status != NULL && strcmp(r->status, "running") == 0) ||
	        (said != NULL && strcmp(said, "in-progress") == 0));
}

void row_request_read(struct row_request *r, const struct xml *el)
{
	const struct xml *error = xml_child(el, "error", ROW_OPERATION_NS);
	const char *late = xml_get(el, "late");

	memset(r, 0, sizeof *r);
	r->id = text(el, "id");
	r->device = text(el, "device");
	r->via = text(el, "via");
	r->command = text(el, "command");
	r->operator_ = text(el, "operator");
	r->unit = text(el, "unit");
	r->status = text(el, "status");
	r->cause = text(el, "cause");
	r->created = time_of(el, "created");
	r->transmitted = time_of(el, "transmitted");
	r->responded = time_of(el, "responded");
	r->ended = time_of(el, "ended");
	r->expires = time_of(el, "expires");
	r->response_ms = number(el, "response_ms");
	r->attempts = number(el, "attempts");
	r->max_attempts = number(el, "max_attempts");
	r->late = late != NULL && (strcmp(late, "true") == 0 || strcmp(late, "1") == 0);
	r->error_condition = text(error, "condition");
	r->error_text = error == NULL ? NULL : mem_strdup(xml_text_of(error));
	read_outcome(&r->outcome, xml_child(el, "outcome", ROW_OPERATION_NS));
	r->running = is_running(r);
}

void row_request_clear(struct row_request *r)
{
	char *strings[] = { r->id, r->device, r->via, r->command, r->operator_, r->unit, r->status,
	                    r->cause, r->error_condition, r->error_text, r->outcome.status,
	                    r->outcome.progress, r->outcome.xml };

	for (size_t i = 0; i < sizeof strings / sizeof *strings; i++)
		free(strings[i]);
	mfp_clear(&r->outcome.data);
	memset(r, 0, sizeof *r);
}

static int truth(const struct xml *el, const char *attr)
{
	const char *s = xml_get(el, attr);

	if (s == NULL)
		return -1;
	return strcmp(s, "true") == 0 || strcmp(s, "1") == 0;
}

static void read_warning(struct row_device *d, const struct xml *el)
{
	struct row_warning *w = &d->warnings[d->n_warnings];

	if (!xml_is(el, "warning", ROW_DEVICE_NS) || d->n_warnings == ROW_WARNINGS)
		return;
	d->n_warnings++;
	w->condition = text(el, "condition");
	w->text = mem_strdup(xml_text_of(el));
	w->since = time_of(el, "since");
}

static void read_figures(struct row_device *d, const struct xml *el)
{
	enum mfp_part part = read_part(&d->data, el);

	if (part != 0 && part < MFP_INFORMATION)
		d->parts_taken[part] = d->data.taken;
}

void row_device_read(struct row_device *d, const struct xml *el)
{
	const struct xml *c;

	memset(d, 0, sizeof *d);
	d->device = text(el, "device");
	d->via = text(el, "via");
	d->unit = text(el, "unit");
	d->client = text(el, "client");
	d->transport = text(el, "transport");
	d->online = truth(el, "online");
	d->since = time_of(el, "since");
	d->taken = time_of(el, "taken");
	d->received = time_of(el, "received");
	for (size_t i = 0; i < MFP_FACTS; i++)
		d->facts[i] = text(el, mfp_fact_names[i]);
	d->decommissioned = time_of(el, "decommissioned");
	d->successor = text(el, "successor");
	d->predecessor = text(el, "predecessor");
	for (c = xml_first(el); c != NULL; c = xml_following(c)) {
		read_figures(d, c);
		read_warning(d, c);
	}
}

void row_device_clear(struct row_device *d)
{
	free(d->device);
	free(d->via);
	free(d->unit);
	free(d->client);
	free(d->transport);
	for (size_t i = 0; i < MFP_FACTS; i++)
		free(d->facts[i]);
	mfp_clear(&d->data);
	free(d->successor);
	free(d->predecessor);
	for (size_t i = 0; i < d->n_warnings; i++) {
		free(d->warnings[i].condition);
		free(d->warnings[i].text);
	}
	memset(d, 0, sizeof *d);
}

void row_unassigned_read(struct row_unassigned *u, const struct xml *el)
{
	memset(u, 0, sizeof *u);
	u->device = text(el, "device");
	u->reason = text(el, "reason");
	u->client = text(el, "client");
	u->first = time_of(el, "first");
	u->last = time_of(el, "last");
	u->times = number(el, "times");
	for (size_t i = 0; i < MFP_FACTS; i++)
		u->facts[i] = text(el, mfp_fact_names[i]);
}

void row_unassigned_clear(struct row_unassigned *u)
{
	free(u->device);
	free(u->reason);
	free(u->client);
	for (size_t i = 0; i < MFP_FACTS; i++)
		free(u->facts[i]);
	memset(u, 0, sizeof *u);
}
