#include "test/model/fake_store.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/file.h"
#include "common/table_scan.h"
#include "common/mem.h"
#include "common/segment.h"
#include "common/store.h"
#include "common/store_group.h"

#include <utlist.h>

struct store_file {
	char *name, *base;
	struct segment segment;
	struct store_rows rows;          /* not on disk */
	size_t group;                    /* so many bytes of them are the group under way */
	struct store *store;
	struct store_file *next;
};

struct store {
	const struct store_events *events;
	void *arg;
	char *dir;
	struct store_file *files;
	uint64_t ticket, synced, group;
	bool no_room, crashed;
};

/* Every table that was ever written, by its path without ".tsv". */
struct trace {
	char *base;
	const struct table_schema *schema;
	struct trace *next;
};

struct fake_store_watch fake_store_watch;
static struct store *open_one;
static struct trace *traces;

/* store.h */

struct store *store_open(uv_loop_t *loop, const char *dir, uint64_t reserve,
                         const struct store_events *events, void *arg)
{
	struct store *s = mem_zero(1, sizeof *s);

	(void)loop, (void)reserve;
	if (file_mkdirs(dir, TABLE_DIR_MODE) < 0)
		abort();
	s->events = events;
	s->arg = arg;
	s->dir = mem_strdup(dir);
	open_one = s;
	fake_store_watch.opened(dir);
	return s;
}

static void note_trace(const struct store_file *f)
{
	struct trace *t;

	LL_FOREACH(traces, t) {
		if (strcmp(t->base, f->base) == 0)
			return;
	}
	t = mem_zero(1, sizeof *t);
	t->base = mem_strdup(f->base);
	t->schema = f->segment.schema;
	LL_APPEND(traces, t);
}

static struct store_file *add_file(struct store *s, const char *name,
                                   const struct table_schema *schema, table_row_fn *row, void *arg)
{
	struct store_file *f = mem_zero(1, sizeof *f);
	uint64_t merged, others;

	f->name = mem_strdup(name);
	f->base = mem_printf("%s/%s", s->dir, name);
	f->store = s;
	if (segment_find(&f->segment, f->base, schema, row, arg, &merged, &others) < 0)
		abort();
	LL_PREPEND(s->files, f);
	note_trace(f);
	return f;
}

struct store_file *store_file(struct store *s, const char *name, const struct table_schema *schema)
{
	struct store_file *f;

	LL_FOREACH(s->files, f) {
		if (strcmp(f->name, name) == 0)
			return f;
	}
	return add_file(s, name, schema, NULL, NULL);
}

struct store_file *store_file_read(struct store *s, const char *name,
                                   const struct table_schema *schema, table_row_fn *row, void *arg)
{
	return add_file(s, name, schema, row, arg);
}

int store_load(struct store_file *f, table_row_fn *row, void *arg)
{
	return segment_read_all(f->base, f->segment.schema, row, arg);
}

static void append(struct store_file *f, const char *const *values, uint64_t ticket)
{
	const struct table_schema *schema = f->segment.schema;

	if (f->store->crashed)
		return;
	fake_store_watch.row(schema, values, ticket);
	store_rows_add(&f->rows, schema, values);
}

uint64_t store_append(struct store_file *f, const char *const *values)
{
	append(f, values, ++f->store->ticket);
	return f->store->ticket;
}

void store_append_lazy(struct store_file *f, const char *const *values)
{
	append(f, values, 0);
}

uint64_t store_synced(const struct store *s)
{
	return s->synced;
}

uint64_t store_waiting(const struct store *s)
{
	return s->ticket - s->synced;
}

bool store_has_room(const struct store *s)
{
	return !s->no_room;
}

void store_sizes(const struct store_file *f, uint64_t *appended, uint64_t *base)
{
	(void)f;
	*appended = *base = 0;
}

void store_compact(struct store_file *f)
{
	(void)f;
}

/* Days are sealed when nothing happens in them any more: that is not modelled. */
int store_compact_name(struct store *s, const char *name, const struct table_schema *schema,
                       store_compacted_fn *done, void *arg)
{
	(void)s;
	(void)name;
	(void)schema;
	(void)done;
	(void)arg;
	return -1;
}

const char *store_dir(const struct store *s)
{
	return s->dir;
}

static void write_rows(struct store_file *f, size_t len)
{
	if (len > 0 && segment_write(&f->segment, f->rows.bytes, len) < 0)
		abort();
	f->rows.len -= len;
	f->group = 0;
	if (f->rows.len > 0)
		memmove(f->rows.bytes, f->rows.bytes + len, f->rows.len);
}

int store_close(struct store *s)
{
	struct store_file *f, *next;

	LL_FOREACH_SAFE(s->files, f, next) {
		if (!s->crashed)
			write_rows(f, f->rows.len);
		segment_close(&f->segment);
		free(f->rows.bytes);
		free(f->name);
		free(f->base);
		free(f);
	}
	open_one = NULL;
	free(s->dir);
	free(s);
	return 0;
}

/* fake_store.h */

static void synced(struct store *s, uint64_t ticket)
{
	if (s->synced == ticket)
		return;
	s->synced = ticket;
	s->events->synced(s->arg, ticket);
}

void fake_store_sync(void)
{
	struct store *s = open_one;
	struct store_file *f;

	LL_FOREACH(s->files, f)
		write_rows(f, f->rows.len);
	s->group = s->ticket;
	synced(s, s->ticket);
}

void fake_store_group(void)
{
	struct store *s = open_one;
	struct store_file *f;

	LL_FOREACH(s->files, f)
		write_rows(f, f->group);
	synced(s, s->group);
	LL_FOREACH(s->files, f)
		f->group = f->rows.len;
	s->group = s->ticket;
}

void fake_store_room(bool has_room)
{
	if (open_one->no_room == !has_room)
		return;
	open_one->no_room = !has_room;
	open_one->events->room(open_one->arg, has_room);
}

void fake_store_crash(uint8_t share)
{
	struct store_file *f;
	unsigned part = share;

	/* All, nothing, or of each file another part: they are not written in order. */
	LL_FOREACH(open_one->files, f) {
		write_rows(f, f->rows.len * part / 255);
		f->rows.len = 0;
		part = share == 0 || share == 255 ? share : (part + 97) % 256;
	}
	open_one->crashed = true;
}

void fake_store_read(const struct table_schema *schema, table_row_fn *row, void *arg)
{
	struct trace *t;

	LL_FOREACH(traces, t) {
		if (t->schema == schema && segment_read_all(t->base, schema, row, arg) < 0)
			abort();
	}
}

static void remove_file(const char *base)
{
	char *path = table_segment_path(base, 0);

	unlink(path);
	free(path);
}

void fake_store_wipe(void)
{
	struct trace *t, *next;

	LL_FOREACH_SAFE(traces, t, next) {
		remove_file(t->base);
		free(t->base);
		free(t);
	}
	traces = NULL;
}
