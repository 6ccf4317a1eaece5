#include "operator/job.h"

#include <stdlib.h>
#include <string.h>

#include "common/backoff.h"
#include "common/clock.h"
#include "common/mem.h"
#include "common/uuid7.h"
#include "operator/print.h"

#define POLL_MS 1000
#define POLL_CAP_MS 10000
#define TICK_MS 1000
#define RUNNING_MS 2000   /* between two questions how far it is, for who sees it */

static void take(struct job *j, const struct xml *el)
{
	row_request_clear(&j->row);
	row_request_read(&j->row, el);
	if (j->row.device == NULL)
		j->row.device = mem_strdup(j->device);
	if (j->row.command == NULL)
		j->row.command = mem_strdup(j->command);
}

static void show(struct job *j, const char *state)
{
	char *what;

	if (!j->progress.on)
		return;
	what = mem_printf("%s %s: %s", j->device, j->command, state);
	progress_show(&j->progress, what);
	free(what);
}

static void show_row(struct job *j)
{
	char *state = j->row.status == NULL ? mem_strdup("submitted") : print_request_state(&j->row);

	show(j, state);
	free(state);
}

static void show_trouble(void *arg, const char *state)
{
	show(arg, state);
}

static int recover(struct job *j, struct fault *f)
{
	return recovery_wait(&j->recovery, j->session, show_trouble, j, f);
}

static int take_submitted(struct job *j, const struct xml *answer, struct fault *f)
{
	const struct xml *el = xml_child(answer, "request", ROW_OPERATION_NS);
	const char *id = xml_get(el, "id");

	if (id == NULL || !uuid7_time(id, NULL)) {
		fault_set(f, EXIT_NO_CONNECTION, "bad-answer", "%s answered without a request's id; "
		          "see that it is a Platen component", j->session->settings.component);
		return f->exit;
	}
	take(j, el);
	recovery_over(&j->recovery, f);
	return 0;
}

int job_submit(struct job *j, struct fault *f)
{
	enum link_result result;
	struct xml *answer;
	int rc;

	progress_begin(&j->progress);
	show(j, "submitting");
	for (;;) {
		result = link_ask(j->session->link, "set", j->payload, SESSION_ASK_MS, &answer, f);
		if (result == LINK_OK) {
			rc = take_submitted(j, answer, f);
			xml_free(answer);
			return rc;
		}
		if (result == LINK_INTERRUPTED)
			return EXIT_INTERRUPTED;
		/* A component that is away at the first try has nothing of ours. */
		if (result == LINK_ERROR && (j->recovery.since == 0 || !fault_is_away(f)))
			return f->exit;
		rc = recover(j, f);
		if (rc != 0)
			return rc;
	}
}

static bool is_open(const struct job *j)
{
	return row_request_exit(&j->row) < 0;
}

static void take_message(struct job *j, const struct xml *message)
{
	const struct xml *el = xml_child(message, "request", ROW_OPERATION_NS);
	const char *id = xml_get(el, "id");

	if (id != NULL && strcmp(id, j->row.id) == 0)
		take(j, el);
}

int job_ask(struct job *j, struct fault *f)
{
	struct xml *answer = NULL;
	const struct xml *el;
	const char *id;
	int rc = session_get_request(j->session, j->row.id, &answer, &el, f);

	if (rc == 0) {
		id = xml_get(el, "id");
		if (id != NULL && strcmp(id, j->row.id) == 0)
			take(j, el);
	}
	xml_free(answer);
	return rc;
}

/* What keeps the component from answering is recovered from: the request is on its disk. */
static int poll_row(struct job *j, struct fault *f)
{
	int rc = job_ask(j, f);

	if (rc == 0)
		recovery_over(&j->recovery, f);
	return rc == EXIT_NO_CONNECTION ? recover(j, f) : rc;
}

static int64_t next_poll(const struct job *j, unsigned *polls)
{
	if (j->progress.on && j->row.running)
		return clock_mono_ms() + RUNNING_MS;
	return clock_mono_ms() + backoff_ms((*polls)++, POLL_MS, POLL_CAP_MS, backoff_random());
}

int job_wait(struct job *j, struct fault *f)
{
	struct link *link = j->session->link;
	struct xml *message;
	unsigned polls = 0;
	int64_t due = next_poll(j, &polls), wait;
	int rc = 0;

	while (rc == 0 && is_open(j)) {
		show_row(j);
		wait = due - clock_mono_ms();
		switch (link_wait(link, wait < TICK_MS ? wait : TICK_MS, &message)) {
		case LINK_OK:
			take_message(j, message);
			xml_free(message);
			break;
		case LINK_INTERRUPTED:
			rc = EXIT_INTERRUPTED;
			break;
		case LINK_LOST:
			rc = recover(j, f);
			due = clock_mono_ms();
			break;
		case LINK_ERROR:
		case LINK_TIMEOUT:
			break;
		}
		if (rc == 0 && is_open(j) && clock_mono_ms() >= due) {
			rc = poll_row(j, f);
			due = next_poll(j, &polls);
		}
	}
	/* What was recovered from is no fault. */
	if (rc == 0)
		fault_clear(f);
	return rc;
}

void job_clear(struct job *j)
{
	progress_clear(&j->progress);
	row_request_clear(&j->row);
}
