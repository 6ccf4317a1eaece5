// link: operator/row.o operator/json.o operator/print.o operator/print_mfp.o operator/grid.o operator/text.o
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "common/clock.h"
#include "operator/json.h"
#include "operator/print.h"

#define OPERATION "xmlns='urn:platen:operation:1'"
#define MFP "xmlns='urn:platen:mfp:1'"

static struct xml *parse(const char *text)
{
	struct xml *el = xml_parse(text, strlen(text), &xml_limits_stanza, NULL);

	assert_non_null(el);
	return el;
}

static char *request_json(const char *text)
{
	struct xml *el = parse(text);
	struct row_request r;
	json_t *o;
	char *json;

	row_request_read(&r, el);
	o = json_request(&r);
	json = json_dumps(o, JSON_COMPACT);
	json_decref(o);
	row_request_clear(&r);
	xml_free(el);
	return json;
}

static void check_request(const char *text, const char *expected)
{
	char *json = request_json(text);

	assert_string_equal(json, expected);
	free(json);
}

/* The outcome alone, of a request that responded with this data. */
static void check_outcome(const char *data, const char *expected)
{
	char text[2000], *json, *outcome;

	snprintf(text, sizeof text, "<request " OPERATION "><outcome status='done'>%s</outcome>"
	         "</request>", data);
	json = request_json(text);
	outcome = strstr(json, "\"outcome\":");
	assert_non_null(outcome);
	outcome[strlen(outcome) - 1] = '\0';
	assert_string_equal(outcome + 10, expected);
	free(json);
}

static void nothing_said_is_null(void **state)
{
	(void)state;
	check_request("<request " OPERATION "/>",
	              "{\"id\":null,\"device\":null,\"via\":null,\"command\":null,"
	              "\"operator\":null,\"unit\":null,\"status\":null,\"cause\":null,"
	              "\"created\":null,\"transmitted\":null,\"responded\":null,\"ended\":null,"
	              "\"response_ms\":null,\"attempts\":null,\"expires\":null,\"late\":false,"
	              "\"error\":null,\"outcome\":null}");
}

static void everything_said_is_there(void **state)
{
	(void)state;
	check_request("<request " OPERATION " id='i' device='d' via='v' command='c' operator='o'"
	              " unit='u' status='failed' cause='outcome' created='2026-01-02T03:04:05Z'"
	              " transmitted='2026-01-02T03:04:05.1Z' responded='2026-01-02T04:04:05.2+01:00'"
	              " ended='2026-01-02T03:04:05.250Z' response_ms='41' attempts='2'"
	              " max_attempts='3' expires='2026-01-02T03:09:05.000Z' late='true'>"
	              "<error condition='printer-timeout'>no answer</error>"
	              "<outcome status='failed'><reason condition='x'>y</reason></outcome></request>",
	              "{\"id\":\"i\",\"device\":\"d\",\"via\":\"v\",\"command\":\"c\","
	              "\"operator\":\"o\",\"unit\":\"u\",\"status\":\"failed\","
	              "\"cause\":\"outcome\",\"created\":\"2026-01-02T03:04:05.000Z\","
	              "\"transmitted\":\"2026-01-02T03:04:05.100Z\","
	              "\"responded\":\"2026-01-02T03:04:05.200Z\","
	              "\"ended\":\"2026-01-02T03:04:05.250Z\",\"response_ms\":41,\"attempts\":2,"
	              "\"expires\":\"2026-01-02T03:09:05.000Z\",\"late\":true,"
	              "\"error\":{\"condition\":\"printer-timeout\",\"text\":\"no answer\"},"
	              "\"outcome\":null}");
}

