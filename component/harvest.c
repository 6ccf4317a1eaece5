#include "component/harvest.h"

#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/mem.h"
#include "component/presence.h"
#include "component/warning.h"

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

static void take_part(struct harvest *h, struct outcome_figures *f)
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
void harvest(struct component *c, struct device *d, struct outcome_figures *figures, bool late)
{
	struct harvest h = { .d = d, .late = late, .informed = d->informed };
	struct outcome_figures *f;

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
