#include "device/mib_mfp.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "device/mib_labels.h"
#include "device/mib_vendor.h"

#define MAX_CONSOLE 64

#define SYSTEM "1.3.6.1.2.1.1."
#define INTERFACES "1.3.6.1.2.1.2.2.1."
#define HOST_SYSTEM "1.3.6.1.2.1.25.1."
#define HOST_DEVICE "1.3.6.1.2.1.25.3.2.1."
#define HOST_PRINTER "1.3.6.1.2.1.25.3.5.1."
#define PRINTER "1.3.6.1.2.1.43."
#define PRINTER_TYPE "1.3.6.1.2.1.25.3.1.5"     /* hrDevicePrinter */
#define ENTERPRISES "1.3.6.1.4.1."
#define DEVICE_DOWN 5                            /* hrDeviceStatus */

/* Printers end strings with NULs and pad them with blanks. NULL: nothing is left. */
static char *clean(const struct mib_value *v)
{
	size_t len = v == NULL ? 0 : strnlen(v->bytes, v->len);

	while (len > 0 && strchr(" \t\r\n", v->bytes[len - 1]) != NULL)
		len--;
	return len == 0 ? NULL : xml_clean(v->bytes, len);
}

/* A number without a registered label stands for itself. */
static char *label_of(enum mib_enumeration e, const struct mib_value *v)
{
	const char *label = v == NULL ? NULL : mib_label(e, v->number);

	if (v == NULL)
		return NULL;
	return label != NULL ? mem_strdup(label) : mem_printf("%" PRId64, v->number);
}

static char *index_text(const struct mib_index *index)
{
	return mem_printf("%" PRIu32 ".%" PRIu32, index->id[0], index->id[1]);
}

/* Counters: prtMarkerTable. */

enum { COUNTER_UNIT, LIFE_COUNT, POWER_ON_COUNT };

static const struct mib_column counter_columns[] = {
	[COUNTER_UNIT] = { PRINTER "10.2.1.3", MIB_NUMBER },
	[LIFE_COUNT] = { PRINTER "10.2.1.4", MIB_NUMBER },
	[POWER_ON_COUNT] = { PRINTER "10.2.1.5", MIB_NUMBER },
};

static void add_counter(const struct mib_table *t, unsigned column, const char *name,
                        const struct mib_index *row, struct mfp *m)
{
	const struct mib_value *v = mib_get(t, column, row);
	struct mfp_counter *c;

	if (v == NULL || v->number < 0)
		return;
	c = mfp_add_counter(m);
	c->name = mem_strdup(name);
	c->index = index_text(row);
	c->value = (struct mfp_number){ true, v->number };
	c->unit = label_of(MIB_COUNTER_UNIT, mib_get(t, COUNTER_UNIT, row));
}

static bool fill_counters(const struct mib_table *t, struct mfp *m)
{
	struct mib_index rows[MIB_ROWS];
	size_t n = mib_rows(t, LIFE_COUNT, POWER_ON_COUNT, 2, rows);

	/* Two of each marker, within what a reader takes. */
	for (size_t i = 0; i < n && i < MIB_ROWS / 2; i++) {
		add_counter(t, LIFE_COUNT, "marker-life-count", &rows[i], m);
		add_counter(t, POWER_ON_COUNT, "marker-power-on-count", &rows[i], m);
	}
	return m->n_counters > 0;
}

/* Supplies: prtMarkerSuppliesTable, and prtMarkerColorantTable for the colours. */

enum { COLORANT_INDEX, CLASS, TYPE, DESCRIPTION, SUPPLY_UNIT, CAPACITY, LEVEL, COLORANT };

