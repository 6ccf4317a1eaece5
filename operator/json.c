#include "operator/json.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/mem.h"

static json_t *text(const char *s)
{
	json_t *value;
	char *clean;

	if (s == NULL)
		return json_null();
	value = json_string(s);
	if (value == NULL) {
		/* Only words of the command line may be no UTF-8. */
		clean = xml_clean(s, strlen(s));
		value = json_string(clean);
		free(clean);
	}
	return value;
}

static void put(json_t *o, const char *key, json_t *value)
{
	if (value == NULL || json_object_set_new(o, key, value) != 0)
		mem_fatal();
}

static void add(json_t *list, json_t *value)
{
	if (value == NULL || json_array_append_new(list, value) != 0)
		mem_fatal();
}

static json_t *number(struct mfp_number n)
{
	return n.known ? json_integer(n.value) : json_null();
}

static json_t *when(int64_t ms)
{
	char s[CLOCK_STRING];

	return ms == ROW_NO_TIME ? json_null() : json_string(clock_format(ms, s));
}

static json_t *supply(const struct mfp_supply *s)
{
	json_t *o = json_object();

	put(o, "index", text(s->index));
	put(o, "description", text(s->description));
	put(o, "class", text(s->class_));
	put(o, "type", text(s->type));
	put(o, "colorant", text(s->colorant));
	put(o, "unit", text(s->unit));
	put(o, "capacity", number(s->capacity));
	put(o, "level", number(s->level));
	put(o, "percent", number(s->percent));
	put(o, "state", text(mfp_state_name(s->state)));
	return o;
}

static json_t *supplies(const struct mfp *m)
{
	json_t *list = json_array();

	for (size_t i = 0; i < m->n_supplies; i++)
		add(list, supply(&m->supplies[i]));
	return list;
}

static json_t *counters(const struct mfp *m)
{
	json_t *list = json_array(), *o;

	for (size_t i = 0; i < m->n_counters; i++) {
		o = json_object();
		put(o, "name", text(m->counters[i].name));
		put(o, "index", text(m->counters[i].index));
		put(o, "value", number(m->counters[i].value));
		put(o, "unit", text(m->counters[i].unit));
		add(list, o);
	}
	return list;
}

static json_t *strings(char *const *s, size_t n)
{
	json_t *list = json_array();

	for (size_t i = 0; i < n; i++)
		add(list, text(s[i]));
	return list;
}

static json_t *alerts(const struct mfp *m)
{
	json_t *list = json_array(), *o;

	for (size_t i = 0; i < m->n_alerts; i++) {
		o = json_object();
		put(o, "index", text(m->alerts[i].index));
		put(o, "severity", text(m->alerts[i].severity));
		put(o, "group", text(m->alerts[i].group));
		put(o, "code", text(m->alerts[i].code));
		put(o, "description", text(m->alerts[i].description));
		add(list, o);
	}
	return list;
}

static void put_status(json_t *o, const struct mfp *m)
{
	put(o, "state", text(m->state));
	put(o, "errors", strings(m->errors, m->n_errors));
	put(o, "alerts", alerts(m));
	put(o, "console", strings(m->console, m->n_console));
	put(o, "power_on_s", number(m->power_on_s));
	put(o, "operation_s", number(m->operation_s));
}

static void put_facts(json_t *o, char *const *facts)
{
	for (size_t i = 0; i < MFP_FACTS; i++)
		put(o, mfp_fact_names[i], text(facts[i]));
}

static json_t *progress(const struct row_outcome *oc)
{
	json_t *o = json_object();

	put(o, "percent", number(oc->percent));
	put(o, "text", text(oc->progress));
	return o;
}

