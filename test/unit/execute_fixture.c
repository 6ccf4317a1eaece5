// link: device/execute.o device/answer.o device/command.o
// link: device/journal.o device/journal_file.o device/journal_rows.o device/outcome.o
// link: device/askers.o device/execution.o device/owed.o
#include "test/unit/execute_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/file.h"
#include "common/mem.h"

uv_loop_t loop;
struct execute *x;
char *state_dir, *journal_path;
static char folder[64];
int64_t component_time, in_progress_ms;

/* The stream: what was sent since the last look. */
char *sent;

void stream_send(struct stream *s, struct xml_writer *w)
{
	char *text = xml_take(w, NULL), *all;

	(void)s;
	all = mem_printf("%s%s\n", sent == NULL ? "" : sent, text);
	free(sent);
	free(text);
	sent = all;
}

/* The printer: one action waits until the test ends it. */
struct printer printer;

bool source_can(const struct source *s, enum source_action action, struct source_failure *f)
{
	(void)s;
	assert_int_equal(action, SOURCE_REBOOT);
	*f = (struct source_failure){ .condition = NULL };
	if (printer.cannot)
		*f = (struct source_failure){ "not-configured", mem_strdup("it cannot"), false };
	return !printer.cannot;
}

void source_act(struct source *s, enum source_action action, enum mfp_part part,
                int64_t timeout_ms, const struct source_asker *asker, void *arg)
{
	const struct mfp m = { .parts = part };

	(void)s;
	assert_int_equal(timeout_ms, 30000);
	if (printer.busy) {
		printer.asker = asker;
		printer.arg = arg;
		return;
	}
	if (!asker->may(arg))
		return;
	if (action == SOURCE_READ) {
		printer.reads++;
		if (!printer.slow) {
			asker->done(arg, &m, NULL);
			return;
		}
	} else {
		assert_int_equal(action, SOURCE_REBOOT);
		printer.actions++;
	}
	printer.begun = true;
	printer.is_read = action == SOURCE_READ;
	printer.asker = asker;
	printer.arg = arg;
}

bool source_let_go(struct source *s, const void *arg)
{
	(void)s;
	assert_non_null(printer.asker);
	assert_ptr_equal(arg, printer.arg);
	if (printer.begun && !printer.is_read)
		return false;
	printer.asker = NULL;
	return true;
}

void printer_ends(const char *condition, bool uncertain)
{
	static const struct mfp m;
	char *text = mem_strdup("why");
	const struct source_failure f = { condition, text, uncertain };
	const struct source_asker *asker = printer.asker;

	assert_non_null(asker);
	printer.asker = NULL;
	printer.begun = false;
	asker->done(printer.arg, &m, condition == NULL ? NULL : &f);
	free(text);
}

static int64_t now(void *arg)
{
	(void)arg;
	return component_time;
}

static void learnt(void *arg, const struct mfp *m)
{
	(void)arg;
	(void)m;
}

static const struct execute_events events = { now, learnt };

void start_device(void)
{
	const struct execute_options options = { state_dir, in_progress_ms };

	x = execute_new(&loop, &options, NULL, NULL, &events, NULL);
}

/* As if it were killed: what it was doing is not ended. */
void stop_device(void)
{
	execute_free(x);
	uv_run(&loop, UV_RUN_DEFAULT);
	free(sent);
	sent = NULL;
	printer.asker = NULL;
}

void in_shell(const char *format, ...)
{
	char command[256];
	va_list ap;

	va_start(ap, format);
	vsnprintf(command, sizeof command, format, ap);
	va_end(ap);
	assert_int_equal(system(command), 0);
}

int set_up(void **state)
{
	(void)state;
	snprintf(folder, sizeof folder, "/tmp/platen-test-XXXXXX");
	if (mkdtemp(folder) == NULL)
		return -1;
	state_dir = mem_printf("%s/state", folder);
	journal_path = mem_printf("%s/journal.tsv", state_dir);
	component_time = 1;          /* 0 is one that is not known */
	in_progress_ms = 1000000;
	memset(&printer, 0, sizeof printer);
	uv_loop_init(&loop);
	start_device();
	return 0;
}

int tear_down(void **state)
{
	(void)state;
	stop_device();
	assert_int_equal(uv_loop_close(&loop), 0);
	in_shell("rm -r '%s'", folder);
	free(state_dir);
	free(journal_path);
	return 0;
}

static void give(const char *text, enum answer (*handle)(struct execute *, const struct xml *,
                                                        const struct xml *, struct xml_writer *))
{
	struct xml *iq = xml_parse(text, strlen(text), &xml_limits_stanza, NULL);
	struct xml_writer w = { 0 }, answer = { 0 };

	assert_non_null(iq);
	if (handle(x, iq, xml_first(iq), &w) == ANSWER_RESULT) {
		xml_join(&answer, &w);
		stream_send(NULL, &answer);
	}
	xml_writer_free(&w);
	xml_free(iq);
}

void ask(const char *id, const char *command, const char *attributes)
{
	char *text = mem_printf("<iq from='c' id='%s-1'><operation xmlns='urn:platen:operation:1' "
	                        "id='%s' command='%s' %s/></iq>", id, id, command, attributes);

	give(text, execute_operation);
	free(text);
}

void ask_about(const char *id)
{
	char *text = mem_printf("<iq from='c/x' id='q'><outcome xmlns='urn:platen:operation:1' "
	                        "id='%s'/></iq>", id);

	give(text, execute_question);
	free(text);
}

void cancel(const char *id, const char *command)
{
	char *text = mem_printf("<iq from='c' id='x'><cancel xmlns='urn:platen:operation:1' "
	                        "id='%s' command='%s'/></iq>", id, command);

	give(text, execute_cancel);
	free(text);
}

bool acknowledge(const char *from, const char *stanza)
{
	char *text = mem_printf("<iq type='result' from='%s' id='%s'/>", from, stanza);
	struct xml *iq = xml_parse(text, strlen(text), &xml_limits_stanza, NULL);
	bool taken = execute_result(x, iq);

	xml_free(iq);
	free(text);
	return taken;
}

/* Until all that is under way on the disk has ended. */
void settle(void)
{
	uv_run(&loop, UV_RUN_DEFAULT);
}

static void on_moment(uv_timer_t *t)
{
	(void)t;
}

/* The device's own timers do not keep a loop going. */
void until_sent(void)
{
	uv_timer_t moment;

	uv_timer_init(&loop, &moment);
	uv_timer_start(&moment, on_moment, 1, 1);
	while (sent == NULL)
		uv_run(&loop, UV_RUN_ONCE);
	uv_close((uv_handle_t *)&moment, NULL);
	while (uv_is_active((uv_handle_t *)&moment) || uv_loop_alive(&loop))
		uv_run(&loop, UV_RUN_ONCE);
}

void expect(const char *part)
{
	if (sent == NULL || strstr(sent, part) == NULL)
		fail_msg("sent %s, not %s", sent == NULL ? "nothing" : sent, part);
	free(sent);
	sent = NULL;
}

void expect_nothing(void)
{
	assert_null(sent);
}

char *journal_text(void)
{
	char *text = NULL;

	assert_int_equal(file_read(journal_path, 1 << 20, &text, NULL), 0);
	return text;
}
