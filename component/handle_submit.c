/* An operator submits a request. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/mem.h"
#include "component/arguments.h"
#include "component/catalogue.h"
#include "component/command.h"
#include "component/decommission.h"
#include "component/handle.h"
#include "component/journal.h"
#include "component/resolve.h"
#include "component/route.h"

#define LOG_MODULE "submit"

#define TOKEN_MAX 128
#define OPEN_MAX 1000000
#define OPEN_BYTES (1u << 30)

static const struct { const char *name; int64_t min, max; } numbers[] = {
	{ "timeout", 1, 86400 }, { "attempts", 1, 100 }, { "expires", 1, 2592000 },
};

static bool is_known_attribute(const char *name)
{
	static const char *const known[] = { "device", "command", "token", "timeout", "attempts",
	                                     "expires", "priority", "supersede", "xml:lang" };

	for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
		if (strcmp(known[i], name) == 0)
			return true;
	}
	return false;
}

/* What is not known in a submit could change its meaning: it is refused. */
static char *check_shape(const struct xml *el)
{
	const struct xml *child;
	unsigned n = 0;

	for (const struct xml_attr *a = el->attrs; a != NULL; a = a->next) {
		if (!is_known_attribute(a->name))
			return mem_printf("unknown attribute \"%.64s\"", a->name);
	}
	for (child = xml_first(el); child != NULL; child = xml_following(child)) {
		char *wrong = arguments_check(el, child, ++n);

		if (wrong != NULL)
			return wrong;
	}
	return NULL;
}

/* The attribute within its bounds, or what is assumed where it is absent. */
static char *read_number(const struct xml *el, size_t which, int64_t assumed, int64_t *value)
{
	const char *name = numbers[which].name;

	*value = assumed;
	if (xml_get(el, name) == NULL)
		return NULL;
	if (xml_get_int(el, name, value) && *value >= numbers[which].min &&
	    *value <= numbers[which].max)
		return NULL;
	return mem_printf("%s is not a whole number from %lld to %lld", name,
	                  (long long)numbers[which].min, (long long)numbers[which].max);
}

#define EMERGENCY "emergency"

static char *read_urgency(const struct xml *el, struct token_content *content, bool *supersede)
{
	const char *priority = xml_get(el, "priority"), *text = xml_get(el, "supersede");

	*supersede = text != NULL && strcmp(text, "true") == 0;
	if (text != NULL && !*supersede && strcmp(text, "false") != 0)
		return mem_strdup("supersede is neither true nor false");
	if (priority == NULL || strcmp(priority, "normal") == 0)
		return NULL;
	content->priority = EMERGENCY;
	return strcmp(priority, EMERGENCY) == 0 ? NULL
	       : mem_strdup("priority is neither normal nor " EMERGENCY);
}

static struct reply say(struct xml_writer *w, const char *id, const char *status,
                        uint64_t ticket)
{
	xml_open(w, "request", NS_OPERATION);
	xml_attr(w, "id", id);
	xml_attr(w, "status", status);
	xml_close(w);
	return (struct reply){ .kind = REPLY_RESULT, .ticket = ticket };
}

/* The same token came before. */
static struct reply repeat(struct call *call, struct xml_writer *w, const struct token *t,
                           bool same)
{
	const struct request *r = request_find(&call->c->requests, t->id);

	mem_set(&call->audit.request, t->id);
	if (!same)
		return reply_own("conflict", "token-used", NULL,
		                 mem_printf("this token was used for another request, %s", t->id));
	/* How it has ended is said when that is on disk. */
	if (r == NULL || t->ended != NULL)
		return say(w, t->id, t->ended, t->ticket);
	return say(w, t->id, request_status_name(r->status), r->ticket);
}

static bool is_repeated(const struct call *call)
{
	struct token_content content = { .operator_ = call->bare,
	                                 .token = xml_get(call->payload, "token") };
	bool same;

	return content.token != NULL && token_find(&call->c->tokens, &content, &same) != NULL;
}

