#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/backoff.h"
#include "common/clock.h"
#include "common/mem.h"
#include "operator/command.h"
#include "operator/json.h"
#include "operator/output.h"
#include "operator/print.h"
#include "operator/session.h"
#include "operator/text.h"

/* A lease outlives some renewals that go wrong. */
#define LEASE_S 60
#define RENEW_MS 20000
#define AGAIN_MS 500
#define AGAIN_CAP_MS 10000

static const struct grid_column columns[] = {
	{ "TIME", 0, false }, { "DEVICE", 48, false }, { "COMMAND", 24, false },
	{ "STATE", 48, false }, { "ID", 0, false },
};

struct watching {
	struct session session;
	char *payload;
	struct grid grid;
	int64_t due;              /* of the next renewal, monotonic ms */
	bool watched;             /* there was a lease before */
	bool lost;                /* the stream was, since then */
};

static char *payload_of(const struct args *a, int64_t seconds)
{
	struct xml_writer w = { 0 };

	xml_open(&w, "watch", ROW_OPERATION_NS);
	xml_attr(&w, "unit", a->n_words > 1 ? a->words[1] : NULL);
	xml_attr(&w, "device", a->options[ARGS_DEVICE]);
	xml_attr_int(&w, "seconds", seconds);
	xml_close(&w);
	return xml_take(&w, NULL);
}

/* What is shown. */

static void add_line(struct watching *w, const char *device, const char *command,
                     const char *state, const char *id)
{
	const char *const cells[] = { device, command, state };
	char when[TEXT_TIME];

	grid_add(&w->grid, text_time(clock_wall_ms(), when));
	for (size_t i = 0; i < 3; i++)
		grid_add(&w->grid, cells[i] == NULL || *cells[i] == '\0' ? "-" : cells[i]);
	grid_add(&w->grid, id);
	grid_print(&w->grid, "", stdout);
}

static void show_request(struct watching *w, const struct xml *el)
{
	struct row_request r;
	char *state;

	row_request_read(&r, el);
	if (w->session.json) {
		json_print(stdout, json_named("request", json_request(&r)));
	} else {
		state = print_request_state(&r);
		add_line(w, r.device, r.command, state, r.id);
		free(state);
	}
	row_request_clear(&r);
}

static void show_device(struct watching *w, const struct xml *el)
{
	struct row_device d;

	row_device_read(&d, el);
	if (w->session.json)
		json_print(stdout, json_named("device", json_device(&d)));
	else
		add_line(w, d.device, NULL, d.decommissioned != ROW_NO_TIME ? "decommissioned"
		                            : d.online == 1 ? "online" : "offline", NULL);
	row_device_clear(&d);
}

/* n below 0: nobody knows how much, or whether anything. */
static void show_missed(struct watching *w, int64_t n)
{
	char *text;

	if (w->session.json) {
		json_print(stdout, json_named("missed", n < 0 ? json_null() : json_integer(n)));
		return;
	}
	text = n < 0 ? mem_strdup("something may be missed") : mem_printf("%" PRId64 " missed", n);
	add_line(w, NULL, NULL, text, NULL);
	free(text);
}

static int take(struct watching *w, const struct xml *message, struct fault *f)
{
	unsigned dropped = link_dropped(w->session.link);
	int64_t n;

	for (const struct xml *el = xml_first(message); el != NULL; el = xml_following(el)) {
		if (xml_is(el, "missed", ROW_OPERATION_NS))
			show_missed(w, xml_get_int(el, "n", &n) && n > 0 ? n : -1);
		else if (xml_is(el, "request", ROW_OPERATION_NS))
			show_request(w, el);
		else if (xml_is(el, "device", ROW_DEVICE_NS))
			show_device(w, el);
	}
	if (dropped > 0)
		show_missed(w, dropped);
	return output_status(f);
}

/* The lease. */

static int lease(struct watching *w, struct fault *f)
{
	struct xml *answer = NULL;
	const struct xml *el;
	const char *is_new;
	int rc = session_ask(&w->session, "set", w->payload, "watch", ROW_OPERATION_NS, &answer, &el, f);

	if (rc == 0) {
		is_new = xml_get(el, "new");
		w->due = clock_mono_ms() + RENEW_MS;
		if (w->watched && (w->lost || (is_new != NULL && strcmp(is_new, "true") == 0)))
			show_missed(w, -1);
		w->watched = true;
		w->lost = false;
		rc = output_status(f);
	}
	xml_free(answer);
	return rc;
}

static int connect_again(struct watching *w, struct fault *f)
{
	if (link_is_online(w->session.link))
		return 0;
	w->lost = true;
	switch (link_connect(w->session.link, w->session.password, f)) {
	case LINK_OK:
		return 0;
	case LINK_INTERRUPTED:
		return EXIT_INTERRUPTED;
	default:
		return f->exit;
	}
}

/* Until there is a lease again, however long that takes; f: what is wrong, or nothing. */
static int recover(struct watching *w, struct fault *f)
{
	int rc = EXIT_NO_CONNECTION;

	if (f->condition == NULL)
		fault_set(f, rc, "no-connection", "the connection was lost");
	fault_print(f, false);
	for (unsigned tries = 0; rc == EXIT_NO_CONNECTION; tries++) {
		if (link_sleep(w->session.link, backoff_ms(tries, AGAIN_MS, AGAIN_CAP_MS,
		                                           backoff_random())) == LINK_INTERRUPTED)
			return EXIT_INTERRUPTED;
		rc = connect_again(w, f);
		if (rc == 0)
			rc = lease(w, f);
	}
	if (rc == 0)
		fault_clear(f);
	return rc;
}

static int step(struct watching *w, struct fault *f)
{
	int64_t left = w->due - clock_mono_ms();
	struct xml *message;
	int rc;

	switch (link_wait(w->session.link, left > 0 ? left : 0, &message)) {
	case LINK_OK:
		rc = take(w, message, f);
		xml_free(message);
		return rc;
	case LINK_INTERRUPTED:
		return EXIT_INTERRUPTED;
	case LINK_LOST:
		return recover(w, f);
	default:
		rc = lease(w, f);
		return rc == EXIT_NO_CONNECTION ? recover(w, f) : rc;
	}
}

/* So that it does not count any more. */
static void end_lease(struct watching *w, const struct args *a)
{
	char *payload;

	if (!w->watched || !link_is_online(w->session.link))
		return;
	payload = payload_of(a, 0);
	link_tell(w->session.link, "set", payload);
	free(payload);
}

static int watch(struct watching *w, struct fault *f)
{
	int rc = lease(w, f);

	if (rc == 0 && !w->session.json)
		grid_print(&w->grid, "", stdout);
	if (rc == 0)
		rc = output_status(f);
	while (rc == 0)
		rc = step(w, f);
	return rc;
}

int cmd_watch(const struct args *a, struct fault *f)
{
	struct watching w = { .grid = { .columns = columns,
	                                .n_columns = sizeof columns / sizeof *columns } };
	int rc = session_begin(&w.session, a, f);

	w.payload = payload_of(a, LEASE_S);
	if (rc == 0)
		rc = watch(&w, f);
	if (rc == EXIT_INTERRUPTED) {
		fault_clear(f);
		f->exit = rc;
	}
	end_lease(&w, a);
	session_end(&w.session);
	grid_clear(&w.grid);
	free(w.payload);
	return rc == OUTPUT_GONE ? EXIT_OK : rc;
}
