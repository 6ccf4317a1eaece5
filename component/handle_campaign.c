/* Operators start campaigns, and order what becomes of them. */
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/conf.h"
#include "common/log.h"
#include "common/mem.h"
#include "component/campaign_read.h"
#include "component/campaign_run.h"
#include "component/campaign_table.h"
#include "component/campaign_token.h"
#include "component/campaign_units.h"
#include "component/campaign_view.h"
#include "component/handle.h"
#include "component/page.h"
#include "component/rights.h"
#include "component/unit_count.h"

#define LOG_MODULE "campaign"

static struct reply missing_right(const char *what, unsigned missing, const char *unit)
{
	return reply_own("forbidden", "missing-right", unit_right_name(missing),
	                 mem_printf("%s needs the right \"%s\" in %s%s", what, unit_right_name(missing),
	                            unit == NULL ? "some unit" : "unit ", unit == NULL ? "" : unit));
}

/* Starting. */

static bool is_within_bounds(struct component *c, const char *operator_, size_t n,
                             struct reply *reply)
{
	if (n == 0)
		*reply = reply_own("item-not-found", "no-devices", NULL,
		                   mem_strdup("no device that is to be asked fits the selection"));
	else if (n > CAMPAIGN_MEMBERS_MAX)
		*reply = reply_limit("campaign-members",
		                     mem_printf("%zu devices are too many for one campaign", n));
	else if (c->campaigns.n_members + n > CAMPAIGNS_MEMBERS_MAX)
		*reply = reply_limit("campaign-members",
		                     mem_printf("%zu devices are too many beside the %zu of campaigns that "
		                                "are not over", n, c->campaigns.n_members));
	else if (campaigns_live(&c->campaigns, operator_) >= CAMPAIGNS_OPERATOR)
		*reply = reply_limit("campaigns-per-operator",
		                     mem_printf("%s has started %d campaigns that have not ended", operator_,
		                                CAMPAIGNS_OPERATOR));
	else if (campaigns_live(&c->campaigns, NULL) >= CAMPAIGNS_MAX)
		*reply = reply_limit("campaigns", mem_printf("%d campaigns have not ended", CAMPAIGNS_MAX));
	else if (!store_has_room(c->store))
		*reply = reply_limit("disk", mem_strdup("the component's disk has no room"));
	else
		return true;
	return false;
}

static struct reply start(struct call *call, struct xml_writer *w, struct campaign_order *o,
                          const struct campaign_selected *s)
{
	struct component *c = call->c;
	char id[UUID7_STRING], *lines;
	struct unit_count *units = NULL;
	struct campaign *k;
	struct reply reply;

	if (!is_within_bounds(c, call->bare, s->n, &reply))
		return reply;
	uuid7_next(clock_wall_ms(), id);
	if (!campaign_table_ready(c, id))
		return reply_error("internal-server-error",
		                   mem_strdup("the component cannot use the campaign's files"));
	for (size_t i = 0; i < s->n; i++)
		unit_count_add(&units, device_text(s->devices[i], DEV_UNIT), s->devices[i]->online);
	lines = unit_count_lines(units);
	record_text(&o->rec, CAMP_ID, id);
	record_text(&o->rec, CAMP_UNITS, lines);
	campaign_token_add(c, o->rec.values);
	k = campaign_run_start(c, &o->rec, s->devices, s->n);
	mem_set(&call->audit.request, id);
	if (HASH_COUNT(units) == 1)
		mem_set(&call->audit.unit, units->name);
	call->audit.text = mem_printf("start, %zu device%s", s->n, s->n == 1 ? "" : "s");
	log_info("campaign id=%s command=%s operator=%s members=%zu", id, o->command->name, call->bare,
	         s->n);
	free(lines);
	unit_count_free(&units);
	campaign_view(w, k);
	return (struct reply){ .kind = REPLY_RESULT, .ticket = k->ticket };
}

/* The same token came before. */
static struct reply repeat(struct call *call, struct xml_writer *w, const struct token *t, bool same)
{
	struct campaign *k = same ? campaign_run_find(call->c, t->id) : NULL;

	mem_set(&call->audit.request, t->id);
	if (k == NULL)
		return reply_own("conflict", "token-used", NULL,
		                 mem_printf("this token was used for something else, %s", t->id));
	campaign_view(w, k);
	return (struct reply){ .kind = REPLY_RESULT, .ticket = k->ticket };
}

/* It looks at all devices. */
static bool is_within_rate(struct call *call)
{
	int64_t now = clock_mono_ms();
	struct bucket *b = &quota_of(&call->c->quotas, call->bare, call->c->config.submits_operator,
	                             now)->questions;
	bool has = bucket_has(b, QUOTA_QUESTIONS, now);

	if (has)
		bucket_take(b);
	return has;
}

static unsigned missing_where(const struct call *call, const struct campaign_order *o, unsigned needs)
{
	char **units = units_with_rights(call->c->units, call->bare, needs);
	bool anywhere = *units != NULL;

	conf_list_free(units);
	if (o->select.unit != NULL)
		return needs & ~units_rights(call->c->units, call->bare, o->select.unit);
	return anywhere ? 0 : needs & ~RIGHT_VIEW;
}

