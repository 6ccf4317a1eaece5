#include "component/metrics_text.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"

static const struct { const char *open, *classic, *suffix; } types[] = {
	[METRICS_GAUGE] = { "gauge", "gauge", "" },
	[METRICS_COUNTER] = { "counter", "counter", "_total" },
	[METRICS_INFO] = { "info", "gauge", "_info" },
	[METRICS_STATESET] = { "stateset", "gauge", "" },
	[METRICS_HISTOGRAM] = { "histogram", "histogram", "" },
};

static void put_n(struct metrics_text *t, const char *s, size_t n)
{
	if (t->len + n > t->cap) {
		t->cap = (t->len + n) * 2;
		t->buf = mem_realloc(t->buf, t->cap);
	}
	memcpy(t->buf + t->len, s, n);
	t->len += n;
}

static void put(struct metrics_text *t, const char *s)
{
	put_n(t, s, strlen(s));
}

/* In the older format the metadata names what the samples are called. */
static void put_metadata(struct metrics_text *t, const char *kind, const char *text)
{
	put(t, "# ");
	put(t, kind);
	put(t, " ");
	put(t, t->family->name);
	if (t->classic)
		put(t, types[t->family->type].suffix);
	put(t, " ");
	put(t, text);
	put(t, "\n");
}

void metrics_text_family(struct metrics_text *t, const struct metrics_family *family)
{
	t->family = family;
	put_metadata(t, "TYPE", t->classic ? types[family->type].classic : types[family->type].open);
	if (family->unit != NULL && !t->classic)
		put_metadata(t, "UNIT", family->unit);
	put_metadata(t, "HELP", family->help);
}

void metrics_text_sample(struct metrics_text *t, const char *suffix)
{
	put(t, t->family->name);
	put(t, suffix != NULL ? suffix : types[t->family->type].suffix);
	t->has_labels = false;
}

static void put_escaped(struct metrics_text *t, const char *value)
{
	size_t n;

	while (*(value += n = strcspn(value, "\\\"\n")) != '\0') {
		put_n(t, value - n, n);
		put(t, *value == '\n' ? "\\n" : *value == '"' ? "\\\"" : "\\\\");
		value++;
	}
	put_n(t, value - n, n);
}

void metrics_text_label(struct metrics_text *t, const char *name, const char *value)
{
	if (value == NULL || *value == '\0')
		return;
	put(t, t->has_labels ? "," : "{");
	put(t, name);
	put(t, "=\"");
	put_escaped(t, value);
	put(t, "\"");
	t->has_labels = true;
}

void metrics_text_value(struct metrics_text *t, int64_t value, unsigned decimals)
{
	uint64_t size = value < 0 ? -(uint64_t)value : (uint64_t)value, power = 1;
	char number[64];

	for (unsigned i = 0; i < decimals; i++)
		power *= 10;
	snprintf(number, sizeof number, " %s%" PRIu64, value < 0 ? "-" : "", size / power);
	put(t, t->has_labels ? "}" : "");
	put(t, number);
	if (decimals > 0) {
		snprintf(number, sizeof number, ".%0*" PRIu64, (int)decimals, size % power);
		put(t, number);
	}
	put(t, "\n");
}

void metrics_text_int(struct metrics_text *t, int64_t value)
{
	metrics_text_sample(t, NULL);
	metrics_text_value(t, value, 0);
}

void metrics_text_end(struct metrics_text *t)
{
	if (!t->classic)
		put(t, "# EOF\n");
}

void metrics_text_free(struct metrics_text *t)
{
	free(t->buf);
	memset(t, 0, sizeof *t);
}
