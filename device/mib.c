#include "device/mib.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <net-snmp/net-snmp-config.h>
#include <net-snmp/net-snmp-includes.h>

#include "common/clock.h"
#include "common/mem.h"

#define REPETITIONS 10
#define REFUSAL_MS 200
#define MAX_BYTES 255         /* of a string: DisplayString's bound (RFC 2579) */

/* Where the walk of one column stands. */
struct walk {
	oid base[MAX_OID_LEN], last[MAX_OID_LEN];
	size_t base_len, last_len, rows;
	enum mib_type type;
	bool done;
};

struct reading {
	const struct mib_target *target;
	void *session;                  /* net-snmp's single session */
	struct walk walks[MIB_COLUMNS];
	unsigned active[MIB_COLUMNS];  /* columns of the request under way, in its order */
	size_t n, n_active;
	bool next_only;                 /* the printer does not take GETBULK */
	struct mib_table *table;
	struct source_failure *failure;
};

void mib_init(void)
{
	netsnmp_ds_set_boolean(NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_DONT_READ_CONFIGS, 1);
	netsnmp_ds_set_boolean(NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_DONT_PERSIST_STATE, 1);
	snmp_disable_log();
	/* Not init_snmp(): it reads MIB texts and makes directories below /var. */
}

/* A connected socket hears of a port that nobody listens on; net-snmp leaves its
 * own unconnected. */
static void connect_socket(void *session)
{
	const netsnmp_transport *t = snmp_sess_transport(session);
	const netsnmp_indexed_addr_pair *pair = t->data;
	const struct sockaddr *to;

	if (pair == NULL || t->data_length != sizeof *pair)
		return;
	to = &pair->remote_addr.sa;
	if (connect(t->sock, to, (socklen_t)netsnmp_sockaddr_size(to)) != 0)
		return;   /* the first sending says what is wrong */
}

/* Whether a printer that was silent has nobody at that port. net-snmp reads the
 * refusals of its datagrams and waits on; so an empty one asks once more. */
static bool is_refused(void *session)
{
	int fd = snmp_sess_transport(session)->sock, error = 0;
	struct pollfd p = { .fd = fd, .events = POLLIN };
	socklen_t len = sizeof error;

	if (send(fd, "", 0, MSG_DONTWAIT) != 0)
		return errno == ECONNREFUSED;
	return poll(&p, 1, REFUSAL_MS) == 1 && (p.revents & POLLERR) &&
	       getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) == 0 && error == ECONNREFUSED;
}

static void *open_session(const struct mib_target *target, struct source_failure *failure)
{
	netsnmp_session s;
	bool ipv6 = target->address[0] == '[';
	char *peer = mem_printf("%s:%s", ipv6 ? "udp6" : "udp", target->address), *why = NULL;
	void *session;

	snmp_sess_init(&s);
	s.version = SNMP_VERSION_2c;
	s.peername = peer;
	s.community = (u_char *)(uintptr_t)target->community;
	s.community_len = strlen(target->community);
	s.timeout = (long)target->timeout_ms * 1000;
	s.retries = target->retries;
	session = snmp_sess_open(&s);
	if (session != NULL) {
		connect_socket(session);
	} else {
		snmp_error(&s, NULL, NULL, &why);
		source_fail(failure, "printer-unreachable", "%s: %s", target->address, why);
	}
	free(why);
	free(peer);
	return session;
}

/* Ours, from a table: net-snmp's own parser wants MIB texts. */
static size_t parse_oid(const char *text, oid id[static MAX_OID_LEN])
{
	size_t n = 0;
	char *end;

	for (;; text = end + 1) {
		assert(n < MAX_OID_LEN);
		id[n++] = strtoul(text, &end, 10);
		if (*end != '.')
			return n;
	}
}

static void start_walks(struct reading *r, const struct mib_column *columns, size_t n)
{
	assert(n <= MIB_COLUMNS);
	r->n = n;
	for (size_t i = 0; i < n; i++) {
		struct walk *w = &r->walks[i];

		w->base_len = parse_oid(columns[i].oid, w->base);
		memcpy(w->last, w->base, w->base_len * sizeof *w->base);
		w->last_len = w->base_len;
		w->type = columns[i].type;
	}
}

