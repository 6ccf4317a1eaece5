// link: device/mib.o device/mib_mfp.o device/mib_labels.o device/vendor.o
// link: device/mib_vendor.o device/records.o
#include "test/fuzz/mib_fixture.h"

#include <stdlib.h>

static void must(bool good)
{
	if (!good)
		abort();
}

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

const struct vendor *mib_fixture_vendor(void)
{
	static struct vendor v;

	for (size_t i = 0; v.n < 6 && i < sizeof pairs / sizeof *pairs; i++) {
		char *why = vendor_pair(&v, 1, pairs[i].section, pairs[i].key, pairs[i].value);

		must(why == NULL);
		free(why);
	}
	return &v;
}

static void check_readable(const struct mfp *m, enum mfp_part part)
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
	must(el != NULL && mfp_read(&read, el, NULL));
	mfp_clear(&read);
	xml_free(el);
	free(text);
}

void mib_fixture_check(enum mfp_part part, const struct mib_table *t)
{
	struct mfp m = { 0 };

	if (mib_mfp_fill(part, mib_fixture_vendor(), t, &m))
		check_readable(&m, part);
	mfp_clear(&m);
}
