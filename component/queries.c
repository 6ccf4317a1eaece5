#include "component/queries.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <utlist.h>

#include "common/log.h"
#include "common/mem.h"

#define LOG_MODULE "query"

/* The worker threads are the disk's, too: few queries at once, few in line. */
#define RUNNING_MAX 2
#define WAITING_MAX 200
#define WAITING_OPERATOR 20

struct pending {
	uv_work_t work;
	struct component *c;
	const struct queries_kind *kind;
	void *arg;
	bool is_long;
	char *to, *id;
	char *failed;
	struct pending *prev, *next;
};

struct queries {
	struct pending *waiting;
	unsigned n_waiting, n_running, n_long;
	atomic_bool stop;
};

static void free_pending(struct pending *p)
{
	p->kind->free(p->arg);
	free(p->failed);
	free(p->to);
	free(p->id);
	free(p);
}

static void run_waiting(struct component *c);

static void do_work(uv_work_t *work)
{
	struct pending *p = work->data;

	p->failed = p->kind->run(p->arg, p->c->config.data_directory);
}

static void answer(struct pending *p, int status)
{
	if (status == 0 && p->failed == NULL) {
		dispatch_answer(p->c, p->to, p->id, p->kind->write, p->arg);
		return;
	}
	log_warn("query failed: %s", status == 0 ? p->failed : uv_strerror(status));
	dispatch_refuse(p->c, p->to, p->id, (struct stanza_error){
		.condition = "internal-server-error",
		.text = mem_printf("the files of %s could not be read", p->kind->what) });
}

static void work_done(uv_work_t *work, int status)
{
	struct pending *p = work->data;
	struct component *c = p->c;

	c->queries->n_running--;
	c->queries->n_long -= p->is_long;
	if (!c->stopping) {
		answer(p, status);
		run_waiting(c);
	}
	free_pending(p);
}

/* The one to run next, or NULL. */
static struct pending *next_waiting(const struct queries *q)
{
	struct pending *p = q->waiting;

	if (q->n_running == RUNNING_MAX)
		return NULL;
	while (p != NULL && p->is_long && q->n_long > 0)
		p = p->next;
	return p;
}

static void run_waiting(struct component *c)
{
	struct queries *q = c->queries;
	struct pending *p;

	while ((p = next_waiting(q)) != NULL) {
		DL_DELETE(q->waiting, p);
		q->n_waiting--;
		q->n_running++;
		q->n_long += p->is_long;
		p->work.data = p;
		uv_queue_work(c->loop, &p->work, do_work, work_done);
	}
}

/* How many queries of one operator are in line. */
static unsigned waiting_of(const struct queries *q, const char *bare)
{
	size_t len = strlen(bare);
	const struct pending *p;
	unsigned n = 0;

	DL_FOREACH(q->waiting, p)
		n += strncasecmp(p->to, bare, len) == 0 && p->to[len] == '/';
	return n;
}

static struct reply add(struct call *call, const struct queries_kind *kind, void *arg, bool is_long)
{
	struct component *c = call->c;
	struct pending *p;

	if (c->queries->n_waiting >= WAITING_MAX ||
	    waiting_of(c->queries, call->bare) >= WAITING_OPERATOR) {
		kind->free(arg);
		return reply_limit("queries", mem_strdup("too many queries at once"));
	}
	p = mem_zero(1, sizeof *p);
	p->c = c;
	p->kind = kind;
	p->arg = arg;
	p->is_long = is_long;
	p->to = mem_strdup(call->from);
	p->id = mem_strdup(call->id);
	DL_APPEND(c->queries->waiting, p);
	c->queries->n_waiting++;
	run_waiting(c);
	return (struct reply){ .kind = REPLY_LATER };
}

void queries_new(struct component *c)
{
	c->queries = mem_zero(1, sizeof *c->queries);
}

struct reply queries_add(struct call *call, const struct queries_kind *kind, void *arg)
{
	return add(call, kind, arg, false);
}

struct reply queries_add_long(struct call *call, const struct queries_kind *kind, void *arg)
{
	return add(call, kind, arg, true);
}

const atomic_bool *queries_stop_flag(const struct component *c)
{
	return &c->queries->stop;
}

void queries_stop(struct component *c)
{
	if (c->queries != NULL)
		atomic_store(&c->queries->stop, true);
}

void queries_free(struct component *c)
{
	struct pending *p, *next;

	if (c->queries == NULL)
		return;
	DL_FOREACH_SAFE(c->queries->waiting, p, next)
		free_pending(p);
	free(c->queries);
	c->queries = NULL;
}
