// link: test/unit/component_fixture.o
/* Random sequences of events through the whole component, in memory: whatever
 * happens, a request lives by the rules (shadow.c, wire.c).
 *
 *   model [COUNT [SEED]]     COUNT sequences, from this seed on
 *
 * Sequences run in a process of their own, so that an assertion or a sanitizer
 * that ends it is a finding, too. What fails is made shorter for as long as it
 * still fails, and printed. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/mem.h"
#include "component/arrow.h"
#include "test/model/events.h"
#include "test/model/shadow.h"
#include "test/unit/component_fixture.h"

#define EVENTS_MAX 60
/* A sequence that takes longer is one that hangs. */
#define HANGS_S 60

struct sequence { struct event events[EVENTS_MAX]; unsigned n, window; };

/* What the process that runs sequences tells. */
struct shared {
	struct shadow_counts counts;
	unsigned long seed;
	unsigned long long events;
	char directory[256];
};
static struct shared *shared;

/* splitmix64: any seed is a good one. */
static uint64_t draw(uint64_t *state)
{
	uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

static void make(struct sequence *q, unsigned long seed)
{
	uint64_t state = seed;

	q->n = 10 + (unsigned)(draw(&state) % (EVENTS_MAX - 9));
	q->window = draw(&state) % 4 == 0 ? 2 : 1;
	for (unsigned i = 0; i < q->n; i++) {
		uint64_t z = draw(&state);

		q->events[i] = (struct event){ events_kind((unsigned)(z >> 32)), (uint8_t)z,
		                               (uint8_t)(z >> 8), (uint8_t)(z >> 16) };
	}
}

static void run(const struct sequence *q)
{
	alarm(HANGS_S);
	events_begin(q->window);
	if (*shared->directory == '\0')
		snprintf(shared->directory, sizeof shared->directory, "%s",
		         fixture.config.data_directory);
	for (unsigned i = 0; i < q->n; i++)
		events_run(&q->events[i]);
	events_end();
	shared->events += q->n;
}

static void run_seeds(unsigned long from, unsigned long count)
{
	struct sequence q;

	for (shared->seed = from; shared->seed < from + count; shared->seed++) {
		make(&q, shared->seed);
		run(&q);
	}
}

/* The fixture's directory, which a process that failed has left. */
static void clean(void)
{
	char *slash = strrchr(shared->directory, '/'), *command;

	if (slash == NULL)
		return;
	*slash = '\0';
	command = mem_printf("rm -rf '%s'", shared->directory);
	if (system(command) != 0)
		perror(shared->directory);
	free(command);
	*shared->directory = '\0';
}

/* One sequence, or count of them from a seed on, in a child: its status. */
static int in_child(const struct sequence *q, unsigned long seed, unsigned long count, bool quiet)
{
	int status;
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (pid < 0)
		abort();
	if (pid == 0) {
		if (quiet && freopen("/dev/null", "w", stderr) == NULL)
			_exit(2);
		if (q != NULL)
			run(q);
		else
			run_seeds(seed, count);
		fixture_stop();
		exit(0);
	}
	waitpid(pid, &status, 0);
	clean();
	return status;
}

static bool still_fails(const struct sequence *q)
{
	return in_child(q, 0, 0, true) != 0;
}

static bool drop(struct sequence *q, unsigned from, unsigned n)
{
	struct sequence less = *q;

	memmove(less.events + from, less.events + from + n,
	        (q->n - from - n) * sizeof *less.events);
	less.n -= n;
	if (!still_fails(&less))
		return false;
	*q = less;
	return true;
}

/* Half of it, a quarter, …, single events: again while that helps. */
static void shrink(struct sequence *q)
{
	bool helped;

	do {
		helped = false;
		for (unsigned n = q->n / 2 > 0 ? q->n / 2 : 1; n > 0; n /= 2) {
			for (unsigned from = 0; from + n <= q->n; ) {
				if (drop(q, from, n))
					helped = true;
				else
					from += n;
			}
		}
	} while (helped);
}

static void report(unsigned long seed, int status)
{
	struct sequence q;

	make(&q, seed);
	fprintf(stderr, "seed %lu fails with %u events, ", seed, q.n);
	if (WIFSIGNALED(status))
		fprintf(stderr, "signal %d; ", WTERMSIG(status));
	if (still_fails(&q))
		shrink(&q);
	else
		fprintf(stderr, "only after the ones before it, ");
	fprintf(stderr, "with %u (window %u):\n", q.n, q.window);
	for (unsigned i = 0; i < q.n; i++)
		fprintf(stderr, "  %s\n", events_text(&q.events[i]));
	in_child(&q, 0, 0, false);
}

/* Each arrow that can be reached was taken, or the sequences test too little. */
static bool count_arrows(void)
{
	bool all = true;

	for (size_t i = 0; i < n_arrows; i++) {
		for (unsigned bits = 0; bits < (REQUEST_STATUSES + 1) * REQUEST_STATUSES; bits++) {
			unsigned from = bits / REQUEST_STATUSES, to = bits % REQUEST_STATUSES;
			unsigned n = shared->counts.n[i][from][to];

			if ((arrows[i].from >> from & 1) == 0 || (arrows[i].to >> to & 1) == 0)
				continue;
			printf("%9u  %s -> %s by %s\n", n,
			       from == ARROW_NEW ? "(new)" : request_status_name((enum request_status)from),
			       request_status_name((enum request_status)to), arrows[i].cause);
			all = all && n > 0;
		}
	}
	return all;
}

int main(int argc, char **argv)
{
	unsigned long count = argc > 1 ? strtoul(argv[1], NULL, 10) : 5000;
	unsigned long seed = argc > 2 ? strtoul(argv[2], NULL, 10) : 1;
	int status;

	shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED)
		return EXIT_FAILURE;
	shadow_counts = &shared->counts;
	status = in_child(NULL, seed, count, false);
	if (status != 0) {
		report(shared->seed, status);
		return EXIT_FAILURE;
	}
	printf("%lu sequences, %llu events\n", count, shared->events);
	if (!count_arrows() && count >= 1000) {
		fprintf(stderr, "an arrow was never taken\n");
		return EXIT_FAILURE;
	}
	return EXIT_SUCCESS;
}
