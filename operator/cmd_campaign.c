/* campaign: start, list, show, pause, resume, cancel, retry. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/mem.h"
#include "common/uuid7.h"
#include "operator/campaign.h"
#include "operator/campaign_wait.h"
#include "operator/command.h"
#include "operator/json.h"
#include "operator/list.h"
#include "operator/output.h"
#include "operator/row.h"

#define RSM_NS "http://jabber.org/protocol/rsm"

static void show_head(const struct session *s, const struct xml *el)
{
	if (s->json)
		json_print(stdout, campaign_json(el, NULL));
	else
		campaign_print(el, stdout);
}

/* start */

/* Says how what was begun can be gone on with. */
static void explain(const struct campaign_wait *cw, const char *token, int rc, struct fault *f)
{
	char *text = mem_strdup(f->text), *condition = mem_strdup(f->condition);

	if (rc == EXIT_INTERRUPTED && cw->id != NULL)
		fault_set(f, rc, "interrupted", "the campaign goes on; 'platen campaign show %s' asks for "
		          "it, 'platen campaign cancel %s' ends it", cw->id, cw->id);
	else if (rc == EXIT_INTERRUPTED)
		fault_set(f, rc, "interrupted", "the component had not answered; the same command "
		          "with --token %s starts it once", token);
	else if (cw->id != NULL && (rc == EXIT_NO_CONNECTION || strcmp(condition, "output") == 0))
		fault_set(f, rc, condition, "%s; the campaign goes on: 'platen campaign show %s' asks for it",
		          text, cw->id);
	else if (rc == EXIT_NO_CONNECTION && cw->recovery.since != 0)
		fault_set(f, rc, condition, "%s; the same command with --token %s starts it once", text,
		          token);
	free(condition);
	free(text);
}

static int start_and_wait(struct campaign_wait *cw, const struct args *a, struct fault *f)
{
	bool wait = a->options[ARGS_NO_WAIT] == NULL;
	int rc = session_begin(cw->session, a, f);

	if (rc == 0)
		rc = campaign_wait_start(cw, f);
	if (rc == 0 && wait)
		rc = campaign_wait_end(cw, f);
	progress_clear(&cw->progress);
	if (rc != 0)
		return rc;
	if (!wait && !cw->session->json)
		puts(cw->id);
	else if (!wait || !cw->session->json)
		show_head(cw->session, cw->campaign);
	return wait ? campaign_exit(cw->campaign) : EXIT_OK;
}

static int ask_dry(struct campaign_wait *cw, const struct args *a, struct fault *f);

static int run_start(const struct args *a, struct fault *f)
{
	const char *token = a->options[ARGS_TOKEN];
	char made[UUID7_STRING], *payload;
	struct session session = { 0 };
	struct campaign_wait cw = { .session = &session };
	int rc;

	if (token == NULL) {
		uuid7_next(clock_wall_ms(), made);
		token = made;
	}
	cw.payload = payload = campaign_payload(a, token, f);
	if (payload == NULL)
		return f->exit;
	rc = a->options[ARGS_DRY_RUN] != NULL ? ask_dry(&cw, a, f) : start_and_wait(&cw, a, f);
	if (rc == EXIT_INTERRUPTED || f->condition != NULL)
		explain(&cw, token, rc, f);
	campaign_wait_clear(&cw);
	session_end(&session);
	free(payload);
	return rc == OUTPUT_GONE ? EXIT_OK : rc;
}

/* show, and what a dry run says: the campaign and pages of its members. */

struct showing {
	struct session *session;
	struct grid grid;
	json_t *devices;
	char *after;
	bool headed, more;
};

static bool take_last(struct showing *s, const struct xml *el)
{
	const struct xml *set = xml_child(el, "set", RSM_NS);
	const char *last = xml_text_of(xml_child(set, "last", RSM_NS)), *more = xml_get(el, "more");

	if (more == NULL || strcmp(more, "true") != 0 || *last == '\0' ||
	    (s->after != NULL && strcmp(s->after, last) == 0))
		return false;
	mem_set(&s->after, last);
	return true;
}

