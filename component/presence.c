#include "component/presence.h"

#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/mem.h"
#include "component/ask.h"
#include "component/catalogue.h"
#include "component/decommission.h"
#include "component/route.h"
#include "component/unassigned.h"
#include "component/warning.h"
#include "component/watch.h"

#define LOG_MODULE "presence"

#define FACT_MAX 1024
/* So much is appended before the device table is worth a merge. */
#define COMPACT_BYTES (16u << 20)
/* Streams of a device beside the one that requests go to. */
#define OTHERS 3

bool presence_fact_counts(size_t fact, const char *value)
{
	return value != NULL && (*value != '\0' || (fact != FACT_SERIAL && fact != FACT_MAC));
}

static void set_if_changed(struct record *rec, unsigned column, const char *had,
                           const char *value)
{
	if (value == NULL || strlen(value) > FACT_MAX)
		return;
	if (strcmp(had == NULL ? "" : had, value) != 0)
		record_text(rec, column, value);
}

/* What <device/> says and the row, which has those texts, does not say yet. */
static void read_facts(struct record *rec, const char *const *had, const struct xml *el)
{
	for (unsigned i = 0; i < MFP_FACTS; i++) {
		const char *value = xml_get(el, mfp_fact_names[i]);

		if (presence_fact_counts(i, value))
			set_if_changed(rec, DEV_FACTS + i, had[DEV_FACTS + i], value);
	}
	set_if_changed(rec, DEV_CLIENT, had[DEV_CLIENT], xml_get(el, "client"));
	set_if_changed(rec, DEV_TRANSPORT, had[DEV_TRANSPORT], xml_get(el, "transport"));
}

/* Available are the row's stream, once it has shown itself (shown), and others: their JIDs one
 * behind the other in one piece of memory, the newest last, and an empty one. NULL: there
 * are none. */

static char *behind(char *stream)
{
	return stream + strlen(stream) + 1;
}

static char *find_other(const struct device *d, const char *full)
{
	char *at = d->others;

	while (at != NULL && *at != '\0' && strcmp(at, full) != 0)
		at = behind(at);
	return at == NULL || *at == '\0' ? NULL : at;
}

static bool has_stream(const struct device *d, const char *full)
{
	return (d->shown && device_has(d, DEV_STREAM, full)) || find_other(d, full) != NULL;
}

static void forget_other(struct device *d, const char *full)
{
	char *gone = find_other(d, full), *end;

	if (gone == NULL)
		return;
	for (end = gone; *end != '\0'; end = behind(end))
		;
	memmove(gone, behind(gone), (size_t)(end + 1 - behind(gone)));
	if (*d->others != '\0')
		return;
	free(d->others);
	d->others = NULL;
}

static const char *newest_other(const struct device *d)
{
	char *at = d->others;

	while (at != NULL && *behind(at) != '\0')
		at = behind(at);
	return at;
}

static void remember_other(struct device *d, const char *full)
{
	size_t n = 0, used = 0, len = strlen(full) + 1;

	for (char *at = d->others; at != NULL && *at != '\0'; at = behind(at), n++)
		used = (size_t)(behind(at) - d->others);
	d->others = mem_realloc(d->others, used + len + 1);
	memcpy(d->others + used, full, len);
	d->others[used + len] = '\0';
	if (n == OTHERS)
		forget_other(d, d->others);
}

/* This one is to be the row's. */
static void make_way(struct device *d, const char *full)
{
	forget_other(d, full);
	if (d->shown && !device_has(d, DEV_STREAM, full))
		remember_other(d, device_text(d, DEV_STREAM));
	d->shown = false;
}

void presence_forget_streams(struct device *d)
{
	free(d->others);
	d->others = NULL;
	d->shown = false;
}

