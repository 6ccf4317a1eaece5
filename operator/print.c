#include "operator/print.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/clock.h"
#include "common/mem.h"
#include "operator/fault.h"
#include "operator/print_mfp.h"
#include "operator/text.h"

const struct grid_column print_request_columns[5] = {
	{ "CREATED", 0, false }, { "DEVICE", 48, false }, { "COMMAND", 24, false },
	{ "STATUS", 24, false }, { "ID", 0, false },
};

const struct grid_column print_device_columns[7] = {
	{ "DEVICE", 48, false }, { "STATE", 0, false }, { "MODEL", 32, false },
	{ "SERIAL", 20, false }, { "LOCATION", 24, false }, { "LOWEST SUPPLY", 30, false },
	{ "LIFE COUNT", 0, true },
};

const struct grid_column print_unassigned_columns[7] = {
	{ "DEVICE", 48, false }, { "REASON", 0, false }, { "MODEL", 32, false },
	{ "SERIAL", 20, false }, { "FIRST SEEN", 0, false }, { "LAST SEEN", 0, false },
	{ "TIMES", 0, true },
};

/* Places in mfp_fact_names. */
enum { MANUFACTURER = 0, MODEL = 1, SERIAL = 2, LOCATION = 4 };

static const char *or_dash(const char *s)
{
	return s == NULL || *s == '\0' ? "-" : s;
}

/* What to do about an error that a device or the component named. */
static const char *advice(const char *condition)
{
	static const struct { const char *condition, *advice; } known[] = {
		{ "unknown-command", "'platen help request' lists the commands that devices have" },
		{ "unknown-argument", "the device's manual page names the command's arguments" },
		{ "bad-argument", "check the argument's value" },
		{ "not-supported", "this model cannot do it" },
		{ "printer-timeout", "see that the printer is awake and its SNMP is on, then ask again" },
		{ "printer-unreachable", "check the printer's address and cable" },
		{ "printer-error", "look at the printer's panel" },
		{ "bad-state-file", "correct the device's state file" },
		{ "too-large", "ask for less at a time" },
		{ "busy", "try again when the device has finished" },
		{ "renamed", "ask its successor" },
		{ "unreachable", "the device's stream is gone: check its power and network" },
	};

	for (size_t i = 0; condition != NULL && i < sizeof known / sizeof *known; i++) {
		if (strcmp(known[i].condition, condition) == 0)
			return known[i].advice;
	}
	return NULL;
}

static void line_time(FILE *out, const char *label, int64_t ms)
{
	char s[TEXT_TIME];

	if (ms != ROW_NO_TIME)
		text_line(out, label, text_time(ms, s));
}

/* With its age: "2026-01-02 03:04:05, 3 h ago". */
static void line_age(FILE *out, const char *label, int64_t ms)
{
	char s[TEXT_TIME], *ago, *text;

	if (ms == ROW_NO_TIME)
		return;
	ago = text_ago(ms);
	text = mem_printf("%s%s%s", text_time(ms, s), *ago ? ", " : "", ago);
	text_line(out, label, text);
	free(ago);
	free(text);
}

/* ", 40 % Writing the flash". The caller frees it. */
static char *progress_of(const struct row_outcome *o)
{
	const char *text = o->progress == NULL ? "" : o->progress;

	if (o->percent.known)
		return mem_printf(", %" PRId64 " %%%s%s", o->percent.value, *text ? " " : "", text);
	return *text ? mem_printf(", %s", text) : mem_strdup("");
}

char *print_request_state(const struct row_request *r)
{
	const char *status = r->status == NULL ? "status not said" : r->status;
	const char *late = r->late ? ", late" : "";
	char *took, *state;

	if (r->running) {
		took = progress_of(&r->outcome);
		state = mem_printf("%s%s", status, took);
		free(took);
		return state;
	}
	if (r->response_ms.known && r->responded != ROW_NO_TIME) {
		took = text_duration(r->response_ms.value);
		state = mem_printf("%s in %s%s", status, took, late);
		free(took);
		return state;
	}
	if (r->attempts.known && r->attempts.value > 1 && r->max_attempts.known)
		return mem_printf("%s, attempt %" PRId64 " of %" PRId64 "%s", status,
		                  r->attempts.value, r->max_attempts.value, late);
	return mem_printf("%s%s", status, late);
}

static void print_error(const struct row_request *r, FILE *out)
{
	const char *what = advice(r->error_condition);
	char *condition, *text;

	if (r->error_condition == NULL && r->error_text == NULL)
		return;
	condition = text_clean(or_dash(r->error_condition));
	text = text_clean(r->error_text);
	fprintf(out, "  %-14s %s%s%s\n", "error", condition, *text ? ": " : "", text);
	if (what != NULL)
		fprintf(out, "  %-14s %s\n", "what to do", what);
	free(condition);
	free(text);
}

static void print_outcome(const struct row_outcome *o, bool terminal, FILE *out)
{
	char *clean;

	if (o->part != 0) {
		putc('\n', out);
		print_mfp(&o->data, o->part, terminal, out);
	} else if (o->xml != NULL) {
		clean = text_clean(o->xml);
		fprintf(out, "\n%s\n", clean);
		free(clean);
	}
}

