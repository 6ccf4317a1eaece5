#include "device/presence.h"

#include <stdlib.h>
#include <string.h>

#include "common/backoff.h"
#include "common/mem.h"
#include "device/command_list.h"

#define LOG_MODULE "presence"
#include "common/log.h"

#define AGAIN_BASE_MS 4000      /* the first wait is 2 to 4 s */
#define AGAIN_CAP_MS 60000
#define READ_EVERY_MS 60000
#define READ_TIMEOUT_MS 30000

struct presence {
	struct stream *stream;
	struct source *source;
	char *to;
	char *facts[MFP_FACTS];
	void (*sent)(void *arg);
	void *arg;
	uv_timer_t again, reread;
	unsigned handles, attempt;
	bool online, reading;
};

struct presence *presence_new(uv_loop_t *loop, struct stream *stream, struct source *source,
                              const char *to, char *const *facts,
                              void (*sent)(void *arg), void *arg)
{
	struct presence *p = mem_zero(1, sizeof *p);

	p->stream = stream;
	p->source = source;
	p->to = mem_strdup(to);
	for (size_t i = 0; i < MFP_FACTS; i++)
		p->facts[i] = mem_strdup(facts[i]);
	p->sent = sent;
	p->arg = arg;
	uv_timer_init(loop, &p->again);
	uv_timer_init(loop, &p->reread);
	p->again.data = p->reread.data = p;
	p->handles = 2;
	return p;
}

static void write_device(const struct presence *p, struct xml_writer *w)
{
	xml_open(w, "device", DEVICE_NS);
	for (size_t i = 0; i < MFP_FACTS; i++)
		xml_attr(w, mfp_fact_names[i], p->facts[i]);
	xml_attr(w, "client", "platen-device/" PLATEN_VERSION);
	xml_attr(w, "transport", stream_transport(p->stream));
	xml_attr(w, "commands", command_list_own_hash());
	xml_close(w);
}

static void send_presence(struct presence *p)
{
	struct xml_writer w = { 0 };

	uv_timer_stop(&p->again);
	if (!p->online)
		return;
	xml_open(&w, "presence", "");
	xml_attr(&w, "to", p->to);
	write_device(p, &w);
	xml_close(&w);
	stream_send(p->stream, &w);
	p->sent(p->arg);
}

static void on_again(uv_timer_t *t)
{
	send_presence(t->data);
}

static bool same(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

void presence_learnt(struct presence *p, const struct mfp *m)
{
	bool changed = false;

	if (!(m->parts & MFP_INFORMATION))
		return;
	for (size_t i = 0; i < MFP_FACTS; i++) {
		if (same(p->facts[i], m->facts[i]))
			continue;
		mem_set(&p->facts[i], m->facts[i]);
		changed = true;
	}
	if (changed)
		send_presence(p);
}

static void on_facts(void *arg, const struct mfp *m, const struct source_failure *failure)
{
	struct presence *p = arg;

	p->reading = false;
	if (failure != NULL)
		log_debug("facts not read: %s: %s", failure->condition, failure->text);
	else
		presence_learnt(p, m);
}

static void on_reread(uv_timer_t *t)
{
	struct presence *p = t->data;

	if (p->reading)
		return;
	p->reading = true;
	source_read(p->source, MFP_INFORMATION, READ_TIMEOUT_MS, on_facts, p);
}

void presence_start(struct presence *p)
{
	uv_timer_start(&p->reread, on_reread, 0, READ_EVERY_MS);
}

void presence_online(struct presence *p)
{
	p->online = true;
	p->attempt = 0;
	send_presence(p);
}

void presence_offline(struct presence *p)
{
	p->online = false;
	uv_timer_stop(&p->again);
}

void presence_bounced(struct presence *p)
{
	int64_t wait;

	if (uv_is_active((uv_handle_t *)&p->again))
		return;
	wait = backoff_ms(p->attempt++, AGAIN_BASE_MS, AGAIN_CAP_MS, backoff_random());
	log_info("%s did not take it, again wait_ms=%lld", p->to, (long long)wait);
	uv_timer_start(&p->again, on_again, (uint64_t)wait, 0);
}

void presence_arrived(struct presence *p)
{
	p->attempt = 0;
}

void presence_again(struct presence *p)
{
	send_presence(p);
}

enum answer presence_question(struct presence *p, struct xml_writer *w)
{
	write_device(p, w);
	return ANSWER_RESULT;
}

static void on_closed(uv_handle_t *h)
{
	struct presence *p = h->data;

	if (--p->handles > 0)
		return;
	for (size_t i = 0; i < MFP_FACTS; i++)
		free(p->facts[i]);
	free(p->to);
	free(p);
}

void presence_free(struct presence *p)
{
	if (p == NULL)
		return;
	uv_close((uv_handle_t *)&p->again, on_closed);
	uv_close((uv_handle_t *)&p->reread, on_closed);
}
