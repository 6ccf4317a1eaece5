#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/mem.h"
#include "common/mfp.h"

#define MAX_STRING 1024
#define MAX_LABEL 64
#define MAX_ROWS 256        /* of supplies, counters, alerts each */
#define MAX_LINES 64        /* of errors, console each */

/* One element that is being read: the first mistake in it stays. */
struct reading {
	struct mfp *m;
	const struct xml *el;
	char *why;
};

__attribute__((format(printf, 2, 3)))
static void refuse(struct reading *r, const char *fmt, ...)
{
	va_list ap;

	if (r->why != NULL)
		return;
	va_start(ap, fmt);
	r->why = mem_vprintf(fmt, ap);
	va_end(ap);
}

/* The attribute; NULL if it is absent or empty. */
static const char *get(const struct reading *r, const char *attr)
{
	const char *s = xml_get(r->el, attr);

	return s == NULL || *s == '\0' ? NULL : s;
}

static void string(struct reading *r, const char *attr, char **out)
{
	const char *s = get(r, attr);

	if (s != NULL && strlen(s) > MAX_STRING)
		refuse(r, "%s of <%s/> is longer than %d bytes", attr, r->el->name, MAX_STRING);
	else
		mfp_set(r->m, out, s);
}

static bool is_label(const char *s)
{
	return strlen(s) <= MAX_LABEL && strpbrk(s, " \t\r\n") == NULL;
}

static void label(struct reading *r, const char *attr, char **out)
{
	const char *s = get(r, attr);

	if (s != NULL && !is_label(s))
		refuse(r, "%s of <%s/> is no word of at most %d bytes", attr, r->el->name, MAX_LABEL);
	else
		mfp_set(r->m, out, s);
}

static bool parse_int64(const char *s, int64_t *value)
{
	const char *digits = s + (*s == '-');
	long long v;

	if (*digits == '\0' || digits[strspn(digits, "0123456789")] != '\0')
		return false;
	errno = 0;
	v = strtoll(s, NULL, 10);
	if (errno != 0)
		return false;
	*value = v;
	return true;
}

static struct mfp_number number(struct reading *r, const char *attr, int64_t min)
{
	const char *s = get(r, attr);
	int64_t value;

	if (s == NULL)
		return (struct mfp_number){ 0 };
	if (!parse_int64(s, &value)) {
		refuse(r, "%s of <%s/> is no whole number: '%.40s'", attr, r->el->name, s);
		return (struct mfp_number){ 0 };
	}
	if (value < min) {
		refuse(r, "%s of <%s/> is below %lld: '%.40s'", attr, r->el->name, (long long)min, s);
		return (struct mfp_number){ 0 };
	}
	return (struct mfp_number){ true, value };
}

/* The text of the element, bounded; NULL if there is none. */
static const char *text(struct reading *r)
{
	const char *s = xml_text_of(r->el);

	if (strlen(s) > MAX_STRING)
		refuse(r, "text of <%s/> is longer than %d bytes", r->el->name, MAX_STRING);
	return *s == '\0' || r->why != NULL ? NULL : s;
}

static bool has_room(struct reading *r, size_t n, size_t max)
{
	if (n >= max)
		refuse(r, "more than %zu <%s/>", max, r->el->name);
	return n < max;
}

static void read_counter(struct mfp *m, struct reading *r)
{
	struct mfp_counter *c;

	if (!has_room(r, m->n_counters, MAX_ROWS))
		return;
	c = mfp_add_counter(m);
	string(r, "name", &c->name);
	string(r, "index", &c->index);
	c->value = number(r, "value", 0);
	label(r, "unit", &c->unit);
	if (c->name == NULL)
		refuse(r, "name of <counter/> is missing");
}

/* A state is of a level that has no figure; beside a figure it says nothing. */
static void read_state(struct mfp_supply *s, struct reading *r)
{
	const char *state = get(r, "state");

	if (state == NULL || s->level.known)
		return;
	for (enum mfp_state i = MFP_STATE_OTHER; i <= MFP_STATE_SOME_REMAINING; i++) {
		if (strcmp(state, mfp_state_name(i)) == 0) {
			s->state = i;
			return;
		}
	}
	refuse(r, "state of <supply/> is not other, unknown or some-remaining: '%.40s'", state);
}

