/* Metrics as text: OpenMetrics 1.0, or Prometheus' older format 0.0.4 for who knows
 * only that. */
#ifndef COMPONENT_METRICS_TEXT_H
#define COMPONENT_METRICS_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define METRICS_TYPE_OPEN "application/openmetrics-text; version=1.0.0; charset=utf-8"
#define METRICS_TYPE_CLASSIC "text/plain; version=0.0.4; charset=utf-8"

struct component;
struct device;

enum metrics_type {
	METRICS_GAUGE, METRICS_COUNTER, METRICS_INFO, METRICS_STATESET, METRICS_HISTOGRAM
};

struct metrics_text {
	char *buf;
	size_t len, cap;
	bool classic;
	const struct metrics_family *family;   /* whose samples are being written */
	bool has_labels;
};

/* One family: all of its samples stand together. Its samples come from the one
 * function that is set; a device's are written while nothing else happens. */
struct metrics_family {
	const char *name;             /* without what a type puts behind it ("_total") */
	enum metrics_type type;
	const char *unit;             /* the name's last word, or NULL */
	const char *help;
	void (*of_daemon)(struct metrics_text *t, const struct component *c);
	void (*of_device)(struct metrics_text *t, const struct device *d);
};

/* What a family begins with. The text must be kept until its last sample. */
void metrics_text_family(struct metrics_text *t, const struct metrics_family *family);

/* A sample: begun, its labels, its value. suffix: NULL for the type's own, or a
 * histogram's. A label whose value is NULL or empty is left out. */
void metrics_text_sample(struct metrics_text *t, const char *suffix);
void metrics_text_label(struct metrics_text *t, const char *name, const char *value);
/* value with its last decimals digits behind the point: never by way of a double,
 * which has no room for 64 bits. */
void metrics_text_value(struct metrics_text *t, int64_t value, unsigned decimals);

/* A sample without labels. */
void metrics_text_int(struct metrics_text *t, int64_t value);

/* The end of all. */
void metrics_text_end(struct metrics_text *t);

void metrics_text_free(struct metrics_text *t);

#endif
