// link: test/fuzz/mib_fixture.o
/* An answer's PDU, as any printer may send it, becomes a part that every reader
 * takes. The first byte says which part. */
#include <stdlib.h>
#include <string.h>

#include <net-snmp/net-snmp-config.h>
#include <net-snmp/net-snmp-includes.h>

#include "common/mem.h"
#include "test/fuzz/mib_fixture.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const enum mfp_part parts[] = { MFP_COUNTERS, MFP_SUPPLIES, MFP_STATUS,
	                                       MFP_INFORMATION };
	struct mib_column columns[MIB_MFP_COLUMNS];
	enum mfp_part part = parts[size > 0 ? data[0] % 4 : 0];
	size_t n = mib_mfp_columns(part, mib_fixture_vendor(), columns);
	size_t len = size > 0 ? size - 1 : 0;
	netsnmp_pdu *pdu = snmp_pdu_create(SNMP_MSG_RESPONSE);
	u_char *copy = mem_alloc(len + 1);
	struct mib_table t = { 0 };

	memcpy(copy, data + (size > 0), len);
	snmp_disable_log();
	if (snmp_pdu_parse(pdu, copy, &len) == 0) {
		for (netsnmp_variable_list *v = pdu->variables; v != NULL; v = v->next_variable)
			take(v, columns, n, &t);
	}
	mib_fixture_check(part, &t);
	mib_table_free(&t);
	snmp_free_pdu(pdu);
	free(copy);
	return 0;
}