static const struct mib_column supply_columns[] = {
	[COLORANT_INDEX] = { PRINTER "11.1.1.3", MIB_NUMBER },
	[CLASS] = { PRINTER "11.1.1.4", MIB_NUMBER },
	[TYPE] = { PRINTER "11.1.1.5", MIB_NUMBER },
	[DESCRIPTION] = { PRINTER "11.1.1.6", MIB_STRING },
	[SUPPLY_UNIT] = { PRINTER "11.1.1.7", MIB_NUMBER },
	[CAPACITY] = { PRINTER "11.1.1.8", MIB_NUMBER },
	[LEVEL] = { PRINTER "11.1.1.9", MIB_NUMBER },
	[COLORANT] = { PRINTER "12.1.1.4", MIB_STRING },
};

static char *colorant_of(const struct mib_table *t, const struct mib_index *row)
{
	const struct mib_value *v = mib_get(t, COLORANT_INDEX, row);
	struct mib_index colorant = *row;

	if (v == NULL || v->number <= 0)
		return NULL;
	colorant.id[1] = (uint32_t)v->number;
	return clean(mib_get(t, COLORANT, &colorant));
}

static void add_supply(const struct mib_table *t, const struct mib_index *row, struct mfp *m)
{
	const struct mib_value *capacity = mib_get(t, CAPACITY, row);
	const struct mib_value *level = mib_get(t, LEVEL, row);
	struct mfp_supply *s = mfp_add_supply(m);

	s->index = index_text(row);
	s->description = clean(mib_get(t, DESCRIPTION, row));
	s->class_ = label_of(MIB_SUPPLY_CLASS, mib_get(t, CLASS, row));
	s->type = label_of(MIB_SUPPLY_TYPE, mib_get(t, TYPE, row));
	s->colorant = colorant_of(t, row);
	s->unit = label_of(MIB_SUPPLY_UNIT, mib_get(t, SUPPLY_UNIT, row));
	mfp_supply_set(s, capacity == NULL ? -2 : capacity->number,
	               level == NULL ? -2 : level->number);
}

static bool fill_supplies(const struct mib_table *t, struct mfp *m)
{
	struct mib_index rows[MIB_ROWS];
	size_t n = mib_rows(t, COLORANT_INDEX, LEVEL, 2, rows);

	for (size_t i = 0; i < n; i++)
		add_supply(t, &rows[i], m);
	return n > 0;
}

/* Status: hrPrinterTable, prtAlertTable, prtConsoleDisplayBufferTable. */

enum { HOST_UPTIME, UPTIME, STATUS_TYPE, DEVICE_STATUS, STATUS, ERRORS, SEVERITY, GROUP, CODE,
       ALERT, CONSOLE };

static const struct mib_column status_columns[] = {
	[HOST_UPTIME] = { HOST_SYSTEM "1", MIB_NUMBER },
	[UPTIME] = { SYSTEM "3", MIB_NUMBER },
	[STATUS_TYPE] = { HOST_DEVICE "2", MIB_OID },
	[DEVICE_STATUS] = { HOST_DEVICE "5", MIB_NUMBER },
	[STATUS] = { HOST_PRINTER "1", MIB_NUMBER },
	[ERRORS] = { HOST_PRINTER "2", MIB_STRING },
	[SEVERITY] = { PRINTER "18.1.1.2", MIB_NUMBER },
	[GROUP] = { PRINTER "18.1.1.4", MIB_NUMBER },
	[CODE] = { PRINTER "18.1.1.7", MIB_NUMBER },
	[ALERT] = { PRINTER "18.1.1.8", MIB_STRING },
	[CONSOLE] = { PRINTER "16.5.1.2", MIB_STRING },
};

static void add_errors(const struct mib_value *v, struct mfp *m)
{
	for (size_t bit = 0; v != NULL && bit < v->len * 8; bit++) {
		const char *label = mib_error_label(bit);

		if (label != NULL && ((unsigned char)v->bytes[bit / 8] & (0x80 >> bit % 8)))
			mfp_add_error(m, label);
	}
}

