#include "device/mib_vendor.h"

#include <string.h>

#include "common/mem.h"
#include "device/records.h"

static bool is_of_part(const struct vendor_counter *c, enum mfp_part part)
{
	return part == (c->figure == VENDOR_COUNTER ? MFP_COUNTERS : MFP_STATUS);
}

static bool set_time(const struct vendor_counter *c, int64_t value, struct mfp_number *time,
                     char **source)
{
	if (!vendor_seconds(c, &value))
		return false;
	*time = (struct mfp_number){ true, value };
	mem_set(source, c->name);
	return true;
}

static bool add_counter_of(const struct vendor_counter *c, int64_t value, struct mfp *m)
{
	struct mfp_counter *counter;

	if (m->n_counters >= MIB_ROWS)   /* a reader takes no more */
		return false;
	counter = mfp_add_counter(m);
	counter->name = mem_strdup(c->name);
	counter->value = (struct mfp_number){ true, value };
	counter->unit = mem_strdup(c->unit);
	return true;
}

static bool add_vendor(const struct vendor_counter *c, int64_t value, struct mfp *m)
{
	if (value < 0)
		return false;
	switch (c->figure) {
	case VENDOR_POWER_ON:
		return set_time(c, value, &m->power_on_s, &m->power_on_source);
	case VENDOR_OPERATION:
		return set_time(c, value, &m->operation_s, &m->operation_source);
	default:
		return add_counter_of(c, value, m);
	}
}

/* Where a column is, which is appended if it is not there: many counters may share one. */
static unsigned column_of(struct mib_column *columns, size_t *n, const char *oid,
                          enum mib_type type, bool exact)
{
	for (size_t i = 0; i < *n; i++) {
		if (columns[i].type == type && columns[i].exact == exact &&
		    strcmp(columns[i].oid, oid) == 0)
			return (unsigned)i;
	}
	columns[*n] = (struct mib_column){ oid, type, exact };
	return (unsigned)(*n)++;
}

/* The columns of one counter: its value's, and for a row the one that tells which. */
struct place {
	unsigned value, row;
};

static struct place place_of(const struct vendor_counter *c, struct mib_column *columns,
                             size_t *n)
{
	enum mib_type type = c->place == VENDOR_RECORD ? MIB_RECORDS : MIB_NUMBER;
	struct place p = { .value = column_of(columns, n, c->oid, type, c->place != VENDOR_ROW) };

	if (c->place == VENDOR_ROW)
		p.row = column_of(columns, n, c->row, MIB_NUMBER, false);
	return p;
}

static const struct mib_value *in_row(const struct vendor_counter *c, struct place p,
                                      const struct mib_table *t)
{
	for (size_t i = 0; i < t->n; i++) {
		const struct mib_value *v = &t->values[i];

		if (v->column == p.row && v->number == c->row_number)
			return mib_get(t, p.value, &v->index);
	}
	return NULL;
}

static bool read_vendor(const struct vendor_counter *c, struct place p, const struct mib_table *t,
                        struct mfp *m)
{
	const struct mib_value *v = c->place == VENDOR_ROW ? in_row(c, p, t) : mib_first(t, p.value);
	int64_t value;

	if (v == NULL)
		return false;
	value = v->number;
	if (c->place == VENDOR_RECORD && !records_find(v->bytes, v->len, c->record, &value))
		return false;
	return add_vendor(c, value, m);
}

size_t mib_vendor_columns(enum mfp_part part, const struct vendor *vendor,
                          struct mib_column *columns, size_t n)
{
	for (size_t i = 0; i < vendor->n; i++) {
		if (is_of_part(&vendor->list[i], part))
			place_of(&vendor->list[i], columns, &n);
	}
	return n;
}

bool mib_vendor_fill(enum mfp_part part, const struct vendor *vendor, struct mib_column *columns,
                     size_t n, const struct mib_table *t, struct mfp *m)
{
	bool said = false;

	for (size_t i = 0; i < vendor->n; i++) {
		const struct vendor_counter *c = &vendor->list[i];

		if (is_of_part(c, part))
			said |= read_vendor(c, place_of(c, columns, &n), t, m);
	}
	return said;
}
