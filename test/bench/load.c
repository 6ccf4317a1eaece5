// link: test/bench/client.o test/bench/stream.o test/bench/printer.o test/bench/campaigns.o
/* Requests through a server, so many of them open at a time as the window says; request n
 * goes to device n modulo DEVICES. As a client it is an operator, who submits to a component
 * (TARGET) and waits for its headline. As a component it sends the command to the device by
 * itself and waits for the result: what is left of a request when nobody asks for it. If TARGET
 * is a device's full JID then, all go to that one. It takes lines from the standard input, and
 * answers each by a line of JSON:
 *
 *     wait TARGET                        until TARGET answers a ping
 *     ask TARGET FILE                    one request; the result as it came is in FILE
 *     run TARGET SECONDS WINDOW PID...   no request begins later than that; an error is fatal, and
 *                                        so is a result that is not of a command that was done.
 *                                        PIDs are those whose CPU is counted
 *     campaigns TARGET SECONDS GLOB PID...
 *                                        the same by campaigns (campaigns.h), of which none
 *                                        begins later
 *     flood TARGET SECONDS WINDOW FILE   for so long, whatever becomes of TARGET. What was
 *                                        not answered by then is forgotten. The ids that were
 *                                        acknowledged go to FILE, a line each
 *
 *     load client PORT DOMAIN DEVICES PASSWORD-FILE nagle|nodelay
 *     load component PORT DOMAIN DEVICES SECRET-FILE COMPONENT */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/mem.h"
#include "test/bench/campaigns.h"
#include "test/bench/client.h"
#include "test/bench/printer.h"

#define uthash_fatal(msg) mem_fatal()
#include <uthash.h>

#define KEY_BYTES 64
/* For what is open when a run ends: a session of BOSH is given up after some 40 s only. */
#define PATIENCE_S 90.0
#define NOT_AFTER_MS 600000     /* behind the begin of a run: none is late */
#define PIDS_MAX 8

struct open_request {
	char key[KEY_BYTES];        /* of the stanza that is waited for */
	double submitted;
	UT_hash_handle hh;
};

struct times {
	double *values;
	size_t n, room;
};

struct load {
	struct stream stream;
	const char *domain, *component;      /* component: we are one; else NULL */
	unsigned long devices, number, ended;
	struct open_request *open;
	struct campaigns campaigns;
	struct times acknowledged, told;
	const char *target;
	char not_after[CLOCK_STRING];
	double now, until;
	bool answered;                       /* the ping */
	FILE *ids;                           /* flood */
	FILE *result;                        /* ask */
};

static void put_device(struct load *l, unsigned long n)
{
	if (strchr(l->target, '@') != NULL)
		stream_puts(&l->stream, l->target);
	else
		stream_printf(&l->stream, PRINTER_NAME "@%s/platen-a", n % l->devices, l->domain);
}

static void submit(struct load *l)
{
	struct open_request *r = mem_zero(1, sizeof *r);
	unsigned long n = l->number++;

	r->submitted = l->now;
	if (l->component == NULL) {
		snprintf(r->key, sizeof r->key, "b%lu", n);
		stream_printf(&l->stream, "<iq type='set' to='%s' id='%s'><request"
		    " xmlns='urn:platen:operation:1' device='" PRINTER_NAME "@%s'"
		    " command='get-supplies'/></iq>", l->target, r->key, n % l->devices, l->domain);
	} else {
		snprintf(r->key, sizeof r->key, "019a0000-0000-7000-8000-%012lu-1", n);
		stream_printf(&l->stream, "<iq type='set' from='%s' to='", l->component);
		put_device(l, n);
		stream_printf(&l->stream, "' id='%s'><operation xmlns='urn:platen:operation:1' id='%.36s'"
		    " command='get-supplies' not-after='%s'/></iq>", r->key, r->key, l->not_after);
	}
	HASH_ADD_STR(l->open, key, r);
}

