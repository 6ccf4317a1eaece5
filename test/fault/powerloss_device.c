// link: device/execute.o device/answer.o device/command.o
// link: device/journal.o device/journal_file.o device/journal_rows.o device/outcome.o
// link: device/askers.o device/command_list.o device/execution.o device/owed.o
/* A device between its stream and its printer, for powerloss.py: what changes something.
 *
 *   powerloss_device run DIR SEED STEPS FIRST    a random load of ids from FIRST on, and of older
 *                        ones; what it was asked, what it did and answered is noted in the
 *                        record of the shim
 *   powerloss_device load    of each "DIR ID…" on standard input: what is owed after a start, and
 *                        what comes of asking for these ids, one after the other */
#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "common/mem.h"
#include "device/execute.h"
#include "device/journal_file.h"
#include "test/fault/shim.h"

#define ID_STRING 37
#define UNDER_WAY 8
#define PROMISED 64             /* room for them */
#define MANY_PROMISED 12        /* then something is acknowledged */

static uv_loop_t loop;
static struct execute *x;
static unsigned next;

/* Asked and not begun yet, in order; so they begin. */
static char waiting[UNDER_WAY][ID_STRING];
static unsigned n_waiting, n_unanswered;

/* What waits for the printer, and what it is doing. */
struct action { const struct source_asker *asker; void *arg; };
static struct action queue[UNDER_WAY], actions[UNDER_WAY];
static unsigned n_queue, n_actions;

/* Told to be in progress, or sent by us, and not acknowledged. */
static struct promise { char id[ID_STRING]; bool is_sent; } promises[PROMISED];
static unsigned n_promises;

static unsigned draw(unsigned below)
{
	return (unsigned)random() % below;
}

/* For who starts from what is left; a load prints it. */
__attribute__((format(printf, 1, 2))) static void note(const char *format, ...)
{
	va_list ap;
	char *text;

	va_start(ap, format);
	text = mem_vprintf(format, ap);
	va_end(ap);
	if (fault_note != NULL)
		fault_note(text, strlen(text));
	else
		puts(text);
	free(text);
}

static void forget_waiting(unsigned n)
{
	memmove(waiting[n], waiting[n + 1], (--n_waiting - n) * sizeof *waiting);
}

/* It will not begin, or has. */
static void forget_waiting_for(const char *id)
{
	for (unsigned i = 0; i < n_waiting; i++) {
		if (strncmp(waiting[i], id, ID_STRING - 1) == 0) {
			forget_waiting(i);
			return;
		}
	}
}

static void promise(const char *id, bool is_sent)
{
	unsigned i = 0;

	while (i < n_promises && strncmp(promises[i].id, id, ID_STRING - 1) != 0)
		i++;
	if (i == n_promises) {
		assert(n_promises < PROMISED);
		snprintf(promises[n_promises++].id, ID_STRING, "%.36s", id);
		promises[i].is_sent = false;
	}
	promises[i].is_sent |= is_sent;
}

/* What was said of an id. */
static void said(const char *outcome, bool is_owed)
{
	const char *id = strstr(outcome, " id='") + strlen(" id='");

	if (strstr(outcome, "'in-progress'") != NULL) {
		promise(id, false);
		note("promised %.36s", id);
	} else if (strstr(outcome, "'not-known'") != NULL) {
		note("not-known %.36s", id);
	} else {
		if (is_owed)
			promise(id, true);
		else
			forget_waiting_for(id);
		note("%s %.36s %s", is_owed ? "owed" : "answered", id, outcome);
	}
}

void stream_send(struct stream *s, struct xml_writer *w)
{
	char *text = xml_take(w, NULL);
	bool is_set = strstr(text, "type='set'") != NULL;

	(void)s;
	*strstr(text, "</iq>") = '\0';
	said(strstr(text, "<outcome"), is_set);
	n_unanswered -= !is_set;
	free(text);
}

bool source_can(const struct source *s, enum source_action action, struct source_failure *f)
{
	(void)s;
	(void)action;
	*f = (struct source_failure){ .condition = NULL };
	return true;
}

void source_act(struct source *s, enum source_action action, enum mfp_part part,
                int64_t timeout_ms, const struct source_asker *asker, void *arg)
{
	(void)s;
	(void)part;
	(void)timeout_ms;
	assert(action == SOURCE_REBOOT && n_queue < UNDER_WAY);
	queue[n_queue++] = (struct action){ asker, arg };
}

