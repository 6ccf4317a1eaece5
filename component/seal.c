#define LOG_MODULE "seal"
#include "component/seal.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/mem.h"
#include "component/audit.h"
#include "component/campaign_table.h"
#include "component/days.h"
#include "component/journal.h"
#include "component/survey.h"

#define FIRST_MS 1000

struct seal {
	struct component *c;
	struct deadline next;
	uv_work_t work;
	struct survey survey;
	size_t folder;               /* of the survey */
	size_t day;                  /* among its unsealed ones: the one that is sealed next */
	bool was_tidied;
	char name[DAYS_NAME];        /* what is being sealed */
	int64_t begun;               /* monotonic ms */
};

static const struct {
	const char *name;
	const struct table_schema *schema;
	size_t keep;                 /* its place in the configuration */
} folders[] = {
	{ JOURNAL_FOLDER, &request_schema, offsetof(struct config, keep_requests) },
	{ CAMPAIGN_FOLDER, &campaign_schema, offsetof(struct config, keep_requests) },
	{ AUDIT_FOLDER, &audit_schema, offsetof(struct config, keep_audit) },
};
#define FOLDERS (sizeof folders / sizeof *folders)

static void begin_survey(struct seal *s);

static void wait_until(struct seal *s, int64_t ms)
{
	deadline_set(&s->c->deadlines, &s->next, clock_mono_ms() + ms);
}

static void end_survey(struct seal *s)
{
	survey_clear(&s->survey);
	if (++s->folder < FOLDERS) {
		begin_survey(s);
		return;
	}
	s->folder = 0;
	s->was_tidied = true;
	wait_until(s, SEAL_INTERVAL_MS);
}

static void seal_next(struct seal *s);

static void on_sealed(void *arg, int rc)
{
	struct seal *s = arg;

	if (rc == 0) {
		s->c->stats.days_sealed++;
		log_info("sealed table=%s ms=%lld", s->name, (long long)(clock_mono_ms() - s->begun));
	} else {
		s->c->stats.days_not_sealed++;
	}
	seal_next(s);
}

/* A clock that went back may have brought a request to a day since the survey, and a campaign
 * may go on. Of audit rows each is all there is of it. */
static bool is_live(const struct seal *s, int64_t midnight)
{
	if (folders[s->folder].schema == &campaign_schema)
		return campaigns_have_day(&s->c->campaigns, midnight);
	return folders[s->folder].schema == &request_schema &&
	       request_has_day(&s->c->requests, midnight);
}

static void seal_next(struct seal *s)
{
	while (s->day < s->survey.n_unsealed) {
		int64_t midnight = s->survey.unsealed[s->day++];

		if (is_live(s, midnight))
			continue;
		days_name(folders[s->folder].name, midnight, s->name);
		s->begun = clock_mono_ms();
		if (store_compact_name(s->c->store, s->name, folders[s->folder].schema, on_sealed,
		                       s) == 0)
			return;
	}
	end_survey(s);
}

static void survey_work(uv_work_t *work)
{
	struct seal *s = work->data;

	survey_run(&s->survey);
}

static void survey_done(uv_work_t *work, int status)
{
	struct seal *s = work->data;

	if (s->c->stopping)
		return;
	s->day = 0;
	if (status == 0)
		seal_next(s);
	else
		end_survey(s);
}

static void begin_survey(struct seal *s)
{
	struct component *c = s->c;
	struct survey *v = &s->survey;

	v->data_directory = c->config.data_directory;
	v->folder = folders[s->folder].name;
	v->schema = folders[s->folder].schema;
	v->now = clock_wall_ms();
	v->keep = *(int64_t *)((char *)&c->config + folders[s->folder].keep);
	v->has_tables = v->schema == &campaign_schema;
	v->tidy = !s->was_tidied;
	if (v->schema == &request_schema)
		v->n_live = request_days(&c->requests, &v->live);
	else if (v->schema == &campaign_schema)
		v->n_live = campaigns_days(&c->campaigns, &v->live);
	uv_queue_work(c->loop, &s->work, survey_work, survey_done);
}

static void on_deadline(struct deadline *d)
{
	begin_survey((struct seal *)((char *)d - offsetof(struct seal, next)));
}

struct seal *seal_new(struct component *c)
{
	struct seal *s = mem_zero(1, sizeof *s);

	s->c = c;
	s->work.data = s;
	s->next.fire = on_deadline;
	wait_until(s, FIRST_MS);
	return s;
}

void seal_free(struct seal *s)
{
	if (s == NULL)
		return;
	deadline_clear(&s->c->deadlines, &s->next);
	survey_clear(&s->survey);
	free(s);
}
