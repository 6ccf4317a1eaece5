// link: test/unit/component_fixture.o
/* A component starts on tables that hold anything: rows are read, resumed, sent, asked
 * for, and end. A line of the input is a row, its cells parted by tabs:
 *   r COLUMN=VALUE…   of requests of the day      o   of the day before
 *   d COLUMN=VALUE…   of devices                  a   of the audit of the day
 *   c COLUMN=VALUE…   of campaigns of the day     m   of one campaign's members
 *   anything else     as it is, among the rows of requests of the day */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "common/file.h"
#include "common/mem.h"
#include "component/audit.h"
#include "test/unit/component_fixture.h"

#define LINES 60
#define CAMPAIGN "019b7e94-3200-7000-8000-00000000000a"
#define DAY_MS INT64_C(86400000)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool good)
{
	if (!good)
		abort();
}

static struct kind {
	char letter;
	const char *folder, *name;
	const struct table_schema *schema;
	struct xml_writer text;              /* only its buffer is used */
} kinds[] = {
	{ 'r', "requests", "2026-01-02.tsv", &request_schema, { 0 } },
	{ 'o', "requests", "2026-01-01.tsv", &request_schema, { 0 } },
	{ 'd', "devices", "devices.tsv", &device_schema, { 0 } },
	{ 'a', "audit", "2026-01-02.tsv", &audit_schema, { 0 } },
	{ 'c', "campaigns", "2026-01-02.tsv", &campaign_schema, { 0 } },
	{ 'm', "campaigns", CAMPAIGN ".tsv", &member_schema, { 0 } },
};
#define KINDS (sizeof kinds / sizeof *kinds)

static void add(struct kind *k, const char *bytes, size_t n)
{
	k->text.buf = mem_realloc(k->text.buf, k->text.len + n + 1);
	memcpy(k->text.buf + k->text.len, bytes, n);
	k->text.len += n;
}

static void add_taken(struct kind *k, char *line, size_t len)
{
	add(k, line, len);
	free(line);
}

static void set_cell(const struct table_schema *schema, const char **values, char *cell)
{
	char *value = strchr(cell, '=');

	if (value == NULL)
		return;
	*value++ = '\0';
	for (size_t i = 0; i < schema->n_columns; i++) {
		if (strcmp(schema->columns[i], cell) == 0)
			values[i] = value;
	}
}

static void add_line(char *line, size_t n)
{
	const char *values[TABLE_COLUMNS] = { NULL };
	struct kind *k = kinds;
	size_t len;
	char *cell, *row;

	if (n == 0)
		return;
	while (k < kinds + KINDS && (n < 2 || k->letter != line[0] || line[1] != ' '))
		k++;
	if (k == kinds + KINDS) {
		add(kinds, line, n);
		add(kinds, "\n", 1);
		return;
	}
	for (line += 2; (cell = strsep(&line, "\t")) != NULL; )
		set_cell(k->schema, values, cell);
	if (values[0] == NULL || *values[0] == '\0')
		return;
	row = table_row(k->schema, values, &len);
	add_taken(k, row, len);
}

static void write_tables(char *text)
{
	const char *dir = fixture.config.data_directory;
	size_t len;
	char *line;

	for (struct kind *k = kinds; k < kinds + KINDS; k++) {
		line = table_header(k->schema, &len);
		add_taken(k, line, len);
	}
	for (int i = 0; i < LINES && (line = strsep(&text, "\n")) != NULL; i++)
		add_line(line, strlen(line));
	for (struct kind *k = kinds; k < kinds + KINDS; k++) {
		char *folder = mem_printf("%s/%s", dir, k->folder);
		char *path = mem_printf("%s/%s", folder, k->name);

		must(file_mkdirs(folder, 0700) == 0);
		must(file_replace(path, k->text.buf, k->text.len, 0600) == 0);
		free(path);
		free(folder);
		free(k->text.buf);
		k->text = (struct xml_writer){ 0 };
	}
}

static void check_tables(void)
{
	unsigned n = 0;
	struct request *r;

	for (size_t i = 0; i < fixture.devices.n; i++) {
		const struct device *d = fixture.devices.all[i];

		DL_FOREACH(device_queue(d), r) {
			must(request_is_open(r) && r->device == d && r->deadline.place > 0);
			n++;
		}
	}
	DL_FOREACH(fixture.provisional, r) {
		must(!request_is_open(r) && !request_is_final(r) && r->deadline.place > 0);
		n++;
	}
	must(n == HASH_COUNT(fixture.requests.by_id));
}

static void check_campaigns(void)
{
	for (const struct campaign *k = fixture.campaigns.by_id; k != NULL; k = k->hh.next) {
		size_t n = 0, count[MEMBER_STATUSES] = { 0 };

		for (size_t i = 0; i < k->n; i++) {
			must(i == 0 || strcmp(k->members[i - 1].device->jid, k->members[i].device->jid) < 0);
			count[k->members[i].status]++;
		}
		for (unsigned i = 0; i < MEMBER_STATUSES; i++) {
			must(count[i] == k->counts[i]);
			n += count[i];
		}
		must(n == k->n && (k->deadline.place > 0 || k->retiring || !campaign_has_ended(k)));
	}
}

static void use(void)
{
	static const char questions[] =
		"<iq type='get' id='q' " FROM_ALICE "><requests xmlns='urn:platen:operation:1'/></iq>"
		"<iq type='get' id='q' " FROM_ALICE "><devices xmlns='urn:platen:operation:1'/></iq>"
		"<iq type='get' id='q' " FROM_ALICE "><audit xmlns='urn:platen:audit:1'/></iq>"
		"<iq type='get' id='q' " FROM_ALICE "><campaigns xmlns='urn:platen:operation:1'/></iq>"
		"<iq type='get' id='q' " FROM_ALICE "><campaign xmlns='urn:platen:operation:1' id='"
		CAMPAIGN "'/></iq>";

	fixture_online(true);
	fixture_settle();
	check_tables();
	fixture_say(ARRIVE_A SUBMIT);
	fixture_answer("result", FROM_A, "<outcome xmlns='urn:platen:operation:1' status='done'/>");
	fixture_forget();
	fixture_say(questions);
	/* A row's own XML is written as it is, and may say it, too. */
	must(fixture_count("type='result'") >= 4);
	check_tables();
	check_campaigns();
	fixture_pass(1000);
	check_campaigns();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = mem_alloc(size + 1);

	memcpy(text, data, size);
	text[size] = '\0';
	fixture_start();
	write_tables(text);
	fixture_restart();
	use();
	fixture_restart();
	use();
	fixture_pass(DAY_MS);
	check_tables();
	fixture_stop();
	free(text);
	return 0;
}
