#include "device/walk.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include <net-snmp/net-snmp-config.h>
#include <net-snmp/net-snmp-includes.h>

#include "common/clock.h"
#include "common/mem.h"

#define LOG_MODULE "snmp"
#include "common/log.h"

#define REPETITIONS 10
#define WIDTH 16              /* variables in one question: a datagram holds the answer */

static const char backwards[] = "object identifiers that do not increase";
static const char nothing[] = "no variables";

/* Where the reading of one column stands. */
struct walk {
	oid base[MAX_OID_LEN], last[MAX_OID_LEN];
	size_t base_len, last_len, rows;
	enum mib_type type;
	bool exact, done;
	bool doubted;                   /* GETBULK said that the MIB ends here */
};

struct reading {
	struct agent *agent;
	struct walk_memory *memory;
	struct walk *walks;
	size_t n;
	int64_t deadline;
	struct mib_table *table;
	struct source_failure *failure;
	const char *refusal;            /* the first mistake but noSuchName; NULL: none */
	bool answered;                  /* at least once in this reading */

	/* The question under way: its kind, and the walks in its order. */
	int kind;                       /* SNMP_MSG_GET, GETNEXT or GETBULK */
	unsigned active[WIDTH];
	size_t n_active;
};

/* Ours: net-snmp's own parser wants MIB texts. */
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

static void start_walks(struct reading *r, const struct mib_column *columns)
{
	for (size_t i = 0; i < r->n; i++) {
		struct walk *w = &r->walks[i];

		memset(w, 0, sizeof *w);
		w->base_len = parse_oid(columns[i].oid, w->base);
		memcpy(w->last, w->base, w->base_len * sizeof *w->base);
		w->last_len = w->base_len;
		w->type = columns[i].type;
		w->exact = columns[i].exact;
	}
}

/* Asking. */

/* The first question to a printer is a GETNEXT: when it is silent it is dead, and
 * when it is silent to a GETBULK later that is why. */
static int kind_of(const struct reading *r, const struct walk *w)
{
	bool next = r->memory->way != WALK_BULK || w->doubted;

	return w->exact ? SNMP_MSG_GET : next ? SNMP_MSG_GETNEXT : SNMP_MSG_GETBULK;
}

/* The walks of the next question: the first that is not done, and others that are
 * asked in the same way. */
static void choose_walks(struct reading *r)
{
	size_t width = r->memory->width > 0 ? r->memory->width : WIDTH;

	r->n_active = 0;
	for (unsigned i = 0; i < r->n && r->n_active < width; i++) {
		const struct walk *w = &r->walks[i];

		if (w->done || (r->n_active > 0 && kind_of(r, w) != r->kind))
			continue;
		r->kind = kind_of(r, w);
		r->active[r->n_active++] = i;
	}
}

static netsnmp_pdu *make_question(struct reading *r)
{
	netsnmp_pdu *pdu = snmp_pdu_create(r->kind);

	if (pdu == NULL)
		mem_fatal();
	if (r->kind == SNMP_MSG_GETBULK) {
		pdu->non_repeaters = 0;
		pdu->max_repetitions = REPETITIONS;
	}
	for (size_t i = 0; i < r->n_active; i++) {
		const struct walk *w = &r->walks[r->active[i]];

		if (snmp_add_null_var(pdu, w->last, w->last_len) == NULL)
			mem_fatal();
	}
	return pdu;
}

/* Taking. */

static bool is_exception(const netsnmp_variable_list *v)
{
	return v->type == SNMP_ENDOFMIBVIEW || v->type == SNMP_NOSUCHOBJECT ||
	       v->type == SNMP_NOSUCHINSTANCE;
}

static bool is_below(const netsnmp_variable_list *v, const struct walk *w)
{
	return v->name_length >= w->base_len && v->name_length <= MAX_OID_LEN &&
	       snmp_oidtree_compare(v->name, v->name_length, w->base, w->base_len) == 0;
}

static void refuse(struct reading *r, const char *why)
{
	if (r->refusal == NULL)
		r->refusal = why;
}

