// link: device/walk.o test/fuzz/mib_fixture.o
/* A printer that answers in any way, and for ever: a reading ends, with rows in order or
 * with a failure. The first line says which part is read (0 to 3) and that it is by v1 ('v');
 * each other is an answer, the last one again and again:
 *   e STATUS INDEX   an error            s    silence           l    it comes too late
 *   anything else    a variable for each word, for the columns asked in turn:
 *     + next row   = the same name   - the row before   > behind the column   . a longer name,
 *     each with what it has behind it: a number, "text, oOID, x (of no type), #HEX (octets)
 *     $ endOfMibView   ! noSuchObject   ? noSuchInstance */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <net-snmp/net-snmp-config.h>
#include <net-snmp/net-snmp-includes.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/mem.h"
#include "device/walk.h"
#include "test/fuzz/mib_fixture.h"

#define DEADLINE_MS 1000
#define COLUMNS 32
#define WORDS 512

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool good)
{
	if (!good)
		abort();
}

/* The agent is played here. */

static struct played {
	const char *line, *end;
	enum agent_version version;
	size_t asked;
} agent;

/* The names that were asked, then those that were answered last. */
static struct name {
	oid id[MAX_OID_LEN];
	size_t len;
} names[COLUMNS];

static size_t take_names(const netsnmp_pdu *question)
{
	size_t n = 0;

	for (const netsnmp_variable_list *v = question->variables; v != NULL; v = v->next_variable) {
		must(n < COLUMNS && v->name_length > 0 && v->name_length <= MAX_OID_LEN);
		memcpy(names[n].id, v->name, v->name_length * sizeof(oid));
		names[n++].len = v->name_length;
	}
	return n;
}

static void append(struct name *name, oid number)
{
	if (name->len < MAX_OID_LEN)
		name->id[name->len++] = number;
}

/* A column's base has at most 11 numbers; what is longer has an index. */
static void move(struct name *name, char how)
{
	oid *last = &name->id[name->len - 1];

	if (how == '+' && name->len > 11)
		*last += 1;
	else if (how == '+')
		append(name, 1), append(name, 1);
	else if (how == '-')
		*last -= *last > 0;
	else if (how == '>')
		name->id[name->len > 10 ? 9 : name->len - 1] += 1;
	else if (how == '.')
		for (oid i = 0; i < 3; i++)
			append(name, i);
}

static void add_octets(netsnmp_pdu *pdu, const struct name *name, const char *hex, size_t n)
{
	unsigned char bytes[300];
	size_t len = 0;

	for (; n >= 2 && len < sizeof bytes; hex += 2, n -= 2) {
		const char two[] = { hex[0], hex[1], '\0' };

		bytes[len++] = (unsigned char)strtoul(two, NULL, 16);
	}
	snmp_pdu_add_variable(pdu, name->id, name->len, ASN_OCTET_STR, bytes, len);
}

static void add_oid(netsnmp_pdu *pdu, const struct name *name, const char *text, const char *end)
{
	oid id[MAX_OID_LEN];
	size_t n = 0;

	for (; text < end && n < MAX_OID_LEN; text++) {
		id[n++] = (uint32_t)strtoul(text, (char **)&text, 10);
		if (*text != '.')
			break;
	}
	snmp_pdu_add_variable(pdu, name->id, name->len, ASN_OBJECT_ID, id, n * sizeof *id);
}

static void add_value(netsnmp_pdu *pdu, const struct name *name, const char *text,
                      const char *end)
{
	size_t n = (size_t)(end - text);
	long number = n > 0 ? strtol(text, NULL, 10) : 0;

	if (n > 0 && *text == '"')
		snmp_pdu_add_variable(pdu, name->id, name->len, ASN_OCTET_STR, text + 1, n - 1);
	else if (n > 0 && *text == '#')
		add_octets(pdu, name, text + 1, n - 1);
	else if (n > 0 && *text == 'o')
		add_oid(pdu, name, text + 1, end);
	else if (n > 0 && *text == 'x')
		snmp_pdu_add_variable(pdu, name->id, name->len, ASN_NULL, NULL, 0);
	else
		snmp_pdu_add_variable(pdu, name->id, name->len, ASN_INTEGER, &number, sizeof number);
}

static void add_word(netsnmp_pdu *pdu, struct name *name, const char *word, const char *end)
{
	static const struct { char sign; u_char type; } exceptions[] = {
		{ '$', SNMP_ENDOFMIBVIEW }, { '!', SNMP_NOSUCHOBJECT }, { '?', SNMP_NOSUCHINSTANCE },
	};

	for (size_t i = 0; i < sizeof exceptions / sizeof *exceptions; i++) {
		if (*word != exceptions[i].sign)
			continue;
		snmp_pdu_add_variable(pdu, name->id, name->len, exceptions[i].type, NULL, 0);
		return;
	}
	move(name, *word);
	add_value(pdu, name, word + 1, end);
}

