// link: device/source_snmp.o device/source.o device/watch.o device/agent.o
// link: device/agent_account.o device/walk.o device/reset.o device/mib.o device/mib_mfp.o
// link: device/mib_labels.o device/vendor.o device/mib_vendor.o
// link: device/records.o test/unit/printer_fixture.o
/* Against the stock snmpd with a recording (test/e2e/snmp_fixture.py), and
 * against agents that are wrong in ways that one cannot be. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/mem.h"
#include "device/mib_labels.h"
#include "test/unit/printer_fixture.h"

static void check_within(const char *address, int64_t timeout_ms, enum mfp_part part,
                         const char *expected)
{
	struct agent_options options = printer_options(address, "public");
	char *text;

	options.timeout_ms = timeout_ms;
	text = printer_text_by(&options, part);
	assert_string_equal(text, expected);
	free(text);
}

static void check_part(const char *address, enum mfp_part part, const char *expected)
{
	check_within(address, PRINTER_PATIENCE_MS, part, expected);
}

/* end: of the reason, which names condition and address first. */
static void check_failure(const char *address, enum mfp_part part, const char *condition,
                          const char *end)
{
	char *expected = mem_printf("%s: %s%s", condition, address, end);

	check_part(address, part, expected);
	free(expected);
}

#define SNMPD "test/e2e/snmp_fixture.py"
#define NS " xmlns='urn:platen:mfp:1'"
#define COUNTERS \
	"<counters" NS "><counter name='marker-life-count' index='1.1' value='271871'" \
	" unit='sheets'/><counter name='marker-power-on-count' index='1.1' value='138'" \
	" unit='sheets'/></counters>"
#define SUPPLIES \
	"<supplies" NS "><supply index='1.1' description='Black Toner'" \
	" class='supplyThatIsConsumed' type='toner' colorant='black' unit='percent'" \
	" capacity='100' level='40' percent='40'/>" \
	"<supply index='1.2' description='Waste Toner' class='receptacleThatIsFilled'" \
	" type='wasteToner' unit='percent' state='some-remaining'/>" \
	"<supply index='1.3' description='Cyan Toner' class='supplyThatIsConsumed'" \
	" type='toner' colorant='cyan' unit='percent' capacity='100' level='20' percent='20'/>" \
	"<supply index='1.4' description='Magenta Toner' class='supplyThatIsConsumed'" \
	" type='toner' colorant='magenta' unit='percent' capacity='100' level='50' percent='50'/>" \
	"<supply index='1.9' description='Yellow Toner' class='supplyThatIsConsumed'" \
	" type='toner' colorant='yellow' unit='impressions' capacity='12000' level='5999'" \
	" percent='50'/></supplies>"

static void test_a_printer_is_read(void **state)
{
	struct printer p = printer_start(SNMPD, "test/data/printer.snmprec");

	(void)state;
	check_part(p.address, MFP_COUNTERS, COUNTERS);
	check_part(p.address, MFP_SUPPLIES, SUPPLIES);
	check_part(p.address, MFP_STATUS,
	           "<status" NS " state='idle' power_on_s='86400' power_on_source='sysUpTime'>"
	           "<error>lowToner</error>"
	           "<alert index='1.7' severity='warning' group='markerSupplies'"
	           " code='markerTonerAlmostEmpty'>Toner low: cyan</alert>"
	           "<console>Ready</console><console>Toner is almost empty.</console></status>");
	check_part(p.address, MFP_INFORMATION,
	           "<information" NS " manufacturer='Ricoh' model='RICOH Aficio MP C3002'"
	           " serial='W000TEST001' location='Second floor' mac='00:00:5e:00:53:01'"
	           " name='mfp-demo' address='127.0.0.1'/>");
	printer_stop(&p);
}

/* A recording with these rows. */
static struct printer start_with(const char *rows)
{
	char path[] = "/tmp/platen-test-XXXXXX";
	int fd = mkstemp(path);
	struct printer p;

	assert_true(fd >= 0);
	assert_int_equal(write(fd, rows, strlen(rows)), (ssize_t)strlen(rows));
	close(fd);
	p = printer_start(SNMPD, path);
	/* Its agent reads the file at the first question. */
	check_part(p.address, MFP_INFORMATION,
	           "<information" NS " model='Box' address='127.0.0.1'/>");
	unlink(path);
	return p;
}