bool source_let_go(struct source *s, const void *arg)
{
	unsigned i = 0;

	(void)s;
	while (i < n_queue && queue[i].arg != arg)
		i++;
	if (i == n_queue)
		return false;
	memmove(queue + i, queue + i + 1, (--n_queue - i) * sizeof *queue);
	return true;
}

/* The printer has time for the oldest. */
static void begin_action(void)
{
	struct action a;

	if (n_queue == 0 || n_actions == UNDER_WAY)
		return;
	a = queue[0];
	memmove(queue, queue + 1, --n_queue * sizeof *queue);
	if (!a.asker->may(a.arg))
		return;
	assert(n_waiting > 0);
	note("executed %s", waiting[0]);
	forget_waiting(0);
	actions[n_actions++] = a;
}

/* Ids are made 20 seconds after each other: of others than the newest it is sure whether
 * they are older than a start. */
#define BEGAN INT64_C(0x019000000000)
#define BETWEEN_MS 20000

static int64_t now(void *arg)
{
	(void)arg;
	return BEGAN + (int64_t)next * BETWEEN_MS;
}

static void learnt(void *arg, const struct mfp *m)
{
	(void)arg;
	(void)m;
}

/* What may happen. */

static void give(const char *text, enum answer (*handle)(struct execute *, const struct xml *,
                                                        const struct xml *, struct xml_writer *))
{
	struct xml *iq = xml_parse(text, strlen(text), &xml_limits_stanza, NULL);
	struct xml_writer w = { 0 };
	char *answer;
	enum answer a;

	n_unanswered++;
	a = handle(x, iq, xml_first(iq), &w);
	if (a == ANSWER_RESULT) {
		answer = xml_take(&w, NULL);
		said(answer, false);
		free(answer);
	}
	assert(a == ANSWER_RESULT || a == ANSWER_LATER);
	n_unanswered -= a == ANSWER_RESULT;
	xml_writer_free(&w);
	xml_free(iq);
}

static void ask_for(const char *id)
{
	char *text = mem_printf("<iq id='1' from='c'><operation xmlns='urn:platen:operation:1' id='%s' "
	                        "command='reboot'/></iq>", id);

	note("asked %s", id);
	/* Beginning goes on later, but a refusal comes at once. */
	snprintf(waiting[n_waiting++], sizeof *waiting, "%s", id);
	give(text, execute_operation);
	free(text);
}

/* What has not begun never will. */
static void cancel(const char *id)
{
	char *text = mem_printf("<iq id='1' from='c'><cancel xmlns='urn:platen:operation:1' id='%s' "
	                        "command='reboot'/></iq>", id);

	note("asked %s", id);
	forget_waiting_for(id);
	give(text, execute_cancel);
	free(text);
}

static void ask_about(const char *id)
{
	char *text = mem_printf("<iq id='1' from='c'><outcome xmlns='urn:platen:operation:1' id='%s'/>"
	                        "</iq>", id);

	give(text, execute_question);
	free(text);
}

static void id_of(unsigned n, char id[static ID_STRING])
{
	uint64_t ms = (uint64_t)(BEGAN + (int64_t)n * BETWEEN_MS);

	snprintf(id, ID_STRING, "%08x-%04x-7000-8000-000000000000", (unsigned)(ms >> 16 & UINT32_MAX),
	         (unsigned)(ms & UINT16_MAX));
}

static void ask_new(void)
{
	char id[ID_STRING];

	if (n_unanswered + n_actions + n_queue >= UNDER_WAY)
		return;
	id_of(next++, id);
	ask_for(id);
}

static void settle(void)
{
	for (int i = 0; i < 20; i++) {
		uv_run(&loop, UV_RUN_NOWAIT);
		usleep(100);
	}
}

static void old_id(char id[static ID_STRING])
{
	id_of(draw(2) == 0 && next > 12 ? next - 1 - draw(12) : draw(next), id);
}

/* Of now or before; while none is under way, as that would not be asked for twice here. */
static void ask_old(void)
{
	char id[ID_STRING];

	settle();
	if (n_unanswered + n_actions + n_queue > 0 || next == 0)
		return;
	old_id(id);
	ask_for(id);
}

