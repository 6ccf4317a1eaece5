#include "device/owed.h"

#include <stdlib.h>
#include <string.h>

#include "common/backoff.h"
#include "common/jid.h"
#include "common/mem.h"

#define LOG_MODULE "owed"
#include "common/log.h"

#define AGAIN_BASE_MS 4000      /* the first wait is 2 to 4 s */
#define AGAIN_CAP_MS 60000

/* A stanza's id is the request's with this behind it, in each life of ours: an answer that
 * comes late is to the same outcome. */
static const char suffix[] = "-outcome";

struct owed {
	struct stream *stream;
	struct journal *reads, *changes;
	struct journal_file *file;
	uv_timer_t again;
	unsigned attempt;
	bool reached;              /* the component is there, and was sent all */
};

struct owed *owed_new(uv_loop_t *loop, struct stream *stream, struct journal *reads,
                      struct journal_file *file)
{
	struct owed *o = mem_zero(1, sizeof *o);

	o->stream = stream;
	o->reads = reads;
	o->file = file;
	o->changes = journal_file_journal(file);
	uv_timer_init(loop, &o->again);
	o->again.data = o;
	uv_unref((uv_handle_t *)&o->again);
	return o;
}

static void send_one(void *arg, const struct journal_entry *e)
{
	struct owed *o = arg;
	struct xml_writer w = { 0 };
	char *id;

	if (!e->due)
		return;
	id = mem_printf("%s%s", e->id, suffix);
	xml_open(&w, "iq", "");
	xml_attr(&w, "type", "set");
	xml_attr(&w, "to", e->owed);
	xml_attr(&w, "id", id);
	xml_raw(&w, e->outcome);
	xml_close(&w);
	stream_send(o->stream, &w);
	free(id);
}

static void on_again(uv_timer_t *t);

static void wait_until_again(struct owed *o)
{
	int64_t wait = backoff_ms(o->attempt++, AGAIN_BASE_MS, AGAIN_CAP_MS, backoff_random());

	uv_timer_start(&o->again, on_again, (uint64_t)wait, 0);
}

static void send_all(struct owed *o)
{
	if (owed_count(o) == 0)
		return;
	log_debug("outcomes=%zu", owed_count(o));
	journal_each(o->reads, send_one, o);
	journal_each(o->changes, send_one, o);
	wait_until_again(o);
}

static void on_again(uv_timer_t *t)
{
	send_all(t->data);
}

struct one {
	struct owed *owed;
	const char *id;
};

static void send_if_it(void *arg, const struct journal_entry *e)
{
	const struct one *one = arg;

	if (strcmp(e->id, one->id) == 0)
		send_one(one->owed, e);
}

void owed_add(struct owed *o, struct journal *j, const char *id)
{
	struct one one = { o, id };

	journal_due(j, id);
	journal_each(j, send_if_it, &one);
	if (!uv_is_active((uv_handle_t *)&o->again))
		wait_until_again(o);
}

size_t owed_count(const struct owed *o)
{
	return journal_count_due(o->reads) + journal_count_due(o->changes);
}

void owed_answered(struct owed *o)
{
	if (o->reached)
		return;
	o->reached = true;
	o->attempt = 0;
	send_all(o);
}

void owed_away(struct owed *o)
{
	o->reached = false;
}

static bool is_from(const char *from, const char *whom)
{
	char *bare = jid_bare(from);
	bool same = strcmp(bare, whom) == 0;

	free(bare);
	return same;
}

/* False: it was not owed to him, or not here. */
static bool acknowledge(struct owed *o, struct journal *j, const char *id, const char *from)
{
	const char *to = journal_owed(j, id);

	if (to == NULL || !is_from(from, to))
		return false;
	journal_owe(j, id, NULL);
	if (j == o->changes)
		journal_file_told(o->file, id);
	log_write(LOG_LEVEL_INFO, "acknowledged", "id=%s", id);
	o->attempt = 0;
	if (owed_count(o) == 0)
		uv_timer_stop(&o->again);
	return true;
}

bool owed_result(struct owed *o, const struct xml *iq)
{
	const char *stanza = xml_get(iq, "id"), *from = xml_get(iq, "from");
	size_t len = strlen(stanza), behind = sizeof suffix - 1;
	char *id;

	if (len <= behind || strcmp(stanza + len - behind, suffix) != 0)
		return false;
	id = mem_strndup(stanza, len - behind);
	if (!acknowledge(o, o->changes, id, from))
		acknowledge(o, o->reads, id, from);
	free(id);
	return true;
}

static void on_closed(uv_handle_t *handle)
{
	free(handle->data);
}

void owed_free(struct owed *o)
{
	if (o != NULL)
		uv_close((uv_handle_t *)&o->again, on_closed);
}