static netsnmp_pdu *make_request(struct reading *r)
{
	netsnmp_pdu *pdu = snmp_pdu_create(r->next_only ? SNMP_MSG_GETNEXT : SNMP_MSG_GETBULK);

	if (pdu == NULL)
		mem_fatal();
	if (!r->next_only) {
		pdu->non_repeaters = 0;
		pdu->max_repetitions = REPETITIONS;
	}
	r->n_active = 0;
	for (unsigned i = 0; i < r->n; i++) {
		const struct walk *w = &r->walks[i];

		if (w->done)
			continue;
		if (snmp_add_null_var(pdu, w->last, w->last_len) == NULL)
			mem_fatal();
		r->active[r->n_active++] = i;
	}
	return pdu;
}

/* A number in net-snmp's widest form; false: not of our types, or too large. */
static bool number_of(const netsnmp_variable_list *v, int64_t *number)
{
	switch (v->type) {
	case ASN_INTEGER:
		*number = *v->val.integer;
		return true;
	case ASN_COUNTER:
	case ASN_GAUGE:
	case ASN_TIMETICKS:
		*number = (uint32_t)*v->val.integer;
		return true;
	case ASN_COUNTER64:
		*number = (int64_t)((uint64_t)v->val.counter64->high << 32 |
		                    (uint32_t)v->val.counter64->low);
		return *number >= 0;
	}
	return false;
}

static char *dotted(const oid *id, size_t len)
{
	char *text = mem_alloc(len * 11 + 1), *end = text;

	*end = '\0';
	for (size_t i = 0; i < len; i++)
		end += sprintf(end, i == 0 ? "%u" : ".%u", (unsigned)(uint32_t)id[i]);
	return text;
}

static bool take_value(const netsnmp_variable_list *v, enum mib_type type,
                       struct mib_value *value)
{
	if (type == MIB_NUMBER)
		return number_of(v, &value->number);
	if (type == MIB_STRING && v->type == ASN_OCTET_STR) {
		value->len = v->val_len < MAX_BYTES ? v->val_len : MAX_BYTES;
		value->bytes = mem_zero(1, value->len + 1);
		if (value->len > 0)
			memcpy(value->bytes, v->val.string, value->len);
		return true;
	}
	if (type == MIB_OID && v->type == ASN_OBJECT_ID) {
		value->bytes = dotted(v->val.objid, v->val_len / sizeof(oid));
		value->len = strlen(value->bytes);
		return true;
	}
	return false;
}

static void store(struct reading *r, unsigned column, const netsnmp_variable_list *v)
{
	const struct walk *w = &r->walks[column];
	struct mib_value value = { .column = column };
	struct mib_table *t = r->table;

	value.index.len = v->name_length - w->base_len;
	if (value.index.len > MIB_INDEX || !take_value(v, w->type, &value)) {
		t->odd++;
		return;
	}
	for (size_t i = 0; i < value.index.len; i++)
		value.index.id[i] = (uint32_t)v->name[w->base_len + i];
	t->values = mem_realloc(t->values, (t->n + 1) * sizeof *t->values);
	t->values[t->n++] = value;
}

/* One variable of an answer, for the column it answers: its next row, or the end. */
static void take_variable(struct reading *r, unsigned column, const netsnmp_variable_list *v)
{
	struct walk *w = &r->walks[column];

	if (w->done)
		return;
	w->done = v->type == SNMP_ENDOFMIBVIEW || v->type == SNMP_NOSUCHOBJECT ||
	          v->type == SNMP_NOSUCHINSTANCE || v->name_length <= w->base_len ||
	          v->name_length > MAX_OID_LEN ||
	          snmp_oidtree_compare(v->name, v->name_length, w->base, w->base_len) != 0 ||
	          /* An agent that goes back would keep us for ever. */
	          snmp_oid_compare(v->name, v->name_length, w->last, w->last_len) <= 0;
	if (w->done)
		return;
	store(r, column, v);
	memcpy(w->last, v->name, v->name_length * sizeof *v->name);
	w->last_len = v->name_length;
	w->done = ++w->rows >= MIB_ROWS;
}

static void take_variables(struct reading *r, const netsnmp_pdu *answer)
{
	const netsnmp_variable_list *v = answer->variables;

	if (v == NULL) {
		/* What has no answer would be asked for ever. */
		for (size_t i = 0; i < r->n; i++)
			r->walks[i].done = true;
	}
	for (size_t i = 0; v != NULL; v = v->next_variable, i++)
		take_variable(r, r->active[i % r->n_active], v);
}

