/* Stanzas in, stanzas out: all of the device between its stream and its printer,
 * both of which stand here. */
#ifndef TEST_DISPATCH_FIXTURE_H
#define TEST_DISPATCH_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "device/dispatch.h"

#define COMPONENT "devices.example.com"
#define SECOND_COMPONENT "other.example.com"

extern char *sent;                   /* since the last look, one stanza a line */

/* The printer: reads wait here until the test ends them. */
struct dispatch_read {
	enum mfp_part part;
	source_fn *fn;
	void *arg;
};
extern struct dispatch_read reads[100];
extern size_t n_reads;
/* End the newest. */
void printer_counts(int64_t value);
void printer_fails(const char *condition, const char *text);

extern uv_loop_t loop;
extern struct dispatch d;
extern unsigned restarts, bounces;

int set_up(void **state);
int tear_down(void **state);

void receive(const char *text);
/* The component answers the first keep-alive; this is its time. */
void component_says(const char *now);
/* What was sent since the last call; "" for nothing. */
void expect(const char *expected);
void forget_sent(void);

#define IQ(type, from, id, payload) \
	"<iq xmlns='jabber:client' type='" type "' from='" from "' id='" id "'>" payload "</iq>"
#define OPERATION(id, attrs) \
	"<operation xmlns='urn:platen:operation:1' id='" id "' command='get-counters' " attrs "/>"
#define RESULT(to, id, payload) \
	"<iq type='result' to='" to "' id='" id "'>" payload "</iq>\n"
#define OUTCOME(id, status, inner) \
	"<outcome xmlns='urn:platen:operation:1' id='" id "' status='" status "'>" inner "</outcome>"
#define COUNTERS(value) \
	"<counters xmlns='urn:platen:mfp:1' source='snmp'>" \
	"<counter name='marker-life-count' value='" value "'/></counters>"
#define ERROR(to, id, type, condition, text) \
	"<iq type='error' to='" to "' id='" id "'><error type='" type "'><" condition \
	" xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>" text "</error></iq>\n"
#define TEXT(text) "<text xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'>" text "</text>"
#define FORBIDDEN TEXT("this device obeys only the components in its own list")

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

#endif