static void outcomes_have_their_shapes(void **state)
{
	(void)state;
	check_outcome("<supplies " MFP " source='snmp' taken='2026-01-02T03:04:05.678Z'>"
	              "<supply index='1.1' description='Black' class='supplyThatIsConsumed'"
	              " type='toner' colorant='black' unit='percent' capacity='100' level='40'/>"
	              "<supply index='1.4' state='some-remaining'/></supplies>",
	              "{\"source\":\"snmp\",\"taken\":\"2026-01-02T03:04:05.678Z\",\"supplies\":["
	              "{\"index\":\"1.1\",\"description\":\"Black\","
	              "\"class\":\"supplyThatIsConsumed\",\"type\":\"toner\","
	              "\"colorant\":\"black\",\"unit\":\"percent\",\"capacity\":100,\"level\":40,"
	              "\"percent\":40,\"state\":null},"
	              "{\"index\":\"1.4\",\"description\":null,\"class\":null,\"type\":null,"
	              "\"colorant\":null,\"unit\":null,\"capacity\":null,\"level\":null,"
	              "\"percent\":null,\"state\":\"some-remaining\"}]}");
	check_outcome("<counters " MFP " source='file'><counter name='marker-life-count'"
	              " index='1.1' value='271871' unit='sheets'/></counters>",
	              "{\"source\":\"file\",\"taken\":null,\"counters\":[{"
	              "\"name\":\"marker-life-count\",\"index\":\"1.1\",\"value\":271871,"
	              "\"unit\":\"sheets\"}]}");
	check_outcome("<status " MFP " source='snmp' state='idle' power_on_s='86400'>"
	              "<error>lowToner</error><alert index='1.3' severity='warning'"
	              " group='markerSupplies' code='c'>Toner low</alert><console>Ready</console>"
	              "</status>",
	              "{\"source\":\"snmp\",\"taken\":null,\"state\":\"idle\","
	              "\"errors\":[\"lowToner\"],\"alerts\":[{\"index\":\"1.3\","
	              "\"severity\":\"warning\",\"group\":\"markerSupplies\",\"code\":\"c\","
	              "\"description\":\"Toner low\"}],\"console\":[\"Ready\"],"
	              "\"power_on_s\":86400,\"operation_s\":null}");
	check_outcome("<information " MFP " source='snmp' model='M'/>",
	              "{\"source\":\"snmp\",\"taken\":null,\"manufacturer\":null,\"model\":\"M\","
	              "\"serial\":null,\"firmware\":null,\"location\":null,\"mac\":null,"
	              "\"name\":null,\"address\":null,\"host\":null}");
}

static void unknown_outcomes_are_text(void **state)
{
	(void)state;
	check_outcome("", "{}");
	check_outcome("<x xmlns='urn:x'>a</x>", "{\"xml\":\"<x xmlns='urn:x'>a</x>\"}");
	check_outcome("<counters " MFP "><counter name='n' value='many'/></counters>",
	              "{\"xml\":\"<counters xmlns='urn:platen:mfp:1'>"
	              "<counter name='n' value='many'/></counters>\"}");
	check_outcome("<counters " MFP " source='file'/><y xmlns='urn:y'/>",
	              "{\"xml\":\"<counters xmlns='urn:platen:mfp:1' source='file'/>"
	              "<y xmlns='urn:y'/>\"}");
}

#define IN_PROGRESS "<outcome status='in-progress'><progress percent='40'>Writing the flash" \
	"</progress></outcome>"

