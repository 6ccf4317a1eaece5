// link: device/bosh_body.o device/bosh_session.o
/* Whatever a server, or somebody in its place, answers. A stanza that is taken reads back as
 * it is passed on. A session ends at most once, is never asked to do something without end, and its
 * next request is due at some time. The input: answers, each up to a line "--"; the
 * first one is to a session's creation if it does not begin with '!', else a good one is put
 * ahead. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "device/bosh_body.h"
#include "device/bosh_session.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char good[] = "<body xmlns='http://jabber.org/protocol/httpbind' sid='s' wait='45'"
                           " inactivity='30' requests='2'/>";
static unsigned ends;

/* What a client's stream has of it. */
static void check_stanza(const struct xml *el)
{
	size_t len, len_again;
	char *text = bosh_stanza(el, &len), *again;
	struct xml *read = xml_parse(text, len, &xml_limits_stanza, NULL);

	if (read != NULL) {
		again = bosh_stanza(read, &len_again);
		if (len != len_again || memcmp(text, again, len) != 0)
			abort();
		free(again);
	}
	xml_free(read);
	free(text);
}

static void on_child(void *arg, const struct xml *el)
{
	(void)arg;
	if (ends > 0)
		abort();
	check_stanza(el);
}

static void on_ended(void *arg, enum bosh_end end, const char *text)
{
	(void)arg, (void)end;
	if (++ends > 1 || text == NULL)
		abort();
}

/* What is due is sent, up to the window. Returns the oldest request's rid; 0: none is open. */
static int64_t run(struct bosh_session *s, int64_t *now, int64_t *newest)
{
	struct bosh_request r;
	unsigned n = 0;

	while (bosh_session_next(s, *now, true, &r)) {
		if (++n > 2)
			abort();
		*newest = r.rid;
	}
	if (ends == 0 && bosh_session_due(s, true) == INT64_MAX)
		abort();
	*now += 11000;
	return *newest;
}

static void answer(struct bosh_session *s, int64_t *now, int64_t *rid, const char *text, size_t len)
{
	if (run(s, now, rid) == 0)
		return;
	/* A second request, so that answers come in the wrong order, too. */
	if (len % 2 == 1 && bosh_session_exists(s)) {
		struct xml *x = xml_parse("<x/>", 4, &xml_limits_stanza, NULL);

		bosh_session_send(s, x);
		xml_free(x);
		run(s, now, rid);
	}
	bosh_session_answered(s, *now, *rid, (int64_t)(len % 300) - 1, text, len);
	if (len % 3 == 1)
		bosh_session_failed(s, *now, *rid - 1, true, "reset");
	else
		bosh_session_answered(s, *now, *rid - 1, 0, text, len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct bosh_session_events events = { on_child, on_ended };
	const struct bosh_session_options options = { "example.com", NULL, 45, 1000 };
	const char *text = (const char *)data, *end = text + size, *next;
	struct bosh_session *s = bosh_session_new(&options, &events, NULL);
	int64_t now = 1000000, rid = 0;

	log_set_level(LOG_LEVEL_ERROR);
	ends = 0;
	if (size > 0 && *text == '!') {
		answer(s, &now, &rid, good, strlen(good));
		text++;
	}
	while (text < end && ends == 0) {
		next = memmem(text, (size_t)(end - text), "\n--\n", 4);
		if (next == NULL)
			next = end;
		answer(s, &now, &rid, text, (size_t)(next - text));
		text = next + 4 < end ? next + 4 : end;
	}
	bosh_session_free(s);
	return 0;
}
