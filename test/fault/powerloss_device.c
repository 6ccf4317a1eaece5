// link: device/execute.o device/answer.o device/command.o
// link: device/journal.o device/journal_file.o device/journal_rows.o device/outcome.o
/* A device between its stream and its printer, for powerloss.py: what changes something.
 *
 *   powerloss_device run DIR SEED STEPS FIRST    a random load of ids from FIRST on, and of older
 *                        ones; what it was asked, what it did and answered is noted in the
 *                        record of the shim
 *   powerloss_device load    of each "DIR ID…" on standard input: what comes of asking for these
 *                        ids, one after the other, after a start */
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

static uv_loop_t loop;
static struct execute *x;
static unsigned next;

/* Asked and not begun yet, in order; so they begin. */
static char waiting[UNDER_WAY][ID_STRING];
static unsigned n_waiting, n_unanswered;

/* What the printer is doing. */
static struct { source_fn *fn; void *arg; } actions[UNDER_WAY];
static unsigned n_actions;

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

static void answered(const char *outcome)
{
	const char *id = strstr(outcome, " id='");
	unsigned i;

	assert(id != NULL);
	id += strlen(" id='");
	for (i = 0; i < n_waiting && strncmp(waiting[i], id, ID_STRING - 1) != 0; i++)
		;
	if (i < n_waiting)
		forget_waiting(i);
	note("answered %.36s %s", id, outcome);
}

void stream_send(struct stream *s, struct xml_writer *w)
{
	char *text = xml_take(w, NULL);

	(void)s;
	*strstr(text, "</iq>") = '\0';
	answered(strstr(text, "<outcome"));
	n_unanswered--;
	free(text);
}

bool source_can(const struct source *s, enum source_action action, struct source_failure *f)
{
	(void)s;
	(void)action;
	*f = (struct source_failure){ .condition = NULL };
	return true;
}

void source_act(struct source *s, enum source_action action, int64_t timeout_ms,
                bool (*may)(void *arg), source_fn *fn, void *arg)
{
	(void)s;
	(void)action;
	(void)timeout_ms;
	if (!may(arg))
		return;
	assert(n_waiting > 0 && n_actions < UNDER_WAY);
	note("executed %s", waiting[0]);
	forget_waiting(0);
	actions[n_actions].fn = fn;
	actions[n_actions++].arg = arg;
}

void source_read(struct source *s, enum mfp_part part, int64_t timeout_ms, source_fn *fn,
                 void *arg)
{
	(void)s;
	(void)part;
	(void)timeout_ms;
	(void)fn;
	(void)arg;
	assert(false);
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

static void ask_for(const char *id)
{
	char *text = mem_printf("<iq id='1' from='c'><operation xmlns='urn:platen:operation:1' id='%s' "
	                        "command='reboot'/></iq>", id);
	struct xml *iq = xml_parse(text, strlen(text), &xml_limits_stanza, NULL);
	struct xml_writer w = { 0 };
	char *answer;

	note("asked %s", id);
	/* Beginning goes on later, but a refusal comes at once. */
	snprintf(waiting[n_waiting++], sizeof *waiting, "%s", id);
	if (execute_operation(x, iq, xml_first(iq), &w) == ANSWER_RESULT) {
		answer = xml_take(&w, NULL);
		answered(answer);
		free(answer);
	} else {
		n_unanswered++;
	}
	xml_writer_free(&w);
	xml_free(iq);
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

	if (n_unanswered >= UNDER_WAY)
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

/* Of now or before; while none is under way, as that would not be asked for twice here. */
static void ask_old(void)
{
	char id[ID_STRING];

	settle();
	if (n_unanswered > 0 || next == 0)
		return;
	id_of(draw(2) == 0 && next > 12 ? next - 1 - draw(12) : draw(next), id);
	ask_for(id);
}

static void end_action(void)
{
	static const struct mfp m;
	char text[] = "the printer did not answer";
	const struct source_failure failures[] = {
		{ "printer-error", text, false }, { "printer-timeout", text, true }
	};
	unsigned i, kind = draw(4);
	source_fn *fn;
	void *arg;

	if (n_actions == 0)
		return;
	i = draw(n_actions);
	fn = actions[i].fn;
	arg = actions[i].arg;
	actions[i] = actions[--n_actions];
	fn(arg, &m, kind < 2 ? &failures[kind] : NULL);
}

static const struct { void (*happens)(void); unsigned share; } events[] = {
	{ ask_new, 8 }, { ask_old, 4 }, { end_action, 8 }, { settle, 8 },
};

static void step(void)
{
	unsigned n = 0, i;

	for (i = 0; i < sizeof events / sizeof *events; i++)
		n += events[i].share;
	n = draw(n);
	for (i = 0; n >= events[i].share; i++)
		n -= events[i].share;
	events[i].happens();
}

static void start(const char *dir)
{
	static const struct execute_events execute_events = { now, learnt };
	char *state = mem_printf("%s/data", dir);

	/* So few that some are forgotten, and the file is written anew. */
	journal_file_bounds = (struct journal_file_bounds){ 24, 65536, 256 };
	log_set_level(LOG_LEVEL_ERROR);
	uv_loop_init(&loop);
	x = execute_new(&loop, state, NULL, NULL, &execute_events, NULL);
	free(state);
}

static void stop(void)
{
	execute_free(x);
	uv_run(&loop, UV_RUN_DEFAULT);
	uv_loop_close(&loop);
	n_waiting = n_actions = n_unanswered = 0;
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
			while (n_waiting > 0)
				uv_run(&loop, UV_RUN_ONCE);
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
