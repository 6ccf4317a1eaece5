#include "component/watch.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "common/clock.h"
#include "common/mem.h"
#include "component/optional.h"
#include "component/outbox.h"
#include "component/rights.h"
#include "component/stanza.h"
#include "component/view.h"

struct watcher {
	char *full, *bare;
	struct watch_filter filter;
	uint64_t missed;                   /* messages that did not leave since the last one */
	struct deadline due;               /* the lease's end */
	struct component *c;
	UT_hash_handle hh;
};

static struct watcher *find(const struct component *c, const char *full)
{
	struct watcher *w;

	HASH_FIND_STR(c->watchers, full, w);
	return w;
}

void watch_filter_clear(struct watch_filter *filter)
{
	free(filter->unit);
	free(filter->device);
	memset(filter, 0, sizeof *filter);
}

static void end(struct watcher *w)
{
	HASH_DEL(w->c->watchers, w);
	deadline_clear(&w->c->deadlines, &w->due);
	watch_filter_clear(&w->filter);
	free(w->full);
	free(w->bare);
	free(w);
}

static void lease_over(struct deadline *due)
{
	end((struct watcher *)(void *)((char *)due - offsetof(struct watcher, due)));
}

/* Leases. */

static bool has_place(const struct component *c, const char *bare)
{
	unsigned n = 0;

	for (const struct watcher *w = c->watchers; w != NULL; w = w->hh.next)
		n += strcmp(w->bare, bare) == 0;
	return n < WATCH_OPERATOR && HASH_COUNT(c->watchers) < WATCH_ALL;
}

static struct watcher *begin(struct component *c, const char *full, const char *bare)
{
	struct watcher *w = mem_zero(1, sizeof *w);

	w->c = c;
	w->full = mem_strdup(full);
	w->bare = mem_strdup(bare);
	w->due.fire = lease_over;
	HASH_ADD_KEYPTR(hh, c->watchers, w->full, strlen(w->full), w);
	return w;
}

/* Messages. */

/* element: NULL for what was missed alone. A stream that is gone or has enough to do takes
 * none: what is waited for comes first. */
static void tell(struct watcher *w, const char *element)
{
	struct xml_writer out = { 0 };

	if (!link_is_online(w->c->link) || link_backlog(w->c->link) >= WATCH_BACKLOG) {
		w->missed += element != NULL;
		return;
	}
	stanza_open(&out, "message", "headline", w->full, NULL);
	if (w->missed > 0) {
		xml_open(&out, "missed", NS_OPERATION);
		xml_attr_int(&out, "n", (int64_t)w->missed);
		xml_close(&out);
	}
	if (element != NULL)
		xml_raw(&out, element);
	xml_close(&out);
	outbox_send(w->c->outbox, 0, &out);
	w->missed = 0;
}

bool watch_lease(struct component *c, const char *full, const char *bare,
                 struct watch_filter *filter, int64_t seconds, bool *is_new)
{
	struct watcher *w = find(c, full);

	*is_new = w == NULL;
	if (w == NULL && !has_place(c, bare))
		return false;
	if (w == NULL)
		w = begin(c, full, bare);
	watch_filter_clear(&w->filter);
	w->filter = *filter;
	memset(filter, 0, sizeof *filter);
	deadline_set(&c->deadlines, &w->due, clock_mono_ms() + seconds * 1000);
	if (w->missed > 0)
		tell(w, NULL);
	return true;
}

void watch_end(struct component *c, const char *full)
{
	struct watcher *w = find(c, full);

	if (w != NULL)
		end(w);
}

/* His rights of now: the file may have been read again. */
static bool may_see(const struct watcher *w, const char *unit, const char *device)
{
	unsigned needs = rights_needed(RIGHTS_QUESTION, "watch");

	return unit != NULL && optional_fits(w->filter.unit, unit) &&
	       optional_fits(w->filter.device, device) &&
	       (units_rights(w->c->units, w->bare, unit) & needs) == needs;
}

/* The same for all: a request has nothing that only some may see. */
static char *request_text(const char *const *row)
{
	struct xml_writer w = { 0 };

	view_request(&w, row);
	return xml_take(&w, NULL);
}

void watch_row(struct component *c, const char *const *row)
{
	const struct request *r;
	const char *merged[REQ_COLUMNS];
	char *text = NULL;

	if (c->watchers == NULL)
		return;
	r = request_find(&c->requests, row[REQ_ID]);
	for (size_t i = 0; i < REQ_COLUMNS; i++)
		merged[i] = row[i] != NULL || r == NULL ? row[i] : r->columns[i];
	for (struct watcher *w = c->watchers; w != NULL; w = w->hh.next) {
		if (!may_see(w, merged[REQ_UNIT], merged[REQ_DEVICE]))
			continue;
		if (text == NULL)
			text = request_text(merged);
		tell(w, text);
	}
	free(text);
}

/* What he may know of other devices is in it, so each has his own. */
static void tell_device(struct watcher *w, const struct device *d)
{
	struct xml_writer out = { 0 };
	char *text;

	view_device_facts(&out, w->c, w->bare, d);
	text = xml_take(&out, NULL);
	tell(w, text);
	free(text);
}

void watch_device(struct component *c, const struct device *d)
{
	for (struct watcher *w = c->watchers; w != NULL; w = w->hh.next) {
		if (may_see(w, device_text(d, DEV_UNIT), d->jid))
			tell_device(w, d);
	}
}

void watch_free(struct component *c)
{
	while (c->watchers != NULL)
		end(c->watchers);
}