/* Each new submit counts, also one that is refused: looking at it is work, too. */
static bool is_within_rate(struct call *call)
{
	int64_t rate = call->c->config.submits_operator, now = clock_mono_ms();
	struct bucket *b = &quota_of(&call->c->quotas, call->bare, rate, now)->submits;
	bool has = bucket_has(b, rate, now);

	if (has)
		bucket_take(b);
	return has;
}

/* What is open, for this operator and this device, and how fast it comes there. */
static bool is_within_quota(struct call *call, struct device *d, bool supersedes,
                            struct reply *reply)
{
	const struct config *conf = &call->c->config;
	int64_t now = clock_mono_ms();
	struct quota *q = quota_of(&call->c->quotas, call->bare, conf->submits_operator, now);

	if (device_n_submitted(d) >= conf->open_device + supersedes)
		*reply = reply_limit("open-per-device",
		                     mem_printf("%s has %u open requests", d->jid, device_n_submitted(d)));
	else if (q->n_open >= conf->open_operator + supersedes)
		*reply = reply_limit("open-per-operator",
		                     mem_printf("%s has submitted %u requests that are open", call->bare,
		                                q->n_open));
	else if (!bucket_has(&d->submits, conf->submits_device, now))
		*reply = reply_limit("submits-per-device",
		                     mem_printf("%s is to get more than %lld requests a second", d->jid,
		                                (long long)conf->submits_device));
	else
		return true;
	return false;
}

/* Why nothing new is accepted for the device now; false: it may. */
static bool is_closed(struct call *call, const struct device *d, struct reply *reply)
{
	struct component *c = call->c;

	if (d->decommissioned != 0)
		*reply = reply_own("item-not-found", "decommissioned", NULL,
		                   decommission_text_for_operator(c, call->bare, d));
	else if (!store_has_room(c->store))
		*reply = reply_limit("disk", mem_strdup("the component's disk has no room"));
	else if (HASH_COUNT(c->requests.by_id) >= OPEN_MAX || c->requests.bytes > OPEN_BYTES ||
	         link_backlog(c->link) > LINK_BACKLOG_HIGH)
		*reply = reply_limit("component", mem_strdup("the component is busy"));
	else
		return false;
	return true;
}

static struct reply accept_new(struct call *call, struct xml_writer *w,
                               const struct token_content *content, struct device *d,
                               struct request *old)
{
	struct component *c = call->c;
	char id[UUID7_STRING];
	struct request *r;
	struct reply reply;

	if (is_closed(call, d, &reply) || !is_within_quota(call, d, old != NULL, &reply))
		return reply;
	uuid7_next(clock_wall_ms(), id);
	if (!journal_ready(c, id))
		return reply_error("internal-server-error",
		                   mem_strdup("the component cannot use its day file"));
	r = life_accept(&c->life, &(struct life_new){
		.id = id, .device = d->jid, .via = device_text(d, DEV_VIA), .command = content->command,
		.operator_ = call->bare, .asked_by = call->from, .unit = device_text(d, DEV_UNIT),
		.token = content->token, .arguments = content->arguments, .priority = content->priority,
		.timeout_s = content->timeout_s, .max_attempts = content->max_attempts,
		.expires_s = content->expires_s });
	if (content->token != NULL)
		token_add(&c->tokens, content, id, r->created, clock_wall_ms());
	mem_set(&call->audit.request, id);
	log_debug("accepted id=%s device=%s command=%s operator=%s", id, d->jid, content->command,
	          call->bare);
	bucket_take(&d->submits);
	c->stats.accepted++;
	if (old != NULL)
		route_supersede(c, r, old);
	else
		route_add(c, r);
	return say(w, id, "queued", r->ticket);
}