/* One variable of an answer, for the column it answers: its next row, or the end. */
static void take_next(struct reading *r, unsigned column, const netsnmp_variable_list *v)
{
	struct walk *w = &r->walks[column];

	if (w->done)
		return;
	if (v->type == SNMP_ENDOFMIBVIEW && r->kind == SNMP_MSG_GETBULK &&
	    !r->memory->end_proven) {
		w->doubted = true;
		return;
	}
	w->done = is_exception(v) || !is_below(v, w);
	if (!is_exception(v) &&
	    snmp_oid_compare(v->name, v->name_length, w->last, w->last_len) <= 0) {
		/* An agent that goes back would keep us for ever. */
		refuse(r, backwards);
		w->done = true;
	}
	if (w->done)
		return;
	mib_add(r->table, column, w->type, w->base_len, v);
	memcpy(w->last, v->name, v->name_length * sizeof *v->name);
	w->last_len = v->name_length;
	w->done = ++w->rows >= MIB_ROWS;
}

/* Variables of a GET are found by name: a printer may leave some out. */
static void take_exact(struct reading *r, const netsnmp_pdu *answer)
{
	for (const netsnmp_variable_list *v = answer->variables; v != NULL; v = v->next_variable) {
		for (size_t i = 0; i < r->n_active; i++) {
			struct walk *w = &r->walks[r->active[i]];

			if (w->done || snmp_oid_compare(v->name, v->name_length, w->base, w->base_len) != 0)
				continue;
			if (!is_exception(v))
				mib_add(r->table, r->active[i], w->type, w->base_len, v);
			w->done = true;
		}
	}
	for (size_t i = 0; i < r->n_active; i++)
		r->walks[r->active[i]].done = true;
}

static void take_variables(struct reading *r, const netsnmp_pdu *answer)
{
	const netsnmp_variable_list *v = answer->variables;

	for (size_t i = 0; v != NULL; v = v->next_variable, i++) {
		if (r->kind == SNMP_MSG_GETNEXT && i >= r->n_active)
			return;
		take_next(r, r->active[i % r->n_active], v);
	}
}

/* Printers that answer GETBULK badly. */

/* All again by GETNEXT: what such a printer has said so far may lack rows. */
static void give_up_bulk(struct reading *r, const char *why)
{
	log_info("%s answers GETBULK badly, goes on by GETNEXT: %s", agent_address(r->agent), why);
	r->memory->way = WALK_NEXT;
	mib_table_free(r->table);
	for (size_t i = 0; i < r->n; i++) {
		struct walk *w = &r->walks[i];

		memcpy(w->last, w->base, w->base_len * sizeof *w->base);
		w->last_len = w->base_len;
		w->rows = 0;
		w->done = w->doubted = false;
	}
}

/* What is wrong with an answer to GETBULK; NULL: nothing. */
static const char *bulk_mistake(const struct reading *r, const netsnmp_pdu *answer)
{
	const netsnmp_variable_list *v = answer->variables, *last[WIDTH] = { NULL };
	size_t i;

	for (i = 0; v != NULL; v = v->next_variable, i++) {
		size_t at = i % r->n_active;
		const struct walk *w = &r->walks[r->active[at]];
		const oid *name = last[at] != NULL ? last[at]->name : w->last;
		size_t len = last[at] != NULL ? last[at]->name_length : w->last_len;

		if (i >= r->n_active * REPETITIONS)
			return "more variables than asked for";
		if (v->type == SNMP_NOSUCHOBJECT || v->type == SNMP_NOSUCHINSTANCE)
			return "what is missing, for what is next";
		if (last[at] != NULL && last[at]->type == SNMP_ENDOFMIBVIEW &&
		    v->type != SNMP_ENDOFMIBVIEW)
			return "values behind the end of the MIB";
		if (v->type != SNMP_ENDOFMIBVIEW &&
		    snmp_oid_compare(v->name, v->name_length, name, len) <= 0)
			return backwards;
		last[at] = v;
	}
	return i == 0 ? nothing : NULL;
}