static void read_supply(struct mfp *m, struct reading *r)
{
	struct mfp_number capacity, level;
	struct mfp_supply *s;

	if (!has_room(r, m->n_supplies, MAX_ROWS))
		return;
	s = mfp_add_supply(m);
	string(r, "index", &s->index);
	string(r, "description", &s->description);
	label(r, "class", &s->class_);
	label(r, "type", &s->type);
	string(r, "colorant", &s->colorant);
	label(r, "unit", &s->unit);
	capacity = number(r, "capacity", -3);
	level = number(r, "level", -3);
	mfp_supply_set(s, capacity.known ? capacity.value : -2, level.known ? level.value : -2);
	if (!level.known) {
		s->state = MFP_STATE_NONE;
		read_state(s, r);
	}
}

static void read_alert(struct mfp *m, struct reading *r)
{
	struct mfp_alert *a;

	if (!has_room(r, m->n_alerts, MAX_ROWS))
		return;
	a = mfp_add_alert(m);
	string(r, "index", &a->index);
	label(r, "severity", &a->severity);
	label(r, "group", &a->group);
	label(r, "code", &a->code);
	mfp_set(m, &a->description, text(r));
}

static void read_error(struct mfp *m, struct reading *r)
{
	const char *s;

	if (!has_room(r, m->n_errors, MAX_LINES))
		return;
	s = text(r);
	if (s == NULL || !is_label(s))
		refuse(r, "text of <error/> is no word of at most %d bytes", MAX_LABEL);
	else
		mfp_add_error(m, s);
}

static void read_console(struct mfp *m, struct reading *r)
{
	const char *s;

	if (!has_room(r, m->n_console, MAX_LINES))
		return;
	s = text(r);
	mfp_add_console(m, s != NULL ? s : "");
}

static void read_status(struct mfp *m, struct reading *r)
{
	label(r, "state", &m->state);
	m->power_on_s = number(r, "power_on_s", 0);
	m->operation_s = number(r, "operation_s", 0);
	label(r, "power_on_source", &m->power_on_source);
	label(r, "operation_source", &m->operation_source);
}

static void read_information(struct mfp *m, struct reading *r)
{
	for (size_t i = 0; i < MFP_FACTS; i++)
		string(r, mfp_fact_names[i], &m->facts[i]);
}

static void read_head(struct mfp *m, struct reading *r)
{
	const char *taken = get(r, "taken");

	m->taken = 0;
	label(r, "source", &m->source);
	if (taken != NULL && !clock_parse(taken, &m->taken))
		refuse(r, "taken of <%s/> is no time: '%.40s'", r->el->name, taken);
}

static const struct row {
	enum mfp_part part;
	const char *name;
	void (*read)(struct mfp *m, struct reading *r);
} rows[] = {
	{ MFP_COUNTERS, "counter", read_counter },
	{ MFP_SUPPLIES, "supply", read_supply },
	{ MFP_STATUS, "error", read_error },
	{ MFP_STATUS, "alert", read_alert },
	{ MFP_STATUS, "console", read_console },
};

static const enum mfp_part parts[] = { MFP_COUNTERS, MFP_SUPPLIES, MFP_STATUS,
                                       MFP_INFORMATION };

static enum mfp_part part_of(const struct xml *el)
{
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
		if (xml_is(el, mfp_part_name(parts[i]), MFP_NS))
			return parts[i];
	}
	return 0;
}

static void read_rows(struct mfp *m, enum mfp_part part, struct reading *r)
{
	const struct xml *el = r->el;

	for (const struct xml *c = xml_first(el); c != NULL && r->why == NULL; c = xml_following(c)) {
		r->el = c;
		for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
			if (rows[i].part == part && xml_is(c, rows[i].name, MFP_NS))
				rows[i].read(m, r);
		}
	}
	r->el = el;
}

bool mfp_read(struct mfp *m, const struct xml *el, char **why)
{
	struct reading r = { .m = m, .el = el };
	enum mfp_part part = part_of(el);

	if (part == 0) {
		refuse(&r, "no counters, supplies, status or information of " MFP_NS);
		goto out;
	}
	mfp_clear_part(m, part);
	read_head(m, &r);
	if (part == MFP_STATUS)
		read_status(m, &r);
	if (part == MFP_INFORMATION)
		read_information(m, &r);
	read_rows(m, part, &r);
	if (r.why == NULL)
		m->parts |= part;
	else
		mfp_clear_part(m, part);
out:
	if (r.why == NULL)
		return true;
	if (why != NULL)
		*why = r.why;
	else
		free(r.why);
	return false;
}

bool mfp_borrow(struct mfp *m, const struct xml *el, char **why)
{
	m->borrowed = true;
	return mfp_read(m, el, why);
}
