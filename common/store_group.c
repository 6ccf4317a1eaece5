#define LOG_MODULE "store"
#include "common/store_group.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/mem.h"
#include "common/reserve.h"

#include <utlist.h>

#define ROWS_KEPT (1u << 20)   /* a buffer that grew beyond this is freed after use */

static char *room(struct store_rows *r, size_t n)
{
	if (r->cap - r->len < n) {
		r->cap = r->len + n < 2 * r->cap ? 2 * r->cap : r->len + n;
		r->bytes = mem_realloc(r->bytes, r->cap);
	}
	return r->bytes + r->len;
}

size_t store_rows_add(struct store_rows *r, const struct table_schema *schema,
                      const char *const *values)
{
	struct table_lengths lengths;
	char *line = room(r, table_row_room(schema, values, &lengths));
	size_t len = table_row_put(schema, values, &lengths, line);

	r->len += len;
	return len;
}

void store_rows_clear(struct store_rows *r)
{
	if (r->cap > ROWS_KEPT) {
		free(r->bytes);
		r->bytes = NULL;
		r->cap = 0;
	}
	r->len = 0;
	r->sync = false;
}

void store_rows_move(struct store_rows *to, struct store_rows *from)
{
	struct store_rows empty = *to;

	if (to->len == 0) {
		*to = *from;
		*from = empty;
		return;
	}
	if (from->len > 0) {
		memcpy(room(to, from->len), from->bytes, from->len);
		to->len += from->len;
	}
	to->sync = to->sync || from->sync;
	store_rows_clear(from);
}

static void fail(struct store_group_file *f, const char *what)
{
	f->error = errno;
	log_error("cannot %s table=%s segment=%u: %s", what, f->name, f->segment.number,
	          strerror(f->error));
}

static void forget_open(struct store_group *g, struct store_group_file *f)
{
	if (!f->open)
		return;
	DL_DELETE2(g->open, f, open_prev, open_next);
	f->open = false;
	g->n_open--;
}

void store_group_next_segment(struct store_group *g, struct store_group_file *f)
{
	forget_open(g, f);
	segment_next(&f->segment);
}

/* Rows of this group that cannot be synced here fail with the group; others
 * were lazy, and only their file is not to be trusted further. */
static void close_oldest(struct store_group *g)
{
	struct store_group_file *f = g->open->open_prev;
	bool in_group = f->rows.len > 0;

	forget_open(g, f);
	if (in_group && f->error != 0)
		return;   /* about to be abandoned */
	if (segment_sync(&f->segment) == 0) {
		segment_close(&f->segment);
		return;
	}
	fail(f, "sync");
	if (!in_group)
		segment_next(&f->segment);
}

static void use(struct store_group *g, struct store_group_file *f)
{
	if (!f->open && g->n_open == STORE_GROUP_OPEN)
		close_oldest(g);
	forget_open(g, f);
	DL_PREPEND2(g->open, f, open_prev, open_next);
	f->open = true;
	g->n_open++;
}

/* One try of the whole reserve, or the end of it when the disk is full. */
static void look_after_reserve(struct store_group *g, bool full)
{
	if (g->reserve == 0)
		return;
	if (full && g->has_reserve) {
		log_warn("disk is full, reserve given up file=%s bytes=%" PRIu64, g->reserve_path,
		         g->reserve);
		reserve_give_up(g->reserve_path);
		g->has_reserve = false;
	} else if (!full && g->try_reserve && !g->has_reserve) {
		g->has_reserve = reserve_take(g->reserve_path, g->reserve) == 0;
		if (g->has_reserve)
			log_info("there is room for the reserve again file=%s", g->reserve_path);
	}
	g->try_reserve = false;
}

static void write_file(struct store_group *g, struct store_group_file *f)
{
	f->error = 0;
	if (f->rows.len == 0)
		return;
	use(g, f);
	if (segment_write(&f->segment, f->rows.bytes, f->rows.len) < 0)
		fail(f, "write");
}

/* A file fails alone, and its rows stay for a new segment: what a failed sync
 * left in the old one is unknown, and a second sync would not tell. */
static void sync_file(struct store_group *g, struct store_group_file *f)
{
	if (f->error == 0 && f->rows.sync && segment_sync(&f->segment) < 0)
		fail(f, "sync");
	if (f->error != 0) {
		forget_open(g, f);
		segment_abandon(&f->segment);
	}
}

/* All files are written before the first is synced: the disk can take them
 * together. */
void store_group_write(struct store_group *g)
{
	struct store_group_file *f;
	bool full = false;

	LL_FOREACH(g->files, f)
		write_file(g, f);
	LL_FOREACH(g->files, f) {
		sync_file(g, f);
		full = full || f->error == ENOSPC || f->error == EDQUOT;
	}
	look_after_reserve(g, full);
}

int store_group_sync(struct store_group *g)
{
	struct store_group_file *f;
	int rc = 0;

	DL_FOREACH2(g->open, f, open_next) {
		if (segment_sync(&f->segment) < 0) {
			fail(f, "sync");
			rc = -1;
		}
	}
	return rc;
}