/* An answer that says error: GETBULK gives way to GETNEXT, where an error ends
 * the column it points to. */
static void take_error(struct reading *r, const netsnmp_pdu *answer)
{
	long at = answer->errindex;

	if (!r->next_only)
		r->next_only = true;
	else if (at >= 1 && (size_t)at <= r->n_active)
		r->walks[r->active[at - 1]].done = true;
	else
		source_fail(r->failure, "printer-error", "%s answered: %s", r->target->address,
		            snmp_errstring((int)answer->errstat));
}

static void fail_transport(struct reading *r, int status)
{
	const struct mib_target *t = r->target;
	char *why = NULL;
	int sys_errno = 0, snmp_errno = 0;

	snmp_sess_error(r->session, &sys_errno, &snmp_errno, &why);
	if (status != STAT_TIMEOUT)
		source_fail(r->failure, "printer-unreachable", "%s: %s", t->address, why);
	else if (is_refused(r->session))
		source_fail(r->failure, "printer-unreachable", "%s refuses SNMP: nobody listens there",
		            t->address);
	else
		source_fail(r->failure, "printer-timeout", "%s did not answer within %lld ms",
		            t->address, (long long)t->timeout_ms * (t->retries + 1));
	free(why);
}

static void one_round(struct reading *r, netsnmp_pdu *request)
{
	netsnmp_pdu *answer = NULL;
	int status = snmp_sess_synch_response(r->session, request, &answer);

	if (status != STAT_SUCCESS || answer == NULL)
		fail_transport(r, status);
	else if (answer->errstat != SNMP_ERR_NOERROR)
		take_error(r, answer);
	else
		take_variables(r, answer);
	if (answer != NULL)
		snmp_free_pdu(answer);
}

void mib_read(const struct mib_target *target, const struct mib_column *columns, size_t n,
               int64_t deadline, struct mib_table *t, struct source_failure *failure)
{
	struct reading *r = mem_zero(1, sizeof *r);
	netsnmp_pdu *request;

	r->target = target;
	r->table = t;
	r->failure = failure;
	start_walks(r, columns, n);
	r->session = open_session(target, failure);
	while (failure->condition == NULL) {
		request = make_request(r);
		if (r->n_active == 0) {
			snmp_free_pdu(request);
			break;
		}
		one_round(r, request);
		if (clock_mono_ms() > deadline)
			source_fail(failure, "printer-timeout", "%s answers too slowly", target->address);
	}
	if (r->session != NULL)
		snmp_sess_close(r->session);
	free(r);
}

void mib_table_free(struct mib_table *t)
{
	for (size_t i = 0; i < t->n; i++)
		free(t->values[i].bytes);
	free(t->values);
	memset(t, 0, sizeof *t);
}

static int compare(const struct mib_index *a, const struct mib_index *b)
{
	for (size_t i = 0; i < a->len && i < b->len; i++) {
		if (a->id[i] != b->id[i])
			return a->id[i] < b->id[i] ? -1 : 1;
	}
	return a->len < b->len ? -1 : a->len > b->len;
}

const struct mib_value *mib_get(const struct mib_table *t, unsigned column,
                                  const struct mib_index *index)
{
	for (size_t i = 0; i < t->n; i++) {
		if (t->values[i].column == column && compare(&t->values[i].index, index) == 0)
			return &t->values[i];
	}
	return NULL;
}

const struct mib_value *mib_first(const struct mib_table *t, unsigned column)
{
	for (size_t i = 0; i < t->n; i++) {
		if (t->values[i].column == column)
			return &t->values[i];
	}
	return NULL;
}

static int compare_void(const void *a, const void *b)
{
	return compare(a, b);
}

size_t mib_rows(const struct mib_table *t, unsigned from, unsigned to, size_t len,
                 struct mib_index rows[static MIB_ROWS])
{
	struct mib_index *all = mem_zero(t->n, sizeof *all);
	size_t n = 0, kept = 0;

	for (size_t i = 0; i < t->n; i++) {
		const struct mib_value *v = &t->values[i];

		if (v->column >= from && v->column <= to && v->index.len == len)
			all[n++] = v->index;
	}
	qsort(all, n, sizeof *all, compare_void);
	for (size_t i = 0; i < n && kept < MIB_ROWS; i++) {
		if (kept == 0 || compare(&rows[kept - 1], &all[i]) != 0)
			rows[kept++] = all[i];
	}
	free(all);
	return kept;
}