static struct reply start_or_try(struct call *call, struct xml_writer *w, struct campaign_order *o)
{
	unsigned needs = campaign_run_needs(call->c, o->command->name);
	unsigned missing = missing_where(call, o, needs);
	struct campaign_selected selected;
	const struct token *t = NULL;
	struct reply reply = { .kind = REPLY_RESULT };
	bool same = false;
	char *wrong;

	if (missing != 0)
		return missing_right(o->command->name, missing, o->select.unit);
	if (!o->dry_run)
		t = campaign_token_find(call->c, o->rec.values, &same);
	if (t != NULL)
		return repeat(call, w, t, same);
	if (!is_within_rate(call))
		return reply_limit("queries", quota_questions_text(call->bare));
	campaign_select_run(&o->select, call->c, call->bare, needs, &selected);
	wrong = selected.n == 0 ? NULL : command_check_arguments(
		command_of(selected.devices[0], o->command->name), call->payload);
	if (wrong != NULL) {
		reply = reply_error("bad-request", wrong);
	} else if (o->dry_run) {
		campaign_view_dry(w, o->command->name, &selected);
		call->audit.text = mem_printf("dry run, %zu devices", selected.n);
	} else {
		reply = start(call, w, o, &selected);
	}
	free(selected.devices);
	return reply;
}

/* Orders. */

static const struct order {
	const char *name;
	bool (*run)(struct component *c, struct campaign *k, const char *by);
} orders[] = {
	{ "pause", campaign_run_pause }, { "resume", campaign_run_resume },
	{ "cancel", campaign_run_cancel }, { "retry", campaign_run_retry },
};
#define ORDERS (sizeof orders / sizeof *orders)

static const struct order *find_order(const struct xml *el, char **wrong)
{
	static const char *const known[] = { "id", "action", NULL };
	const char *unknown = page_unknown_filter(el, known), *action = xml_get(el, "action");
	size_t i = 0;

	*wrong = unknown == NULL ? NULL : mem_printf("unknown attribute \"%.64s\"", unknown);
	if (*wrong == NULL && xml_first(el) != NULL)
		*wrong = mem_printf("unknown element <%.64s/>", xml_first(el)->name);
	while (*wrong == NULL && i < ORDERS && (action == NULL || strcmp(orders[i].name, action) != 0))
		i++;
	if (i == ORDERS)
		*wrong = mem_strdup("the action is pause, resume, cancel or retry");
	return &orders[i];
}

static struct reply run_order(struct call *call, struct xml_writer *w, const struct order *o,
                              struct campaign *k)
{
	struct component *c = call->c;
	size_t waiting;

	if (!store_has_room(c->store))
		return reply_limit("disk", mem_strdup("the component's disk has no room"));
	if (!campaign_table_ready(c, k->id) || !campaign_table_members(c, k))
		return reply_error("internal-server-error",
		                   mem_strdup("the component cannot use the campaign's files"));
	waiting = k->counts[MEMBER_WAITING];
	if (!o->run(c, k, call->bare))
		return reply_own("conflict", "campaign-ended", NULL,
		                 mem_printf("the campaign is %s", campaign_status_name(k->status)));
	call->audit.text = mem_strdup(o->name);
	if (o->run == campaign_run_retry)
		campaign_view_retried(w, k, k->counts[MEMBER_WAITING] - waiting);
	else
		campaign_view(w, k);
	return (struct reply){ .kind = REPLY_RESULT, .ticket = k->ticket };
}

static struct reply give_order(struct call *call, struct xml_writer *w)
{
	const char *id = xml_get(call->payload, "id");
	char *wrong, *where;
	const struct order *o = find_order(call->payload, &wrong);
	const struct units *units = call->c->units;
	struct campaign *k;
	struct reply reply;
	unsigned missing;

	if (wrong != NULL)
		return reply_error("bad-request", wrong);
	mem_set(&call->audit.request, uuid7_time(id, NULL) ? id : NULL);
	k = campaign_run_find(call->c, id);
	if (k == NULL || campaign_units_missing(k, units, call->bare,
	                                        rights_needed(RIGHTS_QUESTION, "requests"), NULL) != 0)
		return campaign_unknown(id);
	mem_set(&call->audit.command, k->columns[CAMP_COMMAND]);
	if (strchr(k->columns[CAMP_UNITS], '\n') == NULL)
		mem_set(&call->audit.unit, k->columns[CAMP_UNITS]);
	missing = campaign_units_missing(k, units, call->bare,
	                                 campaign_run_needs(call->c, k->columns[CAMP_COMMAND]), &where);
	reply = missing != 0 ? missing_right(k->columns[CAMP_COMMAND], missing, where)
	                     : run_order(call, w, o, k);
	free(where);
	return reply;
}

struct reply handle_campaign(struct call *call, struct xml_writer *w)
{
	struct stanza_error error = { 0 };
	struct campaign_order order;
	struct reply reply;

	if (xml_get(call->payload, "id") != NULL)
		return give_order(call, w);
	if (campaign_order_read(&order, call, &error))
		reply = start_or_try(call, w, &order);
	else
		reply = (struct reply){ .kind = REPLY_ERROR, .error = error };
	campaign_order_clear(&order);
	return reply;
}
