#include "device/mib.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <net-snmp/net-snmp-config.h>
#include <net-snmp/net-snmp-includes.h>

#include "common/mem.h"

#define MAX_BYTES 255         /* of a string: DisplayString's bound (RFC 2579) */
#define MAX_RECORDS 2048      /* bytes of a string of records: some 300 of them */

/* A number in net-snmp's widest form; false: not of our types, or too large. */
static bool number_of(const netsnmp_variable_list *v, int64_t *number)
{
	switch (v->type) {
	case ASN_INTEGER:
		*number = *v->val.integer;
		return true;
	case ASN_COUNTER:
	case ASN_GAUGE:
	case ASN_TIMETICKS:
		*number = (uint32_t)*v->val.integer;
		return true;
	case ASN_COUNTER64:
		*number = (int64_t)((uint64_t)v->val.counter64->high << 32 |
		                    (uint32_t)v->val.counter64->low);
		return *number >= 0;
	}
	return false;
}

static char *dotted(const oid *id, size_t len)
{
	char *text = mem_alloc(len * 11 + 1), *end = text;

	*end = '\0';
	for (size_t i = 0; i < len; i++)
		end += sprintf(end, i == 0 ? "%u" : ".%u", (unsigned)(uint32_t)id[i]);
	return text;
}

static void take_bytes(const netsnmp_variable_list *v, size_t max, struct mib_value *value)
{
	value->len = v->val_len < max ? v->val_len : max;
	value->bytes = mem_zero(1, value->len + 1);
	if (value->len > 0)
		memcpy(value->bytes, v->val.string, value->len);
}

static bool take_value(const netsnmp_variable_list *v, enum mib_type type,
                       struct mib_value *value)
{
	if (type == MIB_NUMBER)
		return number_of(v, &value->number);
	if ((type == MIB_STRING || type == MIB_RECORDS) && v->type == ASN_OCTET_STR) {
		take_bytes(v, type == MIB_STRING ? MAX_BYTES : MAX_RECORDS, value);
		return true;
	}
	if (type == MIB_OID && v->type == ASN_OBJECT_ID) {
		value->bytes = dotted(v->val.objid, v->val_len / sizeof(oid));
		value->len = strlen(value->bytes);
		return true;
	}
	return false;
}

void mib_add(struct mib_table *t, unsigned column, enum mib_type type, size_t base_len,
             const netsnmp_variable_list *v)
{
	struct mib_value value = { .column = column };

	if (v->name_length < base_len || v->name_length - base_len > MIB_INDEX ||
	    !take_value(v, type, &value)) {
		t->odd++;
		return;
	}
	value.index.len = v->name_length - base_len;
	for (size_t i = 0; i < value.index.len; i++)
		value.index.id[i] = (uint32_t)v->name[base_len + i];
	t->values = mem_realloc(t->values, (t->n + 1) * sizeof *t->values);
	t->values[t->n++] = value;
}

void mib_table_free(struct mib_table *t)
{
	for (size_t i = 0; i < t->n; i++)
		free(t->values[i].bytes);
	free(t->values);
	memset(t, 0, sizeof *t);
}

static int compare(const struct mib_index *a, const struct mib_index *b)
{
	for (size_t i = 0; i < a->len && i < b->len; i++) {
		if (a->id[i] != b->id[i])
			return a->id[i] < b->id[i] ? -1 : 1;
	}
	return a->len < b->len ? -1 : a->len > b->len;
}

const struct mib_value *mib_get(const struct mib_table *t, unsigned column,
                                  const struct mib_index *index)
{
	for (size_t i = 0; i < t->n; i++) {
		if (t->values[i].column == column && compare(&t->values[i].index, index) == 0)
			return &t->values[i];
	}
	return NULL;
}

const struct mib_value *mib_first(const struct mib_table *t, unsigned column)
{
	for (size_t i = 0; i < t->n; i++) {
		if (t->values[i].column == column)
			return &t->values[i];
	}
	return NULL;
}

static int compare_void(const void *a, const void *b)
{
	return compare(a, b);
}

size_t mib_rows(const struct mib_table *t, unsigned from, unsigned to, size_t len,
                 struct mib_index rows[static MIB_ROWS])
{
	struct mib_index *all = mem_zero(t->n, sizeof *all);
	size_t n = 0, kept = 0;

	for (size_t i = 0; i < t->n; i++) {
		const struct mib_value *v = &t->values[i];

		if (v->column >= from && v->column <= to && v->index.len == len)
			all[n++] = v->index;
	}
	qsort(all, n, sizeof *all, compare_void);
	for (size_t i = 0; i < n && kept < MIB_ROWS; i++) {
		if (kept == 0 || compare(&rows[kept - 1], &all[i]) != 0)
			rows[kept++] = all[i];
	}
	free(all);
	return kept;
}
