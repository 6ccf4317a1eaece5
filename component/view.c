#include "component/view.h"

#include <string.h>

#include "common/clock.h"
#include "common/mem.h"
#include "component/audit.h"
#include "component/component.h"
#include "component/optional.h"
#include "component/resolve.h"
#include "component/warning.h"

void view_error(struct xml_writer *w, const char *error)
{
	size_t n = strcspn(error, " ");
	char condition[65];

	if (n >= sizeof condition)
		n = sizeof condition - 1;
	memcpy(condition, error, n);
	condition[n] = '\0';
	xml_open(w, "error", NS_OPERATION);
	xml_attr(w, "condition", condition);
	xml_text(w, error[n] == ' ' ? error + n + 1 : "");
	xml_close(w);
}

void view_request(struct xml_writer *w, const char *const *row)
{
	static const enum request_column shown[] = {
		REQ_ID, REQ_DEVICE, REQ_VIA, REQ_COMMAND, REQ_OPERATOR, REQ_ASKED_BY, REQ_UNIT,
		REQ_STATUS, REQ_CAUSE, REQ_CREATED, REQ_TRANSMITTED, REQ_RESPONDED, REQ_ENDED,
		REQ_RESPONSE_MS, REQ_TRANSMISSION, REQ_ATTEMPTS, REQ_MAX_ATTEMPTS, REQ_TIMEOUT,
		REQ_EXPIRES, REQ_PRIORITY, REQ_LATE, REQ_CAMPAIGN,
	};

	xml_open(w, "request", NS_OPERATION);
	for (size_t i = 0; i < sizeof shown / sizeof *shown; i++)
		xml_attr(w, request_schema.columns[shown[i]], optional_text(row[shown[i]]));
	if (optional_text(row[REQ_ARGUMENTS]) != NULL)
		xml_raw(w, row[REQ_ARGUMENTS]);
	if (optional_text(row[REQ_ERROR]) != NULL)
		view_error(w, row[REQ_ERROR]);
	if (optional_text(row[REQ_OUTCOME]) != NULL)
		xml_raw(w, row[REQ_OUTCOME]);
	xml_close(w);
}

void view_event(struct xml_writer *w, const char *const *row)
{
	xml_open(w, "event", NS_AUDIT);
	for (size_t i = 0; i < AUDIT_COLUMNS; i++) {
		if (i != AUDIT_TEXT)
			xml_attr(w, audit_schema.columns[i], optional_text(row[i]));
	}
	xml_text(w, row[AUDIT_TEXT]);
	xml_close(w);
}

static void attr_time(struct xml_writer *w, const char *name, int64_t wall_ms)
{
	char text[CLOCK_STRING];

	if (wall_ms != 0)
		xml_attr(w, name, clock_format(wall_ms, text));
}

static void open_device(struct xml_writer *w, const struct component *c, const char *operator_,
                        const struct device *d)
{
	xml_open(w, "device", NS_DEVICE);
	xml_attr(w, "device", d->jid);
	xml_attr(w, "via", device_text(d, DEV_VIA));
	xml_attr(w, "unit", device_text(d, DEV_UNIT));
	xml_attr(w, "online", d->online ? "true" : "false");
	attr_time(w, "since", d->since);
	for (size_t i = 0; i < MFP_FACTS; i++)
		xml_attr(w, mfp_fact_names[i], device_fact(d, i));
	xml_attr(w, "client", device_text(d, DEV_CLIENT));
	xml_attr(w, "transport", device_text(d, DEV_TRANSPORT));
	attr_time(w, "taken", d->taken);
	attr_time(w, "received", d->received);
	attr_time(w, "decommissioned", d->decommissioned);
	xml_attr(w, "successor", resolve_visible(c, operator_, device_text(d, DEV_SUCCESSOR)));
	xml_attr(w, "predecessor", resolve_visible(c, operator_, device_text(d, DEV_PREDECESSOR)));
}

void view_device(struct xml_writer *w, const struct component *c, const char *operator_,
                 const struct device *d)
{
	const char *const data[] = { d->supplies, d->counters, d->status };

	open_device(w, c, operator_, d);
	for (size_t i = 0; i < sizeof data / sizeof *data; i++) {
		if (data[i] != NULL)
			xml_raw(w, data[i]);
	}
	warning_view(w, c, operator_, d);
	xml_close(w);
}

void view_device_facts(struct xml_writer *w, const struct component *c, const char *operator_,
                       const struct device *d)
{
	open_device(w, c, operator_, d);
	warning_view(w, c, operator_, d);
	xml_close(w);
}
