#include "test/model/shadow.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/mem.h"
#include "component/arrow.h"
#include "component/execute.h"
#include "test/model/fake_store.h"
#include "test/unit/component_fixture.h"

struct shadow shadows[SHADOWS];
unsigned n_shadows;
struct shadow_counts *shadow_counts;
static unsigned orders;

#define EACH(s) (struct shadow *s = shadows; s < shadows + n_shadows; s++)

void model_fail(const struct shadow *s, const char *format, ...)
{
	va_list args;

	if (s != NULL)
		fprintf(stderr, "request %u (%s, %s): ", (unsigned)(s - shadows), s->id,
		        request_status_name(s->said.status));
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	_Exit(1);
}

struct shadow *shadow_find(const char *id)
{
	for EACH(s) {
		if (strcmp(s->id, id) == 0)
			return s;
	}
	return NULL;
}

bool shadow_is_open(const struct shadow *s)
{
	return request_is_open(&s->said);
}

bool shadow_is_final(const struct shadow *s)
{
	return request_is_final(&s->said);
}

const char *shadow_column(const struct shadow *s, enum request_column column)
{
	return s->columns[column] == NULL ? "" : s->columns[column];
}

static bool is_same_device(const struct shadow *a, const struct shadow *b)
{
	return strcmp(shadow_column(a, REQ_DEVICE), shadow_column(b, REQ_DEVICE)) == 0;
}

/* The rules of a row. */

/* The arrow is there: its cause, as a constant. */
static const char *count_arrow(const struct request *from, const char *cause,
                               enum request_status to)
{
	unsigned begin = from == NULL ? ARROW_NEW : from->status;
	const char *same = NULL;

	for (size_t i = 0; i < n_arrows; i++) {
		if ((arrows[i].from >> begin & 1) != 0 && (arrows[i].to >> to & 1) != 0 &&
		    strcmp(arrows[i].cause, cause) == 0) {
			shadow_counts->n[i][begin][to]++;
			same = arrows[i].cause;
		}
	}
	return same;
}

static bool is_read_only(const struct shadow *s)
{
	return strncmp(shadow_column(s, REQ_COMMAND), "get-", 4) == 0;
}

static bool is_urgent(const struct shadow *s)
{
	return s->columns[REQ_PRIORITY] != NULL;
}

static bool is_before(const struct shadow *a, const struct shadow *b)
{
	return is_urgent(a) != is_urgent(b) ? is_urgent(a) : a->order < b->order;
}

/* What else runs there lets only what reads pass. */
static bool is_held_back(const struct shadow *s)
{
	for EACH(o) {
		if (o != s && o->exists && shadow_is_open(o) && o->begun && is_same_device(o, s))
			return !is_read_only(s);
	}
	return false;
}

/* One at a time (or as many as the window), and in order. */
static void check_turn(const struct shadow *s)
{
	int64_t now = clock_wall_ms();
	unsigned others = 0;

	/* What is sent again is there already. */
	if (s->said.status == QUEUED && is_held_back(s))
		model_fail(s, "sent beside what runs, and it does not only read");
	for EACH(o) {
		if (o == s || !o->exists || !is_same_device(o, s))
			continue;
		others += o->in_flight;
		if (o->said.status == QUEUED && is_before(o, s) && now < o->said.expires &&
		    s->said.status == QUEUED && !is_held_back(o))
			model_fail(s, "sent before %s, which came first", o->id);
	}
	if (others >= (unsigned)fixture.config.window)
		model_fail(s, "sent while %u others are under way", others);
}

/* As fixture's commands have it: get-* and reboot. */
static int64_t limit_ms(const struct shadow *s)
{
	return s->begun ? is_read_only(s) ? 120000 : 600000 : s->said.timeout_s * 1000;
}

void shadow_heard(struct shadow *s)
{
	s->heard = clock_mono_ms();
	s->due = s->heard + limit_ms(s);
	if (s->begun)
		s->in_flight = false;
}

/* From then on at the latest it has the time of a transmission: the order may have waited for
 * the disk. */
void shadow_told(struct shadow *s)
{
	if (s->said.status != CANCELLING)
		return;
	if (!s->told && !s->begun)
		s->due = clock_mono_ms() + limit_ms(s);
	s->told = true;
}