/* Of JSON there is one object, at the end. */
static void take_page(struct showing *s, const struct xml *el)
{
	const struct xml *m = xml_child(el, "member", ROW_OPERATION_NS);

	if (!s->session->json && !s->headed)
		campaign_print(el, stdout);
	if (!s->headed && m != NULL && !s->session->json)
		putchar('\n');
	s->headed = true;
	for (; m != NULL; m = xml_again(m, "member", ROW_OPERATION_NS)) {
		if (s->session->json)
			json_array_append_new(s->devices, campaign_member_json(m));
		else
			campaign_member_cells(m, &s->grid);
	}
	if (s->grid.n_cells > 0)
		grid_print(&s->grid, "", stdout);
	s->more = take_last(s, el);
	if (!s->more && s->session->json) {
		json_print(stdout, campaign_json(el, s->devices));
		s->devices = NULL;
	}
}

static void begin_showing(struct showing *s, struct session *session)
{
	*s = (struct showing){ .session = session, .more = true, .devices = json_array(),
	                       .grid = { .columns = campaign_member_columns,
	                                 .n_columns = sizeof campaign_member_columns /
	                                              sizeof *campaign_member_columns } };
}

static void end_showing(struct showing *s)
{
	json_decref(s->devices);
	grid_clear(&s->grid);
	free(s->after);
}

static int ask_dry(struct campaign_wait *cw, const struct args *a, struct fault *f)
{
	struct xml *answer = NULL;
	const struct xml *el;
	struct showing s;
	int rc = session_begin(cw->session, a, f);

	if (rc == 0)
		rc = session_ask(cw->session, "set", cw->payload, "campaign", ROW_OPERATION_NS, &answer, &el,
		                 f);
	if (rc == 0) {
		begin_showing(&s, cw->session);
		take_page(&s, el);
		end_showing(&s);
	}
	xml_free(answer);
	return rc;
}

static char *page_payload(const char *id, const char *after)
{
	struct xml_writer w = { 0 };

	xml_open(&w, "campaign", ROW_OPERATION_NS);
	xml_attr(&w, "id", id);
	xml_open(&w, "set", RSM_NS);
	xml_element(&w, "max", RSM_NS, "100");
	if (after != NULL)
		xml_element(&w, "after", RSM_NS, after);
	xml_close(&w);
	xml_close(&w);
	return xml_take(&w, NULL);
}

/* Each page: 0, or the exit status; *end: what the campaign's means. */
static int next_page(struct showing *s, const char *id, int *end, struct fault *f)
{
	char *payload = page_payload(id, s->after);
	struct xml *answer = NULL;
	const struct xml *el;
	int rc = session_get(s->session, payload, "campaign", &answer, &el, f);

	free(payload);
	if (rc == 0) {
		take_page(s, el);
		*end = campaign_exit(el);
		rc = output_status(f);
	}
	xml_free(answer);
	return rc;
}

static int run_show(const struct args *a, struct fault *f)
{
	struct session session;
	struct showing s;
	int rc = session_begin(&session, a, f), end = EXIT_OK;

	begin_showing(&s, &session);
	while (rc == 0 && s.more)
		rc = next_page(&s, a->words[2], &end, f);
	end_showing(&s);
	session_end(&session);
	return rc == 0 || rc == OUTPUT_GONE ? end : rc;
}

/* To people; of JSON it is a key. */
static void say_whether_retried(const struct session *s, const struct xml *el)
{
	int64_t n;

	if (!s->json && xml_get_int(el, "retried", &n) && n == 0)
		fputs("platen: nothing to ask again\n", stderr);
}

/* pause, resume, cancel, retry: the word is the action. */
static int run_order(const struct args *a, struct fault *f)
{
	char *payload = mem_printf("<campaign xmlns='%s' id='%s' action='%s'/>", ROW_OPERATION_NS,
	                           a->words[2], a->words[1]);
	struct xml *answer = NULL;
	const struct xml *el;
	struct session s;
	int rc = session_begin(&s, a, f);

	if (rc == 0)
		rc = session_ask(&s, "set", payload, "campaign", ROW_OPERATION_NS, &answer, &el, f);
	if (rc == 0) {
		show_head(&s, el);
		say_whether_retried(&s, el);
	}
	xml_free(answer);
	session_end(&s);
	free(payload);
	return rc;
}

