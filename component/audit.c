#include "component/audit.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/mem.h"
#include "component/days.h"
#include "component/resolve.h"

#define LOG_MODULE "audit"

/* Rows a second of what all who are no operators are denied, together, and for how many
 * seconds at once. */
#define STRANGERS_RATE 1
#define STRANGERS_BURST_S 100

/* So long after the first one that has no row their number gets one. */
#define SUPPRESSED_MS 10000

/* What was sent is kept up to so many bytes. */
#define JID_BYTES 256
#define DEVICE_BYTES 256
#define NAME_BYTES 64
#define TEXT_BYTES 1024

static const char *const columns[AUDIT_COLUMNS] = {
	"id", "time", "operator", "asked_by", "action", "device", "unit", "command", "request",
	"result", "condition", "text", "suppressed",
};

const struct table_schema audit_schema = {
	.name = "audit", .version = 1, .columns = columns, .n_columns = AUDIT_COLUMNS,
};

void audit_about(struct audit_event *e, const struct device *d)
{
	mem_set(&e->device, d->jid);
	mem_set(&e->unit, device_text(d, DEV_UNIT));
}

void audit_event_clear(struct audit_event *e)
{
	char *owned[] = { e->device, e->unit, e->command, e->request, e->text, e->other,
	                  e->other_unit, e->other_text };

	for (size_t i = 0; i < sizeof owned / sizeof *owned; i++)
		free(owned[i]);
	memset(e, 0, sizeof *e);
}

/* A row: a record, and those of the texts that it points to that are its own. */

struct row {
	struct record record;
	char id[UUID7_STRING];
	char *owned[AUDIT_COLUMNS];
};

static void begin(struct row *row, const char *result)
{
	int64_t now = clock_wall_ms();

	memset(row, 0, sizeof *row);
	uuid7_next(now, row->id);
	record_text(&row->record, AUDIT_ID, row->id);
	record_time(&row->record, AUDIT_TIME, now);
	record_text(&row->record, AUDIT_RESULT, result);
}

/* A row is its id's only one: what it has not is left empty, for whoever reads the
 * file. */
static void set(struct row *row, enum audit_column column, const char *text)
{
	if (text != NULL)
		record_text(&row->record, column, text);
}

/* At most so many bytes of it, in whole characters. */
static char *cut(const char *text, size_t max)
{
	size_t n = strlen(text);

	if (n > max) {
		for (n = max; n > 0 && ((unsigned char)text[n] & 0xc0) == 0x80; n--)
			;
	}
	return mem_strndup(text, n);
}

char *audit_jid(const char *jid)
{
	return cut(jid, JID_BYTES);
}

static void put(struct row *row, enum audit_column column, const char *text, size_t max)
{
	if (text == NULL)
		return;
	if (strlen(text) > max)
		text = row->owned[column] = cut(text, max);
	set(row, column, text);
}

static void put_act(struct row *row, const struct audit_act *act)
{
	put(row, AUDIT_OPERATOR, act->operator_, JID_BYTES);
	put(row, AUDIT_ASKED_BY, act->asked_by, JID_BYTES);
	put(row, AUDIT_ACTION, act->action, NAME_BYTES);
	put(row, AUDIT_DEVICE, act->about->device, DEVICE_BYTES);
	put(row, AUDIT_COMMAND, act->about->command, NAME_BYTES);
	set(row, AUDIT_UNIT, act->about->unit);
	set(row, AUDIT_REQUEST, act->about->request);
}

/* To the file of its id's day. The ticket, where the row is to be synced. 0 also
 * where there is no file: what is recorded does not depend on that. */
static uint64_t append(struct component *c, struct row *row, bool sync)
{
	static int64_t last;
	char name[DAYS_NAME];
	struct store_file *f;
	uint64_t ticket = 0;
	int64_t when = 0;

	uuid7_time(row->id, &when);
	days_name(AUDIT_FOLDER, when, name);
	f = store_file(c->store, name, &audit_schema);
	if (f == NULL && log_may(&last))
		log_error("%s cannot be used, nothing is recorded: %s", name, strerror(errno));
	if (f != NULL && sync)
		ticket = store_append(f, row->record.values);
	else if (f != NULL)
		store_append_lazy(f, row->record.values);
	for (unsigned i = 0; i < AUDIT_COLUMNS; i++)
		free(row->owned[i]);
	return ticket;
}

uint64_t audit_accepted(struct component *c, const struct audit_act *act, bool elsewhere)
{
	const struct audit_event *e = act->about;
	const struct audit_event about = { .device = e->other, .unit = e->other_unit,
	                                   .text = e->other_text };
	struct audit_act other = *act;
	struct row row;
	uint64_t ticket;

	begin(&row, "accepted");
	put_act(&row, act);
	put(&row, AUDIT_TEXT, e->text, TEXT_BYTES);
	ticket = append(c, &row, !elsewhere);
	other.about = &about;
	return e->other != NULL ? audit_accepted(c, &other, elsewhere) : ticket;
}

