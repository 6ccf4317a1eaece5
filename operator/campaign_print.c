#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/mem.h"
#include "operator/campaign.h"
#include "operator/row.h"
#include "operator/text.h"

#define BAR 16

static const char *const statuses[] = { "waiting", "open", "responded", "failed", "refused", "unknown",
                                        "expired", "no-response", "cancelled" };
enum { WAITING, OPEN, RESPONDED, STATUSES = 9 };

const struct grid_column campaign_columns[6] = {
	{ "CREATED", 0, false }, { "NAME", 32, false }, { "COMMAND", 24, false },
	{ "STATUS", 0, false }, { "ENDED", 0, true }, { "ID", 0, false },
};

const struct grid_column campaign_member_columns[5] = {
	{ "DEVICE", 48, false }, { "STATUS", 0, false }, { "TRIES", 0, true },
	{ "REQUEST", 0, false }, { "ERROR", 60, false },
};

static const char *or_dash(const char *s)
{
	return s == NULL || *s == '\0' ? "-" : s;
}

static void read_counts(const struct xml *el, int64_t n[static STATUSES])
{
	const struct xml *counts = xml_child(el, "counts", ROW_OPERATION_NS);

	for (size_t i = 0; i < STATUSES; i++) {
		n[i] = 0;
		xml_get_int(counts, statuses[i], &n[i]);
	}
}

/* How many have ended, of how many. */
static int64_t sum(const int64_t n[static STATUSES], int64_t *all)
{
	int64_t ended = 0;

	for (size_t i = RESPONDED; i < STATUSES; i++)
		ended += n[i];
	*all = n[WAITING] + n[OPEN] + ended;
	return ended;
}

/* ": 110 responded, 10 failed" of what is beyond first; the caller frees it. */
static char *ends_of(const int64_t n[static STATUSES], size_t first)
{
	char *text = mem_strdup(""), *longer, *number;

	for (size_t i = first; i < STATUSES; i++) {
		if (n[i] == 0)
			continue;
		number = text_count(n[i]);
		longer = mem_printf("%s%s%s %s", text, *text ? ", " : "", number, statuses[i]);
		free(number);
		free(text);
		text = longer;
	}
	return text;
}

char *campaign_progress_text(const struct xml *el)
{
	int64_t n[STATUSES], all, ended;
	char *ends, *of, *text, *done;

	read_counts(el, n);
	ended = sum(n, &all);
	ends = ends_of(n, OPEN);
	of = text_count(all);
	done = text_count(ended);
	text = mem_printf("%s, %s of %s%s%s", or_dash(xml_get(el, "status")), done, of, *ends ? ": " : "",
	                  ends);
	free(ends);
	free(of);
	free(done);
	return text;
}

/* ", 60/min, 2 min left". The caller frees it. */
static char *pace(const struct xml *el)
{
	const char *estimate = xml_get(el, "estimate"), *rate = xml_get(el, "rate-now");
	int64_t when, left;
	char *duration, *text;

	if (estimate == NULL || rate == NULL || !clock_parse(estimate, &when))
		return mem_strdup("");
	left = when - clock_wall_ms();
	duration = text_duration(left < 0 ? 0 : left / 1000 * 1000);
	text = mem_printf(", %.*s/min, %s left", (int)strcspn(rate, "."), rate, duration);
	free(duration);
	return text;
}

char *campaign_progress_bar(const struct xml *el)
{
	int64_t n[STATUSES], all, ended, bad = 0;
	char *bar, *how, *text;

	read_counts(el, n);
	ended = sum(n, &all);
	for (size_t i = RESPONDED + 1; i < STATUSES; i++)
		bad += n[i];
	bar = text_bar(all == 0 ? 100 : ended * 100 / all, BAR);
	how = pace(el);
	text = mem_printf("%s %" PRId64 "/%" PRId64 " %s, %" PRId64 " bad%s", bar, ended, all,
	                  or_dash(xml_get(el, "status")), bad, how);
	free(bar);
	free(how);
	return text;
}

/* The whole of one. */

static void line_time(FILE *out, const char *label, const char *value)
{
	char when[TEXT_TIME];
	int64_t ms;

	if (value != NULL && clock_parse(value, &ms))
		text_line(out, label, text_time(ms, when));
}

static void print_select(const struct xml *el, FILE *out)
{
	const struct xml *select = xml_child(el, "select", ROW_OPERATION_NS);

	for (const struct xml_attr *a = select == NULL ? NULL : select->attrs; a != NULL; a = a->next) {
		char *text = mem_printf("%s=%s", a->name, a->value);

		text_line(out, a == select->attrs ? "where" : "", text);
		free(text);
	}
}

