#include "device/keepalive.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/mem.h"

#define LOG_MODULE "keepalive"
#include "common/log.h"

#define SILENCE_MS 20000
#define PROBE_MS 2000
#define MAX_HINT_S 86400
#define MAX_INSTANCE 128

struct keepalive {
	struct stream *stream;
	struct keepalive_options options;
	const struct keepalive_events *events;
	void *arg;
	char *to, *instance;
	uv_timer_t due, silence;
	unsigned handles;
	int64_t interval_ms, started, sent;
	int64_t offset_ms;            /* of the component's clock to our monotonic one */
	bool knows_clock;             /* our own may be days off, or in 1970 */
	unsigned number;              /* of the newest one's id */
	bool answered;                /* on this stream */
};

static int64_t within(const struct keepalive *k, int64_t ms)
{
	return ms < k->options.min_ms ? k->options.min_ms :
	       ms > k->options.max_ms ? k->options.max_ms : ms;
}

struct keepalive *keepalive_new(uv_loop_t *loop, struct stream *stream,
                                const struct keepalive_options *options,
                                const struct keepalive_events *events, void *arg)
{
	struct keepalive *k = mem_zero(1, sizeof *k);

	k->stream = stream;
	k->options = *options;
	k->events = events;
	k->arg = arg;
	k->to = mem_strdup(options->to);
	k->interval_ms = within(k, options->interval_ms);
	k->started = clock_mono_ms();
	uv_timer_init(loop, &k->due);
	uv_timer_init(loop, &k->silence);
	k->due.data = k->silence.data = k;
	k->handles = 2;
	return k;
}

static void id_of(const struct keepalive *k, char id[static 16])
{
	snprintf(id, 16, "k%u", k->number);
}

static void write_keepalive(struct keepalive *k, struct xml_writer *w)
{
	int64_t idle = stream_idle_s(k->stream);
	char id[16];

	id_of(k, id);
	xml_open(w, "iq", "");
	xml_attr(w, "type", "get");
	xml_attr(w, "to", k->to);
	xml_attr(w, "id", id);
	xml_open(w, "keepalive", KEEPALIVE_NS);
	xml_attr(w, "stream", "a");
	if (idle >= 0)
		xml_attr_int(w, "idle", idle);
	xml_attr_int(w, "interval", k->interval_ms / 1000);
	xml_attr_int(w, "uptime", (clock_mono_ms() - k->started) / 1000);
	xml_close(w);
	xml_close(w);
}

static void on_silence(uv_timer_t *t)
{
	struct keepalive *k = t->data;

	stream_lost(k->stream, "nothing came for 20 s after a keep-alive");
}

static void send_keepalive(struct keepalive *k);

static void on_due(uv_timer_t *t)
{
	send_keepalive(t->data);
}

static void wait_until_due(struct keepalive *k)
{
	uv_timer_start(&k->due, on_due, (uint64_t)k->interval_ms, 0);
}

static void send_keepalive(struct keepalive *k)
{
	struct xml_writer w = { 0 };

	k->number++;
	k->sent = clock_mono_ms();
	write_keepalive(k, &w);
	stream_send(k->stream, &w);
	/* The oldest one that nothing followed counts. */
	if (!uv_is_active((uv_handle_t *)&k->silence))
		uv_timer_start(&k->silence, on_silence, SILENCE_MS, 0);
	wait_until_due(k);
}

void keepalive_presence_sent(struct keepalive *k)
{
	if (!k->answered)
		send_keepalive(k);
}

static void on_no_answer(uv_timer_t *t)
{
	struct keepalive *k = t->data;

	stream_lost(k->stream, "nothing came for 2 s after the network had changed");
}

/* TCP itself may wait for a minute before it sends again what the old network has lost. */
void keepalive_probe(struct keepalive *k)
{
	if (!uv_is_active((uv_handle_t *)&k->due))
		return;
	send_keepalive(k);
	uv_timer_start(&k->silence, on_no_answer, PROBE_MS, 0);
}

void keepalive_again(struct keepalive *k)
{
	send_keepalive(k);
}

void keepalive_offline(struct keepalive *k)
{
	uv_timer_stop(&k->due);
	uv_timer_stop(&k->silence);
	k->answered = false;
}

void keepalive_heard(struct keepalive *k)
{
	uv_timer_stop(&k->silence);
}

static void set_interval(struct keepalive *k, int64_t seconds)
{
	int64_t ms = within(k, seconds * 1000);

	if (ms == k->interval_ms)
		return;
	log_info("interval=%llds hinted=%llds", (long long)(ms / 1000), (long long)seconds);
	k->interval_ms = ms;
	wait_until_due(k);
}

/* The component's clock now is between what it says and a round trip later. The latest of
 * these counts: a server may have held the answer, and what is late is not to be done. */
static void set_clock(struct keepalive *k, const char *now)
{
	int64_t theirs;

	if (now == NULL)
		return;
	if (!clock_parse(now, &theirs)) {
		log_warn("the component's clock is no time: '%.40s'", now);
		return;
	}
	k->knows_clock = true;
	k->offset_ms = theirs - k->sent;
}

static void set_instance(struct keepalive *k, const char *instance)
{
	bool restarted;

	if (instance == NULL || strlen(instance) > MAX_INSTANCE)
		return;
	restarted = k->instance != NULL && strcmp(k->instance, instance) != 0;
	mem_set(&k->instance, instance);
	if (restarted)
		k->events->restarted(k->arg);
}

static bool hint_ok(const struct xml *el, int64_t *seconds)
{
	return xml_get_int(el, "interval", seconds) && *seconds >= 1 && *seconds <= MAX_HINT_S;
}

static bool is_newest(const struct keepalive *k, const struct xml *iq)
{
	const char *id = xml_get(iq, "id");
	char newest[16];

	id_of(k, newest);
	return id != NULL && strcmp(id, newest) == 0;
}

void keepalive_result(struct keepalive *k, const struct xml *iq)
{
	const struct xml *el = xml_child(iq, "keepalive", KEEPALIVE_NS);
	int64_t seconds;

	if (el == NULL || !is_newest(k, iq))
		return;
	k->answered = true;
	set_clock(k, xml_get(el, "now"));
	if (hint_ok(el, &seconds))
		set_interval(k, seconds);
	set_instance(k, xml_get(el, "instance"));
	k->events->answered(k->arg);
}

void keepalive_error(struct keepalive *k, const struct xml *iq)
{
	if (!is_newest(k, iq))
		return;
	/* When it is back it is asked for its clock with the first presence. */
	k->answered = false;
	k->events->bounced(k->arg);
}

enum answer keepalive_hint(struct keepalive *k, const struct xml *el)
{
	int64_t seconds;

	if (!hint_ok(el, &seconds))
		return ANSWER_BAD_REQUEST;
	set_interval(k, seconds);
	return ANSWER_RESULT;
}

int64_t keepalive_now(const struct keepalive *k)
{
	return k->knows_clock ? clock_mono_ms() + k->offset_ms : 0;
}

static void on_closed(uv_handle_t *h)
{
	struct keepalive *k = h->data;

	if (--k->handles > 0)
		return;
	free(k->to);
	free(k->instance);
	free(k);
}

void keepalive_free(struct keepalive *k)
{
	if (k == NULL)
		return;
	uv_close((uv_handle_t *)&k->due, on_closed);
	uv_close((uv_handle_t *)&k->silence, on_closed);
}
