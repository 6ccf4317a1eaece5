#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/mem.h"
#include "common/uuid7.h"
#include "operator/command.h"
#include "operator/job.h"
#include "operator/json.h"
#include "operator/print.h"
#include "operator/submit.h"

/* Which right a command needs that is not configured otherwise. */
static const char *right_for(const char *command)
{
	static const char *const by_request[] = { "identify", "print", "scan" };

	if (strncmp(command, "get-", 4) == 0)
		return "request";
	for (size_t i = 0; i < sizeof by_request / sizeof *by_request; i++) {
		if (strcmp(command, by_request[i]) == 0)
			return "request";
	}
	return "configure";
}

/* Says how what was begun can be gone on with. */
static void explain(const struct job *j, const char *token, int rc, struct fault *f)
{
	char *text = mem_strdup(f->text), *condition = mem_strdup(f->condition);

	if (rc == EXIT_INTERRUPTED && j->row.id != NULL)
		fault_set(f, rc, "interrupted", "the request goes on; 'platen status %s' asks for it, "
		          "'platen cancel %s' cancels it", j->row.id, j->row.id);
	else if (rc == EXIT_INTERRUPTED)
		fault_set(f, rc, "interrupted", "the component had not answered; the same command "
		          "with --token %s asks once", token);
	else if (rc == EXIT_NO_CONNECTION && j->row.id != NULL)
		fault_set(f, rc, condition, "%s; the request goes on: 'platen status %s' asks for it",
		          text, j->row.id);
	else if (rc == EXIT_NO_CONNECTION && j->recovery.since != 0)
		fault_set(f, rc, condition, "%s; the same command with --token %s asks once", text, token);
	else if (condition != NULL && strcmp(condition, "forbidden") == 0)
		fault_set(f, rc, condition, "%s (%s needs '%s' or a right of its own)", text,
		          j->command, right_for(j->command));
	free(condition);
	free(text);
}

static void show(const struct job *j, bool whole)
{
	if (j->session->json)
		json_print(stdout, json_request(&j->row));
	else if (whole)
		print_request(&j->row, j->session->terminal, stdout);
	else
		puts(j->row.id);
}

static int run(struct job *j, const struct args *a, struct fault *f)
{
	bool wait = a->options[ARGS_NO_WAIT] == NULL;
	int rc = session_begin(j->session, a, f);

	if (rc != 0)
		return rc;
	rc = job_submit(j, f);
	if (rc == 0 && wait)
		rc = job_wait(j, f);
	progress_clear(&j->progress);
	if (rc != 0)
		return rc;
	show(j, wait);
	return wait ? row_request_exit(&j->row) : EXIT_OK;
}

int cmd_request(const struct args *a, struct fault *f)
{
	const char *token = a->options[ARGS_TOKEN];
	char *payload, made[UUID7_STRING];
	struct session session = { 0 };
	struct job j = { .session = &session, .device = a->words[1], .command = a->words[2] };
	int rc;

	if (token == NULL) {
		uuid7_next(clock_wall_ms(), made);
		token = made;
	}
	payload = submit_payload(a, token, f);
	if (payload == NULL)
		return f->exit;
	j.payload = payload;
	rc = run(&j, a, f);
	if (rc == EXIT_INTERRUPTED || f->condition != NULL)
		explain(&j, token, rc, f);
	job_clear(&j);
	session_end(&session);
	free(payload);
	return rc;
}
