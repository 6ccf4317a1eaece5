// link: test/unit/component_fixture.o
/* Stanzas of anyone to the component, a line of the input each (or pieces of them:
 * a line is what arrives at once):
 *   +SECONDS   the clocks go on        !   the link is lost, or comes back
 *   R          the component is started again on its tables
 * @OP@, @ID@ and @ASK@ are the ids of the newest execute stanza, its request, and
 * the newest question to a device. What is sent is always XML, and the tables
 * agree with each other. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "common/mem.h"
#include "component/names.h"
#include "component/unassigned.h"
#include "test/unit/component_fixture.h"

#define LINES 40

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool good)
{
	if (!good)
		abort();
}

/* What is sent. */

static void on_open(void *arg, const struct xml *root)
{
	(void)arg, (void)root;
}

static void on_stanza(void *arg, const struct xml *stanza, const char *cut)
{
	(void)arg;
	must(cut == NULL);
	must(fixture_is_ours(xml_get(stanza, "from")));
	must(xml_get(stanza, "to") != NULL);
}

static void on_close(void *arg)
{
	(void)arg;
	abort();
}

static void check_sent(void)
{
	static const struct xml_stream_events events = { on_open, on_stanza, on_close };
	static const char header[] = "<s xmlns='jabber:component:accept'>";
	struct xml_stream *s = xml_stream_new(&xml_limits_stanza, &events, NULL);
	const char *why;

	must(xml_stream_feed(s, header, strlen(header), &why));
	must(xml_stream_feed(s, fixture_sent(), strlen(fixture_sent()), &why));
	xml_stream_free(s);
	fixture_forget();
}

/* The tables. */

/* The index holds each device under each of its names, and nothing else. */
static void check_names(void)
{
	size_t n = 0;

	for (size_t i = 0; i < fixture.devices.n; i++) {
		const struct device *d = fixture.devices.all[i];
		char *local = mem_strndup(d->jid, strcspn(d->jid, "@"));
		struct names_keys keys;
		struct names_walk walk;
		struct device *found;

		names_keys(&keys, d);
		n += keys.n;
		names_begin(&walk, &fixture.devices, local);
		while ((found = names_next(&walk)) != NULL && found != d)
			;
		must(found == d || !names_is(d, local));
		free(local);
	}
	must(n == fixture.devices.by_name.n);
}

static void check_tables(void)
{
	unsigned n = 0, n_provisional = 0, n_of_operators = 0, n_of_none = 0;
	struct request *r;

	for (size_t i = 0; i < fixture.devices.n; i++) {
		const struct device *d = fixture.devices.all[i];
		unsigned n_open = 0, in_flight = 0, n_begun = 0, n_submitted = 0;

		DL_FOREACH(device_queue(d), r) {
			must(request_is_open(r) && r->device == d && r->deadline.place > 0);
			must(!r->in_flight || !r->begun);
			must(r->status == CANCELLING || r->in_flight == (r->status == TRANSMITTED));
			must(r->status == CANCELLING || r->begun == (r->status == RUNNING));
			must(d->decommissioned == 0 || r->status != QUEUED);
			n_open++;
			in_flight += r->in_flight;
			n_begun += r->begun;
			n_submitted += r->columns[REQ_CAMPAIGN] == NULL;
		}
		must(n_submitted == device_n_submitted(d));
		must(n_open == device_n_open(d) && in_flight == device_in_flight(d));
		must(d->work == NULL || d->work->n_begun == n_begun);
		must(d->decommissioned == 0 || (!d->online && !d->shown && d->others == NULL));
		must(d->work == NULL || n_open > 0 || d->work->stalled || d->work->ask.place > 0);
		must(in_flight <= fixture.config.window);
		n += n_open;
		n_of_none += n_open - n_submitted;
	}
	DL_FOREACH(fixture.provisional, r) {
		must(!request_is_open(r) && !request_is_final(r) && r->deadline.place > 0);
		n_provisional++;
	}
	check_names();
	must(HASH_COUNT(fixture.unassigned.by_jid) <= (unsigned)fixture.config.unassigned);
	for (struct quota *q = fixture.quotas.by_operator; q != NULL; q = q->hh.next)
		n_of_operators += q->n_open;
	must(n_of_operators == n - n_of_none);
	must(n_provisional == fixture.n_provisional);
	must(n + n_provisional == HASH_COUNT(fixture.requests.by_id));
}

/* The input. */

static char *replace(char *text, const char *mark, const char *with, size_t len)
{
	char *at = strstr(text, mark), *out;

	if (at == NULL)
		return text;
	out = mem_printf("%.*s%.*s%s", (int)(at - text), text, (int)len, with, at + strlen(mark));
	free(text);
	return out;
}

static void say(const char *line, size_t n)
{
	char *text = mem_strndup(line, n);

	text = replace(text, "@OP@", fixture_operation(), strlen(fixture_operation()));
	text = replace(text, "@ID@", fixture_operation(), UUID7_STRING - 1);
	text = replace(text, "@ASK@", fixture_ask(), strlen(fixture_ask()));
	fixture_say(text);
	free(text);
}

static void run_line(const char *line, size_t n)
{
	if (n > 1 && n < 8 && line[0] == '+')
		fixture_pass(atoi(line + 1) * INT64_C(1000));
	else if (n == 1 && *line == '!')
		fixture_online(!link_is_online(fixture.link));
	else if (n == 1 && *line == 'R')
		fixture_restart();
	else
		say(line, n);
	fixture_settle();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = mem_alloc(size + 1), *line = text;

	memcpy(text, data, size);
	text[size] = '\0';
	fixture_start();
	fixture_online(true);
	for (int i = 0; i < LINES && *line != '\0'; i++) {
		size_t n = strcspn(line, "\n");

		run_line(line, n);
		check_sent();
		check_tables();
		line += n + (line[n] == '\n');
	}
	fixture_stop();
	free(text);
	return 0;
}