static void apply(struct component *c, const struct record *rec)
{
	uint64_t appended, base;

	device_apply(&c->devices, rec->values);
	if (rec->values[DEV_ONLINE] != NULL)
		watch_device(c, device_find(&c->devices, rec->values[0]));
	store_sizes(c->device_file, &appended, &base);
	/* A merge reads and writes all of base: the rarer it is, the less of it for each row. */
	if (appended > COMPACT_BYTES && appended > 2 * base)
		store_compact(c->device_file);
}

void presence_commit(struct component *c, const struct record *rec)
{
	store_append_lazy(c->device_file, rec->values);
	apply(c, rec);
}

uint64_t presence_commit_synced(struct component *c, const struct record *rec)
{
	uint64_t ticket = store_append(c->device_file, rec->values);

	apply(c, rec);
	return ticket;
}

void presence_arrived(struct component *c, const char *bare, const char *full,
                      const struct xml *facts, bool asked)
{
	struct device *d = device_find(&c->devices, bare);
	bool was_online = d != NULL && d->online;
	int64_t now = clock_wall_ms();
	const char *had[DEV_COLUMNS] = { NULL };
	struct warning warning;
	struct record rec;

	if (d != NULL)
		device_texts(d, had);
	warning_begin(&warning, &c->devices, d);
	device_record(&rec, bare, now);
	read_facts(&rec, had, facts);
	warning_serial(&warning, rec.values[DEV_FACTS + FACT_SERIAL], &rec);
	if (!asked && had[DEV_STREAM] != NULL && !has_stream(d, full))
		warning_login(&warning, &rec);
	set_if_changed(&rec, DEV_UNIT, had[DEV_UNIT], units_of_device(c->units, bare));
	set_if_changed(&rec, DEV_STREAM, had[DEV_STREAM], full);
	if (!was_online) {
		record_text(&rec, DEV_ONLINE, "true");
		record_time(&rec, DEV_SINCE, now);
		log_info("online device=%s", full);
	}
	if (d != NULL)
		make_way(d, full);
	presence_commit(c, &rec);
	d = device_find(&c->devices, bare);
	d->shown = device_has(d, DEV_STREAM, full);
	warning_end(&warning, d);
	ask_forget(c, d);
	unassigned_forget(c, bare);
	decommission_predecessor(c, d);
	catalogue_announced(c, d, xml_get(facts, "commands"));
	route_ask_running(c, d);
	route_kick(c, d);
}

/* The stream that requests go to is gone: the newest other one takes its place. */
static void leave(struct component *c, struct device *d, const char *full, const char *cause)
{
	const char *newest = newest_other(d);
	int64_t now = clock_wall_ms();
	struct record rec;

	device_record(&rec, d->jid, now);
	if (newest != NULL) {
		record_text(&rec, DEV_STREAM, newest);
	} else {
		record_text(&rec, DEV_ONLINE, "false");
		record_time(&rec, DEV_SINCE, now);
		log_info("offline device=%s cause=%s", full, cause);
	}
	presence_commit(c, &rec);
	d->shown = newest != NULL;
	if (newest != NULL)
		forget_other(d, newest);
}

void presence_left(struct component *c, struct device *d, const char *full, const char *cause)
{
	bool was_current = device_has(d, DEV_STREAM, full);

	forget_other(d, full);
	if (d->online && was_current)
		leave(c, d, full, cause);
}

void presence_gone(struct component *c, struct device *d, const char *full, const char *cause)
{
	presence_left(c, d, full, cause);
	route_lost(c, d, full, cause);
	route_kick(c, d);
}

void presence_new_units(struct component *c)
{
	struct record rec;

	for (size_t i = 0; i < c->devices.n; i++) {
		const struct device *d = c->devices.all[i];
		const char *unit = units_of_device(c->units, d->jid);

		device_record(&rec, d->jid, clock_wall_ms());
		set_if_changed(&rec, DEV_UNIT, device_text(d, DEV_UNIT), unit == NULL ? "" : unit);
		if (rec.values[DEV_UNIT] != NULL)
			presence_commit(c, &rec);
	}
	unassigned_new_units(c);
}