/* The answer to the question whether the MIB really ends: by GETNEXT, for one
 * column that GETBULK has said so of. True: it does not. */
static bool is_refuted(struct reading *r, const netsnmp_pdu *answer)
{
	const netsnmp_variable_list *v = answer->variables;

	for (size_t i = 0; v != NULL && i < r->n_active; v = v->next_variable, i++) {
		if (r->walks[r->active[i]].doubted && !is_exception(v))
			return true;
	}
	return false;
}

/* Errors. */

/* All but the variable that an error points to are asked again; one at a time if
 * it points nowhere. */
static void take_out(struct reading *r, long at)
{
	if (r->n_active == 1)
		at = 1;
	if (at >= 1 && (size_t)at <= r->n_active)
		r->walks[r->active[at - 1]].done = true;
	else
		r->memory->width = 1;
}

static void take_error(struct reading *r, const netsnmp_pdu *answer)
{
	if (r->kind == SNMP_MSG_GETBULK) {
		give_up_bulk(r, snmp_errstring((int)answer->errstat));
		return;
	}
	if (answer->errstat == SNMP_ERR_TOOBIG && r->n_active > 1) {
		r->memory->width = (r->n_active + 1) / 2;
		return;
	}
	if (answer->errstat != SNMP_ERR_NOSUCHNAME)
		refuse(r, snmp_errstring((int)answer->errstat));
	take_out(r, answer->errindex);
}

/* One that has just answered is not dead. */
static void take_silence(struct reading *r)
{
	if (r->kind == SNMP_MSG_GETBULK && r->answered) {
		give_up_bulk(r, "silence");
		return;
	}
	agent_fail_silent(r->agent, r->failure);
	r->memory->way = WALK_UNTRIED;
}

/* After its first answer: v1 has no GETBULK (RFC 1157). */
static void learn_way(struct reading *r)
{
	if (r->memory->way == WALK_UNTRIED)
		r->memory->way = agent_version_of(r->agent) == AGENT_V1 ? WALK_NEXT : WALK_BULK;
}

static void take_answer(struct reading *r, const netsnmp_pdu *answer)
{
	const char *mistake = r->kind == SNMP_MSG_GETBULK ? bulk_mistake(r, answer) : NULL;

	if (answer->errstat != SNMP_ERR_NOERROR) {
		take_error(r, answer);
	} else if (mistake != NULL) {
		give_up_bulk(r, mistake);
	} else if (is_refuted(r, answer)) {
		give_up_bulk(r, "an end of the MIB that is none");
	} else if (r->kind == SNMP_MSG_GET) {
		take_exact(r, answer);
	} else if (answer->variables == NULL) {
		refuse(r, nothing);
		take_out(r, 0);
	} else {
		r->memory->end_proven |= r->walks[r->active[0]].doubted;
		take_variables(r, answer);
	}
	r->answered = true;
	learn_way(r);
}

static void one_round(struct reading *r)
{
	netsnmp_pdu *answer = agent_ask(r->agent, make_question(r), r->deadline, r->failure);

	if (answer != NULL)
		take_answer(r, answer);
	else if (r->failure->condition == NULL)
		take_silence(r);
	snmp_free_pdu(answer);
	if (clock_mono_ms() > r->deadline)
		source_fail(r->failure, "printer-timeout", "%s answers too slowly",
		            agent_address(r->agent));
}

void walk_read(struct agent *agent, struct walk_memory *memory,
               const struct mib_column *columns, size_t n, int64_t deadline,
               struct mib_table *t, struct source_failure *failure)
{
	struct reading r = { .agent = agent, .memory = memory, .n = n, .deadline = deadline,
	                     .table = t, .failure = failure };

	r.walks = mem_zero(n, sizeof *r.walks);
	start_walks(&r, columns);
	for (choose_walks(&r); r.n_active > 0 && failure->condition == NULL; choose_walks(&r))
		one_round(&r);
	if (t->n == 0 && r.refusal != NULL)
		source_fail(failure, "printer-error", "%s answers with %s", agent_address(agent),
		            r.refusal);
	free(r.walks);
}
