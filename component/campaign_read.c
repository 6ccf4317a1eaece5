#include "component/campaign_read.h"

#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/mem.h"
#include "component/arguments.h"
#include "component/campaign.h"
#include "component/page.h"

#define TEXT_MAX 128
#define RATE 60
#define RATE_MAX 6000
#define ABORT 50
#define ABORT_AFTER 20

static const struct number {
	const char *name;
	enum campaign_column column;
	int64_t min, max;
} numbers[] = {
	{ "rate", CAMP_RATE, 1, ROLLOUT_RATE_MAX },
	{ "rate-max", CAMP_RATE_MAX, 1, ROLLOUT_RATE_MAX },
	{ "abort", CAMP_ABORT, 0, 100 },
	{ "abort-after", CAMP_ABORT_AFTER, 1, CAMPAIGN_MEMBERS_MAX },
	{ "timeout", CAMP_TIMEOUT, 1, 86400 },
	{ "attempts", CAMP_ATTEMPTS, 1, 100 },
	{ "expires", CAMP_EXPIRES, 1, 2592000 },
};
enum { N_RATE, N_RATE_MAX, N_ABORT, N_ABORT_AFTER, N_TIMEOUT, N_ATTEMPTS, N_EXPIRES, NUMBERS };

/* What is not known could change the meaning: it is refused. */
static char *check_children(const struct xml *el)
{
	const struct xml *select = xml_child(el, "select", NS_OPERATION);
	unsigned n = 0;
	char *wrong = NULL;

	if (select == NULL || xml_again(select, "select", NS_OPERATION) != NULL)
		return mem_strdup("a campaign has one <select/>");
	if (xml_first(select) != NULL)
		return mem_printf("unknown element <%.64s/>", xml_first(select)->name);
	for (const struct xml *child = xml_first(el); child != NULL && wrong == NULL;
	     child = xml_following(child)) {
		if (child != select)
			wrong = arguments_check(el, child, ++n);
	}
	return wrong;
}

static bool is_text(const char *text)
{
	return text == NULL || (*text != '\0' && strlen(text) <= TEXT_MAX);
}

static char *check_shape(const struct xml *el)
{
	static const char *const known[] = { "command", "name", "rate", "growth", "rate-max", "abort",
	                                     "abort-after", "timeout", "attempts", "expires", "token",
	                                     "dry-run", NULL };
	const char *unknown = page_unknown_filter(el, known), *dry_run = xml_get(el, "dry-run");

	if (unknown != NULL)
		return mem_printf("unknown attribute \"%.64s\"", unknown);
	if (xml_get(el, "command") == NULL)
		return mem_strdup("a campaign names a command");
	if (!is_text(xml_get(el, "token")))
		return mem_printf("a token has 1 to %d bytes", TEXT_MAX);
	if (!is_text(xml_get(el, "name")))
		return mem_printf("a campaign's name has 1 to %d bytes", TEXT_MAX);
	if (dry_run != NULL && strcmp(dry_run, "true") != 0 && strcmp(dry_run, "false") != 0)
		return mem_strdup("dry-run is true or false");
	return check_children(el);
}

static char *read_growth(struct campaign_order *o, const struct xml *el)
{
	const char *text = xml_get(el, "growth");
	int64_t growth = 1000;

	if (text != NULL && (!rollout_parse(text, &growth) || growth < 1000 || growth > 10000))
		return mem_strdup("growth is no number from 1 to 10 with up to three decimals");
	record_text(&o->rec, CAMP_GROWTH, rollout_text(growth, o->growth));
	return NULL;
}

/* Each attribute within its bounds, or what is assumed where it is absent. */
static char *read_numbers(struct campaign_order *o, const struct xml *el)
{
	int64_t values[NUMBERS] = {
		[N_RATE] = RATE, [N_ABORT] = ABORT, [N_ABORT_AFTER] = ABORT_AFTER,
		[N_TIMEOUT] = o->command->timeout_s, [N_ATTEMPTS] = o->command->attempts,
		[N_EXPIRES] = o->command->expires_s,
	};

	for (size_t i = 0; i < NUMBERS; i++) {
		const struct number *n = &numbers[i];

		if (xml_get(el, n->name) != NULL && (!xml_get_int(el, n->name, &values[i]) ||
		                                     values[i] < n->min || values[i] > n->max))
			return mem_printf("%s is not a whole number from %lld to %lld", n->name,
			                  (long long)n->min, (long long)n->max);
	}
	if (values[N_RATE_MAX] == 0)
		values[N_RATE_MAX] = values[N_RATE] > RATE_MAX ? values[N_RATE] : RATE_MAX;
	if (values[N_RATE_MAX] < values[N_RATE])
		return mem_strdup("rate-max is below rate");
	for (size_t i = 0; i < NUMBERS; i++)
		record_int(&o->rec, numbers[i].column, values[i]);
	return read_growth(o, el);
}

static char *read_rest(struct campaign_order *o, const struct xml *el)
{
	const struct xml *select = xml_child(el, "select", NS_OPERATION);
	char *wrong = campaign_select_read(&o->select, select);

	if (wrong == NULL)
		wrong = read_numbers(o, el);
	if (wrong != NULL)
		return wrong;
	o->select_text = campaign_select_text(&o->select);
	o->arguments = arguments_copy(el);
	if (o->arguments != NULL && strlen(o->arguments) > ARGUMENTS_BYTES)
		return mem_strdup("the arguments are over 64 KiB");
	return NULL;
}

static void fill_record(struct campaign_order *o, const struct call *call)
{
	const struct xml *el = call->payload;

	record_time(&o->rec, CAMP_TIME, clock_wall_ms());
	record_text(&o->rec, CAMP_STATUS, campaign_status_name(CAMPAIGN_RUNNING));
	record_text(&o->rec, CAMP_CAUSE, "started");
	record_text(&o->rec, CAMP_BY, call->bare);
	record_text(&o->rec, CAMP_NAME, xml_get(el, "name"));
	record_text(&o->rec, CAMP_COMMAND, o->command->name);
	record_text(&o->rec, CAMP_OPERATOR, call->bare);
	record_text(&o->rec, CAMP_ASKED_BY, call->from);
	record_text(&o->rec, CAMP_SELECT, o->select_text);
	record_text(&o->rec, CAMP_TOKEN, xml_get(el, "token"));
	record_time(&o->rec, CAMP_CREATED, clock_wall_ms());
	record_text(&o->rec, CAMP_RATE_NOW, o->rec.values[CAMP_RATE]);
	record_text(&o->rec, CAMP_ARGUMENTS, o->arguments);
}

bool campaign_order_read(struct campaign_order *o, const struct call *call,
                         struct stanza_error *error)
{
	const struct xml *el = call->payload;
	const char *dry_run = xml_get(el, "dry-run");

	memset(o, 0, sizeof *o);
	error->condition = "bad-request";
	error->text = check_shape(el);
	if (error->text != NULL)
		return false;
	o->command = command_of_any(call->c, xml_get(el, "command"));
	o->dry_run = dry_run != NULL && strcmp(dry_run, "true") == 0;
	if (o->command == NULL) {
		error->condition = "feature-not-implemented";
		error->app_condition = "unknown-command";
		error->text = mem_printf("there is no command %.64s", xml_get(el, "command"));
		return false;
	}
	error->text = read_rest(o, el);
	o->select.command = o->command->name;
	if (error->text == NULL)
		fill_record(o, call);
	return error->text == NULL;
}

void campaign_order_clear(struct campaign_order *o)
{
	campaign_select_clear(&o->select);
	free(o->select_text);
	free(o->arguments);
}