static void add_time(struct times *t, double value)
{
	if (t->n == t->room) {
		t->room = 2 * t->room + 1024;
		t->values = mem_realloc(t->values, t->room * sizeof *t->values);
	}
	t->values[t->n++] = value;
}

static void end(struct load *l, struct open_request *r)
{
	HASH_DEL(l->open, r);
	free(r);
	l->ended++;
	if (l->now < l->until)
		submit(l);
}

/* The result of a submit bears the request's id, which the headline then has. */
static void acknowledge(struct load *l, struct open_request *r, const char *stanza,
                        const char *end_)
{
	const char *payload = memmem(stanza, (size_t)(end_ - stanza), "<request ", 9);
	struct piece id = { "", 0 };

	add_time(&l->acknowledged, l->now - r->submitted);
	if (payload != NULL)
		id = stream_attr(payload, end_, "id");
	if (id.n == 0 || id.n >= KEY_BYTES)
		stream_fatal("a result without an id");
	HASH_DEL(l->open, r);
	snprintf(r->key, sizeof r->key, "%.*s", id.n, id.at);
	HASH_ADD_STR(l->open, key, r);
	if (l->ids != NULL)
		fprintf(l->ids, "%s\n", r->key);
}

static struct open_request *find(struct load *l, struct piece id)
{
	struct open_request *r;

	HASH_FIND(hh, l->open, id.at, (unsigned)id.n, r);
	return r;
}

static void on_outcome(struct load *l, struct open_request *r, const char *stanza,
                       const char *end_)
{
	const char *outcome = memmem(stanza, (size_t)(end_ - stanza), "<outcome ", 9);
	struct piece status = { "", 0 };

	if (outcome != NULL)
		status = stream_attr(outcome, end_, "status");
	if (status.n != 4 || memcmp(status.at, "done", 4) != 0) {
		fprintf(stderr, "not done: %.*s\n", (int)(end_ - stanza), stanza);
		exit(1);
	}
	if (l->result != NULL)
		fwrite(stanza, 1, (size_t)(end_ - stanza), l->result);
	add_time(&l->told, l->now - r->submitted);
	end(l, r);
}

static bool is_from(const char *jid, const char *stanza, const char *end_)
{
	struct piece from = stream_attr(stanza, end_, "from");

	return strlen(jid) == (size_t)from.n && memcmp(jid, from.at, (size_t)from.n) == 0;
}

static void on_result(struct load *l, struct piece id, const char *stanza, const char *end_)
{
	struct open_request *r = find(l, id);

	if (id.n == 4 && memcmp(id.at, "ping", 4) == 0)
		l->answered |= is_from(l->target, stanza, end_);
	else if (r != NULL && l->component == NULL)
		acknowledge(l, r, stanza, end_);
	else if (r != NULL)
		on_outcome(l, r, stanza, end_);
}

/* Devices send keep-alives, and go by the component's clock. */
static void on_get(struct load *l, struct piece id, const char *stanza, const char *end_)
{
	static const char ns[] = "urn:platen:keepalive:1";
	struct piece from = stream_attr(stanza, end_, "from");
	char now[CLOCK_STRING];

	if (l->component == NULL || memmem(stanza, (size_t)(end_ - stanza), ns, sizeof ns - 1) == NULL)
		return;
	stream_printf(&l->stream, "<iq type='result' from='%s' to='%.*s' id='%.*s'><keepalive xmlns='%s'"
	              " interval='900' now='%s' instance='bench'/></iq>", l->component, from.n, from.at,
	              id.n, id.at, ns, clock_format(clock_wall_ms(), now));
}

static void on_error(struct load *l, struct piece id, const char *stanza, const char *end_)
{
	struct open_request *r = find(l, id);

	if (r == NULL && l->campaigns.open > 0)
		campaigns_take(&l->campaigns, stanza, end_, false);
	if (r == NULL)
		return;                     /* a ping before its time */
	HASH_DEL(l->open, r);
	free(r);
	if (l->ids != NULL)
		return;
	fprintf(stderr, "not accepted: %.*s\n", (int)(end_ - stanza), stanza);
	exit(1);
}

