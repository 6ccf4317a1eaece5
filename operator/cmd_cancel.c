#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "common/uuid7.h"
#include "operator/command.h"
#include "operator/job.h"
#include "operator/json.h"
#include "operator/print.h"

static char *payload_of(const char *id)
{
	struct xml_writer w = { 0 };

	xml_open(&w, "cancel", ROW_OPERATION_NS);
	xml_attr(&w, "id", id);
	xml_close(&w);
	return xml_take(&w, NULL);
}

static bool is_cancelled(const struct row_request *r)
{
	return r->status != NULL && strcmp(r->status, "cancelled") == 0;
}

/* It is cancelled, or will be: j->row then has its status, and more if that can be had. */
static int take_answer(struct job *j, const char *id, const struct xml *el, struct fault *f)
{
	const char *status = xml_get(el, "status"), *said = xml_get(el, "id");

	if (said == NULL || strcmp(said, id) != 0 || status == NULL ||
	    (strcmp(status, "cancelled") != 0 && strcmp(status, "cancelling") != 0)) {
		fault_set(f, EXIT_NO_CONNECTION, "bad-answer", "%s did not answer whether it is cancelled; "
		          "see that it is a Platen component", j->session->settings.component);
		return f->exit;
	}
	row_request_clear(&j->row);
	row_request_read(&j->row, el);
	if (job_ask(j, f) != 0)
		fault_clear(f);
	return 0;
}

/* The component knows no such request that is open: it may have ended, which is then told. */
static int find_ended(struct job *j, const char *id, struct fault *f)
{
	struct fault asked = { 0 };

	j->row.id = mem_strdup(id);
	if (job_ask(j, &asked) == 0 && row_request_exit(&j->row) >= 0)
		fault_clear(f);
	fault_clear(&asked);
	return EXIT_REFUSED;
}

static int cancel(struct job *j, const char *id, struct fault *f)
{
	char *payload = payload_of(id);
	struct xml *answer = NULL;
	const struct xml *el;
	int rc = session_ask(j->session, "set", payload, "request", ROW_OPERATION_NS, &answer, &el, f);

	if (rc == 0)
		rc = take_answer(j, id, el, f);
	else if (rc == EXIT_REFUSED && strcmp(f->condition, "item-not-found") == 0)
		rc = find_ended(j, id, f);
	xml_free(answer);
	free(payload);
	return rc;
}

/* To its end; what it ended by instead is no success. */
static int wait_for_end(struct job *j, struct fault *f)
{
	char *device = mem_strdup(j->row.device), *command = mem_strdup(j->row.command);
	int rc;

	j->device = device == NULL ? "" : device;
	j->command = command == NULL ? "" : command;
	progress_begin(&j->progress);
	rc = job_wait(j, f);
	progress_clear(&j->progress);
	j->device = j->command = NULL;
	free(device);
	free(command);
	if (rc == EXIT_INTERRUPTED)
		fault_set(f, rc, "interrupted", "the request is being cancelled; 'platen status %s' asks "
		          "for it", j->row.id);
	if (rc != 0)
		return rc;
	return is_cancelled(&j->row) ? EXIT_OK : EXIT_REFUSED;
}

/* The request; and of one that was not cancelled, to people, that it was not. */
static void show(const struct job *j, int rc, struct fault *f)
{
	char *state;

	if (j->session->json) {
		json_print(stdout, json_request(&j->row));
		return;
	}
	print_request(&j->row, j->session->terminal, stdout);
	if (rc == EXIT_OK)
		return;
	fflush(stdout);
	state = print_request_state(&j->row);
	fault_set(f, rc, "ended", "it was not cancelled, it has ended: %s", state);
	free(state);
}

int cmd_cancel(const struct args *a, struct fault *f)
{
	const char *id = a->words[1];
	struct session session = { 0 };
	struct job j = { .session = &session };
	int rc;

	if (!uuid7_time(id, NULL)) {
		fault_set(f, EXIT_USAGE, "usage", "'%s' is no request's id", id);
		return f->exit;
	}
	rc = session_begin(&session, a, f);
	if (rc == 0)
		rc = cancel(&j, id, f);
	if (rc == 0 && a->options[ARGS_WAIT] != NULL)
		rc = wait_for_end(&j, f);
	if ((rc == EXIT_OK || rc == EXIT_REFUSED) && f->condition == NULL)
		show(&j, rc, f);
	job_clear(&j);
	session_end(&session);
	return rc;
}
