#include "operator/print_mfp.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "operator/grid.h"
#include "operator/text.h"

#define INDENT "  "
#define BAR_WIDTH 20

/* "Supplies (snmp, 2026-01-02 03:04:05, 3 h ago)" */
static void heading(const struct mfp *m, const char *name, FILE *out)
{
	char when[TEXT_TIME] = "", *source = text_clean(m->source), *ago = NULL;

	if (m->taken != 0) {
		text_time(m->taken, when);
		ago = text_ago(m->taken);
	}
	fprintf(out, "%s", name);
	if (*source != '\0' || *when != '\0')
		fprintf(out, " (%s%s%s%s%s)", source, *source && *when ? ", " : "", when,
		        ago != NULL && *ago ? ", " : "", ago == NULL ? "" : ago);
	putc('\n', out);
	free(ago);
	free(source);
}

static const char *first_of(const char *a, const char *b, const char *c)
{
	return a != NULL && *a != '\0' ? a : b != NULL && *b != '\0' ? b : c;
}

/* "1 200 of 6 000 impressions". The caller frees it. */
static char *level_of(const struct mfp_supply *s)
{
	const char *unit = s->unit == NULL ? "" : s->unit;
	char *level, *capacity = NULL, *text;

	if (!s->level.known)
		return mem_strdup("");
	if (strcmp(unit, "percent") == 0 && s->percent.known)
		return mem_strdup("");
	level = text_count(s->level.value);
	if (s->capacity.known)
		capacity = text_count(s->capacity.value);
	text = mem_printf("%s%s%s %s", level, capacity ? " of " : "", capacity ? capacity : "", unit);
	free(level);
	free(capacity);
	return text;
}

/* " 40 %", "some remaining". The caller frees it. */
static char *fill_of(const struct mfp_supply *s)
{
	const char *state = mfp_state_name(s->state);
	char *text;

	if (s->percent.known)
		return mem_printf("%3" PRId64 " %%", s->percent.value);
	text = mem_strdup(state != NULL ? state : s->level.known ? "" : "not said");
	for (char *c = text; *c != '\0'; c++) {
		if (*c == '-')
			*c = ' ';
	}
	return text;
}

static bool is_receptacle(const struct mfp_supply *s)
{
	return s->class_ != NULL && strcmp(s->class_, "receptacleThatIsFilled") == 0;
}

static void print_supplies(const struct mfp *m, bool terminal, FILE *out)
{
	static const struct grid_column columns[] = {
		{ NULL, 40, false }, { NULL, 0, false }, { NULL, 0, false }, { NULL, 40, false },
		{ NULL, 0, false },
	};
	struct grid g = { .columns = columns, .n_columns = sizeof columns / sizeof *columns };

	heading(m, "Supplies", out);
	for (size_t i = 0; i < m->n_supplies; i++) {
		const struct mfp_supply *s = &m->supplies[i];
		char *fill = fill_of(s), *level = level_of(s), *bar = NULL;

		if (terminal && s->percent.known)
			bar = text_bar(s->percent.value, BAR_WIDTH);
		grid_add(&g, first_of(s->description, s->type, "-"));
		grid_add(&g, bar);
		grid_add(&g, fill);
		grid_add(&g, level);
		grid_add(&g, is_receptacle(s) ? "room left" : "");
		free(fill);
		free(level);
		free(bar);
	}
	grid_print(&g, INDENT, out);
}

static void print_counters(const struct mfp *m, FILE *out)
{
	static const struct grid_column columns[] = {
		{ NULL, 40, false }, { NULL, 0, true }, { NULL, 24, false }, { NULL, 16, false },
	};
	struct grid g = { .columns = columns, .n_columns = sizeof columns / sizeof *columns };

	heading(m, "Counters", out);
	for (size_t i = 0; i < m->n_counters; i++) {
		const struct mfp_counter *c = &m->counters[i];
		char *value = c->value.known ? text_count(c->value.value) : mem_strdup("not said");

		grid_add(&g, first_of(c->name, "-", ""));
		grid_add(&g, value);
		grid_add(&g, c->unit);
		grid_add(&g, c->index);
		free(value);
	}
	grid_print(&g, INDENT, out);
}

static void print_line(FILE *out, const char *label, const char *value)
{
	char *clean;

	if (value == NULL || *value == '\0')
		return;
	clean = text_clean(value);
	fprintf(out, INDENT "%-14s %s\n", label, clean);
	free(clean);
}

static void print_seconds(FILE *out, const char *label, struct mfp_number s, const char *source)
{
	char *text, *duration;

	if (!s.known || s.value < 0 || s.value > INT64_MAX / 1000)
		return;
	duration = text_duration(s.value * 1000);
	text = source == NULL ? mem_strdup(duration) : mem_printf("%s (%s)", duration, source);
	free(duration);
	print_line(out, label, text);
	free(text);
}

static void print_alert(const struct mfp_alert *a, FILE *out)
{
	char *text = mem_printf("%s%s%s", first_of(a->severity, "", ""),
	                        a->severity != NULL && *a->severity != '\0' ? ": " : "",
	                        first_of(a->description, a->code, "not described"));

	print_line(out, "alert", text);
	free(text);
}

static void print_status(const struct mfp *m, FILE *out)
{
	heading(m, "Status", out);
	print_line(out, "state", first_of(m->state, "not said", ""));
	for (size_t i = 0; i < m->n_errors; i++)
		print_line(out, "error", m->errors[i]);
	for (size_t i = 0; i < m->n_alerts; i++)
		print_alert(&m->alerts[i], out);
	for (size_t i = 0; i < m->n_console; i++)
		print_line(out, "console", m->console[i]);
	print_seconds(out, "power on", m->power_on_s, m->power_on_source);
	print_seconds(out, "in operation", m->operation_s, m->operation_source);
}

static void print_information(const struct mfp *m, FILE *out)
{
	heading(m, "Information", out);
	for (size_t i = 0; i < MFP_FACTS; i++)
		print_line(out, mfp_fact_names[i], m->facts[i]);
}

void print_mfp(const struct mfp *m, enum mfp_part part, bool terminal, FILE *out)
{
	switch (part) {
	case MFP_SUPPLIES:    print_supplies(m, terminal, out); break;
	case MFP_COUNTERS:    print_counters(m, out); break;
	case MFP_STATUS:      print_status(m, out); break;
	case MFP_INFORMATION: print_information(m, out); break;
	}
}

const struct mfp_supply *print_mfp_lowest_supply(const struct mfp *m)
{
	const struct mfp_supply *least = NULL;

	for (size_t i = 0; i < m->n_supplies; i++) {
		const struct mfp_supply *s = &m->supplies[i];

		if (s->percent.known && (least == NULL || s->percent.value < least->percent.value))
			least = s;
	}
	return least;
}

char *print_mfp_lowest(const struct mfp *m)
{
	const struct mfp_supply *least = print_mfp_lowest_supply(m);

	if (least == NULL)
		return NULL;
	return mem_printf("%" PRId64 " %% %s", least->percent.value,
	                  first_of(least->description, least->type, ""));
}

struct mfp_number print_mfp_life(const struct mfp *m)
{
	for (size_t i = 0; i < m->n_counters; i++) {
		const struct mfp_counter *c = &m->counters[i];

		if (c->name != NULL && strcmp(c->name, "marker-life-count") == 0 && c->value.known)
			return c->value;
	}
	return (struct mfp_number){ .known = false };
}

char *print_mfp_life_count(const struct mfp *m)
{
	struct mfp_number n = print_mfp_life(m);

	return n.known ? text_count(n.value) : NULL;
}