#define BOX "1.3.6.1.2.1.1.1.0|4|Box\n"
#define SUPPLY(column, index) "1.3.6.1.2.1.43.11.1.1." column "." index "|"

static void test_what_is_no_printer_is_not_supported(void **state)
{
	struct printer p = start_with(BOX "1.3.6.1.2.1.1.3.0|67|100\n");

	(void)state;
	check_failure(p.address, MFP_COUNTERS, "not-supported", " has no prtMarkerTable");
	check_failure(p.address, MFP_SUPPLIES, "not-supported", " has no prtMarkerSuppliesTable");
	check_failure(p.address, MFP_STATUS, "not-supported", " has no hrPrinterTable");
	printer_stop(&p);
}

static void test_wrongly_typed_values_are_as_missing(void **state)
{
	struct printer p = start_with(BOX
		"1.3.6.1.2.1.43.10.2.1.4.1.1|4|many\n"
		SUPPLY("6", "1.1") "2|5\n" SUPPLY("8", "1.1") "4|full\n" SUPPLY("9", "1.1") "2|7\n"
		SUPPLY("5", "1.2") "2|9999\n" SUPPLY("6", "1.2") "4x|4be4fe0a0041\n"
		SUPPLY("9", "1.2") "2|-77\n" SUPPLY("9", "1.2.3") "2|7\n");

	(void)state;
	check_failure(p.address, MFP_COUNTERS, "printer-error",
	              " gave nothing usable of its prtMarkerTable");
	check_part(p.address, MFP_SUPPLIES,
	           "<supplies" NS "><supply index='1.1' level='7'/>"
	           "<supply index='1.2' description='K\xef\xbf\xbd\xef\xbf\xbd' type='9999'"
	           " state='unknown'/></supplies>");
	printer_stop(&p);
}

static void test_a_table_without_end_is_cut(void **state)
{
	char *rows = mem_alloc(300 * 64), *end = rows;
	struct agent_options options;
	struct printer p;
	char *text;

	(void)state;
	end = stpcpy(rows, BOX);
	for (int i = 1; i <= 270; i++)
		end += sprintf(end, SUPPLY("9", "1.%d") "2|%d\n", i, i);
	p = start_with(rows);
	options = printer_options(p.address, "public");
	text = printer_text_by(&options, MFP_SUPPLIES);
	assert_non_null(strstr(text, "index='1.256' level='256'"));
	assert_null(strstr(text, "index='1.257'"));
	free(text);
	free(rows);
	printer_stop(&p);
}

/* A UDP socket on a free port of loopback. */
static int bind_udp(char address[static 64])
{
	struct sockaddr_in sin = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	socklen_t len = sizeof sin;

	assert_int_equal(bind(fd, (struct sockaddr *)&sin, len), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&sin, &len), 0);
	snprintf(address, 64, "127.0.0.1:%d", ntohs(sin.sin_port));
	return fd;
}

static void test_a_silent_printer_times_out_and_a_closed_port_is_unreachable(void **state)
{
	char address[64], *expected;
	int fd = bind_udp(address);

	(void)state;
	expected = mem_printf("printer-timeout: %s did not answer within 400 ms", address);
	check_within(address, PRINTER_TIMEOUT_MS, MFP_SUPPLIES, expected);
	free(expected);
	close(fd);
	check_failure(address, MFP_SUPPLIES, "printer-unreachable",
	              " refuses SNMP: nobody listens there");
	check_failure("printer.invalid", MFP_SUPPLIES, "printer-unreachable",
	              ": Name or service not known");
}

/* Stands before a printer and refuses GETBULK: the answer to it is the question
 * with another tag and an error status (both PDUs have the same shape). */
struct refuser {
	pthread_t thread;
	int fd, upstream, stop[2];
	char address[64];
	unsigned refused, passed;
};

#define GETBULK 0xa5
#define RESPONSE 0xa2
#define GEN_ERR 5

/* The PDU's tag stands behind the community. */
static unsigned char *pdu_of(unsigned char *packet, size_t n)
{
	unsigned char *community = memmem(packet, n, "public", 6);

	return community == NULL ? NULL : community + 6;
}

