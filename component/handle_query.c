/* Operators ask which requests there are: from the files, paged. */
#include <stdlib.h>
#include <string.h>

#include "common/jid.h"
#include "common/mem.h"
#include "component/handle.h"
#include "component/listing.h"
#include "component/queries.h"
#include "component/query.h"
#include "component/resolve.h"
#include "component/rights.h"
#include "component/view.h"

struct question {
	struct query_filter filter;
	struct days_result result;
};

static char *read_filter(struct query_filter *f, const struct xml *payload)
{
	static const char *const known[] = { "id", "device", "unit", "status", "command", "operator",
	                                     "campaign", "since", "until", "order", NULL };
	const char *status = xml_get(payload, "status"), *unknown;
	enum request_status parsed;
	char *wrong;

	f->status = -1;
	if ((unknown = page_unknown_filter(payload, known)) != NULL)
		return mem_printf("there is no filter \"%.64s\"", unknown);
	if (status != NULL && !request_status_parse(status, &parsed))
		return mem_printf("there is no status \"%.64s\"", status);
	if (status != NULL)
		f->status = (int)parsed;
	if ((wrong = listing_read(&f->span, payload)) != NULL)
		return wrong;
	f->span.id = mem_strdup(xml_get(payload, "id"));
	f->unit = mem_strdup(xml_get(payload, "unit"));
	f->campaign = mem_strdup(xml_get(payload, "campaign"));
	f->command = mem_strdup(xml_get(payload, "command"));
	if (xml_get(payload, "operator") != NULL)
		f->operator_ = jid_bare(xml_get(payload, "operator"));
	return NULL;
}

static char *run(void *arg, const char *data_directory)
{
	struct question *q = arg;

	query_run(data_directory, &q->filter, &q->result);
	return mem_strdup(q->result.failed);
}

static void write_requests(struct xml_writer *w, void *arg)
{
	static const struct listing requests = { "requests", NS_OPERATION, view_request };
	const struct question *q = arg;

	listing_write(&requests, w, &q->filter.span, &q->result);
}

static void free_question(void *arg)
{
	struct question *q = arg;

	query_filter_clear(&q->filter);
	days_result_clear(&q->result);
	free(q);
}

struct reply handle_requests(struct call *call, struct xml_writer *w)
{
	static const struct queries_kind kind = { "requests", run, write_requests, free_question };
	struct question *q = mem_zero(1, sizeof *q);
	struct stanza_error error = { .condition = "bad-request",
	                              .text = read_filter(&q->filter, call->payload) };

	(void)w;
	if (error.text != NULL || !resolve_filter(call->c, call->bare, xml_get(call->payload, "device"),
	                                     &q->filter.device, &error)) {
		free_question(q);
		return (struct reply){ .kind = REPLY_ERROR, .error = error };
	}
	q->filter.units = units_with_rights(call->c->units, call->bare,
	                                    rights_needed(RIGHTS_QUESTION, "requests"));
	return queries_add(call, &kind, q);
}
