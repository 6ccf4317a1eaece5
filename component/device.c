#include "component/device.h"

#include <stdlib.h>
#include <string.h>

#include "common/crc32c.h"
#include "common/mem.h"
#include "component/names.h"
#include "component/texts.h"

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

/* The columns that are texts; the figures have their own memory, as they change with each
 * answer. */
#define COLUMN(c) (UINT64_C(1) << (c))
#define FACT_COLUMNS ((COLUMN(MFP_FACTS) - 1) << DEV_FACTS)
#define WARNING_COLUMNS ((COLUMN(DEVICE_WARNINGS) - 1) << DEV_WARNINGS)
static const texts_mask text_columns =
	COLUMN(DEV_VIA) | COLUMN(DEV_UNIT) | COLUMN(DEV_STREAM) | FACT_COLUMNS |
	COLUMN(DEV_CLIENT) | COLUMN(DEV_TRANSPORT) | COLUMN(DEV_SUCCESSOR) |
	COLUMN(DEV_PREDECESSOR) | WARNING_COLUMNS;

static uint32_t hash(const char *jid)
{
	return crc32c(jid, strlen(jid));
}

struct device *device_find(const struct devices *all, const char *bare)
{
	uint32_t h = hash(bare), number;

	for (size_t i = 0; index_get(&all->by_jid, h, i, &number); i++) {
		if (strcmp(all->all[number]->jid, bare) == 0)
			return all->all[number];
	}
	return NULL;
}

const char *device_text(const struct device *d, enum device_column column)
{
	return texts_get(d->texts, column);
}

const char *device_fact(const struct device *d, size_t fact)
{
	return texts_get(d->texts, DEV_FACTS + (unsigned)fact);
}

void device_texts(const struct device *d, const char *texts[static DEV_COLUMNS])
{
	texts_list(d->texts, texts, DEV_COLUMNS);
}

bool device_has(const struct device *d, enum device_column column, const char *text)
{
	const char *has = device_text(d, column);

	return has != NULL && strcmp(has, text) == 0;
}

struct device *device_linked(const struct devices *all, const struct device *d,
                             enum device_column column)
{
	const char *jid = device_text(d, column);

	return jid == NULL ? NULL : device_find(all, jid);
}

/* The order of JIDs. Those that have come since it was last asked for are put in at once:
 * a fleet comes online without one question, and at the start. */

static int by_jid(const void *a, const void *b)
{
	const struct device *const *x = a, *const *y = b;

	return strcmp((*x)->jid, (*y)->jid);
}

/* A table that was merged is in this order already. */
static void sort(struct device **list, size_t n)
{
	size_t i = 1;

	while (i < n && by_jid(&list[i - 1], &list[i]) < 0)
		i++;
	if (i < n)
		qsort(list, n, sizeof *list, by_jid);
}

/* How many of the first n are not above this one. */
static size_t after(struct device *const *sorted, size_t n, const char *jid)
{
	size_t low = 0;

	while (low < n) {
		size_t middle = low + (n - low) / 2;

		if (strcmp(sorted[middle]->jid, jid) <= 0)
			low = middle + 1;
		else
			n = middle;
	}
	return low;
}

struct device *const *device_sorted(struct devices *all)
{
	const size_t size = sizeof(struct device *);
	size_t n = all->n - all->n_sorted, end = all->n_sorted, place;
	struct device **added;

	if (n == 0)
		return all->sorted;
	added = mem_alloc(n * size);
	memcpy(added, all->all + end, n * size);
	sort(added, n);
	all->sorted = mem_realloc(all->sorted, all->room * size);
	/* From the last one: what is above it moves by as many as are still to come. */
	for (size_t i = n; i-- > 0; end = place) {
		place = after(all->sorted, end, added[i]->jid);
		memmove(all->sorted + place + i + 1, all->sorted + place, (end - place) * size);
		all->sorted[place + i] = added[i];
	}
	all->n_sorted = all->n;
	free(added);
	return all->sorted;
}

size_t device_after(struct devices *all, const char *jid)
{
	return after(device_sorted(all), all->n, jid);
}

/* Work. */

struct device_work *device_work(struct device *d)
{
	if (d->work == NULL) {
		d->work = mem_zero(1, sizeof *d->work);
		d->work->device = d;
	}
	return d->work;
}

void device_rest(struct device *d)
{
	const struct device_work *w = d->work;

	if (w == NULL || w->queue != NULL || w->stalled || w->ask.place != 0)
		return;
	free(d->work);
	d->work = NULL;
}

struct request *device_queue(const struct device *d)
{
	return d->work == NULL ? NULL : d->work->queue;
}

unsigned device_in_flight(const struct device *d)
{
	return d->work == NULL ? 0 : d->work->in_flight;
}

unsigned device_n_submitted(const struct device *d)
{
	return d->work == NULL ? 0 : d->work->n_submitted;
}

unsigned device_n_open(const struct device *d)
{
	return d->work == NULL ? 0 : d->work->n_open;
}

/* Rows. */

static struct device *add(struct devices *all, const char *jid)
{
	size_t size = strlen(jid) + 1;
	struct device *d = mem_zero(1, sizeof *d + size);

	memcpy(d->jid, jid, size);
	if (all->n == all->room) {
		all->room = all->room * 2 + 64;
		all->all = mem_realloc(all->all, all->room * sizeof(struct device *));
	}
	d->number = (uint32_t)all->n;
	all->all[all->n++] = d;
	index_add(&all->by_jid, hash(jid), d->number);
	return d;
}

void device_apply(struct devices *all, const char *const *row)
{
	struct device *d = device_find(all, row[DEV_DEVICE]);
	bool is_named_anew = d == NULL || names_in_row(row);
	struct names_keys was = { .n = 0 };

	if (d == NULL)
		d = add(all, row[DEV_DEVICE]);
	else if (is_named_anew)
		names_keys(&was, d);
	all->n_decommissioned -= d->decommissioned != 0;
	d->online = record_get_bool(row[DEV_ONLINE], d->online);
	record_get_time(row[DEV_SINCE], &d->since);
	record_get_time(row[DEV_TAKEN], &d->taken);
	record_get_time(row[DEV_RECEIVED], &d->received);
	record_get_text(row[DEV_SUPPLIES], &d->supplies);
	record_get_text(row[DEV_COUNTERS], &d->counters);
	record_get_text(row[DEV_STATUS], &d->status);
	record_get_time(row[DEV_DECOMMISSIONED], &d->decommissioned);
	all->n_decommissioned += d->decommissioned != 0;
	texts_apply(&d->texts, row, text_columns);
	if (is_named_anew)
		names_change(&all->by_name, d, &was);
}

static void free_device(struct device *d)
{
	char *owned[] = { d->texts, d->supplies, d->counters, d->status, d->others };

	for (size_t i = 0; i < sizeof owned / sizeof *owned; i++)
		free(owned[i]);
	free(d->memory);
	free(d->work);
	free(d);
}

void devices_free(struct devices *all)
{
	for (size_t i = 0; i < all->n; i++)
		free_device(all->all[i]);
	free(all->all);
	free(all->sorted);
	index_free(&all->by_jid);
	index_free(&all->by_name);
	memset(all, 0, sizeof *all);
}

void device_record(struct record *rec, const char *jid, int64_t wall_ms)
{
	memset(rec, 0, sizeof *rec);
	record_text(rec, DEV_DEVICE, jid);
	record_time(rec, DEV_TIME, wall_ms);
}