static void refuse(unsigned char *pdu)
{
	unsigned char *at = pdu + 1;

	*pdu = RESPONSE;
	at += *at < 0x80 ? 1 : 1 + (*at & 0x7f);    /* length */
	at += 2 + at[1];                             /* request-id */
	at[2] = GEN_ERR;                             /* non-repeaters: error-status */
	at[5] = 0;                                   /* max-repetitions: error-index */
}

static void pass(struct refuser *r)
{
	unsigned char packet[4096], *pdu;
	struct sockaddr_in from;
	socklen_t len = sizeof from;
	ssize_t n = recvfrom(r->fd, packet, sizeof packet, 0, (struct sockaddr *)&from, &len);

	pdu = n > 0 ? pdu_of(packet, (size_t)n) : NULL;
	if (pdu == NULL)
		return;
	if (*pdu == GETBULK) {
		refuse(pdu);
		r->refused++;
	} else {
		send(r->upstream, packet, (size_t)n, 0);
		n = recv(r->upstream, packet, sizeof packet, 0);
		r->passed++;
	}
	sendto(r->fd, packet, (size_t)n, 0, (struct sockaddr *)&from, len);
}

static void *refuser_main(void *arg)
{
	struct refuser *r = arg;
	struct pollfd p[2] = { { .fd = r->fd, .events = POLLIN },
	                       { .fd = r->stop[0], .events = POLLIN } };

	while (poll(p, 2, -1) > 0 && !p[1].revents)
		pass(r);
	return NULL;
}

static void start_refuser(struct refuser *r, const char *printer)
{
	struct sockaddr_in sin = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	                           .sin_port = htons((uint16_t)atoi(strchr(printer, ':') + 1)) };
	char own[64];

	r->fd = bind_udp(r->address);
	r->upstream = bind_udp(own);
	assert_int_equal(connect(r->upstream, (struct sockaddr *)&sin, sizeof sin), 0);
	assert_int_equal(pipe(r->stop), 0);
	assert_int_equal(pthread_create(&r->thread, NULL, refuser_main, r), 0);
}

static void stop_refuser(struct refuser *r)
{
	close(r->stop[1]);
	pthread_join(r->thread, NULL);
	close(r->stop[0]);
	close(r->fd);
	close(r->upstream);
}

static void test_a_printer_without_getbulk_is_read_by_getnext(void **state)
{
	struct printer p = printer_start(SNMPD, "test/data/printer.snmprec");
	struct refuser r = { 0 };

	(void)state;
	start_refuser(&r, p.address);
	check_part(r.address, MFP_COUNTERS, COUNTERS);
	check_part(r.address, MFP_SUPPLIES, SUPPLIES);
	stop_refuser(&r);
	assert_int_equal(r.refused, 2);
	assert_true(r.passed >= 8);
	printer_stop(&p);
}

static void test_labels_are_those_of_the_mibs(void **state)
{
	(void)state;
	assert_string_equal(mib_label(MIB_SUPPLY_TYPE, 21), "tonerCartridge");
	assert_string_equal(mib_label(MIB_SUPPLY_UNIT, 15), "tenthsOfMilliliters");
	assert_string_equal(mib_label(MIB_ALERT_CODE, 1801), "alertRemovalOfBinaryChangeEntry");
	assert_string_equal(mib_label(MIB_PRINTER_STATUS, 4), "printing");
	assert_string_equal(mib_error_label(7), "serviceRequested");
	assert_string_equal(mib_error_label(14), "overduePreventMaint");
	assert_null(mib_error_label(15));
	assert_null(mib_label(MIB_SUPPLY_CLASS, 2));
	assert_null(mib_label(MIB_SUPPLY_CLASS, 0));
	assert_string_equal(mib_maker(18334), "Konica Minolta");
	assert_null(mib_maker(8072));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_printer_is_read),
		cmocka_unit_test(test_what_is_no_printer_is_not_supported),
		cmocka_unit_test(test_wrongly_typed_values_are_as_missing),
		cmocka_unit_test(test_a_table_without_end_is_cut),
		cmocka_unit_test(test_a_silent_printer_times_out_and_a_closed_port_is_unreachable),
		cmocka_unit_test(test_a_printer_without_getbulk_is_read_by_getnext),
		cmocka_unit_test(test_labels_are_those_of_the_mibs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
