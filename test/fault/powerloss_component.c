// link: test/unit/component_fixture.o
/* The component in memory, for powerloss.py.
 *
 *   powerloss_component run DIR SEED STEPS WALL_MS    a random load; every stanza that leaves
 *                        is noted in the record of the shim
 *   powerloss_component load    of each "WALL_MS DIR" on standard input: what a start makes of
 *                        its tables, and what it then sends */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/mem.h"
#include "common/segment.h"
#include "component/days.h"
#include "component/journal.h"
#include "test/fault/shim.h"
#include "test/unit/component_fixture.h"

#define DEVICES 4
#define UNDER_WAY 16

/* What was sent to devices and is not answered yet. */
static struct { char id[64], to[64]; } operations[UNDER_WAY];
static unsigned n_operations, first, n_submits, n_orders;

static unsigned draw(unsigned below)
{
	return (unsigned)random() % below;
}

static void copy_attribute(const char *text, const char *name, char *to, size_t size)
{
	const char *at = strstr(text, name);

	*to = '\0';
	if (at != NULL)
		snprintf(to, size, "%.*s", (int)strcspn(at + strlen(name), "'"), at + strlen(name));
}

static void hear(const char *text, size_t len)
{
	unsigned i;

	if (fault_note != NULL)
		fault_note(text, len);
	if (strstr(text, "<operation ") == NULL)
		return;
	i = n_operations < UNDER_WAY ? n_operations++ : draw(UNDER_WAY);
	copy_attribute(text, " id='", operations[i].id, sizeof operations[i].id);
	copy_attribute(text, " to='", operations[i].to, sizeof operations[i].to);
}

__attribute__((format(printf, 1, 2))) static void receive(const char *format, ...)
{
	char text[2048];
	va_list ap;
	int n;

	va_start(ap, format);
	n = vsnprintf(text, sizeof text, format, ap);
	va_end(ap);
	fixture_receive(text, (size_t)n);
}

/* For who starts from what is left: what time it was, what was ordered. */
__attribute__((format(printf, 1, 2))) static void note(const char *format, ...)
{
	char text[256];
	va_list ap;
	int n;

	va_start(ap, format);
	n = vsnprintf(text, sizeof text, format, ap);
	va_end(ap);
	if (fault_note != NULL)
		fault_note(text, (size_t)n);
}

/* What may happen. */

static void submit(void)
{
	/* Now and then one that came before, with its token. */
	unsigned n = n_submits > first && draw(4) == 0 ? first + draw(n_submits - first) : n_submits++;

	receive("<iq type='set' id='s%u' " FROM_ALICE "><request xmlns='" NS_OPERATION "' "
	        "device='mfp-%u@example.com' command='get-supplies' token='t%u' timeout='20' "
	        "attempts='2' expires='%u'/></iq>", n, n % DEVICES, n, n % 3 == 0 ? 60 : 3600);
}

static void arrive(void)
{
	unsigned n = draw(DEVICES);

	receive("<presence from='mfp-%u@example.com/platen-a' to='devices.example.com'>"
	        "<device xmlns='urn:platen:device:1' model='M' serial='S%u' location='%u'/>"
	        "</presence>", n, n, draw(1000));
}

static void leave(void)
{
	receive("<presence type='unavailable' from='mfp-%u@example.com/platen-a' "
	        "to='devices.example.com'/>", draw(DEVICES));
}

static void answer(void)
{
	static const char *const status[] = { "done", "failed", "unknown" };
	unsigned i, kind = draw(6);

	if (n_operations == 0)
		return;
	i = draw(n_operations);
	if (kind == 0) {
		receive("<iq type='error' id='%s' from='%s' to='devices.example.com'><error "
		        "type='cancel'><service-unavailable "
		        "xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>",
		        operations[i].id, operations[i].to);
	} else {
		kind = kind > 2 ? 0 : kind;
		receive("<iq type='result' id='%s' from='%s' to='devices.example.com'><outcome "
		        "xmlns='" NS_OPERATION "' id='%.36s' status='%s'>%s</outcome></iq>",
		        operations[i].id, operations[i].to, operations[i].id, status[kind],
		        kind == 1 ? "<reason condition='busy'>b</reason>" : "");
	}
	operations[i] = operations[--n_operations];
}

static void administer(void)
{
	static const char *const what[] = { "decommission", "commission", "commission",
	                                    "acknowledge" };

	const char *order = what[draw(4)];
	unsigned device = draw(DEVICES);

	note("order a%u mfp-%u@example.com %s", ++n_orders, device, order);
	receive("<iq type='set' id='a%u' " FROM_ALICE "><%s xmlns='" NS_DEVICE "' "
	        "device='mfp-%u@example.com'/></iq>", n_orders, order, device);
}

static void be_denied(void)
{
	receive("<iq type='set' id='b' from='bob@example.com/x' to='devices.example.com'><request "
	        "xmlns='" NS_OPERATION "' device='mfp-1@example.com' command='get-supplies'/></iq>");
}

static void note_time(void)
{
	note("wall %" PRId64, clock_wall_ms());
}

