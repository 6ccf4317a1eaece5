#include "test/bench/printer.h"

void printer_outcome(struct stream *s, struct piece id, const char *taken, unsigned long level)
{
	static const char *const colours[] = { "black", "cyan", "magenta", "yellow" };

	stream_printf(s, "<outcome xmlns='urn:platen:operation:1' id='%.36s' status='done'>"
	    "<supplies xmlns='urn:platen:mfp:1' source='snmp' taken='%s'>", id.at, taken);
	for (unsigned i = 0; i < 4; i++)
		stream_printf(s, "<supply index='1.%u' description='%s toner'"
		    " class='supplyThatIsConsumed' type='toner' colorant='%s' unit='percent'"
		    " capacity='100' level='%lu' percent='%lu'/>", i + 1, colours[i], colours[i],
		    level, level);
	stream_puts(s, "</supplies></outcome>");
}

void printer_facts(struct stream *s, unsigned long n)
{
	stream_printf(s, "<device xmlns='urn:platen:device:1' manufacturer='Acme'"
	    " model='Colour 3002' serial='S%07lu' firmware='1.02' location='Floor %lu'"
	    " mac='02:00:5e:%02lx:%02lx:%02lx' name='mfp-%lu' address='10.%lu.%lu.%lu'"
	    " client='platen-device/0.1' transport='tcp'/>", n, n % 40,
	    n >> 16 & 255, n >> 8 & 255, n & 255, n, n >> 16 & 255, n >> 8 & 255, n & 255);
}