static void set_expiry(struct shadow *s)
{
	int64_t left = s->said.expires - clock_wall_ms();

	s->due = clock_mono_ms() + (left > 0 ? left : 0);
}

/* Its device is asked what becomes of it: because nothing was heard for too long, or just as it
 * has come. */
void shadow_asked(struct shadow *s)
{
	if (!s->begun)
		model_fail(s, "its device is asked about it, and it never ran");
	if (clock_mono_ms() >= s->heard + limit_ms(s))
		s->due = clock_mono_ms() + s->said.timeout_s * 1000;
}

static void check_running(struct shadow *s, const struct request *was, uint64_t ticket)
{
	int64_t due;

	if (s->said.status == RUNNING)
		s->begun = true;
	else if (was->status != CANCELLING)
		s->cancel = ticket;
	else
		s->begun = true;
	if (was->attempts != s->said.attempts || was->transmission != s->said.transmission)
		model_fail(s, "its numbers change while it runs");
	shadow_heard(s);
	due = s->due;
	if (!s->begun)
		set_expiry(s);
	/* Its device may be there, and the order waits for the disk only. */
	if (s->due < due)
		s->due = due;
}

/* What a transmission says of the last moment: by the clock that devices are told, which no
 * step of the wall clock moves. */
static int64_t not_after(const struct request *r)
{
	int64_t left = r->expires - clock_wall_ms();
	int64_t attempts = r->timeout_s * 1000 * (r->max_attempts - r->attempts + 1);

	return execute_clock(&fixture) + (attempts < left ? attempts : left);
}

static void check_transmission(struct shadow *s, const struct request *was)
{
	const struct request *now = &s->said;

	if (now->transmission != was->transmission + 1)
		model_fail(s, "number %lld after %lld", (long long)now->transmission,
		           (long long)was->transmission);
	if (now->attempts != was->attempts + 1 || now->attempts > now->max_attempts)
		model_fail(s, "attempt %lld of %lld after %lld", (long long)now->attempts,
		           (long long)now->max_attempts, (long long)was->attempts);
	if (clock_wall_ms() >= now->expires)
		model_fail(s, "transmitted after it has expired");
	if (s->ticket > store_synced(fixture.store))
		model_fail(s, "transmitted before its row is on disk");
	s->in_flight = true;
	s->leaves = now->transmission;
	s->not_after[now->transmission % 8] = not_after(now);
	s->due = clock_mono_ms() + now->timeout_s * 1000;
}

/* It waits (again): what was not delivered has used no attempt. */
static void check_wait(struct shadow *s, const struct request *was, uint64_t ticket)
{
	bool restart = strcmp(s->columns[REQ_CAUSE], "restart") == 0;

	if (s->said.attempts != was->attempts - (was->status == TRANSMITTED))
		model_fail(s, "attempts %lld after %lld", (long long)s->said.attempts,
		           (long long)was->attempts);
	if (s->said.transmission != was->transmission + (restart ? LIFE_TRANSMISSION_GAP : 0))
		model_fail(s, "number %lld after %lld", (long long)s->said.transmission,
		           (long long)was->transmission);
	if (restart)
		s->ticket = ticket;
	s->in_flight = false;
	set_expiry(s);
}

static void check_cause_of_end(const struct shadow *s, const struct request *was)
{
	const char *cause = s->columns[REQ_CAUSE];

	if (strcmp(cause, "no-answer") == 0 &&
	    (clock_mono_ms() < s->due ||
	     (was->attempts < was->max_attempts && clock_wall_ms() < was->expires)))
		model_fail(s, "given up after %lld of %lld attempts", (long long)was->attempts,
		           (long long)was->max_attempts);
	/* Sooner at its turn, when the wall clock was set forward meanwhile, though it may have
	 * been set back since. */
	if (strcmp(cause, "expired") == 0 && clock_mono_ms() < s->due && !s->past &&
	    clock_wall_ms() < was->expires)
		model_fail(s, "expired too early");
	if (strcmp(cause, "unreachable") == 0 && s->bounces < LIFE_BOUNCES)
		model_fail(s, "unreachable after %u bounces", s->bounces);
	if (strcmp(cause, "silent") == 0 && (s->begun || s->told) &&
	    clock_mono_ms() < s->heard + limit_ms(s))
		model_fail(s, "given up too early");
	if (!s->begun && (strcmp(cause, "outcome") == 0) != (s->columns[REQ_OUTCOME] != NULL ||
	                                                     s->said.status == FAILED))
		model_fail(s, "cause %s, outcome %s", cause, shadow_column(s, REQ_OUTCOME));
}

