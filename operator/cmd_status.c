#include <stdio.h>

#include "common/uuid7.h"
#include "operator/command.h"
#include "operator/json.h"
#include "operator/print.h"
#include "operator/session.h"

/* An open request is no error: 0. */
static int show(const struct session *s, const struct xml *el)
{
	struct row_request row;
	int rc;

	row_request_read(&row, el);
	if (s->json)
		json_print(stdout, json_request(&row));
	else
		print_request(&row, s->terminal, stdout);
	rc = row_request_exit(&row);
	row_request_clear(&row);
	return rc < 0 ? EXIT_OK : rc;
}

int cmd_status(const struct args *a, struct fault *f)
{
	struct xml *answer = NULL;
	const struct xml *request;
	struct session s;
	int rc;

	if (!uuid7_time(a->words[1], NULL)) {
		fault_set(f, EXIT_USAGE, "usage", "'%s' is no request's id", a->words[1]);
		return f->exit;
	}
	rc = session_begin(&s, a, f);
	if (rc == 0)
		rc = session_get_request(&s, a->words[1], &answer, &request, f);
	if (rc == 0)
		rc = show(&s, request);
	xml_free(answer);
	session_end(&s);
	return rc;
}
