/* A vendor's own counters and times: [counter NAME] sections of the device's
 * configuration and of the vendor's file that it names. */
#ifndef DEVICE_VENDOR_H
#define DEVICE_VENDOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define VENDOR_COUNTERS 64

enum vendor_figure { VENDOR_COUNTER, VENDOR_POWER_ON, VENDOR_OPERATION };

/* Where oid leads to: the value; a string of records (records.h), of which it is one;
 * or a table's column, where the value's row is the first one in which another column
 * has a certain number. */
enum vendor_place { VENDOR_VALUE, VENDOR_RECORD, VENDOR_ROW };

struct vendor_counter {
	char *name, *oid, *unit;
	int figure;                 /* enum vendor_figure */
	bool has_figure;
	unsigned line, figure_line; /* of its section, and of figure */
	enum vendor_place place;
	unsigned record;            /* its tag */
	char *row;                  /* the other column, NULL if none */
	int64_t row_number;
};

struct vendor {
	struct vendor_counter *list;
	size_t n;
};

/* A pair of a section as conf_section_fn has it; arg is a struct vendor. */
char *vendor_pair(void *arg, unsigned line, const char *section, const char *key,
                  const char *value);

/* What each counter lacks goes to errors as "FILE:LINE: text", one a line: 0 or -1. */
int vendor_check(const struct vendor *v, const char *path, FILE *errors);

/* Reads a file of [counter NAME] sections into *v. What *v has already it keeps.
 * 0, or -1 with the mistakes in errors. */
int vendor_read(struct vendor *v, const char *path, FILE *errors);

void vendor_print(const struct vendor *v, FILE *out);
/* The copy is cleared for itself. */
struct vendor vendor_copy(const struct vendor *v);
void vendor_clear(struct vendor *v);

/* A time's raw value in the counter's unit as seconds; false: too large. */
bool vendor_seconds(const struct vendor_counter *c, int64_t *value);

#endif
