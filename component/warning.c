#include "component/warning.h"

#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/crc32c.h"
#include "common/log.h"
#include "common/mem.h"
#include "common/mfp_compare.h"
#include "component/resolve.h"
#include "component/serial.h"

#define LOG_MODULE "warning"

#define LOGINS 6
#define LOGINS_MS INT64_C(600000)
#define HOUR_MS INT64_C(3600000)
#define SERIALS 4
/* A text holds no more of what a device says. */
#define SAID 64
#define NAMED 3
#define WALKED 100

static const char *const conditions[DEVICE_WARNINGS] = {
	"serial-changed", "counter-backwards", "shared-account",
};

/* Of a device that logs in again or changes; times are monotonic ms, 0: never. */
struct warning_memory {
	int64_t logins[LOGINS];             /* a ring; the oldest one is next */
	unsigned next_login;
	int64_t told;                       /* that it logs in too often */
	int64_t serial_changed;
	uint32_t serials[SERIALS];          /* a ring of those it has left: their CRCs; 0: none */
	unsigned next_serial;
};

static struct warning_memory *memory_of(struct device *d)
{
	if (d->memory == NULL)
		d->memory = mem_zero(1, sizeof *d->memory);
	return d->memory;
}

void warning_begin(struct warning *w, const struct devices *all, struct device *d)
{
	memset(w, 0, sizeof *w);
	w->all = all;
	w->d = d;
	w->was_double = d != NULL && serial_other(all, d) != NULL;
}

void warning_end(struct warning *w, const struct device *d)
{
	const struct device *other = serial_other(w->all, d);

	if (other != NULL && !w->was_double)
		log_warn("two devices say one serial number device=%s other=%s serial=%s", d->jid,
		         other->jid, device_fact(d, FACT_SERIAL));
	for (size_t i = 0; i < DEVICE_WARNINGS; i++)
		free(w->texts[i]);
}

/* text is owned by w from now on. */
static void keep(struct warning *w, enum device_warning which, char *text, struct record *rec)
{
	char now[CLOCK_STRING];

	free(w->texts[which]);
	w->texts[which] = mem_printf("%s %s", clock_format(clock_wall_ms(), now), text);
	free(text);
	record_text(rec, DEV_WARNINGS + (unsigned)which, w->texts[which]);
}

static const char *kept_of(const struct device *d, unsigned which)
{
	return device_text(d, DEV_WARNINGS + which);
}

/* The part of a kept warning behind its time; "" for none. */
static const char *text_of(const struct device *d, enum device_warning which)
{
	const char *kept = kept_of(d, which), *text = kept == NULL ? NULL : strchr(kept, ' ');

	return text == NULL ? "" : text + 1;
}

static char *change_text(const char *was, const char *is)
{
	return mem_printf("%.*s, now %.*s", SAID, was, SAID, is);
}

/* It was this one before. The kept text knows that also after a restart. */
static bool had_serial(const struct device *d, const char *was, const char *is)
{
	uint32_t crc = crc32c(is, strlen(is));
	char *back = change_text(is, was);
	bool found = strcmp(text_of(d, WARNING_SERIAL), back) == 0;

	for (size_t i = 0; d->memory != NULL && i < SERIALS; i++)
		found |= d->memory->serials[i] != 0 && d->memory->serials[i] == crc;
	free(back);
	return found;
}

static void remember_serial(struct warning_memory *m, const char *was)
{
	m->serials[m->next_serial++ % SERIALS] = crc32c(was, strlen(was));
	m->serial_changed = clock_mono_ms();
}

void warning_serial(struct warning *w, const char *serial, struct record *rec)
{
	const char *was = w->d == NULL ? NULL : device_fact(w->d, FACT_SERIAL);
	struct warning_memory *m;
	bool shared;

	if (was == NULL || serial == NULL || *serial == '\0' || strcmp(was, serial) == 0)
		return;
	m = memory_of(w->d);
	shared = had_serial(w->d, was, serial) ||
	         (m->serial_changed != 0 && clock_mono_ms() - m->serial_changed < HOUR_MS);
	log_warn("the serial number has changed device=%s was=%s is=%s", w->d->jid, was, serial);
	keep(w, WARNING_SERIAL, change_text(was, serial), rec);
	if (shared) {
		log_warn("several devices seem to share an account device=%s", w->d->jid);
		keep(w, WARNING_SHARED,
		     mem_strdup("its serial number goes to and fro, as of two devices with one account"),
		     rec);
	}
	remember_serial(m, was);
}

/* The one before may have been the first after a long time. */
static void remember_login(struct warning_memory *m, int64_t before, int64_t now)
{
	if (m->next_login == 0 || m->logins[(m->next_login - 1) % LOGINS] != before)
		m->logins[m->next_login++ % LOGINS] = before;
	m->logins[m->next_login++ % LOGINS] = now;
}

