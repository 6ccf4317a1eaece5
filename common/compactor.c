#include "common/compactor.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>

#include "common/mem.h"

#include <utlist.h>

struct compactor {
	uv_loop_t *loop;
	uv_work_t work;
	uv_sem_t ended;                 /* the worker has left table_merge() */
	struct compactor_job *queue;    /* the first is under way if busy */
	bool busy, closed;
	atomic_bool stop;               /* the worker's merge gives up */
	int rc;
};

struct compactor *compactor_new(uv_loop_t *loop)
{
	struct compactor *c = mem_zero(1, sizeof *c);

	c->loop = loop;
	c->work.data = c;
	if (uv_sem_init(&c->ended, 0) != 0)
		mem_fatal();
	return c;
}

static void discard(struct compactor *c)
{
	uv_sem_destroy(&c->ended);
	free(c);
}

static void merge(uv_work_t *req)
{
	struct compactor *c = req->data;
	const struct compactor_job *job = c->queue;

	c->rc = table_merge(job->base, job->schema, job->last,
	                    &(struct table_merging){ .stop = &c->stop });
	uv_sem_post(&c->ended);
}

static void start(struct compactor *c);

static void after_merge(uv_work_t *req, int status)
{
	struct compactor *c = req->data;
	struct compactor_job *job = c->queue;

	(void)status;   /* only compactor_free() cancels, and sees to it */
	if (c->closed) {
		discard(c);
		return;
	}
	uv_sem_wait(&c->ended);
	c->busy = false;
	LL_DELETE(c->queue, job);
	start(c);
	job->done(job->arg, c->rc);
}

static void start(struct compactor *c)
{
	if (c->busy || c->queue == NULL)
		return;
	c->busy = true;
	uv_queue_work(c->loop, &c->work, merge, after_merge);
}

void compactor_add(struct compactor *c, struct compactor_job *job)
{
	LL_APPEND(c->queue, job);
	start(c);
}

void compactor_free(struct compactor *c)
{
	if (c == NULL)
		return;
	c->closed = true;
	atomic_store(&c->stop, true);
	if (!c->busy)
		discard(c);
	else if (uv_cancel((uv_req_t *)&c->work) != 0)
		uv_sem_wait(&c->ended);
}
