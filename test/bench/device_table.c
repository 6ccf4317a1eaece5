// link: component/device.o component/index.o component/names.o component/record.o component/texts.o
/* Writes a table of known devices as platen-tables(5) has it, to the standard output: what
 * a fleet's is after a merge.
 *
 *     device_table COUNT         facts only
 *     device_table COUNT figures with the supplies that each has sent, too */
#include <stdio.h>
#include <stdlib.h>

#include "common/mem.h"
#include "component/device.h"

#define TIME "2026-01-02T03:04:05.678Z"
#define SUPPLY(index, colour) "<supply index='1." index "' description='" colour " toner'" \
	" class='supplyThatIsConsumed' type='toner' colorant='" colour "' unit='percent'" \
	" capacity='100' level='40' percent='40'/>"

static const char supplies[] =
	"<supplies xmlns='urn:platen:mfp:1' source='snmp' taken='" TIME "'>" SUPPLY("1", "black")
	SUPPLY("2", "cyan") SUPPLY("3", "magenta") SUPPLY("4", "yellow") "</supplies>";

static void put(const char *line, size_t len)
{
	if (fwrite(line, 1, len, stdout) < len) {
		perror("device_table");
		exit(1);
	}
}

__attribute__((format(printf, 3, 4)))
static void set(char **values, unsigned column, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	values[column] = mem_vprintf(fmt, ap);
	va_end(ap);
}

static void put_device(unsigned long n, bool figures)
{
	const unsigned long a = n >> 16 & 255, b = n >> 8 & 255, c = n & 255;
	char *values[DEV_COLUMNS] = { NULL };
	size_t len;
	char *line;

	set(values, DEV_DEVICE, "mfp-%07lu@example.com", n);
	set(values, DEV_TIME, TIME);
	set(values, DEV_UNIT, "bench");
	set(values, DEV_ONLINE, "false");
	set(values, DEV_SINCE, TIME);
	set(values, DEV_STREAM, "mfp-%07lu@example.com/platen-a", n);
	set(values, DEV_FACTS, "Acme");
	set(values, DEV_FACTS + 1, "Colour 3002");
	set(values, DEV_FACTS + 2, "S%07lu", n);
	set(values, DEV_FACTS + 3, "1.02");
	set(values, DEV_FACTS + 4, "Floor %lu", n % 40);
	set(values, DEV_FACTS + 5, "02:00:5e:%02lx:%02lx:%02lx", a, b, c);
	set(values, DEV_FACTS + 6, "mfp-%lu", n);
	set(values, DEV_FACTS + 7, "10.%lu.%lu.%lu", a, b, c);
	set(values, DEV_CLIENT, "platen-device/0.1");
	set(values, DEV_TRANSPORT, "tcp");
	if (figures) {
		set(values, DEV_TAKEN, TIME);
		set(values, DEV_RECEIVED, TIME);
		set(values, DEV_SUPPLIES, "%s", supplies);
	}
	line = table_row(&device_schema, (const char *const *)values, &len);
	put(line, len);
	free(line);
	for (unsigned i = 0; i < DEV_COLUMNS; i++)
		free(values[i]);
}

int main(int argc, char **argv)
{
	unsigned long count = argc > 1 ? strtoul(argv[1], NULL, 10) : 0;
	char *header;
	size_t len;

	if (count == 0)
		return 2;
	header = table_header(&device_schema, &len);
	put(header, len);
	free(header);
	for (unsigned long n = 0; n < count; n++)
		put_device(n, argc > 2);
	return fclose(stdout) == 0 ? 0 : 1;
}