static void add_alert(const struct mib_table *t, const struct mib_index *row, struct mfp *m)
{
	struct mfp_alert *a = mfp_add_alert(m);

	a->index = index_text(row);
	a->severity = label_of(MIB_ALERT_SEVERITY, mib_get(t, SEVERITY, row));
	a->group = label_of(MIB_ALERT_GROUP, mib_get(t, GROUP, row));
	a->code = label_of(MIB_ALERT_CODE, mib_get(t, CODE, row));
	a->description = clean(mib_get(t, ALERT, row));
}

static void add_console(const struct mib_table *t, struct mfp *m)
{
	for (size_t i = 0; i < t->n && m->n_console < MAX_CONSOLE; i++) {
		char *line = t->values[i].column == CONSOLE ? clean(&t->values[i]) : NULL;

		if (line != NULL)
			mfp_add_console(m, line);
		free(line);
	}
}

/* The index of the first device of a type column that says it is a printer. */
static const struct mib_index *printer_of(const struct mib_table *t, unsigned column)
{
	for (size_t i = 0; i < t->n; i++) {
		const struct mib_value *v = &t->values[i];

		if (v->column == column && strcmp(v->bytes, PRINTER_TYPE) == 0)
			return &v->index;
	}
	return NULL;
}

/* hrPrinterStatus; but a printer that is down says "other" there (RFC 3805 2.2.13.2),
 * and some say nothing. */
static char *state_of(const struct mib_table *t)
{
	const struct mib_index *printer = printer_of(t, STATUS_TYPE);
	const struct mib_value *device = printer == NULL ? NULL : mib_get(t, DEVICE_STATUS, printer);
	const struct mib_value *status = mib_first(t, STATUS);

	if (status == NULL || (device != NULL && device->number == DEVICE_DOWN))
		return label_of(MIB_DEVICE_STATUS, device);
	return label_of(MIB_PRINTER_STATUS, status);
}

/* Since the machine was switched on; where only its SNMP agent's time is known, that.
 * Both are in hundredths of a second. */
static void set_power_on(const struct mib_table *t, struct mfp *m)
{
	const struct mib_value *host = mib_first(t, HOST_UPTIME);
	const struct mib_value *v = host != NULL ? host : mib_first(t, UPTIME);

	if (v == NULL || v->number < 0)
		return;
	m->power_on_s = (struct mfp_number){ true, v->number / 100 };
	mem_set(&m->power_on_source, host != NULL ? "hrSystemUptime" : "sysUpTime");
}

static bool fill_status(const struct mib_table *t, struct mfp *m)
{
	struct mib_index rows[MIB_ROWS];
	size_t n = mib_rows(t, SEVERITY, ALERT, 2, rows);

	m->state = state_of(t);
	add_errors(mib_first(t, ERRORS), m);
	for (size_t i = 0; i < n; i++)
		add_alert(t, &rows[i], m);
	add_console(t, m);
	set_power_on(t, m);
	/* The time alone any agent has. */
	return m->state != NULL || mib_first(t, ERRORS) != NULL || n > 0 || m->n_console > 0;
}

/* Information. */

enum { SYS_DESCR, SYS_OBJECT, SYS_NAME, SYS_LOCATION, PHYS_ADDRESS, DEVICE_TYPE, DEVICE_DESCR,
       SERIAL };

static const struct mib_column information_columns[] = {
	[SYS_DESCR] = { SYSTEM "1", MIB_STRING },
	[SYS_OBJECT] = { SYSTEM "2", MIB_OID },
	[SYS_NAME] = { SYSTEM "5", MIB_STRING },
	[SYS_LOCATION] = { SYSTEM "6", MIB_STRING },
	[PHYS_ADDRESS] = { INTERFACES "6", MIB_STRING },
	[DEVICE_TYPE] = { HOST_DEVICE "2", MIB_OID },
	[DEVICE_DESCR] = { HOST_DEVICE "3", MIB_STRING },
	[SERIAL] = { PRINTER "5.1.1.17", MIB_STRING },
};

/* As in mfp_fact_names. */
enum { MANUFACTURER, MODEL, SERIAL_NUMBER, FIRMWARE, LOCATION, MAC, NAME, ADDRESS };