/* How long a provisional end is still kept: a day in all, by the wall clock over a
 * restart. */
static int64_t kept_ms(const struct shadow *s)
{
	int64_t ended = 0, left;

	record_get_time(shadow_column(s, REQ_ENDED), &ended);
	left = ended + INT64_C(86400000) - clock_wall_ms();
	return left < 0 ? 0 : left < INT64_C(86400000) ? left : INT64_C(86400000);
}

static void check_end(struct shadow *s, const struct request *was, uint64_t ticket, bool live)
{
	bool late = !request_is_open(was);

	if (s->n_ends == 2 || (s->n_ends == 1 && !late))
		model_fail(s, "ends once more");
	if (late != (strcmp(shadow_column(s, REQ_LATE), "true") == 0))
		model_fail(s, "late is %s", shadow_column(s, REQ_LATE));
	if (*shadow_column(s, REQ_ENDED) == '\0')
		model_fail(s, "ended at no time");
	if ((s->said.status == RESPONDED) != (s->columns[REQ_ERROR] == NULL))
		model_fail(s, "error %s", shadow_column(s, REQ_ERROR));
	if (live)
		check_cause_of_end(s, was);
	s->ends[s->n_ends].status = s->said.status;
	s->ends[s->n_ends++].ticket = ticket;
	s->in_flight = false;
	s->ended = clock_mono_ms();
	s->due = s->ended + kept_ms(s);
}

/* Rows. */

static struct shadow *new_shadow(const char *id)
{
	struct shadow *s = &shadows[n_shadows];

	if (n_shadows == SHADOWS)
		model_fail(NULL, "too many requests for this model");
	*s = (struct shadow){ .order = ++orders, .cause = "" };
	snprintf(s->id, sizeof s->id, "%s", id);
	n_shadows++;
	return s;
}

static void merge(struct shadow *s, const char *const *row)
{
	for (unsigned i = 0; i < REQ_COLUMNS; i++)
		record_get_text(row[i], &s->columns[i]);
	if (row[REQ_STATUS] != NULL && !request_status_parse(row[REQ_STATUS], &s->said.status))
		model_fail(s, "the status %s", row[REQ_STATUS]);
	record_get_time(row[REQ_CREATED], &s->said.created);
	record_get_time(row[REQ_EXPIRES], &s->said.expires);
	record_get_int(row[REQ_TRANSMISSION], &s->said.transmission);
	record_get_int(row[REQ_ATTEMPTS], &s->said.attempts);
	record_get_int(row[REQ_MAX_ATTEMPTS], &s->said.max_attempts);
	record_get_int(row[REQ_TIMEOUT], &s->said.timeout_s);
}

static void check_row(struct shadow *s, const struct request *was, uint64_t ticket, bool live)
{
	if (!shadow_is_open(s))
		check_end(s, was, ticket, live);
	else if (s->said.status == TRANSMITTED && live)
		check_transmission(s, was);
	else if (s->said.status == RUNNING || s->said.status == CANCELLING)
		check_running(s, was, ticket);
	else if (s->said.status == QUEUED && was->created != 0)
		check_wait(s, was, ticket);
	else if (s->said.status == QUEUED)
		s->due = clock_mono_ms() + s->said.expires - clock_wall_ms();
}

/* The one that its end names has its place. */
static void give_place(const struct shadow *s)
{
	struct shadow *heir = shadow_find(strrchr(shadow_column(s, REQ_ERROR), ' ') + 1);

	if (heir == NULL || !heir->exists || !is_read_only(s) ||
	    strcmp(shadow_column(s, REQ_COMMAND), shadow_column(heir, REQ_COMMAND)) != 0 ||
	    !is_same_device(s, heir))
		model_fail(s, "its heir is none");
	heir->order = s->order;
}