/* list */

static void print_json(const struct xml *el)
{
	json_print(stdout, campaign_json(el, NULL));
}

static int run_list(const struct args *a, struct fault *f)
{
	static const struct list_filter filters[] = {
		{ "id", LIST_TEXT }, { "status", LIST_CAMPAIGN_STATUS }, { "command", LIST_TEXT },
		{ "operator", LIST_TEXT }, { "since", LIST_TIME }, { "until", LIST_TIME },
		{ "order", LIST_ORDER }, { NULL, LIST_TEXT },
	};
	static const struct list campaigns = {
		.query = { "campaigns", filters }, .row = "campaign", .row_ns = ROW_OPERATION_NS,
		.json = print_json, .cells = campaign_cells, .columns = campaign_columns,
		.n_columns = sizeof campaign_columns / sizeof *campaign_columns, .nothing = "No campaign.",
	};
	struct args words = *a;

	words.words++;
	words.n_words--;
	return list_run(&campaigns, &words, f);
}

/* The table. */

#define START_OPTIONS (ARGS_BIT(ARGS_TIMEOUT) | ARGS_BIT(ARGS_ATTEMPTS) | ARGS_BIT(ARGS_EXPIRES) | \
                       ARGS_BIT(ARGS_TOKEN) | ARGS_BIT(ARGS_NO_WAIT) | ARGS_BIT(ARGS_WHERE) | \
                       ARGS_BIT(ARGS_NAME) | ARGS_BIT(ARGS_RATE) | ARGS_BIT(ARGS_GROWTH) | \
                       ARGS_BIT(ARGS_RATE_MAX) | ARGS_BIT(ARGS_ABORT) | \
                       ARGS_BIT(ARGS_ABORT_AFTER) | ARGS_BIT(ARGS_DRY_RUN))

static const struct verb {
	const char *name, *words;
	unsigned options;
	size_t min, max;              /* words behind it */
	bool has_id;
	int (*run)(const struct args *a, struct fault *f);
} verbs[] = {
	{ "start", "COMMAND [KEY=VALUE...] --where KEY=VALUE...", START_OPTIONS, 1, SIZE_MAX, false,
	  run_start },
	{ "list", "[KEY=VALUE...]", ARGS_BIT(ARGS_LIMIT), 0, SIZE_MAX, false, run_list },
	{ "show", "ID", 0, 1, 1, true, run_show },
	{ "pause", "ID", 0, 1, 1, true, run_order },
	{ "resume", "ID", 0, 1, 1, true, run_order },
	{ "cancel", "ID", 0, 1, 1, true, run_order },
	{ "retry", "ID", 0, 1, 1, true, run_order },
};

int cmd_campaign(const struct args *a, struct fault *f)
{
	const struct verb *v = verbs, *end = verbs + sizeof verbs / sizeof *verbs;
	size_t words = a->n_words - 2;
	char *why;

	while (v < end && strcmp(v->name, a->words[1]) != 0)
		v++;
	if (v == end)
		fault_set(f, EXIT_USAGE, "usage", "campaign start, list, show, pause, resume, cancel or retry, "
		          "not '%s'", a->words[1]);
	else if (words < v->min || words > v->max)
		fault_set(f, EXIT_USAGE, "usage", "platen campaign %s %s", v->name, v->words);
	else if (v->has_id && !uuid7_time(a->words[2], NULL))
		fault_set(f, EXIT_USAGE, "usage", "'%s' is no campaign's id", a->words[2]);
	else if ((why = args_check_allowed(a, ARGS_COMMON | v->options)) != NULL) {
		fault_set(f, EXIT_USAGE, "usage", "%s", why);
		free(why);
	} else {
		return v->run(a, f);
	}
	return f->exit;
}
