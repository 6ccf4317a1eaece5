// link: device/dispatch.o device/about.o device/answer.o device/command.o
// link: device/execute.o device/journal.o device/journal_file.o device/journal_rows.o device/outcome.o
// link: device/askers.o device/command_list.o device/execution.o device/owed.o
// link: device/keepalive.o device/presence.o
/* An arbitrary stanza, or those in an <all/>, through all of the device between its stream and
 * its printer, which is slow. Whatever came, each gets at most one answer, all that leaves is
 * well-formed, and what is owed was promised. */
#include <assert.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "device/command.h"
#include "device/dispatch.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static unsigned answers, promises;
static void *reading[64];

/* A reason may quote what came, which escaping makes longer. */
static const struct xml_limits limits = { 4 * 1024 * 1024, 32, 20000, 64 };

void stream_send(struct stream *s, struct xml_writer *w)
{
	size_t len;
	char *text = xml_take(w, &len);
	struct xml *el = xml_parse(text, len, &limits, NULL);

	(void)s;
	assert(xml_is(el, "iq", "") && xml_get(el, "id") != NULL);
	if (strcmp(xml_get(el, "type"), "get") == 0) {
		/* The time is asked ahead of an answer. */
		assert(xml_is(xml_first(el), "keepalive", KEEPALIVE_NS));
	} else if (strcmp(xml_get(el, "type"), "set") == 0) {
		assert(promises > 0 && xml_is(xml_first(el), "outcome", OPERATION_NS));
	} else {
		assert(strcmp(xml_get(el, "type"), "result") == 0 ||
		       strcmp(xml_get(el, "type"), "error") == 0);
		answers++;
		promises += strstr(text, "status='in-progress'") != NULL;
	}
	xml_free(el);
	free(text);
}

int64_t stream_idle_s(const struct stream *s)
{
	(void)s;
	return -1;
}

const char *stream_transport(const struct stream *s)
{
	(void)s;
	return "tcp";
}

void stream_lost(struct stream *s, const char *why)
{
	(void)s;
	(void)why;
}

void source_read(struct source *s, enum mfp_part part, int64_t timeout_ms, source_fn *fn,
                 void *arg)
{
	(void)s;
	(void)timeout_ms;
	(void)fn;
	(void)arg;
	assert(part != 0);
}

bool source_can(const struct source *s, enum source_action action, struct source_failure *f)
{
	(void)s;
	assert(action != SOURCE_READ);
	*f = (struct source_failure){ .condition = NULL };
	return true;
}

void source_act(struct source *s, enum source_action action, enum mfp_part part,
                int64_t timeout_ms, const struct source_asker *asker, void *arg)
{
	(void)s;
	(void)timeout_ms;
	assert(action == SOURCE_READ);   /* there is no journal */
	assert(part != 0);
	if (!asker->may(arg))
		return;
	for (size_t i = 0; i < sizeof reading / sizeof *reading; i++) {
		if (reading[i] == NULL) {
			reading[i] = arg;
			return;
		}
	}
	assert(false);   /* more than are begun at once */
}

bool source_let_go(struct source *s, const void *arg)
{
	size_t i = 0;

	(void)s;
	while (reading[i] != arg)
		assert(++i < sizeof reading / sizeof *reading);
	reading[i] = NULL;
	return true;
}

static void nothing(void *arg)
{
	(void)arg;
}

static int64_t now(void *arg)
{
	(void)arg;
	return 1767323045000;
}

static void learnt(void *arg, const struct mfp *m)
{
	(void)arg;
	(void)m;
}

static void check_operation(const struct xml *stanza)
{
	const struct xml *el = xml_child(stanza, "operation", OPERATION_NS);
	struct operation op;

	if (el == NULL || !command_read(el, &op))
		return;
	assert(strlen(op.id) <= COMMAND_ID_MAX);
	assert((op.command == NULL) == (op.condition != NULL));
	assert((op.condition == NULL) == (op.reason[0] == '\0'));
}

static unsigned dispatch_each(const struct dispatch *d, const struct xml *el)
{
	unsigned n = 1;

	if (!xml_is(el, "all", "")) {
		check_operation(el);
		dispatch_stanza(d, el);
		return n;
	}
	for (el = xml_first(el), n = 0; el != NULL; el = xml_following(el), n++) {
		check_operation(el);
		dispatch_stanza(d, el);
	}
	return n;
}

static void dispatch(const struct xml *all)
{
	static const struct execute_events execute_events = { now, learnt };
	static const struct keepalive_events keepalive_events = { nothing, nothing, nothing };
	static const struct keepalive_options options = { "c.example", 300000, 30000, 7200000 };
	static const struct execute_options execute_options = { NULL, 5000 };
	static char *const facts[MFP_FACTS], *const obey[] = { (char *)(uintptr_t)"c.example", NULL };
	struct dispatch d = { .obey = obey };
	uv_loop_t loop;
	unsigned n;

	uv_loop_init(&loop);
	d.execute = execute_new(&loop, &execute_options, NULL, NULL, &execute_events, NULL);
	d.presence = presence_new(&loop, NULL, NULL, "c.example", facts, nothing, NULL);
	d.keepalive = keepalive_new(&loop, NULL, &options, &keepalive_events, NULL);
	n = dispatch_each(&d, all);
	assert(answers <= n);
	execute_free(d.execute);
	presence_free(d.presence);
	keepalive_free(d.keepalive);
	uv_run(&loop, UV_RUN_DEFAULT);
	assert(uv_loop_close(&loop) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct xml *all = xml_parse((const char *)data, size, &xml_limits_stanza, NULL);

	if (all == NULL)
		return 0;
	log_set_level(LOG_LEVEL_ERROR);
	answers = promises = 0;
	memset(reading, 0, sizeof reading);
	dispatch(all);
	xml_free(all);
	return 0;
}