/* Now and then most of a day, so that there are several files. */
static void pass(void)
{
	fixture_pass(draw(20) == 0 ? 36000000 : 1 + draw(15000));
	note_time();
}

/* The store tries again a second after a failure, by the real clock. */
static void wait_for_disk(void)
{
	if (store_has_room(fixture.store))
		return;
	usleep(1100000);
	fixture_settle();
}

static void change_link(void)
{
	fixture_online(false);
	fixture_online(true);
}

static void merge(void)
{
	store_compact(fixture.device_file);
}

static const struct { void (*happens)(void); unsigned share; } events[] = {
	{ submit, 12 }, { arrive, 6 }, { leave, 1 }, { answer, 12 }, { administer, 2 },
	{ be_denied, 1 }, { pass, 5 }, { change_link, 1 }, { merge, 1 }, { fixture_settle, 8 },
	{ wait_for_disk, 1 },
};

static void step(void)
{
	unsigned n = 0, i;

	for (i = 0; i < sizeof events / sizeof *events; i++)
		n += events[i].share;
	n = draw(n);
	for (i = 0; n >= events[i].share; i++)
		n -= events[i].share;
	events[i].happens();
}

static int run(const char *dir, unsigned seed, unsigned steps, int64_t wall_ms)
{
	srandom(seed);
	first = n_submits = n_orders = seed % 1000 * 1000;    /* others than in an earlier life */
	fixture_directory = dir;
	fixture_began = wall_ms;
	fixture_on_send = hear;
	fixture_start();
	note_time();
	fixture_online(true);
	for (unsigned i = 0; i < DEVICES; i++)
		arrive();
	while (steps-- > 0)
		step();
	fixture_stop();
	return EXIT_SUCCESS;
}

/* What is there after a start. */

struct last_row {
	char id[UUID7_STRING], *status;
	UT_hash_handle hh;
};

static bool merge_row(void *arg, const char *const *values, uint64_t offset)
{
	struct last_row **all = arg, *m;

	(void)offset;
	HASH_FIND_STR(*all, values[REQ_ID], m);
	if (m == NULL) {
		m = mem_zero(1, sizeof *m);
		snprintf(m->id, sizeof m->id, "%s", values[REQ_ID]);
		HASH_ADD_STR(*all, id, m);
	}
	if (values[REQ_STATUS] != NULL)
		mem_set(&m->status, values[REQ_STATUS]);
	return true;
}

/* As its files have it. */
static void print_rows(const char *data)
{
	struct last_row *all = NULL, *m, *next;
	char name[DAYS_NAME], *base;
	int64_t *days;
	int n = days_list(data, JOURNAL_FOLDER, &days);

	while (n-- > 0) {
		days_name(JOURNAL_FOLDER, days[n], name);
		base = mem_printf("%s/%s", data, name);
		if (segment_read_all(base, &request_schema, merge_row, &all) != 0)
			printf("unreadable %s\n", name);
		free(base);
	}
	free(days);
	HASH_ITER(hh, all, m, next) {
		printf("row %s %s\n", m->id, m->status == NULL ? "none" : m->status);
		HASH_DEL(all, m);
		free(m->status);
		free(m);
	}
}

static void print_sent(const char *text, size_t len)
{
	char id[64];

	(void)len;
	if (strstr(text, "<operation ") == NULL)
		return;
	copy_attribute(text, " id='", id, sizeof id);
	printf("sent %s\n", id);
}

static void print_tables(void)
{
	struct request *r, *next;

	HASH_ITER(hh, fixture.requests.by_id, r, next)
		printf("live %s %s\n", r->id, request_status_name(r->status));
	for (size_t i = 0; i < fixture.devices.n; i++) {
		const struct device *d = fixture.devices.all[i];

		printf("device %s %s\n", d->jid, d->decommissioned != 0 ? "decommissioned" : "in-use");
	}
}

static void load(const char *dir)
{
	fixture_directory = dir;
	fixture_start();
	print_tables();
	print_rows(fixture.config.data_directory);
	fixture_online(true);
	for (unsigned i = 0; i < DEVICES; i++)
		receive("<presence from='mfp-%u@example.com/platen-a' to='devices.example.com'>"
		        "<device xmlns='urn:platen:device:1'/></presence>", i);
	fixture_settle();
	fixture_stop();
}

static int load_each(void)
{
	char line[4096];

	fixture_on_send = print_sent;
	while (fgets(line, sizeof line, stdin) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		/* DIR and the time at which it is started. */
		fixture_began = strtoll(line, NULL, 10);
		load(line + strcspn(line, " ") + 1);
		puts("end");
		fflush(stdout);
	}
	return EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
	if (argc == 6 && strcmp(argv[1], "run") == 0)
		return run(argv[2], (unsigned)atoi(argv[3]), (unsigned)atoi(argv[4]),
		           strtoll(argv[5], NULL, 10));
	if (argc == 2 && strcmp(argv[1], "load") == 0)
		return load_each();
	fputs("usage: powerloss_component run DIR SEED STEPS WALL_MS | load\n", stderr);
	return 2;
}
