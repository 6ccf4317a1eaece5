/* Administrators ask what was done and denied in their units: from the files, paged. */
#include <stdlib.h>
#include <string.h>

#include "common/conf.h"
#include "common/jid.h"
#include "common/mem.h"
#include "component/audit.h"
#include "component/audit_query.h"
#include "component/handle.h"
#include "component/listing.h"
#include "component/queries.h"
#include "component/resolve.h"
#include "component/rights.h"
#include "component/view.h"

struct question {
	struct audit_filter filter;
	struct days_result result;
};

static char *read_filter(struct audit_filter *f, const struct xml *payload)
{
	static const char *const known[] = { "operator", "device", "unit", "action", "result",
	                                     "request", "since", "until", "order", NULL };
	const char *unknown = page_unknown_filter(payload, known);
	const char *result = xml_get(payload, "result");
	char *wrong, *bare;

	if (unknown != NULL)
		return mem_printf("there is no filter \"%.64s\"", unknown);
	if (result != NULL && strcmp(result, "accepted") != 0 && strcmp(result, "denied") != 0)
		return mem_printf("the result is accepted or denied, not \"%.64s\"", result);
	if ((wrong = listing_read(&f->span, payload)) != NULL)
		return wrong;
	f->result = mem_strdup(result);
	f->unit = mem_strdup(xml_get(payload, "unit"));
	f->action = mem_strdup(xml_get(payload, "action"));
	f->request = mem_strdup(xml_get(payload, "request"));
	f->device = mem_strdup(xml_get(payload, "device"));
	if (xml_get(payload, "operator") != NULL) {
		bare = jid_bare(xml_get(payload, "operator"));
		f->operator_ = audit_jid(bare);
		free(bare);
	}
	return NULL;
}

static char *run(void *arg, const char *data_directory)
{
	struct question *q = arg;

	audit_query_run(data_directory, &q->filter, &q->result);
	return mem_strdup(q->result.failed);
}

static void write_audit(struct xml_writer *w, void *arg)
{
	static const struct listing events = { "audit", NS_AUDIT, view_event };
	const struct question *q = arg;

	listing_write(&events, w, &q->filter.span, &q->result);
}

static void free_question(void *arg)
{
	struct question *q = arg;

	audit_filter_clear(&q->filter);
	days_result_clear(&q->result);
	free(q);
}

static struct reply refuse(const struct call *call, unsigned right)
{
	struct reply r = reply_error("forbidden", mem_printf("%s needs the right \"%s\" in a unit",
	                                                     call->bare, unit_right_name(right)));

	r.error.app_condition = "missing-right";
	r.error.app_name = unit_right_name(right);
	return r;
}

struct reply handle_audit(struct call *call, struct xml_writer *w)
{
	static const struct queries_kind kind = { "audit", run, write_audit, free_question };
	unsigned right = rights_needed(RIGHTS_QUESTION, "audit");
	char **units = units_with_rights(call->c->units, call->bare, right);
	struct stanza_error error = { .condition = "bad-request" };
	struct question *q;

	(void)w;
	if (*units == NULL) {
		conf_list_free(units);
		return refuse(call, right);
	}
	q = mem_zero(1, sizeof *q);
	q->filter.units = units;
	error.text = read_filter(&q->filter, call->payload);
	if (error.text != NULL || !resolve_filter(call->c, call->bare, q->filter.device,
	                                          &q->filter.device_jid, &error)) {
		free_question(q);
		return (struct reply){ .kind = REPLY_ERROR, .error = error };
	}
	return queries_add(call, &kind, q);
}
