#include "operator/event.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/mem.h"
#include "operator/csv.h"
#include "operator/text.h"

/* As attributes, in JSON and in CSV; the text is the element's own. */
static const char *const names[EVENT_FIELDS] = {
	"id", "time", "operator", "asked_by", "action", "device", "unit", "command", "request",
	"result", "condition", "text",
};

const struct grid_column event_columns[5] = {
	{ "TIME", 0, false }, { "OPERATOR", 40, false }, { "ACTION", 32, false },
	{ "DEVICE", 40, false }, { "RESULT", 120, false },
};

void event_read(struct event *e, const struct xml *el)
{
	const char *text = xml_text_of(el);

	memset(e, 0, sizeof *e);
	for (size_t i = 0; i < EVENT_TEXT; i++)
		e->fields[i] = mem_strdup(xml_get(el, names[i]));
	e->fields[EVENT_TEXT] = *text == '\0' ? NULL : mem_strdup(text);
	e->suppressed.known = xml_get_int(el, "suppressed", &e->suppressed.value);
}

void event_clear(struct event *e)
{
	for (size_t i = 0; i < EVENT_FIELDS; i++)
		free(e->fields[i]);
	memset(e, 0, sizeof *e);
}

static void put(json_t *o, const char *key, json_t *value)
{
	if (value == NULL || json_object_set_new(o, key, value) != 0)
		mem_fatal();
}

json_t *event_json(const struct event *e)
{
	json_t *o = json_object();

	for (size_t i = 0; i < EVENT_FIELDS; i++)
		put(o, names[i], e->fields[i] == NULL ? json_null() : json_string(e->fields[i]));
	put(o, "suppressed", e->suppressed.known ? json_integer(e->suppressed.value) : json_null());
	return o;
}

void event_csv_head(FILE *out)
{
	for (size_t i = 0; i < EVENT_FIELDS; i++)
		csv_text(out, names[i], i == 0);
	fputs(",suppressed\r\n", out);
}

void event_csv(FILE *out, const struct event *e)
{
	for (size_t i = 0; i < EVENT_FIELDS; i++)
		csv_text(out, e->fields[i], i == 0);
	putc(',', out);
	if (e->suppressed.known)
		fprintf(out, "%" PRId64, e->suppressed.value);
	fputs("\r\n", out);
}

static const char *or_dash(const char *s)
{
	return s == NULL || *s == '\0' ? "-" : s;
}

static void add_time(const struct event *e, struct grid *g)
{
	const char *text = e->fields[EVENT_TIME];
	char when[TEXT_TIME];
	int64_t ms;

	grid_add(g, text != NULL && clock_parse(text, &ms) ? text_time(ms, when) : "-");
}

static void add_action(const struct event *e, struct grid *g)
{
	const char *command = e->fields[EVENT_COMMAND];
	char *cell = mem_printf("%s%s%s", or_dash(e->fields[EVENT_ACTION]),
	                        command == NULL ? "" : " ", command == NULL ? "" : command);

	grid_add(g, cell);
	free(cell);
}

/* "denied: there is no command make-coffee"; "denied, 30 more". */
static void add_result(const struct event *e, struct grid *g)
{
	const char *why = e->fields[EVENT_TEXT] != NULL ? e->fields[EVENT_TEXT]
	                                               : e->fields[EVENT_CONDITION];
	char *times = e->suppressed.known ? mem_printf(", %" PRId64 " more", e->suppressed.value)
	                                  : mem_strdup("");
	char *cell = mem_printf("%s%s%s%s", or_dash(e->fields[EVENT_RESULT]), times,
	                        why == NULL ? "" : ": ", why == NULL ? "" : why);

	grid_add(g, cell);
	free(cell);
	free(times);
}

void event_cells(const struct event *e, struct grid *g)
{
	add_time(e, g);
	grid_add(g, or_dash(e->fields[EVENT_OPERATOR]));
	add_action(e, g);
	grid_add(g, or_dash(e->fields[EVENT_DEVICE]));
	add_result(e, g);
}