static void take_row(struct shadow *s, const char *const *row, uint64_t ticket, bool live)
{
	struct request was = s->said;
	const struct request *from = s->exists ? &was : NULL;
	const char *cause;

	if (row[REQ_TIME] == NULL || row[REQ_STATUS] == NULL || row[REQ_CAUSE] == NULL ||
	    !arrow_is(from, row[REQ_CAUSE], row[REQ_STATUS]))
		model_fail(s, "no such arrow: to %s by %s", row[REQ_STATUS], row[REQ_CAUSE]);
	if (live && s->exists && strcmp(row[REQ_STATUS], "transmitted") == 0)
		check_turn(s);
	merge(s, row);
	cause = live ? count_arrow(from, row[REQ_CAUSE], s->said.status) : "";
	if (*s->cause == '\0')
		s->cause = cause;
	if (live && strcmp(row[REQ_CAUSE], "superseded") == 0)
		give_place(s);
	s->bounces = strcmp(cause, "bounced") == 0 ? s->bounces + 1 : s->bounces;
	if (!s->exists)
		s->ticket = s->first = ticket;
	s->exists = true;
	check_row(s, &was, ticket, live);
}

void shadow_row(const char *const *row, uint64_t ticket)
{
	struct shadow *s = shadow_find(row[REQ_ID]);

	if (s == NULL)
		s = new_shadow(row[REQ_ID]);
	else if (!s->exists)
		model_fail(s, "its id is used again");
	take_row(s, row, ticket, true);
}

/* From the files. */

static bool row_from_file(void *arg, const char *const *row, uint64_t offset)
{
	struct shadow *s = shadow_find(row[REQ_ID]);

	(void)arg, (void)offset;
	if (s == NULL)
		model_fail(NULL, "the files have %s, which nobody has written", row[REQ_ID]);
	take_row(s, row, 0, false);
	return true;
}

static void empty(struct shadow *s)
{
	for (unsigned i = 0; i < REQ_COLUMNS; i++)
		mem_set(&s->columns[i], NULL);
	s->said = (struct request){ .status = QUEUED };
	s->exists = false;
	s->ticket = s->first = 0;
	s->n_ends = s->bounces = 0;
	s->leaves = 0;
	s->begun = s->in_flight = s->told = false;
	s->cancel = 0;
}

/* What was promised is there, whatever was lost. */
static void compare_promises(const struct shadow *s, const struct shadow *old)
{
	if (old->answered && !s->exists)
		model_fail(s, "its submit was answered, and it is lost");
	for (unsigned i = 0; i < old->n_ends; i++) {
		const struct shadow_end *end = &old->ends[i];

		if ((end->told || end->said) && (i >= s->n_ends || s->ends[i].status != end->status))
			model_fail(s, "its end was told, and is lost");
	}
}

static void compare_columns(const struct shadow *s, const struct shadow *old)
{
	if (s->exists != old->exists)
		model_fail(s, "it is not in the files");
	for (unsigned i = 0; i < REQ_COLUMNS; i++) {
		const char *had = shadow_column(old, (enum request_column)i);

		if (strcmp(had, shadow_column(s, (enum request_column)i)) != 0)
			model_fail(s, "column %s is \"%s\" in the files, was \"%s\"",
			           request_schema.columns[i], shadow_column(s, (enum request_column)i), had);
	}
}

static void settle(struct shadow *s, struct shadow *old, bool loss)
{
	if (!loss)
		compare_columns(s, old);
	compare_promises(s, old);
	for (unsigned i = 0; i < s->n_ends; i++)
		s->ends[i].told = i < old->n_ends && old->ends[i].told;
	if (s->exists && (s->said.status == RUNNING || s->said.status == CANCELLING)) {
		s->begun = true;
		shadow_heard(s);
	}
	empty(old);
}

/* The queues are made anew: by id. */
static void order_by_id(void)
{
	for EACH(s) {
		s->order = 0;
		for EACH(o)
			s->order += strcmp(o->id, s->id) <= 0;
	}
	orders = n_shadows;
}