static json_t *outcome(const struct row_request *r)
{
	const struct row_outcome *oc = &r->outcome;
	bool done = oc->status != NULL && strcmp(oc->status, "done") == 0;
	json_t *o;

	if (r->running)
		return progress(oc);
	if (!oc->said || (!done && oc->part == 0 && oc->xml == NULL))
		return json_null();
	o = json_object();
	if (oc->xml != NULL)
		put(o, "xml", text(oc->xml));
	if (oc->part == 0)
		return o;
	put(o, "source", text(oc->data.source));
	put(o, "taken", when(oc->data.taken == 0 ? ROW_NO_TIME : oc->data.taken));
	switch (oc->part) {
	case MFP_SUPPLIES:    put(o, "supplies", supplies(&oc->data)); break;
	case MFP_COUNTERS:    put(o, "counters", counters(&oc->data)); break;
	case MFP_STATUS:      put_status(o, &oc->data); break;
	case MFP_INFORMATION: put_facts(o, oc->data.facts); break;
	}
	return o;
}

static json_t *error(const char *condition, const char *said)
{
	json_t *o;

	if (condition == NULL && said == NULL)
		return json_null();
	o = json_object();
	put(o, "condition", text(condition));
	put(o, "text", text(said));
	return o;
}

json_t *json_request(const struct row_request *r)
{
	json_t *o = json_object();

	put(o, "id", text(r->id));
	put(o, "device", text(r->device));
	put(o, "via", text(r->via));
	put(o, "command", text(r->command));
	put(o, "operator", text(r->operator_));
	put(o, "unit", text(r->unit));
	put(o, "status", text(r->status));
	put(o, "cause", text(r->cause));
	put(o, "created", when(r->created));
	put(o, "transmitted", when(r->transmitted));
	put(o, "responded", when(r->responded));
	put(o, "ended", when(r->ended));
	put(o, "response_ms", number(r->response_ms));
	put(o, "attempts", number(r->attempts));
	put(o, "expires", when(r->expires));
	put(o, "late", json_boolean(r->late));
	put(o, "error", error(r->error_condition, r->error_text));
	put(o, "outcome", outcome(r));
	return o;
}

static json_t *warnings(const struct row_device *d)
{
	json_t *list = json_array(), *o;

	for (size_t i = 0; i < d->n_warnings; i++) {
		o = json_object();
		put(o, "condition", text(d->warnings[i].condition));
		put(o, "since", when(d->warnings[i].since));
		put(o, "text", text(d->warnings[i].text));
		add(list, o);
	}
	return list;
}

json_t *json_device(const struct row_device *d)
{
	json_t *o = json_object();

	put(o, "device", text(d->device));
	put(o, "via", text(d->via));
	put(o, "unit", text(d->unit));
	put(o, "online", d->online < 0 ? json_null() : json_boolean(d->online));
	put(o, "since", when(d->since));
	put_facts(o, d->facts);
	put(o, "supplies", d->data.parts & MFP_SUPPLIES ? supplies(&d->data) : json_null());
	put(o, "counters", d->data.parts & MFP_COUNTERS ? counters(&d->data) : json_null());
	put(o, "taken", when(d->taken));
	put(o, "decommissioned", when(d->decommissioned));
	put(o, "successor", text(d->successor));
	put(o, "predecessor", text(d->predecessor));
	put(o, "warnings", warnings(d));
	return o;
}

json_t *json_unassigned(const struct row_unassigned *u)
{
	json_t *o = json_object();

	put(o, "device", text(u->device));
	put(o, "reason", text(u->reason));
	put(o, "first", when(u->first));
	put(o, "last", when(u->last));
	put(o, "times", number(u->times));
	put_facts(o, u->facts);
	put(o, "client", text(u->client));
	return o;
}

json_t *json_account(const char *jid, const char *result, const char *condition, const char *said)
{
	json_t *o = json_object();

	put(o, "device", text(jid));
	put(o, "result", text(result));
	put(o, "error", error(condition, said));
	return o;
}

json_t *json_fault(const struct fault *f)
{
	json_t *o = json_object();

	put(o, "error", error(f->condition, f->text));
	return o;
}

json_t *json_named(const char *key, json_t *value)
{
	json_t *o = json_object();

	put(o, key, value);
	return o;
}

void json_print(FILE *out, json_t *value)
{
	/* To a terminal escaped, so that no character of a device acts on it. */
	size_t flags = JSON_ENCODE_ANY | (isatty(fileno(out)) ? JSON_ENSURE_ASCII : 0);

	/* A failed write is found by who flushes. */
	if (json_dumpf(value, out, flags) == 0)
		putc('\n', out);
	json_decref(value);
}