/* Any, begun or not, or one that is never asked for before. */
static void cancel_some(void)
{
	char id[ID_STRING];

	if (next == 0 || n_unanswered >= UNDER_WAY)
		return;
	if (draw(4) == 0)
		id_of(next++, id);
	else
		old_id(id);
	cancel(id);
}

/* From then on its outcome is owed. */
static void ask_about_some(void)
{
	char id[ID_STRING];

	if (next == 0 || n_unanswered >= UNDER_WAY)
		return;
	old_id(id);
	ask_about(id);
}

static void acknowledge(void)
{
	unsigned i = n_promises == 0 ? 0 : draw(n_promises);
	struct xml *iq;
	char *text;

	if (n_promises == 0 || !promises[i].is_sent)
		return;
	text = mem_printf("<iq type='result' from='c' id='%s-outcome'/>", promises[i].id);
	iq = xml_parse(text, strlen(text), &xml_limits_stanza, NULL);
	note("acknowledged %s", promises[i].id);
	execute_result(x, iq);
	promises[i] = promises[--n_promises];
	xml_free(iq);
	free(text);
}

/* The component was away, and gets all that is owed. */
static void come_back(void)
{
	execute_away(x);
	execute_answered(x);
}

static void end_action(void)
{
	static const struct mfp m;
	char text[] = "the printer did not answer";
	const struct source_failure failures[] = {
		{ "printer-error", text, false }, { "printer-timeout", text, true }
	};
	unsigned i, kind = draw(4);
	struct action a;

	if (n_actions == 0)
		return;
	i = draw(n_actions);
	a = actions[i];
	actions[i] = actions[--n_actions];
	a.asker->done(a.arg, &m, kind < 2 ? &failures[kind] : NULL);
}

static const struct { void (*happens)(void); unsigned share; } events[] = {
	{ ask_new, 8 }, { ask_old, 4 }, { begin_action, 10 }, { end_action, 8 }, { settle, 8 },
	{ cancel_some, 3 }, { ask_about_some, 4 }, { acknowledge, 3 }, { come_back, 1 },
};

static void step(void)
{
	unsigned n = 0, i;

	for (i = 0; i < sizeof events / sizeof *events; i++)
		n += events[i].share;
	n = draw(n);
	if (n_promises > MANY_PROMISED)
		acknowledge();
	for (i = 0; n >= events[i].share; i++)
		n -= events[i].share;
	events[i].happens();
}

static void start(const char *dir)
{
	static const struct execute_events execute_events = { now, learnt };
	char *state = mem_printf("%s/data", dir);
	const struct execute_options options = { state, 1000000 };

	/* So few that some are forgotten, and the file is written anew. */
	journal_file_bounds = (struct journal_file_bounds){ 48, 65536, 256 };
	log_set_level(LOG_LEVEL_ERROR);
	uv_loop_init(&loop);
	x = execute_new(&loop, &options, NULL, NULL, &execute_events, NULL);
	execute_answered(x);
	free(state);
}

static void stop(void)
{
	execute_free(x);
	uv_run(&loop, UV_RUN_DEFAULT);
	uv_loop_close(&loop);
	n_waiting = n_queue = n_actions = n_unanswered = n_promises = 0;
}

static int run(const char *dir, unsigned seed, unsigned steps, unsigned first)
{
	srandom(seed);
	next = first;
	start(dir);
	while (steps-- > 0)
		step();
	stop();
	return EXIT_SUCCESS;
}

static int load_each(void)
{
	size_t cap = 0;
	char *line = NULL, *id, *rest;

	while (getline(&line, &cap, stdin) > 0) {
		start(strtok_r(line, " \n", &rest));
		while ((id = strtok_r(NULL, " \n", &rest)) != NULL) {
			ask_for(id);
			while (n_waiting > 0) {
				uv_run(&loop, UV_RUN_ONCE);
				begin_action();
			}
			n_actions = 0;
		}
		stop();
		puts("end");
		fflush(stdout);
	}
	free(line);
	return EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
	if (argc == 6 && strcmp(argv[1], "run") == 0)
		return run(argv[2], (unsigned)atoi(argv[3]), (unsigned)atoi(argv[4]),
		           (unsigned)atoi(argv[5]));
	if (argc == 2 && strcmp(argv[1], "load") == 0)
		return load_each();
	fputs("usage: powerloss_device run DIR SEED STEPS FIRST | load\n", stderr);
	return 2;
}