/* Its name, or how many it stands for; in a dry run with how many devices it has. */
static char *unit_text(const struct xml *u)
{
	const char *members = xml_get(u, "members"), *units = xml_get(u, "units");
	char *name = units == NULL ? mem_strdup(or_dash(xml_get(u, "name")))
	                           : mem_printf("and %s more", units), *text;

	if (members == NULL)
		return name;
	text = mem_printf("%s: %s devices, %s online", name, members, or_dash(xml_get(u, "online")));
	free(name);
	return text;
}

static void print_units(const struct xml *el, FILE *out)
{
	const struct xml *u = xml_child(el, "unit", ROW_OPERATION_NS);

	for (; u != NULL; u = xml_again(u, "unit", ROW_OPERATION_NS)) {
		char *text = unit_text(u);

		text_line(out, "unit", text);
		free(text);
	}
}

static void print_rate(const struct xml *el, FILE *out)
{
	const char *growth = xml_get(el, "growth"), *abort = xml_get(el, "abort");
	char *text = mem_printf("%s a minute, times %s each minute up to %s",
	                        or_dash(xml_get(el, "rate-now")), or_dash(growth),
	                        or_dash(xml_get(el, "rate-max")));
	char *rule = mem_printf("when %s %% of at least %s failed", or_dash(abort),
	                        or_dash(xml_get(el, "abort-after")));

	if (growth != NULL)
		text_line(out, "rate", text);
	if (abort != NULL)
		text_line(out, "aborts", strcmp(abort, "0") == 0 ? "never" : rule);
	free(text);
	free(rule);
}

/* A dry run has counted, and no more. */
static char *headline(const struct xml *el)
{
	if (xml_get(el, "status") != NULL)
		return campaign_progress_text(el);
	return mem_printf("%s devices, %s of them online; nobody was asked",
	                  or_dash(xml_get(el, "members")), or_dash(xml_get(el, "online")));
}

void campaign_print(const struct xml *el, FILE *out)
{
	const char *name = xml_get(el, "name");
	char *head = headline(el), *title, *clean;

	title = mem_printf("%s%s%s  %s", name == NULL ? "" : name, name == NULL ? "" : "  ",
	                   or_dash(xml_get(el, "command")), head);
	clean = text_clean(title);
	fprintf(out, "%s\n", clean);
	print_select(el, out);
	print_units(el, out);
	print_rate(el, out);
	line_time(out, "created", xml_get(el, "created"));
	line_time(out, "all asked by", xml_get(el, "estimate"));
	line_time(out, "ended", xml_get(el, "ended"));
	text_line(out, "cause", xml_get(el, "cause"));
	text_line(out, "by", xml_get(el, "by"));
	text_line(out, "id", xml_get(el, "id"));
	free(clean);
	free(title);
	free(head);
}

/* Rows. */

void campaign_cells(const struct xml *el, struct grid *g)
{
	int64_t n[STATUSES], all, ended, ms;
	char when[TEXT_TIME], *cell;
	const char *created = xml_get(el, "created");

	read_counts(el, n);
	ended = sum(n, &all);
	grid_add(g, created != NULL && clock_parse(created, &ms) ? text_time(ms, when) : "-");
	grid_add(g, or_dash(xml_get(el, "name")));
	grid_add(g, or_dash(xml_get(el, "command")));
	grid_add(g, or_dash(xml_get(el, "status")));
	cell = mem_printf("%" PRId64 "/%" PRId64, ended, all);
	grid_add(g, cell);
	free(cell);
	grid_add(g, or_dash(xml_get(el, "id")));
}

/* "busy: it prints". The caller frees it. */
static char *error_text(const struct xml *error)
{
	const char *condition = xml_get(error, "condition"), *text = xml_text_of(error);

	if (error == NULL)
		return mem_strdup("");
	return mem_printf("%s%s%s", or_dash(condition), *text == '\0' ? "" : ": ", text);
}

void campaign_member_cells(const struct xml *member, struct grid *g)
{
	const struct xml *error = xml_child(member, "error", ROW_OPERATION_NS);
	const char *online = xml_get(member, "online");
	char *why = error_text(error);

	grid_add(g, or_dash(xml_get(member, "device")));
	grid_add(g, online == NULL ? or_dash(xml_get(member, "status"))
	                           : strcmp(online, "true") == 0 ? "online" : "offline");
	grid_add(g, or_dash(xml_get(member, "attempts")));
	grid_add(g, or_dash(xml_get(member, "request")));
	grid_add(g, why);
	free(why);
}
