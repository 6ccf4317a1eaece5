#include "common/clock.h"
#include "common/mfp.h"

static void number(struct xml_writer *w, const char *attr, struct mfp_number n)
{
	if (n.known)
		xml_attr_int(w, attr, n.value);
}

static void write_counters(const struct mfp *m, struct xml_writer *w)
{
	for (size_t i = 0; i < m->n_counters; i++) {
		const struct mfp_counter *c = &m->counters[i];

		xml_open(w, "counter", MFP_NS);
		xml_attr(w, "name", c->name);
		xml_attr(w, "index", c->index);
		number(w, "value", c->value);
		xml_attr(w, "unit", c->unit);
		xml_close(w);
	}
}

static void write_supplies(const struct mfp *m, struct xml_writer *w)
{
	for (size_t i = 0; i < m->n_supplies; i++) {
		const struct mfp_supply *s = &m->supplies[i];

		xml_open(w, "supply", MFP_NS);
		xml_attr(w, "index", s->index);
		xml_attr(w, "description", s->description);
		xml_attr(w, "class", s->class_);
		xml_attr(w, "type", s->type);
		xml_attr(w, "colorant", s->colorant);
		xml_attr(w, "unit", s->unit);
		number(w, "capacity", s->capacity);
		number(w, "level", s->level);
		number(w, "percent", s->percent);
		xml_attr(w, "state", mfp_state_name(s->state));
		xml_close(w);
	}
}

static void write_alert(const struct mfp_alert *a, struct xml_writer *w)
{
	xml_open(w, "alert", MFP_NS);
	xml_attr(w, "index", a->index);
	xml_attr(w, "severity", a->severity);
	xml_attr(w, "group", a->group);
	xml_attr(w, "code", a->code);
	xml_text(w, a->description);
	xml_close(w);
}

static void write_status(const struct mfp *m, struct xml_writer *w)
{
	xml_attr(w, "state", m->state);
	number(w, "power_on_s", m->power_on_s);
	xml_attr(w, "power_on_source", m->power_on_source);
	number(w, "operation_s", m->operation_s);
	xml_attr(w, "operation_source", m->operation_source);
	for (size_t i = 0; i < m->n_errors; i++)
		xml_element(w, "error", MFP_NS, m->errors[i]);
	for (size_t i = 0; i < m->n_alerts; i++)
		write_alert(&m->alerts[i], w);
	for (size_t i = 0; i < m->n_console; i++)
		xml_element(w, "console", MFP_NS, m->console[i]);
}

static void write_information(const struct mfp *m, struct xml_writer *w)
{
	for (size_t i = 0; i < MFP_FACTS; i++)
		xml_attr(w, mfp_fact_names[i], m->facts[i]);
}

void mfp_write(const struct mfp *m, enum mfp_part part, struct xml_writer *w)
{
	char taken[CLOCK_STRING];

	xml_open(w, mfp_part_name(part), MFP_NS);
	xml_attr(w, "source", m->source);
	if (m->taken > 0)
		xml_attr(w, "taken", clock_format(m->taken, taken));
	switch (part) {
	case MFP_COUNTERS: write_counters(m, w); break;
	case MFP_SUPPLIES: write_supplies(m, w); break;
	case MFP_STATUS: write_status(m, w); break;
	case MFP_INFORMATION: write_information(m, w); break;
	}
	xml_close(w);
}