/* The device that was meant, and its unit, whoever may know of them. For a stranger
 * only what is a device's JID is looked up. */
static void find_unit(struct component *c, struct row *row, const struct audit_act *act)
{
	const struct audit_event *about = act->about;
	const struct device *d;

	if (about->device == NULL || about->unit != NULL)
		return;
	d = act->is_operator ? resolve_any(c, about->device) : device_find(&c->devices, about->device);
	if (d == NULL)
		return;
	set(row, AUDIT_DEVICE, d->jid);
	set(row, AUDIT_UNIT, device_text(d, DEV_UNIT));
}

static struct denials *denials_of(struct component *c, const struct audit_act *act)
{
	struct quota *q;

	if (!act->is_operator)
		return &c->strangers;
	q = quota_of(&c->quotas, act->operator_, c->config.submits_operator, clock_mono_ms());
	q->denials.operator_ = q->operator_;
	return &q->denials;
}

static bool is_within_rate(struct denials *d, bool is_operator)
{
	int64_t now = clock_mono_ms();

	if (is_operator ? !bucket_has(&d->rows, QUOTA_DENIALS, now)
	                : !bucket_has_burst(&d->rows, STRANGERS_RATE, STRANGERS_BURST_S, now))
		return false;
	bucket_take(&d->rows);
	return true;
}

/* What is left out is of several units: its number is of none. */
static void tell_suppressed(struct denials *d)
{
	struct row row;

	if (d->suppressed == 0)
		return;
	begin(&row, "denied");
	put(&row, AUDIT_OPERATOR, d->operator_, JID_BYTES);
	record_int(&row.record, AUDIT_SUPPRESSED, (int64_t)d->suppressed);
	append(d->component, &row, d->operator_ != NULL);
	d->suppressed = 0;
	deadline_clear(&d->component->deadlines, &d->due);
}

static void on_due(struct deadline *due)
{
	tell_suppressed((struct denials *)(void *)((char *)due - offsetof(struct denials, due)));
}

static void suppress(struct component *c, struct denials *d, const struct audit_act *act)
{
	static int64_t last;

	if (d->suppressed++ > 0)
		return;
	if (log_may(&last))
		log_warn("too much is denied to record all of it from=%.256s", act->asked_by);
	d->component = c;
	d->due.fire = on_due;
	deadline_set(&c->deadlines, &d->due, clock_mono_ms() + SUPPRESSED_MS);
}

/* A row of no unit is read by each unit's administrators: the devices that a name may
 * mean are not for all of them. */
static void put_reason(struct row *row, const struct audit_act *act,
                       const struct stanza_error *error)
{
	bool is_ambiguous = error->app_condition != NULL &&
	                    strcmp(error->app_condition, "ambiguous-device") == 0;

	if (is_ambiguous)
		row->owned[AUDIT_TEXT] = mem_printf("%.256s may be several devices", act->about->device);
	put(row, AUDIT_TEXT, is_ambiguous ? row->owned[AUDIT_TEXT] : error->text, TEXT_BYTES);
}

uint64_t audit_denied(struct component *c, const struct audit_act *act,
                      const struct stanza_error *error)
{
	struct denials *d = denials_of(c, act);
	struct row row;

	if (!is_within_rate(d, act->is_operator)) {
		suppress(c, d, act);
		return 0;
	}
	begin(&row, "denied");
	put_act(&row, act);
	find_unit(c, &row, act);
	record_text(&row.record, AUDIT_CONDITION, error->condition);
	put_reason(&row, act, error);
	/* While nothing can be written, who is denied something need not wait for that. Nor
	 * does a stranger have the disk synced. */
	return append(c, &row, act->is_operator && store_has_room(c->store));
}

void audit_reload(struct component *c, size_t mistakes)
{
	char *text = mistakes == 0 ? NULL
	           : mem_printf("%zu mistake%s, which the log has", mistakes, mistakes == 1 ? "" : "s");
	struct row row;

	begin(&row, mistakes == 0 ? "accepted" : "denied");
	record_text(&row.record, AUDIT_ACTION, "reload");
	put(&row, AUDIT_TEXT, text, TEXT_BYTES);
	append(c, &row, true);
	free(text);
}

void audit_close(struct component *c)
{
	struct quota *q;

	if (c->store == NULL)
		return;
	for (q = c->quotas.by_operator; q != NULL; q = q->hh.next)
		tell_suppressed(&q->denials);
	tell_suppressed(&c->strangers);
}