static void on_stanza(void *arg, const char *stanza, const char *end_)
{
	struct piece id = stream_attr(stanza, end_, "id");
	struct load *l = arg;
	struct open_request *r;

	if (stream_is(stanza, end_, "iq", "result"))
		on_result(l, id, stanza, end_);
	else if (stream_is(stanza, end_, "iq", "error"))
		on_error(l, id, stanza, end_);
	else if (stream_is(stanza, end_, "iq", "get"))
		on_get(l, id, stanza, end_);
	else if (!stream_is(stanza, end_, "message", "headline"))
		return;
	else if (l->campaigns.open > 0)
		campaigns_take(&l->campaigns, stanza, end_, l->now < l->until);
	else if ((r = find(l, id)) != NULL) {
		add_time(&l->told, l->now - r->submitted);
		end(l, r);
	}
}

/* Waits for the server, not longer than this, and takes what came. */
static void turn(struct load *l, int ms)
{
	struct pollfd p = { l->stream.fd, POLLIN, 0 };

	stream_flush(&l->stream);
	if (l->stream.len > 0)
		p.events |= POLLOUT;
	poll(&p, 1, ms);
	l->now = stream_now(CLOCK_MONOTONIC);
	if (p.revents & (POLLIN | POLLHUP | POLLERR)) {
		stream_receive(&l->stream);
		stream_take(&l->stream, on_stanza, l);
	}
}

static void begin(struct load *l, const char *target, double seconds, unsigned long window)
{
	l->target = target;
	l->acknowledged.n = l->told.n = 0;
	l->ended = 0;
	l->now = stream_now(CLOCK_MONOTONIC);
	l->until = l->now + seconds;
	clock_format(clock_wall_ms() + NOT_AFTER_MS, l->not_after);
	while (window-- > 0)
		submit(l);
}

/* Commands. */