void print_request(const struct row_request *r, bool terminal, FILE *out)
{
	char *device = text_clean(or_dash(r->device)), *command = text_clean(or_dash(r->command));
	char *state = print_request_state(r), *clean = text_clean(state);

	fprintf(out, "%s  %s  %s\n", device, command, clean);
	print_error(r, out);
	if (row_request_exit(r) != EXIT_OK) {
		text_line(out, "cause", r->cause);
		line_time(out, "created", r->created);
		line_time(out, "transmitted", r->transmitted);
		line_time(out, r->ended == ROW_NO_TIME ? "expires" : "ended",
		          r->ended == ROW_NO_TIME ? r->expires : r->ended);
		text_line(out, "id", r->id);
	}
	print_outcome(&r->outcome, terminal, out);
	free(device);
	free(command);
	free(state);
	free(clean);
}

/* "online", "offline for 2 h", "decommissioned". The caller frees it. */
static char *presence(const struct row_device *d)
{
	int64_t ago = d->since == ROW_NO_TIME ? -1 : clock_wall_ms() - d->since;
	char *since, *s;

	if (d->decommissioned != ROW_NO_TIME)
		return mem_strdup("decommissioned");
	if (d->online < 0)
		return mem_strdup("?");
	if (d->online || ago < 0)
		return mem_strdup(d->online ? "online" : "offline");
	since = text_duration(ago);
	s = mem_printf("offline for %s", since);
	free(since);
	return s;
}

static void print_warnings(const struct row_device *d, FILE *out)
{
	for (size_t i = 0; i < d->n_warnings; i++) {
		const struct row_warning *w = &d->warnings[i];
		char *ago = w->since == ROW_NO_TIME ? mem_strdup("") : text_ago(w->since);
		char *text = mem_printf("%s%s%s: %s", or_dash(w->condition), *ago ? ", " : "", ago,
		                        or_dash(w->text));

		text_line(out, "warning", text);
		free(text);
		free(ago);
	}
}

/* The figures of one part, with their own age: not all parts are equally old. */
static void print_part(const struct row_device *d, enum mfp_part part, bool terminal, FILE *out)
{
	struct mfp data = d->data;

	if (!(data.parts & part))
		return;
	data.taken = d->parts_taken[part];
	putc('\n', out);
	print_mfp(&data, part, terminal, out);
}

void print_device(const struct row_device *d, bool terminal, FILE *out)
{
	char *device = text_clean(or_dash(d->device)), *state = presence(d);

	fprintf(out, "%s  %s\n", device, state);
	for (size_t i = 0; i < MFP_FACTS; i++)
		text_line(out, mfp_fact_names[i], d->facts[i]);
	text_line(out, "unit", d->unit);
	text_line(out, "via", d->via);
	text_line(out, "client", d->client);
	text_line(out, "transport", d->transport);
	line_age(out, "decommissioned", d->decommissioned);
	text_line(out, "successor", d->successor);
	text_line(out, "predecessor", d->predecessor);
	line_age(out, d->online == 1 ? "online since" : "offline since", d->since);
	line_age(out, "figures taken", d->taken);
	print_warnings(d, out);
	print_part(d, MFP_SUPPLIES, terminal, out);
	print_part(d, MFP_COUNTERS, terminal, out);
	print_part(d, MFP_STATUS, terminal, out);
	free(device);
	free(state);
}

void print_request_row(const struct row_request *r, struct grid *g)
{
	char when[TEXT_TIME], *state = print_request_state(r);

	grid_add(g, r->created == ROW_NO_TIME ? "-" : text_time(r->created, when));
	grid_add(g, or_dash(r->device));
	grid_add(g, or_dash(r->command));
	grid_add(g, state);
	grid_add(g, or_dash(r->id));
	free(state);
}

static char *model_of(char *const *facts)
{
	const char *maker = facts[MANUFACTURER], *model = facts[MODEL];

	if (maker == NULL || (model != NULL && strncasecmp(maker, model, strlen(maker)) == 0))
		return mem_strdup(or_dash(model));
	return model == NULL ? mem_strdup(or_dash(maker)) : mem_printf("%s %s", maker, model);
}

void print_device_row(const struct row_device *d, struct grid *g)
{
	char *state = presence(d), *model = model_of(d->facts);
	char *supply = print_mfp_lowest(&d->data), *count = print_mfp_life_count(&d->data);
	char *marked = mem_printf("%s%s", state, d->n_warnings > 0 ? " !" : "");

	grid_add(g, or_dash(d->device));
	grid_add(g, marked);
	free(marked);
	grid_add(g, model);
	grid_add(g, or_dash(d->facts[SERIAL]));
	grid_add(g, or_dash(d->facts[LOCATION]));
	grid_add(g, or_dash(supply));
	grid_add(g, or_dash(count));
	free(state);
	free(model);
	free(supply);
	free(count);
}

static void add_time(struct grid *g, int64_t ms)
{
	char s[TEXT_TIME];

	grid_add(g, ms == ROW_NO_TIME ? "-" : text_time(ms, s));
}

void print_unassigned_row(const struct row_unassigned *u, struct grid *g)
{
	char *model = model_of(u->facts), *times = u->times.known ? text_count(u->times.value) : NULL;

	grid_add(g, or_dash(u->device));
	grid_add(g, or_dash(u->reason));
	grid_add(g, model);
	grid_add(g, or_dash(u->facts[SERIAL]));
	add_time(g, u->first);
	add_time(g, u->last);
	grid_add(g, or_dash(times));
	free(model);
	free(times);
}
