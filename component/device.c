#include "component/device.h"

#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "component/serial.h"

static const char *const columns[DEV_COLUMNS] = {
	"device", "time", "via", "unit", "online", "since", "stream",
	"manufacturer", "model", "serial", "firmware", "location", "mac", "name", "address", "host",
	"client", "transport", "taken", "received", "supplies", "counters", "status",
	"decommissioned", "successor", "predecessor", "serial_changed", "counter_backwards",
	"shared_account",
};

const struct table_schema device_schema = {
	.name = "devices", .version = 2, .columns = columns, .n_columns = DEV_COLUMNS,
};

struct device *device_find(const struct devices *all, const char *bare)
{
	struct device *d;

	HASH_FIND_STR(all->by_jid, bare, d);
	return d;
}

size_t device_after(const struct devices *all, const char *jid)
{
	size_t low = 0, high = all->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strcmp(all->sorted[middle]->jid, jid) <= 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static struct device *add(struct devices *all, const char *jid)
{
	struct device *d = mem_zero(1, sizeof *d);
	size_t place = device_after(all, jid);

	d->jid = mem_strdup(jid);
	HASH_ADD_KEYPTR(hh, all->by_jid, d->jid, strlen(d->jid), d);
	if (all->n == all->room) {
		all->room = all->room * 2 + 64;
		all->sorted = mem_realloc(all->sorted, all->room * sizeof(struct device *));
	}
	memmove(all->sorted + place + 1, all->sorted + place,
	        (all->n - place) * sizeof(struct device *));
	all->sorted[place] = d;
	all->n++;
	return d;
}

void device_apply(struct devices *all, const char *const *row)
{
	struct device *d = device_find(all, row[DEV_DEVICE]);

	if (d == NULL)
		d = add(all, row[DEV_DEVICE]);
	record_get_text(row[DEV_VIA], &d->via);
	record_get_text(row[DEV_UNIT], &d->unit);
	d->online = record_get_bool(row[DEV_ONLINE], d->online);
	record_get_time(row[DEV_SINCE], &d->since);
	record_get_text(row[DEV_STREAM], &d->stream);
	for (size_t i = 0; i < MFP_FACTS; i++)
		record_get_text(row[DEV_FACTS + i], &d->facts[i]);
	record_get_text(row[DEV_CLIENT], &d->client);
	record_get_text(row[DEV_TRANSPORT], &d->transport);
	record_get_time(row[DEV_TAKEN], &d->taken);
	record_get_time(row[DEV_RECEIVED], &d->received);
	record_get_text(row[DEV_SUPPLIES], &d->supplies);
	record_get_text(row[DEV_COUNTERS], &d->counters);
	record_get_text(row[DEV_STATUS], &d->status);
	record_get_time(row[DEV_DECOMMISSIONED], &d->decommissioned);
	record_get_text(row[DEV_SUCCESSOR], &d->successor);
	record_get_text(row[DEV_PREDECESSOR], &d->predecessor);
	for (size_t i = 0; i < DEVICE_WARNINGS; i++)
		record_get_text(row[DEV_WARNINGS + i], &d->warnings[i]);
	if (row[DEV_FACTS + FACT_MANUFACTURER] != NULL || row[DEV_FACTS + FACT_SERIAL] != NULL ||
	    row[DEV_DECOMMISSIONED] != NULL)
		serial_update(all, d);
}

static void free_device(struct device *d)
{
	char *owned[] = { d->jid, d->via, d->unit, d->stream, d->client, d->transport, d->supplies,
	                  d->counters, d->status, d->successor, d->predecessor };

	for (size_t i = 0; i < sizeof owned / sizeof *owned; i++)
		free(owned[i]);
	for (size_t i = 0; i < MFP_FACTS; i++)
		free(d->facts[i]);
	for (size_t i = 0; i < d->n_streams; i++)
		free(d->streams[i]);
	for (size_t i = 0; i < DEVICE_WARNINGS; i++)
		free(d->warnings[i]);
	free(d->memory);
	free(d);
}

void devices_free(struct devices *all)
{
	struct device *d, *next;

	HASH_ITER(hh, all->by_jid, d, next) {
		HASH_DEL(all->by_jid, d);
		serial_forget(all, d);
		free_device(d);
	}
	free(all->sorted);
	memset(all, 0, sizeof *all);
}

void device_record(struct record *rec, const char *jid, int64_t wall_ms)
{
	memset(rec, 0, sizeof *rec);
	record_text(rec, DEV_DEVICE, jid);
	record_time(rec, DEV_TIME, wall_ms);
}