static int compare(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* [median, 90 %, 99 %] in milliseconds. */
static void print_times(const char *name, struct times *t)
{
	static const double parts[] = { 0.5, 0.9, 0.99 };

	if (t->n > 0)
		qsort(t->values, t->n, sizeof *t->values, compare);
	printf(", \"%s\": [", name);
	for (size_t i = 0; i < 3 && t->n > 0; i++)
		printf("%s%.4f", i == 0 ? "" : ", ", 1000 * t->values[(size_t)(parts[i] * (double)t->n)]);
	printf("]");
}

static void until_ended(struct load *l)
{
	while (l->open != NULL || l->campaigns.open > 0) {
		turn(l, 1000);
		if (l->now < l->until + PATIENCE_S)
			continue;
		fprintf(stderr, "%s: %u requests and %lu campaigns do not end\n", l->target,
		        HASH_COUNT(l->open), l->campaigns.open);
		exit(1);
	}
}

/* glob: by campaigns; NULL: by requests. */
static void run(struct load *l, const char *target, double seconds, unsigned long window,
                const char *glob, char **pids, size_t n_pids)
{
	double cpu[PIDS_MAX], begun = stream_now(CLOCK_MONOTONIC);

	for (size_t i = 0; i < n_pids; i++)
		cpu[i] = stream_now(stream_cpu_of(pids[i]));
	begin(l, target, seconds, window);
	if (glob != NULL)
		campaigns_begin(&l->campaigns, &l->stream, target, l->domain, glob);
	until_ended(l);
	if (glob != NULL)
		l->ended = l->campaigns.responded;
	printf("{\"requests\": %lu, \"seconds\": %.6f, \"cpu\": [", l->ended,
	       stream_now(CLOCK_MONOTONIC) - begun);
	for (size_t i = 0; i < n_pids; i++)
		printf("%s%.6f", i == 0 ? "" : ", ", stream_now(stream_cpu_of(pids[i])) - cpu[i]);
	printf("]");
	print_times("acknowledged", &l->acknowledged);
	print_times("told", &l->told);
	if (glob != NULL)
		printf(", \"campaigns\": %lu, \"members\": %lu", l->campaigns.ended, l->campaigns.members);
	printf("}\n");
}

static void ask(struct load *l, const char *target, const char *path)
{
	l->result = fopen(path, "w");
	if (l->result == NULL)
		stream_fatal(path);
	begin(l, target, 0, 1);
	until_ended(l);
	if (fclose(l->result) != 0)
		stream_fatal(path);
	l->result = NULL;
	printf("{}\n");
}

static void forget_open(struct load *l)
{
	struct open_request *r, *next;

	HASH_ITER(hh, l->open, r, next) {
		HASH_DEL(l->open, r);
		free(r);
	}
}

static void flood(struct load *l, const char *target, double seconds, unsigned long window,
                  const char *path)
{
	l->ids = fopen(path, "w");
	if (l->ids == NULL)
		stream_fatal(path);
	begin(l, target, seconds, window);
	while (l->now < l->until)
		turn(l, 10);
	forget_open(l);
	if (fclose(l->ids) != 0)
		stream_fatal(path);
	l->ids = NULL;
	printf("{\"requests\": %lu, \"acknowledged\": %zu}\n", l->ended, l->acknowledged.n);
}

static void wait_for(struct load *l, const char *target)
{
	l->target = target;
	l->answered = false;
	l->until = stream_now(CLOCK_MONOTONIC) + PATIENCE_S;
	while (!l->answered) {
		if (l->now > l->until) {
			fprintf(stderr, "%s does not answer\n", target);
			exit(1);
		}
		stream_puts(&l->stream, "<iq type='get'");
		if (l->component != NULL)
			stream_printf(&l->stream, " from='%s'", l->component);
		stream_printf(&l->stream, " to='%s' id='ping'><ping xmlns='urn:xmpp:ping'/></iq>", target);
		turn(l, 100);
		if (!l->answered)
			poll(NULL, 0, 50);
	}
	printf("{}\n");
}

static void obey(struct load *l, char *line)
{
	char *words[4 + PIDS_MAX], *save;
	size_t n = 0;

	for (char *w = strtok_r(line, " ", &save); w != NULL && n < 4 + PIDS_MAX;
	     w = strtok_r(NULL, " ", &save))
		words[n++] = w;
	if (n == 2 && strcmp(words[0], "wait") == 0)
		wait_for(l, words[1]);
	else if (n == 3 && strcmp(words[0], "ask") == 0)
		ask(l, words[1], words[2]);
	else if (n >= 4 && strcmp(words[0], "run") == 0)
		run(l, words[1], strtod(words[2], NULL), strtoul(words[3], NULL, 10), NULL, words + 4, n - 4);
	else if (n >= 4 && strcmp(words[0], "campaigns") == 0)
		run(l, words[1], strtod(words[2], NULL), 0, words[3], words + 4, n - 4);
	else if (n == 5 && strcmp(words[0], "flood") == 0)
		flood(l, words[1], strtod(words[2], NULL), strtoul(words[3], NULL, 10), words[4]);
	else
		exit(2);
	fflush(stdout);
}

int main(int argc, char **argv)
{
	static struct load l;
	char line[4096], *secret;

	if (argc != 7)
		return 2;
	l.domain = argv[3];
	l.devices = strtoul(argv[4], NULL, 10);
	secret = client_secret(argv[5]);
	if (strcmp(argv[1], "component") == 0) {
		l.component = argv[6];
		client_component(&l.stream, atoi(argv[2]), l.component, secret);
	} else {
		client_login(&l.stream, &(struct client_account){
			.port = atoi(argv[2]), .domain = l.domain, .user = "operator", .password = secret,
			.resource = "bench", .nagle = strcmp(argv[6], "nagle") == 0 });
	}
	while (fgets(line, sizeof line, stdin) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		obey(&l, line);
	}
	free(secret);
	return 0;
}
