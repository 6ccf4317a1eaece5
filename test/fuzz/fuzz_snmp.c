// link: device/mib.o device/mib_mfp.o device/mib_labels.o device/vendor.o
// link: device/mib_vendor.o device/records.o
/* An answer's PDU, as any printer may send it, becomes a part that every reader
 * takes. The first byte says which part. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include <net-snmp/net-snmp-config.h>
#include <net-snmp/net-snmp-includes.h>

#include "common/mem.h"
#include "device/mib_mfp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Values, times, a string of records, a table. */
static const struct {
	const char *section, *key, *value;
} pairs[] = {
	{ "counter value", "oid", "1.3.6.1.4.1.1.0" },
	{ "counter on", "oid", "1.3.6.1.4.1.2.0" },
	{ "counter on", "unit", "hours" },
	{ "counter on", "figure", "power-on" },
	{ "counter worked", "oid", "1.3.6.1.4.1.3.0" },
	{ "counter worked", "unit", "hours" },
	{ "counter worked", "figure", "operation" },
	{ "counter record", "oid", "1.3.6.1.4.1.4.0" },
	{ "counter record", "record", "0x01" },
	{ "counter another", "oid", "1.3.6.1.4.1.4.0" },
	{ "counter another", "record", "0x02" },
	{ "counter row", "oid", "1.3.6.1.4.1.5.9" },
	{ "counter row", "row", "1.3.6.1.4.1.5.2 10" },
};

static struct vendor *vendor(void)
{
	static struct vendor v;

	for (size_t i = 0; v.n < 6 && i < sizeof pairs / sizeof *pairs; i++) {
		char *why = vendor_pair(&v, 1, pairs[i].section, pairs[i].key, pairs[i].value);

		assert(why == NULL);
		free(why);
	}
	return &v;
}

static size_t parse_oid(const char *text, oid id[static MAX_OID_LEN])
{
	size_t n = 0;
	char *end;

	for (;; text = end + 1) {
		id[n++] = strtoul(text, &end, 10);
		if (*end != '.')
			return n;
	}
}

/* Each variable goes to the columns that its name begins with, as in a walk. */
static void take(const netsnmp_variable_list *v, const struct mib_column *columns, size_t n,
                 struct mib_table *t)
{
	oid base[MAX_OID_LEN];

	for (unsigned i = 0; i < n; i++) {
		size_t len = parse_oid(columns[i].oid, base);

		if (v->name_length >= len && v->name_length <= MAX_OID_LEN &&
		    snmp_oidtree_compare(v->name, v->name_length, base, len) == 0)
			mib_add(t, i, columns[i].type, len, v);
	}
}

static void check(const struct mfp *m, enum mfp_part part)
{
	const struct xml_limits limits = { 4 * 1024 * 1024, 16, 5000, 64 };
	struct xml_writer w = { 0 };
	struct mfp read = { 0 };
	struct xml *el;
	size_t len;
	char *text;

	mfp_write(m, part, &w);
	text = xml_take(&w, &len);
	el = xml_parse(text, len, &limits, NULL);
	assert(el != NULL && mfp_read(&read, el, NULL));
	mfp_clear(&read);
	xml_free(el);
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const enum mfp_part parts[] = { MFP_COUNTERS, MFP_SUPPLIES, MFP_STATUS,
	                                       MFP_INFORMATION };
	struct mib_column columns[MIB_MFP_COLUMNS];
	enum mfp_part part = parts[size > 0 ? data[0] % 4 : 0];
	size_t n = mib_mfp_columns(part, vendor(), columns), len = size > 0 ? size - 1 : 0;
	netsnmp_pdu *pdu = snmp_pdu_create(SNMP_MSG_RESPONSE);
	u_char *copy = mem_alloc(len + 1);
	struct mib_table t = { 0 };
	struct mfp m = { 0 };

	memcpy(copy, data + (size > 0), len);
	snmp_disable_log();
	if (snmp_pdu_parse(pdu, copy, &len) == 0) {
		for (netsnmp_variable_list *v = pdu->variables; v != NULL; v = v->next_variable)
			take(v, columns, n, &t);
	}
	if (mib_mfp_fill(part, vendor(), &t, &m))
		check(&m, part);
	mfp_clear(&m);
	mib_table_free(&t);
	snmp_free_pdu(pdu);
	free(copy);
	return 0;
}