/* What is in progress says how far it is; with nothing said that is not known. */
static void a_running_one_has_its_progress(void **state)
{
	static const struct { const char *status, *inside, *json, *text; } cases[] = {
		{ "running", IN_PROGRESS, "{\"percent\":40,\"text\":\"Writing the flash\"}",
		  "running, 40 % Writing the flash" },
		{ "cancelling", IN_PROGRESS, "{\"percent\":40,\"text\":\"Writing the flash\"}",
		  "cancelling, 40 % Writing the flash" },
		{ "running", "<outcome status='in-progress'><progress percent='7'/></outcome>",
		  "{\"percent\":7,\"text\":null}", "running, 7 %" },
		{ "running", "<outcome status='in-progress'><progress>a</progress></outcome>",
		  "{\"percent\":null,\"text\":\"a\"}", "running, a" },
		{ "running", "<outcome status='in-progress'><progress percent='101'/></outcome>",
		  "{\"percent\":null,\"text\":null}", "running" },
		{ "running", "", "{\"percent\":null,\"text\":null}", "running" },
		{ "cancelling", "", "null", "cancelling" },
		{ "queued", "", "null", "queued" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char text[400], *json, *outcome, *said;
		struct row_request r;
		struct xml *el;

		snprintf(text, sizeof text, "<request " OPERATION " status='%s'>%s</request>",
		         cases[i].status, cases[i].inside);
		json = request_json(text);
		outcome = strstr(json, "\"outcome\":");
		outcome[strlen(outcome) - 1] = '\0';
		assert_string_equal(outcome + 10, cases[i].json);
		free(json);
		el = parse(text);
		row_request_read(&r, el);
		said = print_request_state(&r);
		assert_string_equal(said, cases[i].text);
		free(said);
		row_request_clear(&r);
		xml_free(el);
	}
}

static int exit_of(const char *status, const char *more)
{
	char text[300];
	struct row_request r;
	struct xml *el;
	int rc;

	snprintf(text, sizeof text, "<request " OPERATION " status='%s' %s/>", status, more);
	el = parse(text);
	row_request_read(&r, el);
	rc = row_request_exit(&r);
	row_request_clear(&r);
	xml_free(el);
	return rc;
}

static void statuses_have_exit_statuses(void **state)
{
	(void)state;
	assert_int_equal(exit_of("queued", ""), -1);
	assert_int_equal(exit_of("transmitted", ""), -1);
	assert_int_equal(exit_of("running", ""), -1);
	assert_int_equal(exit_of("cancelling", ""), -1);
	assert_int_equal(exit_of("responded", ""), 0);
	assert_int_equal(exit_of("refused", ""), 1);
	assert_int_equal(exit_of("failed", ""), 1);
	assert_int_equal(exit_of("cancelled", ""), 1);
	assert_int_equal(exit_of("no-response", ""), 3);
	assert_int_equal(exit_of("expired", ""), 3);
	assert_int_equal(exit_of("unknown", ""), 3);
	assert_int_equal(exit_of("new-word", ""), -1);
	assert_int_equal(exit_of("new-word", "ended='2026-01-02T03:04:05Z'"), 3);
}

#define DEVICE "<device xmlns='urn:platen:device:1' device='mfp@e' unit='acme' online='true'" \
	" since='2026-01-02T03:04:05Z' manufacturer='Ricoh' model='MP &#x9b;C' serial='S'" \
	" taken='2026-01-02T03:04:06Z'><supplies " MFP " source='snmp'><supply index='1.1'" \
	" description='Black' unit='percent' capacity='100' level='5'/></supplies></device>"

static void device_as_json(void **state)
{
	struct xml *el = parse(DEVICE);
	struct row_device d;
	json_t *o;
	char *json;

	(void)state;
	row_device_read(&d, el);
	o = json_device(&d);
	json = json_dumps(o, JSON_COMPACT | JSON_ENSURE_ASCII);
	assert_string_equal(json, "{\"device\":\"mfp@e\",\"via\":null,\"unit\":\"acme\","
	                    "\"online\":true,\"since\":\"2026-01-02T03:04:05.000Z\","
	                    "\"manufacturer\":\"Ricoh\",\"model\":\"MP \\u009BC\",\"serial\":\"S\","
	                    "\"firmware\":null,\"location\":null,\"mac\":null,\"name\":null,"
	                    "\"address\":null,\"host\":null,\"supplies\":[{\"index\":\"1.1\","
	                    "\"description\":\"Black\",\"class\":null,\"type\":null,"
	                    "\"colorant\":null,\"unit\":\"percent\",\"capacity\":100,\"level\":5,"
	                    "\"percent\":5,\"state\":null}],\"counters\":null,"
	                    "\"taken\":\"2026-01-02T03:04:06.000Z\",\"decommissioned\":null,"
	                    "\"successor\":null,\"predecessor\":null,\"warnings\":[]}");
	free(json);
	json_decref(o);
	row_device_clear(&d);
	xml_free(el);
}

static void device_as_text(void **state)
{
	struct xml *el = parse(DEVICE);
	struct row_device d;
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	(void)state;
	row_device_read(&d, el);
	print_device(&d, true, out);
	fclose(out);
	assert_non_null(strstr(text, "mfp@e  online\n"));
	assert_non_null(strstr(text, "  model          MP ?C\n"));
	assert_non_null(strstr(text, "Supplies (snmp)\n  Black  \xe2\x96\x88\xe2\x96\x91"));
	assert_non_null(strstr(text, "    5 %\n"));
	free(text);
	row_device_clear(&d);
	xml_free(el);
}

#define RETIRED "<device xmlns='urn:platen:device:1' device='mfp@e' online='false'" \
	" since='2026-01-02T03:04:05Z' taken='2026-01-02T02:04:05Z' successor='new@e'" \
	" predecessor='old@e' decommissioned='2026-01-02T03:04:05Z'><supplies " MFP \
	" taken='2026-01-02T00:04:05Z'/><counters " MFP " taken='2026-01-02T02:04:05Z'/>" \
	"<status " MFP " taken='2026-01-01T02:04:05Z' state='idle'/>" \
	"<warning condition='serial-changed' since='2026-01-02T03:02:05Z'>S1, now &#x9b;S2</warning>" \
	"<warning condition='duplicate-serial'>twice</warning></device>"
#define NOW INT64_C(1767323045000)       /* 2026-01-02T03:04:05Z */

static void administered_device_as_json(void **state)
{
	struct xml *el = parse(RETIRED);
	struct row_device d;
	char *json;
	json_t *o;

	(void)state;
	row_device_read(&d, el);
	o = json_device(&d);
	json = json_dumps(o, JSON_COMPACT | JSON_ENSURE_ASCII);
	assert_non_null(strstr(json, "\"decommissioned\":\"2026-01-02T03:04:05.000Z\","
	                       "\"successor\":\"new@e\",\"predecessor\":\"old@e\",\"warnings\":"
	                       "[{\"condition\":\"serial-changed\","
	                       "\"since\":\"2026-01-02T03:02:05.000Z\",\"text\":\"S1, now \\u009BS2\"},"
	                       "{\"condition\":\"duplicate-serial\",\"since\":null,"
	                       "\"text\":\"twice\"}]}"));
	free(json);
	json_decref(o);
	row_device_clear(&d);
	xml_free(el);
}

/* How old it is that is known, each part by itself. */
static void administered_device_as_text(void **state)
{
	static const char *const lines[] = {
		"mfp@e  decommissioned\n", "  decommissioned 2026-", ", 2 h ago\n", "  successor      new@e\n",
		"  predecessor    old@e\n", "  offline since  2026-01-0", "  figures taken  2026-01-0",
		"  warning        serial-changed, 2 h ago: S1, now ?S2\n",
		"  warning        duplicate-serial: twice\n", "Supplies (2026-01-0", ", 5 h ago)\n",
		"Counters (2026-01-0", ", 3 h ago)\n", "Status (202", ", 27 h ago)\n",
	};
	struct xml *el = parse(RETIRED);
	struct row_device d;
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	(void)state;
	clock_set(1, NOW + 7200000);
	row_device_read(&d, el);
	print_device(&d, true, out);
	fclose(out);
	clock_set(-1, -1);
	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
		if (strstr(text, lines[i]) == NULL)
			fail_msg("\"%s\" is not in: %s", lines[i], text);
	}
	free(text);
	row_device_clear(&d);
	xml_free(el);
}