static struct reply accept_or_repeat(struct call *call, struct xml_writer *w,
                                     const struct token_content *content, struct device *d,
                                     bool supersede)
{
	const struct token *t = NULL;
	struct request *old = NULL;
	bool same = false;

	if (content->token != NULL)
		t = token_find(&call->c->tokens, content, &same);
	if (t != NULL)
		return repeat(call, w, t, same);
	if (supersede)
		old = route_equal(d, &(struct life_new){
			.operator_ = call->bare, .command = content->command,
			.arguments = content->arguments, .priority = content->priority });
	return accept_new(call, w, content, d, old);
}

/* The attributes of a submit that do not depend on the command. */
static char *check_attributes(const struct xml *el)
{
	const char *device = xml_get(el, "device"), *token = xml_get(el, "token");
	char *wrong = check_shape(el);

	if (wrong == NULL && (device == NULL || *device == '\0' || xml_get(el, "command") == NULL))
		wrong = mem_strdup("a request names a device and a command");
	if (wrong == NULL && token != NULL && (*token == '\0' || strlen(token) > TOKEN_MAX))
		wrong = mem_printf("a token has 1 to %d bytes", TOKEN_MAX);
	return wrong;
}

static char *unknown_command(const struct device *d, const char *command)
{
	if (command_find(command) == NULL)
		return mem_printf("there is no command %.64s", command);
	return mem_printf("%s has no command %.64s", d->jid, command);
}

static struct reply submit_to(struct call *call, struct xml_writer *w, struct device *d)
{
	const struct xml *el = call->payload;
	struct token_content content = { .operator_ = call->bare, .token = xml_get(el, "token") };
	const struct command *known = command_of(d, xml_get(el, "command"));
	char *wrong, *arguments;
	struct reply reply;
	unsigned missing;
	bool supersede;

	catalogue_needed(call->c, d);
	if (known == NULL)
		return reply_own("feature-not-implemented", "unknown-command", NULL,
		                 unknown_command(d, xml_get(el, "command")));
	if ((wrong = read_urgency(el, &content, &supersede)) != NULL)
		return reply_error("bad-request", wrong);
	missing = command_missing_right(call->c, call->bare, d, known->name,
	                                content.priority != NULL);
	if (missing != 0)
		return reply_own("forbidden", "missing-right", unit_right_name(missing),
		                 mem_printf("%s needs the right \"%s\" in unit %s", known->name,
		                            unit_right_name(missing), device_text(d, DEV_UNIT)));
	if ((wrong = read_number(el, 0, known->timeout_s, &content.timeout_s)) != NULL ||
	    (wrong = read_number(el, 1, known->attempts, &content.max_attempts)) != NULL ||
	    (wrong = read_number(el, 2, known->expires_s, &content.expires_s)) != NULL ||
	    (wrong = command_check_arguments(known, el)) != NULL)
		return reply_error("bad-request", wrong);
	content.device = d->jid;
	content.command = known->name;
	content.arguments = arguments = arguments_copy(el);
	if (arguments != NULL && strlen(arguments) > ARGUMENTS_BYTES)
		reply = reply_error("bad-request", mem_strdup("the arguments are over 64 KiB"));
	else
		reply = accept_or_repeat(call, w, &content, d, supersede);
	free(arguments);
	return reply;
}

struct reply handle_submit(struct call *call, struct xml_writer *w)
{
	struct stanza_error error = { 0 };
	struct device *d;
	char *wrong;

	if (!is_repeated(call) && !is_within_rate(call))
		return reply_limit("submits-per-operator",
		                   mem_printf("%s submits more than %lld requests a second", call->bare,
		                              (long long)call->c->config.submits_operator));
	wrong = check_attributes(call->payload);
	if (wrong != NULL)
		return reply_error("bad-request", wrong);
	d = resolve_device(call->c, call->bare, xml_get(call->payload, "device"), RESOLVE_IN_USE,
	                   &error);
	if (d == NULL)
		return (struct reply){ .kind = REPLY_ERROR, .error = error };
	audit_about(&call->audit, d);
	return submit_to(call, w, d);
}