/* The first device that says it is a printer, else the first, else the system. */
static char *model_of(const struct mib_table *t)
{
	const struct mib_index *printer = printer_of(t, DEVICE_TYPE);
	const struct mib_value *descr = printer == NULL ? NULL : mib_get(t, DEVICE_DESCR, printer);
	char *model = clean(descr != NULL ? descr : mib_first(t, DEVICE_DESCR));

	return model != NULL ? model : clean(mib_first(t, SYS_DESCR));
}

static const char *manufacturer_of(const struct mib_value *object)
{
	size_t n = strlen(ENTERPRISES);

	if (object == NULL || strncmp(object->bytes, ENTERPRISES, n) != 0)
		return NULL;
	return mib_maker(strtoll(object->bytes + n, NULL, 10));
}

static char *mac_of(const struct mib_table *t)
{
	static const char zero[6];

	for (size_t i = 0; i < t->n; i++) {
		const struct mib_value *v = &t->values[i];
		const unsigned char *b = (const unsigned char *)v->bytes;

		if (v->column == PHYS_ADDRESS && v->len == 6 && memcmp(b, zero, 6) != 0)
			return mem_printf("%02x:%02x:%02x:%02x:%02x:%02x", b[0], b[1], b[2], b[3], b[4],
			                  b[5]);
	}
	return NULL;
}

static bool fill_information(const struct mib_table *t, struct mfp *m)
{
	m->facts[MANUFACTURER] = mem_strdup(manufacturer_of(mib_first(t, SYS_OBJECT)));
	m->facts[MODEL] = model_of(t);
	m->facts[SERIAL_NUMBER] = clean(mib_first(t, SERIAL));
	m->facts[LOCATION] = clean(mib_first(t, SYS_LOCATION));
	m->facts[MAC] = mac_of(t);
	m->facts[NAME] = clean(mib_first(t, SYS_NAME));
	return t->n > 0;
}

#define COLUMNS(list) list, sizeof list / sizeof *list

/* What a part is read from, and how it is made of that. True: the printer has
 * said something of the part. */
static const struct plan {
	enum mfp_part part;
	const char *mib;
	const struct mib_column *columns;
	size_t n;
	bool (*fill)(const struct mib_table *t, struct mfp *m);
} plans[] = {
	{ MFP_COUNTERS, "prtMarkerTable", COLUMNS(counter_columns), fill_counters },
	{ MFP_SUPPLIES, "prtMarkerSuppliesTable", COLUMNS(supply_columns), fill_supplies },
	{ MFP_STATUS, "hrPrinterTable", COLUMNS(status_columns), fill_status },
	{ MFP_INFORMATION, "system group", COLUMNS(information_columns), fill_information },
};

static const struct plan *plan_of(enum mfp_part part)
{
	const struct plan *p = plans;

	while (p->part != part)
		p++;
	return p;
}

const char *mib_mfp_name(enum mfp_part part)
{
	return plan_of(part)->mib;
}

static size_t own_columns(const struct plan *p,
                          struct mib_column columns[static MIB_MFP_COLUMNS])
{
	memcpy(columns, p->columns, p->n * sizeof *columns);
	return p->n;
}

size_t mib_mfp_columns(enum mfp_part part, const struct vendor *vendor,
                       struct mib_column columns[static MIB_MFP_COLUMNS])
{
	size_t n = own_columns(plan_of(part), columns);

	return mib_vendor_columns(part, vendor, columns, n);
}

bool mib_mfp_fill(enum mfp_part part, const struct vendor *vendor, const struct mib_table *t,
                  struct mfp *m)
{
	const struct plan *p = plan_of(part);
	struct mib_column columns[MIB_MFP_COLUMNS];
	size_t n = own_columns(p, columns);
	bool said = p->fill(t, m);

	said |= mib_vendor_fill(part, vendor, columns, n, t, m);
	if (said)
		m->parts |= part;
	return said;
}
