#include "component/presence.h"

#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/mem.h"
#include "component/ask.h"
#include "component/decommission.h"
#include "component/route.h"
#include "component/unassigned.h"
#include "component/warning.h"

#define LOG_MODULE "presence"

#define FACT_MAX 1024

static void set_if_changed(struct record *rec, unsigned column, const char *had,
                           const char *value)
{
	if (value == NULL || strlen(value) > FACT_MAX)
		return;
	if (strcmp(had == NULL ? "" : had, value) != 0)
		record_text(rec, column, value);
}

/* What <device/> says and the row does not say yet. */
static void read_facts(struct record *rec, const struct device *d, const struct xml *el)
{
	for (size_t i = 0; i < MFP_FACTS; i++)
		set_if_changed(rec, DEV_FACTS + (unsigned)i, d == NULL ? NULL : d->facts[i],
		               xml_get(el, mfp_fact_names[i]));
	set_if_changed(rec, DEV_CLIENT, d == NULL ? NULL : d->client, xml_get(el, "client"));
	set_if_changed(rec, DEV_TRANSPORT, d == NULL ? NULL : d->transport, xml_get(el, "transport"));
}

static void forget_stream(struct device *d, const char *full)
{
	for (size_t i = 0; i < d->n_streams; i++) {
		if (strcmp(d->streams[i], full) != 0)
			continue;
		free(d->streams[i]);
		d->n_streams--;
		memmove(d->streams + i, d->streams + i + 1, (d->n_streams - i) * sizeof *d->streams);
		return;
	}
}

void presence_forget_streams(struct device *d)
{
	while (d->n_streams > 0)
		forget_stream(d, d->streams[0]);
}

static bool has_stream(const struct device *d, const char *full)
{
	for (size_t i = 0; i < d->n_streams; i++) {
		if (strcmp(d->streams[i], full) == 0)
			return true;
	}
	return false;
}

static void remember_stream(struct device *d, const char *full)
{
	forget_stream(d, full);
	if (d->n_streams == DEVICE_STREAMS)
		forget_stream(d, d->streams[0]);
	d->streams[d->n_streams++] = mem_strdup(full);
}

static void apply(struct component *c, const struct record *rec)
{
	uint64_t appended, base;

	device_apply(&c->devices, rec->values);
	store_sizes(c->device_file, &appended, &base);
	/* A merge reads and writes all of base: the rarer it is, the less of it for each row. */
	if (appended > (1u << 20) && appended > 2 * base)
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
	struct warning warning;
	struct record rec;

	warning_begin(&warning, d);
	device_record(&rec, bare, now);
	read_facts(&rec, d, facts);
	warning_serial(&warning, rec.values[DEV_FACTS + FACT_SERIAL], &rec);
	if (!asked && d != NULL && d->stream != NULL && !has_stream(d, full))
		warning_login(&warning, &rec);
	set_if_changed(&rec, DEV_UNIT, d == NULL ? NULL : d->unit, units_of_device(c->units, bare));
	set_if_changed(&rec, DEV_STREAM, d == NULL ? NULL : d->stream, full);
	if (!was_online) {
		record_text(&rec, DEV_ONLINE, "true");
		record_time(&rec, DEV_SINCE, now);
		log_info("online device=%s", full);
	}
	presence_commit(c, &rec);
	d = device_find(&c->devices, bare);
	warning_end(&warning, d);
	remember_stream(d, full);
	ask_forget(c, d);
	unassigned_forget(c, bare);
	decommission_predecessor(c, d);
	route_kick(c, d);
}

/* The stream that requests go to is gone: the newest other one takes its place. */
static void leave(struct component *c, struct device *d, const char *full, const char *cause)
{
	int64_t now = clock_wall_ms();
	struct record rec;

	device_record(&rec, d->jid, now);
	if (d->n_streams > 0) {
		record_text(&rec, DEV_STREAM, d->streams[d->n_streams - 1]);
	} else {
		record_text(&rec, DEV_ONLINE, "false");
		record_time(&rec, DEV_SINCE, now);
		log_info("offline device=%s cause=%s", full, cause);
	}
	presence_commit(c, &rec);
}

void presence_gone(struct component *c, struct device *d, const char *full, const char *cause)
{
	bool was_current = d->stream != NULL && strcmp(d->stream, full) == 0;

	forget_stream(d, full);
	if (d->online && was_current)
		leave(c, d, full, cause);
	route_lost(c, d, full, cause);
	route_kick(c, d);
}

void presence_new_units(struct component *c)
{
	struct device *d;
	struct record rec;

	for (d = c->devices.by_jid; d != NULL; d = d->hh.next) {
		const char *unit = units_of_device(c->units, d->jid);

		device_record(&rec, d->jid, clock_wall_ms());
		set_if_changed(&rec, DEV_UNIT, d->unit, unit == NULL ? "" : unit);
		if (rec.values[DEV_UNIT] != NULL)
			presence_commit(c, &rec);
	}
	unassigned_new_units(c);
}
