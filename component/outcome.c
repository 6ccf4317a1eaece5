#include "component/outcome.h"

#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "component/component.h"
#include "component/stanza.h"

#define OUTCOME_BYTES 65536
#define TEXT_MAX 1024

static const struct { const char *name; enum request_status status; } statuses[] = {
	{ "done", RESPONDED }, { "failed", FAILED }, { "refused", REFUSED },
	{ "unknown", UNKNOWN }, { "expired", EXPIRED }, { "cancelled", CANCELLED },
	{ "in-progress", RUNNING },
};

static void fail(struct outcome *o, const char *condition, char *text)
{
	free(o->condition);
	free(o->text);
	free(o->outcome);
	o->status = FAILED;
	o->condition = mem_strdup(condition);
	o->text = text;
	o->outcome = NULL;
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

static struct outcome_figures *add_figures(struct outcome *o, enum mfp_part part)
{
	struct outcome_figures *f = mem_zero(1, sizeof *f);

	f->part = part;
	*o->last_figures = f;
	o->last_figures = &f->next;
	return f;
}

/* Printer data is checked figure by figure; what is not ours passes as it is. */
static bool copy_data(struct outcome *o, struct xml_writer *w, const struct xml *data, char **why)
{
	struct outcome_figures *f;

	if (part_of(data) == 0) {
		xml_copy(w, data);
		return true;
	}
	f = add_figures(o, part_of(data));
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

/* How far it is: of what runs nothing else is kept. */
static void read_progress(struct outcome *o, const struct xml *progress)
{
	char *text = mem_strndup(xml_text_of(progress), TEXT_MAX);
	struct xml_writer w = { 0 };
	int64_t percent;

	xml_open(&w, "outcome", NS_OPERATION);
	xml_attr(&w, "status", "in-progress");
	if (progress != NULL) {
		xml_open(&w, "progress", NS_OPERATION);
		if (xml_get_int(progress, "percent", &percent) && percent >= 0 && percent <= 100)
			xml_attr_int(&w, "percent", percent);
		xml_text(&w, text);
		xml_close(&w);
	}
	xml_close(&w);
	o->outcome = xml_take(&w, NULL);
	free(text);
}

static void give_reason(struct outcome *o, const char *condition, const char *text)
{
	o->condition = mem_strdup(condition);
	o->text = mem_strndup(text, TEXT_MAX);
}

static void read_reason(struct outcome *o, const struct xml *reason)
{
	const char *condition = xml_get(reason, "condition");

	if (reason == NULL && o->status == EXPIRED)
		give_reason(o, "expired", "it reached the device too late");
	else if (reason == NULL && o->status == CANCELLED)
		give_reason(o, "cancelled", "the device had not begun it");
	else if (condition == NULL || !stanza_is_name(condition))
		/* The row has it before a space; what is no name could not be told again. */
		give_reason(o, "undefined", xml_text_of(reason));
	else
		give_reason(o, condition, xml_text_of(reason));
}

static void copy_reason(struct xml_writer *w, const struct outcome *o)
{
	xml_open(w, "reason", NS_OPERATION);
	xml_attr(w, "condition", o->condition);
	xml_text(w, o->text);
	xml_close(w);
}

static void read_outcome(struct outcome *o, const struct xml *el)
{
	const struct xml *reason = xml_child(el, "reason", NS_OPERATION), *data;
	struct xml_writer w = { 0 };
	char *why = NULL;
	size_t len;

	if (o->status != RESPONDED)
		read_reason(o, reason);
	xml_open(&w, "outcome", NS_OPERATION);
	xml_attr(&w, "status", xml_get(el, "status"));
	if (reason != NULL && o->status != RESPONDED)
		copy_reason(&w, o);
	for (data = xml_first(el); data != NULL && why == NULL; data = xml_following(data)) {
		if (!xml_is(data, "reason", NS_OPERATION) && !copy_data(o, &w, data, &why))
			break;
	}
	xml_close(&w);
	o->outcome = xml_take(&w, &len);
	if (why != NULL)
		fail(o, "bad-outcome", why);
	else if (len > OUTCOME_BYTES)
		fail(o, "too-large", mem_strdup("the device's outcome is over 64 KiB"));
}

/* Why it is none, and its text, or NULL. */
static char *mistake(struct outcome *o, const struct xml *payload, const char *id)
{
	const char *status = xml_get(payload, "status"), *its_id = xml_get(payload, "id");
	size_t i = 0, n = sizeof statuses / sizeof *statuses;

	if (!xml_is(payload, "outcome", NS_OPERATION) || status == NULL)
		return mem_strdup("the device answered without an outcome");
	if (its_id != NULL && strcmp(its_id, id) != 0)
		return mem_strdup("the device's outcome is of another request");
	while (i < n && strcmp(statuses[i].name, status) != 0)
		i++;
	if (i == n)
		return mem_printf("the device's outcome is \"%.64s\", which is none here", status);
	o->status = statuses[i].status;
	return NULL;
}

void outcome_read(struct outcome *o, const struct xml *payload, const char *id, const char *cut)
{
	char *why;

	*o = (struct outcome){ .status = FAILED };
	o->last_figures = &o->figures;
	if (cut != NULL)
		fail(o, "too-large", mem_printf("the device's outcome is %s", cut));
	else if ((why = mistake(o, payload, id)) != NULL)
		fail(o, "bad-outcome", why);
	else if (!fits(payload))
		fail(o, "too-large", mem_printf("the device's outcome is over %u levels or %u elements",
		                                xml_limits_payload.depth, xml_limits_payload.elements));
	else if (o->status == RUNNING)
		read_progress(o, xml_child(payload, "progress", NS_OPERATION));
	else
		read_outcome(o, payload);
}

void outcome_clear(struct outcome *o)
{
	struct outcome_figures *f, *next;

	for (f = o->figures; f != NULL; f = next) {
		next = f->next;
		mfp_clear(&f->m);
		free(f->text);
		free(f);
	}
	free(o->condition);
	free(o->text);
	free(o->outcome);
}
