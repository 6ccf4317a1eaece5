#include "component/metrics_device.h"

#include <string.h>

#include "common/mfp_compare.h"
#include "component/device.h"

static void sample(struct metrics_text *t, const struct device *d)
{
	metrics_text_sample(t, NULL);
	metrics_text_label(t, "device", d->jid);
	metrics_text_label(t, "unit", device_text(d, DEV_UNIT));
}

static void of_info(struct metrics_text *t, const struct device *d)
{
	sample(t, d);
	for (size_t i = 0; i < MFP_FACTS; i++)
		metrics_text_label(t, mfp_fact_names[i], device_fact(d, i));
	metrics_text_value(t, 1, 0);
}

static void of_online(struct metrics_text *t, const struct device *d)
{
	sample(t, d);
	metrics_text_value(t, d->online, 0);
}

static void write_time(struct metrics_text *t, const struct device *d, int64_t wall_ms)
{
	if (wall_ms == 0)
		return;
	sample(t, d);
	metrics_text_value(t, wall_ms, 3);
}

static void of_change(struct metrics_text *t, const struct device *d)
{
	write_time(t, d, d->since);
}

static void of_received(struct metrics_text *t, const struct device *d)
{
	write_time(t, d, d->received);
}

static void of_taken(struct metrics_text *t, const struct device *d)
{
	write_time(t, d, d->taken);
}

/* Printer data, as it stands in the device's row. False: there is none, or it makes
 * no sense here, as that of a newer version might. */
static bool read_part(struct mfp *m, const char *text)
{
	struct xml *el;
	bool good;

	if (text == NULL)
		return false;
	el = xml_parse(text, strlen(text), &xml_limits_payload, NULL);
	good = el != NULL && mfp_read(m, el, NULL);
	xml_free(el);
	return good;
}

static bool same(const char *a, const char *b)
{
	return strcmp(a == NULL ? "" : a, b == NULL ? "" : b) == 0;
}

/* Two samples with the same labels would spoil the whole page for its reader: what a
 * printer lists twice counts once. */

static bool supply_came_before(const struct mfp *m, size_t n)
{
	const struct mfp_supply *s = &m->supplies[n];

	for (size_t i = 0; i < n; i++) {
		const struct mfp_supply *o = &m->supplies[i];

		if (same(o->index, s->index) && same(o->description, s->description) &&
		    same(o->type, s->type) && same(o->colorant, s->colorant))
			return true;
	}
	return false;
}

static bool counter_came_before(const struct mfp *m, size_t n)
{
	return mfp_find_counter(m, &m->counters[n]) != &m->counters[n];
}

static void supply_sample(struct metrics_text *t, const struct device *d,
                          const struct mfp_supply *s)
{
	sample(t, d);
	metrics_text_label(t, "index", s->index);
	metrics_text_label(t, "description", s->description);
	metrics_text_label(t, "type", s->type);
	metrics_text_label(t, "colorant", s->colorant);
}

static void each_supply(struct metrics_text *t, const struct device *d,
                        void (*write)(struct metrics_text *t, const struct device *d,
                                      const struct mfp_supply *s))
{
	struct mfp m = { 0 };

	if (read_part(&m, d->supplies)) {
		for (size_t i = 0; i < m.n_supplies; i++) {
			if (!supply_came_before(&m, i))
				write(t, d, &m.supplies[i]);
		}
	}
	mfp_clear(&m);
}

static void write_ratio(struct metrics_text *t, const struct device *d, const struct mfp_supply *s)
{
	if (!s->percent.known)
		return;
	supply_sample(t, d, s);
	metrics_text_value(t, s->percent.value, 2);
}

static void write_figure(struct metrics_text *t, const struct device *d,
                         const struct mfp_supply *s, const struct mfp_number *figure)
{
	if (!figure->known)
		return;
	supply_sample(t, d, s);
	metrics_text_label(t, "counted", s->unit);
	metrics_text_value(t, figure->value, 0);
}

static void write_level(struct metrics_text *t, const struct device *d, const struct mfp_supply *s)
{
	write_figure(t, d, s, &s->level);
}

static void write_capacity(struct metrics_text *t, const struct device *d,
                           const struct mfp_supply *s)
{
	write_figure(t, d, s, &s->capacity);
}

static void write_state(struct metrics_text *t, const struct device *d, const struct mfp_supply *s)
{
	if (s->state == MFP_STATE_NONE)
		return;
	for (enum mfp_state i = MFP_STATE_OTHER; i <= MFP_STATE_SOME_REMAINING; i++) {
		supply_sample(t, d, s);
		metrics_text_label(t, t->family->name, mfp_state_name(i));
		metrics_text_value(t, s->state == i, 0);
	}
}

static void of_ratio(struct metrics_text *t, const struct device *d)
{
	each_supply(t, d, write_ratio);
}

static void of_level(struct metrics_text *t, const struct device *d)
{
	each_supply(t, d, write_level);
}

static void of_capacity(struct metrics_text *t, const struct device *d)
{
	each_supply(t, d, write_capacity);
}

static void of_state(struct metrics_text *t, const struct device *d)
{
	each_supply(t, d, write_state);
}

static void write_counter(struct metrics_text *t, const struct device *d,
                          const struct mfp_counter *c)
{
	sample(t, d);
	metrics_text_label(t, "name", c->name);
	metrics_text_label(t, "index", c->index);
	metrics_text_label(t, "counted", c->unit);
	metrics_text_value(t, c->value.value, 0);
}

static void of_counter(struct metrics_text *t, const struct device *d)
{
	struct mfp m = { 0 };

	if (read_part(&m, d->counters)) {
		for (size_t i = 0; i < m.n_counters; i++) {
			if (m.counters[i].value.known && !counter_came_before(&m, i))
				write_counter(t, d, &m.counters[i]);
		}
	}
	mfp_clear(&m);
}

#define FAMILY(n, t, u, write, h) { .name = n, .type = t, .unit = u, .of_device = write, .help = h }

const struct metrics_family metrics_device[] = {
	FAMILY("platen_device", METRICS_INFO, NULL, of_info, "What a device says of itself."),
	FAMILY("platen_device_online", METRICS_GAUGE, NULL, of_online,
	       "Whether the device is there."),
	FAMILY("platen_device_state_change_timestamp_seconds", METRICS_GAUGE, "seconds", of_change,
	       "When the device last came online or went offline."),
	FAMILY("platen_device_figures_timestamp_seconds", METRICS_GAUGE, "seconds", of_received,
	       "When the newest figures of the device came here."),
	FAMILY("platen_device_figures_taken_timestamp_seconds", METRICS_GAUGE, "seconds", of_taken,
	       "When they were taken, by the clock of the device."),
	FAMILY("platen_device_supply_ratio", METRICS_GAUGE, "ratio", of_ratio,
	       "How full a supply is, where that is known; of a receptacle: its room."),
	FAMILY("platen_device_supply_level", METRICS_GAUGE, NULL, of_level,
	       "What a supply holds, where that is known, in what the label counted says."),
	FAMILY("platen_device_supply_capacity", METRICS_GAUGE, NULL, of_capacity,
	       "What a full supply holds, where that is known."),
	FAMILY("platen_device_supply_state", METRICS_STATESET, NULL, of_state,
	       "What is said of a supply whose level is not known."),
	FAMILY("platen_device_counter", METRICS_COUNTER, NULL, of_counter,
	       "The counters of the device, in what the label counted says."),
	{ .name = NULL },
};
