#include "operator/campaign_wait.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/mem.h"
#include "common/uuid7.h"
#include "operator/campaign.h"
#include "operator/json.h"
#include "operator/output.h"
#include "operator/row.h"
#include "operator/text.h"

#define POLL_MS 1000
/* On a pipe nobody reads a line a second. */
#define LINE_POLL_MS 5000

/* answer is taken over. False: it tells of no campaign. */
static bool take(struct campaign_wait *cw, struct xml *answer)
{
	const struct xml *el = xml_child(answer, "campaign", ROW_OPERATION_NS);
	const char *id = xml_get(el, "id");

	if (id == NULL || !uuid7_time(id, NULL) || (cw->id != NULL && strcmp(cw->id, id) != 0)) {
		xml_free(answer);
		return false;
	}
	xml_free(cw->answer);
	cw->answer = answer;
	cw->campaign = el;
	if (cw->id == NULL)
		cw->id = mem_strdup(id);
	return true;
}

static void show_trouble(void *arg, const char *state)
{
	struct campaign_wait *cw = arg;

	progress_show(&cw->progress, state);
}

static int recover(struct campaign_wait *cw, struct fault *f)
{
	return recovery_wait(&cw->recovery, cw->session, show_trouble, cw, f);
}

int campaign_wait_start(struct campaign_wait *cw, struct fault *f)
{
	enum link_result result;
	struct xml *answer;
	int rc;

	progress_begin(&cw->progress);
	for (;;) {
		progress_show(&cw->progress, "starting");
		result = link_ask(cw->session->link, "set", cw->payload, SESSION_ASK_MS, &answer, f);
		if (result == LINK_INTERRUPTED)
			return EXIT_INTERRUPTED;
		if (result == LINK_OK) {
			recovery_over(&cw->recovery, f);
			if (take(cw, answer))
				return 0;
			fault_set(f, EXIT_NO_CONNECTION, "bad-answer", "%s answered without a campaign's id; "
			          "see that it is a Platen component", cw->session->settings.component);
			return f->exit;
		}
		/* A component that is away at the first try has nothing of ours. */
		if (result == LINK_ERROR && (cw->recovery.since == 0 || !fault_is_away(f)))
			return f->exit;
		if ((rc = recover(cw, f)) != 0)
			return rc;
	}
}

static void show_bar(struct campaign_wait *cw)
{
	char *text;

	if (!cw->progress.on)
		return;
	text = campaign_progress_bar(cw->campaign);
	progress_show(&cw->progress, text);
	free(text);
}

static void say(const struct campaign_wait *cw, const char *text)
{
	char *clean = text_clean(text);

	if (cw->session->json)
		json_print(stdout, campaign_json(cw->campaign, NULL));
	else if (!cw->progress.on && campaign_is_open(cw->campaign))
		puts(clean);
	free(clean);
}

/* Only what has changed is said again. As output_status(). */
static int show(struct campaign_wait *cw, struct fault *f)
{
	char *text = campaign_progress_text(cw->campaign);
	bool is_news = cw->said == NULL || strcmp(cw->said, text) != 0;

	show_bar(cw);
	free(cw->said);
	cw->said = text;
	if (!is_news)
		return 0;
	say(cw, text);
	return output_status(f);
}

/* Without its members. What keeps the component from answering is recovered from. */
static int poll_it(struct campaign_wait *cw, struct fault *f)
{
	struct xml *answer = NULL;
	const struct xml *el;
	char *payload = mem_printf("<campaign xmlns='%s' id='%s'><set xmlns='http://jabber.org/protocol/rsm'>"
	                           "<max>0</max></set></campaign>", ROW_OPERATION_NS, cw->id);
	int rc = session_get(cw->session, payload, "campaign", &answer, &el, f);

	free(payload);
	if (rc == 0) {
		take(cw, answer);
		recovery_over(&cw->recovery, f);
		return 0;
	}
	xml_free(answer);
	return rc == EXIT_NO_CONNECTION ? recover(cw, f) : rc;
}

/* The end is told, too; whatever else comes is no news. */
static int wait_for_news(struct campaign_wait *cw, int64_t until, struct fault *f)
{
	struct xml *message;

	for (;;) {
		int64_t left = until - clock_mono_ms();

		switch (link_wait(cw->session->link, left > 0 ? left : 0, &message)) {
		case LINK_OK:
			if (take(cw, message))
				return 0;
			break;
		case LINK_INTERRUPTED:
			return EXIT_INTERRUPTED;
		case LINK_LOST:
			return recover(cw, f);
		case LINK_ERROR:
		case LINK_TIMEOUT:
			return 0;
		}
	}
}

int campaign_wait_end(struct campaign_wait *cw, struct fault *f)
{
	int64_t poll = cw->progress.on ? POLL_MS : LINE_POLL_MS;
	int rc = 0;

	for (;;) {
		if ((rc = show(cw, f)) != 0)
			return rc;
		if (!campaign_is_open(cw->campaign))
			break;
		if ((rc = wait_for_news(cw, clock_mono_ms() + poll, f)) != 0)
			return rc;
		if (campaign_is_open(cw->campaign) && (rc = poll_it(cw, f)) != 0)
			return rc;
	}
	fault_clear(f);
	return 0;
}

void campaign_wait_clear(struct campaign_wait *cw)
{
	progress_clear(&cw->progress);
	xml_free(cw->answer);
	free(cw->id);
	free(cw->said);
}
