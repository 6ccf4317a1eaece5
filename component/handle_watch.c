/* Operators watch what goes on: a lease, which is renewed by saying it again. */
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "component/handle.h"
#include "component/page.h"
#include "component/resolve.h"
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

struct reply handle_watch(struct call *call, struct xml_writer *w)
{
	struct stanza_error error = { .condition = "bad-request" };
	struct watch_filter filter = { 0 };
	bool is_new = false, leased = true;
	int64_t seconds = 0;

	error.text = read_watch(call->payload, &seconds);
	if (error.text != NULL || !resolve_filter(call->c, call->bare, xml_get(call->payload, "device"),
	                                          &filter.device, &error))
		return (struct reply){ .kind = REPLY_ERROR, .error = error };
	filter.unit = mem_strdup(xml_get(call->payload, "unit"));
	if (seconds == 0)
		watch_end(call->c, call->from);
	else
		leased = watch_lease(call->c, call->from, call->bare, &filter, seconds, &is_new);
	watch_filter_clear(&filter);
	if (!leased)
		return reply_limit("watches", mem_printf("%s watches from %d places, or all do from %d",
		                                         call->bare, WATCH_OPERATOR, WATCH_ALL));
	write_watch(w, seconds, is_new);
	return (struct reply){ .kind = REPLY_RESULT };
}