void warning_login(struct warning *w, struct record *rec)
{
	int64_t now = clock_mono_ms(), before, oldest;
	struct warning_memory *m;

	if (w->d == NULL)
		return;
	before = w->d->login;
	w->d->login = now;
	/* A fleet has logged in once: of those nothing more is remembered. */
	if (before == 0 || now - before > LOGINS_MS)
		return;
	m = memory_of(w->d);
	remember_login(m, before, now);
	oldest = m->logins[m->next_login % LOGINS];
	if (oldest == 0 || now - oldest > LOGINS_MS || (m->told != 0 && now - m->told < LOGINS_MS))
		return;
	m->told = now;
	log_warn("it logs in again and again device=%s logins=%d within_s=%lld", w->d->jid, LOGINS,
	         (long long)(now - oldest) / 1000);
	keep(w, WARNING_SHARED,
	     mem_printf("%d logins in 10 minutes, as of two devices with one account, or of one with "
	                "a bad line", LOGINS), rec);
}

struct backwards {
	struct warning *w;
	char *first;
	size_t more;
};

static void on_backwards(void *arg, const struct mfp_counter *was, const struct mfp_counter *is)
{
	struct backwards *b = arg;
	const char *name = is->name == NULL ? "?" : is->name;
	const char *index = is->index == NULL ? "" : is->index;

	if (b->first != NULL) {
		b->more++;
		return;
	}
	log_warn("a counter runs backwards device=%s name=%s index=%s was=%lld is=%lld",
	         b->w->d->jid, name, index, (long long)was->value.value,
	         (long long)is->value.value);
	b->first = mem_printf("%.*s%s%.*s: %lld, now %lld", SAID, name, *index ? " " : "", SAID,
	                      index, (long long)was->value.value, (long long)is->value.value);
}

void warning_counters(struct warning *w, const struct mfp *is, bool late, struct record *rec)
{
	const char *text = w->d == NULL ? NULL : w->d->counters;
	struct xml *el = text == NULL ? NULL
	               : xml_parse(text, strlen(text), &xml_limits_stanza, NULL);
	struct backwards b = { .w = w };
	struct mfp was = { 0 };

	/* Of what comes late: if taken before, it says nothing of what has come since. What is
	 * in time is the newest, whatever the device's clock says. */
	if (el != NULL && mfp_read(&was, el, NULL) && (!late || is->taken >= was.taken))
		mfp_compare_counters(&was, is, on_backwards, &b);
	if (b.first != NULL)
		keep(w, WARNING_COUNTER,
		     b.more == 0 ? mem_strdup(b.first)
		                 : mem_printf("%s, and %zu more", b.first, b.more), rec);
	free(b.first);
	mfp_clear(&was);
	xml_free(el);
}

void warning_acknowledge(struct device *d, struct record *rec)
{
	for (unsigned i = 0; i < DEVICE_WARNINGS; i++)
		record_text(rec, DEV_WARNINGS + i, "");
	free(d->memory);
	d->memory = NULL;
	d->login = 0;
}

bool warning_any(const struct devices *all, const struct device *d)
{
	for (unsigned i = 0; i < DEVICE_WARNINGS; i++) {
		if (kept_of(d, i) != NULL)
			return true;
	}
	return serial_other(all, d) != NULL;
}

/* "TIME TEXT" of the row. */
static void view_kept(struct xml_writer *w, const char *condition, const char *text)
{
	size_t n = strcspn(text, " ");
	char *since = mem_strndup(text, n);
	int64_t ms;

	xml_open(w, "warning", NS_DEVICE);
	xml_attr(w, "condition", condition);
	xml_attr(w, "since", clock_parse(since, &ms) ? since : NULL);
	xml_text(w, text[n] == ' ' ? text + n + 1 : "");
	xml_close(w);
	free(since);
}

static char *name_others(const struct component *c, const char *operator_,
                         struct serial_walk *walk, const struct device *o)
{
	char *names = mem_strdup(""), *longer;
	size_t named = 0, walked = 0;

	for (; o != NULL && walked < WALKED && named <= NAMED; o = serial_next(walk), walked++) {
		if (!resolve_may_view(c, operator_, o))
			continue;
		longer = named < NAMED ? mem_printf("%s%s%s", names, *names ? ", " : "", o->jid)
		                       : mem_printf("%s, …", names);
		free(names);
		names = longer;
		named++;
	}
	return names;
}

static void view_double(struct xml_writer *w, const struct component *c, const char *operator_,
                        const struct device *d)
{
	struct serial_walk walk;
	const struct device *other = serial_first(&walk, &c->devices, d);
	char *names, *text;

	if (other == NULL)
		return;
	names = name_others(c, operator_, &walk, other);
	text = mem_printf("serial number %.*s is also that of %s", SAID, device_fact(d, FACT_SERIAL),
	                  *names ? names : "another account");
	xml_open(w, "warning", NS_DEVICE);
	xml_attr(w, "condition", "duplicate-serial");
	xml_text(w, text);
	xml_close(w);
	free(names);
	free(text);
}

void warning_view(struct xml_writer *w, const struct component *c, const char *operator_,
                  const struct device *d)
{
	for (unsigned i = 0; i < DEVICE_WARNINGS; i++) {
		if (kept_of(d, i) != NULL)
			view_kept(w, conditions[i], kept_of(d, i));
	}
	view_double(w, c, operator_, d);
}