static void rows_of_lists(void **state)
{
	struct grid devices = { .columns = print_device_columns, .n_columns = 7 };
	struct grid others = { .columns = print_unassigned_columns, .n_columns = 7 };
	struct xml *el = parse(RETIRED), *other = parse("<device xmlns='urn:platen:device:1' "
		"device='n@e' reason='no-unit' times='1234' first='2026-01-02T03:04:05Z' "
		"manufacturer='Ricoh' model='&#x9b;C'/>");
	struct row_unassigned u;
	struct row_device d;

	(void)state;
	row_device_read(&d, el);
	print_device_row(&d, &devices);
	assert_string_equal(devices.cells[1], "decommissioned !");
	d.n_warnings = 0;
	d.decommissioned = ROW_NO_TIME;
	d.online = 1;
	print_device_row(&d, &devices);
	assert_string_equal(devices.cells[7 + 1], "online");
	d.n_warnings = 2;
	row_unassigned_read(&u, other);
	print_unassigned_row(&u, &others);
	assert_string_equal(others.cells[1], "no-unit");
	assert_string_equal(others.cells[2], "Ricoh ?C");
	assert_string_equal(others.cells[5], "-");
	assert_string_equal(others.cells[6], "1 234");
	row_unassigned_clear(&u);
	row_device_clear(&d);
	grid_clear(&devices);
	grid_clear(&others);
	xml_free(other);
	xml_free(el);
}

static void request_as_text(void **state)
{
	struct xml *el = parse("<request " OPERATION " id='i' device='d' command='get-status'"
	                       " status='failed' responded='2026-01-02T03:04:05Z' response_ms='41'>"
	                       "<error condition='printer-timeout'>a&#10;b</error></request>");
	struct row_request r;
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	(void)state;
	row_request_read(&r, el);
	print_request(&r, false, out);
	fclose(out);
	assert_non_null(strstr(text, "d  get-status  failed in 41 ms\n"));
	assert_non_null(strstr(text, "  error          printer-timeout: a b\n"));
	assert_non_null(strstr(text, "  what to do     "));
	free(text);
	row_request_clear(&r);
	xml_free(el);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_said_is_null),
		cmocka_unit_test(everything_said_is_there),
		cmocka_unit_test(outcomes_have_their_shapes),
		cmocka_unit_test(unknown_outcomes_are_text),
		cmocka_unit_test(a_running_one_has_its_progress),
		cmocka_unit_test(statuses_have_exit_statuses),
		cmocka_unit_test(device_as_json),
		cmocka_unit_test(device_as_text),
		cmocka_unit_test(administered_device_as_json),
		cmocka_unit_test(administered_device_as_text),
		cmocka_unit_test(rows_of_lists),
		cmocka_unit_test(request_as_text),
	};

	if (setlocale(LC_CTYPE, "C.UTF-8") == NULL)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