void shadow_reload(bool loss)
{
	static struct shadow old[SHADOWS];

	memcpy(old, shadows, sizeof old);
	for EACH(s) {
		memset(s->columns, 0, sizeof s->columns);
		empty(s);
	}
	fake_store_read(&request_schema, row_from_file, NULL);
	for (unsigned i = 0; i < n_shadows; i++)
		settle(&shadows[i], &old[i], loss);
	order_by_id();
}

/* The component's table. */

static void compare_live(const struct shadow *s, const struct request *r)
{
	for (unsigned i = 0; i < REQ_COLUMNS; i++) {
		bool dropped = !shadow_is_open(s) && (i == REQ_OUTCOME || i == REQ_ARGUMENTS);
		const char *text = r->columns[i] == NULL ? "" : r->columns[i];

		if (!dropped && strcmp(text, shadow_column(s, (enum request_column)i)) != 0)
			model_fail(s, "column %s is \"%s\" in the table, \"%s\" in the rows",
			           request_schema.columns[i], text,
			           shadow_column(s, (enum request_column)i));
	}
	if (r->status != s->said.status || r->created != s->said.created ||
	    r->expires != s->said.expires || r->transmission != s->said.transmission ||
	    r->attempts != s->said.attempts || r->max_attempts != s->said.max_attempts ||
	    r->timeout_s != s->said.timeout_s)
		model_fail(s, "the table's numbers are not those of the rows");
}

static void check_in_time(const struct shadow *s, bool there)
{
	int64_t now = clock_mono_ms();

	if (shadow_is_final(s) && there)
		model_fail(s, "it has finally ended, and is still kept");
	if (!shadow_is_final(s) && !there && shadow_is_open(s))
		model_fail(s, "it is open, and not in the table");
	/* At that moment its deadline may or may not have run yet. */
	if (!shadow_is_open(s) && !shadow_is_final(s) && now != s->due && there != (now < s->due))
		model_fail(s, "a provisional end is kept for a day: %s", there ? "for longer" : "forgotten");
	if (shadow_is_open(s) && now > s->due)
		model_fail(s, "it is overdue by %lld ms", (long long)(now - s->due));
	if (s->leaves != 0)
		model_fail(s, "its transmission %lld has not left", (long long)s->leaves);
}

/* Nothing that could go waits. */
static void check_not_stuck(const struct device *d)
{
	unsigned under_way = 0;
	struct shadow *first = NULL;

	if (!d->online || !link_is_online(fixture.link) ||
	    link_backlog(fixture.link) > LINK_BACKLOG_LOW)
		return;
	for EACH(s) {
		if (!s->exists || strcmp(shadow_column(s, REQ_DEVICE), d->jid) != 0)
			continue;
		under_way += s->in_flight;
		/* What has no row on disk yet holds back others until it has. */
		if (s->said.status == QUEUED && !is_held_back(s) &&
		    (!s->past || s->ticket > store_synced(fixture.store)) &&
		    (first == NULL || is_before(s, first)))
			first = s;
	}
	if (first != NULL && under_way < fixture.config.window &&
	    first->ticket <= store_synced(fixture.store))
		model_fail(first, "it could go, and does not");
}

void shadow_check(void)
{
	unsigned n = 0;

	for EACH(s) {
		const struct request *r = request_find(&fixture.requests, s->id);

		if (!s->exists && r != NULL)
			model_fail(s, "it is in the table, and has no row");
		if (!s->exists)
			continue;
		s->past = s->said.status == QUEUED && (s->past || clock_wall_ms() >= s->said.expires);
		check_in_time(s, r != NULL);
		if (r != NULL)
			compare_live(s, r);
		n += r != NULL;
	}
	if (n != HASH_COUNT(fixture.requests.by_id))
		model_fail(NULL, "the table has requests without rows");
	for (size_t i = 0; i < fixture.devices.n; i++)
		check_not_stuck(fixture.devices.all[i]);
}

void shadow_begin_event(void)
{
	for EACH(s)
		s->cause = "";
}

void shadow_reset(void)
{
	for EACH(s)
		empty(s);
	n_shadows = orders = 0;
}
