/* Operators watch what goes on: a lease, which is renewed by saying it again. */
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "component/handle.h"
#include "component/page.h"
#include "component/resolve.h"
#include "component/rights.h"
#include "component/watch.h"

static char *read_seconds(const struct xml *payload, int64_t *seconds)
{
	if (xml_get_int(payload, "seconds", seconds) &&
	    (*seconds == 0 || (*seconds >= WATCH_SHORTEST && *seconds <= WATCH_LONGEST)))
		return NULL;
	return mem_printf("seconds is 0, or a whole number from %d to %d", WATCH_SHORTEST,
	                  WATCH_LONGEST);
}

static char *read_watch(const struct xml *payload, int64_t *seconds)
{
	static const char *const known[] = { "unit", "device", "seconds", NULL };
	const char *unknown = page_unknown_filter(payload, known);

	if (unknown != NULL)
		return mem_printf("there is no filter \"%.64s\"", unknown);
	return read_seconds(payload, seconds);
}

static void write_watch(struct xml_writer *w, int64_t seconds, bool is_new)
{
	xml_open(w, "watch", NS_OPERATION);
	xml_attr_int(w, "seconds", seconds);
	xml_attr(w, "new", is_new ? "true" : NULL);
	xml_close(w);
}

/* He waits for ever who watches what there is not: it is to be there, for him. */
static bool read_filter(struct watch_filter *f, const struct call *call, struct stanza_error *error)
{
	const char *unit = xml_get(call->payload, "unit"), *device = xml_get(call->payload, "device");
	unsigned needs = rights_needed(RIGHTS_QUESTION, "watch");
	const struct device *d;

	if (unit != NULL && (units_rights(call->c->units, call->bare, unit) & needs) != needs) {
		error->condition = "item-not-found";
		error->app_condition = "unknown-unit";
		error->text = mem_printf("there is no unit %.64s that you may view", unit);
		return false;
	}
	f->unit = mem_strdup(unit);
	if (device == NULL)
		return true;
	d = resolve_device(call->c, call->bare, device, RESOLVE_ALL, error);
	f->device = d == NULL ? NULL : mem_strdup(d->jid);
	return d != NULL;
}

static struct reply lease(struct call *call, struct xml_writer *w, int64_t seconds)
{
	struct stanza_error error = { 0 };
	struct watch_filter filter = { 0 };
	bool is_new = false, leased, right = read_filter(&filter, call, &error);

	leased = right && watch_lease(call->c, call->from, call->bare, &filter, seconds, &is_new);
	watch_filter_clear(&filter);
	if (!right)
		return (struct reply){ .kind = REPLY_ERROR, .error = error };
	if (!leased)
		return reply_limit("watches", mem_printf("%s watches from %d places, or all do from %d",
		                                         call->bare, WATCH_OPERATOR, WATCH_ALL));
	write_watch(w, seconds, is_new);
	return (struct reply){ .kind = REPLY_RESULT };
}

struct reply handle_watch(struct call *call, struct xml_writer *w)
{
	int64_t seconds = 0;
	char *wrong = read_watch(call->payload, &seconds);

	if (wrong != NULL)
		return reply_error("bad-request", wrong);
	if (seconds != 0)
		return lease(call, w, seconds);
	watch_end(call->c, call->from);
	write_watch(w, seconds, false);
	return (struct reply){ .kind = REPLY_RESULT };
}