static netsnmp_pdu *make_answer(const char *line, size_t len, size_t n_names)
{
	netsnmp_pdu *pdu = snmp_pdu_create(SNMP_MSG_RESPONSE);
	const char *end = line + len;
	char *behind;

	if (len > 1 && line[0] == 'e' && line[1] == ' ') {
		pdu->errstat = strtol(line + 2, &behind, 10);
		pdu->errindex = strtol(behind, NULL, 10);
		return pdu;
	}
	for (size_t i = 0; line < end && i < WORDS; i++) {
		const char *blank = memchr(line, ' ', (size_t)(end - line));

		blank = blank == NULL ? end : blank;
		if (blank > line)
			add_word(pdu, &names[i % n_names], line, blank);
		line = blank + (blank < end);
	}
	return pdu;
}

netsnmp_pdu *agent_ask(struct agent *a, netsnmp_pdu *pdu, int64_t deadline,
                       struct source_failure *failure)
{
	const char *stop = memchr(agent.line, '\n', (size_t)(agent.end - agent.line));
	const char *line = agent.line;
	size_t len = (size_t)((stop == NULL ? agent.end : stop) - line), n = take_names(pdu);

	(void)a, (void)deadline, (void)failure;
	must(n > 0 && (agent.version != AGENT_V1 || pdu->command != SNMP_MSG_GETBULK));
	snmp_free_pdu(pdu);
	agent.asked++;
	if (stop != NULL && stop + 1 < agent.end)
		agent.line = stop + 1;
	if (len == 1 && *line == 's')
		return NULL;
	if (len == 1 && *line == 'l')
		clock_set(DEADLINE_MS + 1, 0);
	return make_answer(line, len, n);
}

void agent_fail_silent(const struct agent *a, struct source_failure *failure)
{
	source_fail(failure, "printer-timeout", "%s is silent", agent_address(a));
}

const char *agent_address(const struct agent *a)
{
	(void)a;
	return "printer";
}

enum agent_version agent_version_of(const struct agent *a)
{
	(void)a;
	return agent.version;
}

void source_fail(struct source_failure *f, const char *condition, const char *fmt, ...)
{
	va_list ap;

	if (f->condition != NULL)
		return;
	va_start(ap, fmt);
	f->condition = condition;
	f->text = mem_vprintf(fmt, ap);
	va_end(ap);
}

/* The reading. */

static bool is_above(const struct mib_index *a, const struct mib_index *b)
{
	for (size_t i = 0; i < a->len && i < b->len; i++) {
		if (a->id[i] != b->id[i])
			return a->id[i] > b->id[i];
	}
	return a->len > b->len;
}

/* No column has more rows than it may, and they increase. */
static void check_table(const struct mib_table *t, size_t n_columns)
{
	for (unsigned column = 0; column < n_columns; column++) {
		const struct mib_index *last = NULL;
		size_t rows = 0;

		for (size_t i = 0; i < t->n; i++) {
			if (t->values[i].column != column)
				continue;
			must(last == NULL || is_above(&t->values[i].index, last));
			last = &t->values[i].index;
			rows++;
		}
		must(rows <= MIB_ROWS);
	}
	for (size_t i = 0; i < t->n; i++)
		must(t->values[i].column < n_columns);
}

static void read_part(enum mfp_part part, struct walk_memory *memory)
{
	struct mib_column columns[MIB_MFP_COLUMNS];
	size_t n = mib_mfp_columns(part, mib_fixture_vendor(), columns);
	struct source_failure failure = { 0 };
	struct mib_table t = { 0 };

	clock_set(0, 0);
	agent.asked = 0;
	walk_read(NULL, memory, columns, n, DEADLINE_MS, &t, &failure);
	/* Each question ends a column or has a row of one; GETBULK may be given up once. */
	must(agent.asked <= 2 * n * (MIB_ROWS + 1) + 16);
	check_table(&t, n);
	if (failure.condition == NULL)
		mib_fixture_check(part, &t);
	free(failure.text);
	mib_table_free(&t);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const enum mfp_part parts[] = { MFP_COUNTERS, MFP_SUPPLIES, MFP_STATUS,
	                                       MFP_INFORMATION };
	char *text = mem_strndup((const char *)data, size), *line = strchr(text, '\n');
	struct walk_memory memory = { 0 };
	enum mfp_part part = parts[(unsigned char)*text % 4];

	if (line != NULL) {
		agent = (struct played){ .line = line + 1, .end = line + strlen(line),
		                         .version = text[1] == 'v' ? AGENT_V1 : AGENT_V2C };
		log_set_level(LOG_LEVEL_ERROR);
		snmp_disable_log();
		read_part(part, &memory);
		/* Again, with what the first reading has shown. */
		read_part(part, &memory);
	}
	free(text);
	return 0;
}
