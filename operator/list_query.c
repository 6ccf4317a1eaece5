#include "operator/list_query.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/conf.h"
#include "common/mem.h"
#include "operator/args.h"
#include "operator/row.h"

#define RSM_NS "http://jabber.org/protocol/rsm"

static const struct list_filter *find(const struct list_query *q, const char *word, size_t len)
{
	const struct list_filter *f = q->filters;

	while (f->key != NULL && (strlen(f->key) != len || memcmp(f->key, word, len) != 0))
		f++;
	return f->key != NULL ? f : NULL;
}

/* Who gives a wrong key is told the right ones. */
static void explain_keys(const struct list_query *q, const char *word, struct fault *f)
{
	char *keys = mem_strdup(""), *longer;

	for (const struct list_filter *known = q->filters; known->key != NULL; known++) {
		longer = mem_printf("%s%s%s", keys, *keys ? ", " : "", known->key);
		free(keys);
		keys = longer;
	}
	fault_set(f, EXIT_USAGE, "usage", "'%s' is no filter: KEY=VALUE, KEY one of %s", word, keys);
	free(keys);
}

/* Of a kind of value that has only so many. */
#define CHOICES 8
static const char *const choices[][CHOICES] = {
	[LIST_TRUTH] = { "true", "false" },
	[LIST_ORDER] = { "newest", "oldest" },
	[LIST_SORT] = { "device", "model", "unit", "location", "serial", "since" },
	[LIST_RESULT] = { "accepted", "denied" },
	[LIST_BY] = { "command", "unit", "device" },
	[LIST_CAMPAIGN_STATUS] = { "running", "paused", "cancelling", "aborting", "finished", "cancelled",
	                           "aborted" },
};

static char *one_of(enum list_value kind, const char *value, char **why)
{
	char *all = mem_strdup(""), *longer;

	for (size_t i = 0; i < CHOICES && choices[kind][i] != NULL; i++) {
		if (strcmp(value, choices[kind][i]) == 0) {
			free(all);
			return mem_strdup(value);
		}
		longer = mem_printf("%s%s%s", all, *all ? ", " : "", choices[kind][i]);
		free(all);
		all = longer;
	}
	*why = mem_printf("'%s' is none of %s", value, all);
	free(all);
	return NULL;
}

static void print_value(enum list_value kind, FILE *out)
{
	const char *name;

	if (kind == LIST_TEXT || kind == LIST_TIME)
		fputs(kind == LIST_TEXT ? "TEXT" : "TIME", out);
	for (size_t i = 0; kind == LIST_STATUS && (name = row_status_name(i)) != NULL; i++)
		fprintf(out, "%s%s", i == 0 ? "" : "|", name);
	for (size_t i = 0; i < CHOICES && choices[kind][i] != NULL; i++)
		fprintf(out, "%s%s", i == 0 ? "" : "|", choices[kind][i]);
	putc('\n', out);
}

void list_query_help(const struct list_filter *filters, FILE *out)
{
	fputs("Filters:\n", out);
	for (; filters->key != NULL; filters++) {
		fprintf(out, "  %s=", filters->key);
		print_value(filters->value, out);
	}
}

/* The value as the wire has it, or NULL with *f. The caller frees it. */
static char *wire_value(const struct list_filter *filter, const char *value, struct fault *f)
{
	char *why = NULL, *text = NULL;
	char when[CLOCK_STRING];
	bool truth = false;
	int64_t ms;

	switch (filter->value) {
	case LIST_TEXT:
		text = mem_strdup(value);
		break;
	case LIST_TRUTH:
		why = conf_parse_bool(value, &truth);
		text = mem_strdup(truth ? "true" : "false");
		break;
	case LIST_TIME:
		if (clock_parse(value, &ms))
			text = mem_strdup(clock_format(ms, when));
		else
			why = mem_printf("'%s' is no time such as 2026-01-02T03:04:05Z", value);
		break;
	case LIST_ORDER:
	case LIST_SORT:
	case LIST_RESULT:
	case LIST_BY:
	case LIST_CAMPAIGN_STATUS:
		text = one_of(filter->value, value, &why);
		break;
	case LIST_STATUS:
		if (row_status_known(value))
			text = mem_strdup(value);
		else
			why = mem_printf("'%s' is no status", value);
		break;
	}
	if (why == NULL)
		return text;
	fault_set(f, EXIT_USAGE, "usage", "%s: %s", filter->key, why);
	free(why);
	free(text);
	return NULL;
}

static bool add_filter(const struct list_query *q, const char *word, struct xml_writer *w,
                       unsigned *given, struct fault *f)
{
	const char *value = "";
	size_t len = args_pair(word, &value);
	const struct list_filter *filter = find(q, word, len);
	char *text;

	if (len == 0 || *value == '\0' || filter == NULL) {
		explain_keys(q, word, f);
		return false;
	}
	if (*given & 1u << (filter - q->filters)) {
		fault_set(f, EXIT_USAGE, "usage", "the filter %s is given twice", filter->key);
		return false;
	}
	*given |= 1u << (filter - q->filters);
	text = wire_value(filter, value, f);
	xml_attr(w, filter->key, text);
	free(text);
	return text != NULL;
}

const char *list_query_ns(const struct list_query *q)
{
	return q->ns == NULL ? ROW_OPERATION_NS : q->ns;
}

char *list_query_text(const struct list_query *q, const char *const *filters, size_t n_filters,
                      int64_t max, const char *after, struct fault *f)
{
	struct xml_writer w = { 0 };
	unsigned given = 0;
	char *number;

	xml_open(&w, q->element, list_query_ns(q));
	for (size_t i = 0; i < n_filters; i++) {
		if (!add_filter(q, filters[i], &w, &given, f)) {
			xml_writer_free(&w);
			return NULL;
		}
	}
	xml_open(&w, "set", RSM_NS);
	number = mem_printf("%" PRId64, max);
	xml_element(&w, "max", RSM_NS, number);
	free(number);
	if (after != NULL)
		xml_element(&w, "after", RSM_NS, after);
	xml_close(&w);
	xml_close(&w);
	return xml_take(&w, NULL);
}
