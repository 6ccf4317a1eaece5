// link: device/source.o device/source_file.o device/watch.o
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/clock.h"
#include "common/mem.h"
#include "device/source_file.h"

static uv_loop_t loop;
static char *const no_facts[MFP_FACTS];

static int set_up(void **state)
{
	(void)state;
	return uv_loop_init(&loop);
}

static int tear_down(void **state)
{
	(void)state;
	clock_set(-1, -1);
	uv_run(&loop, UV_RUN_DEFAULT);   /* sources close their handles */
	return uv_loop_close(&loop);
}

/* A printer that is slow, and counts how often it is read, and by how many at
 * once. */
struct slow {
	int reads, acts, now, most;
	bool long_read, aborted, freed;
	const char *says;
};

static void slow_read(void *state, enum mfp_part part, int64_t deadline, struct mfp *m,
                      struct source_failure *f)
{
	struct slow *s = state;
	int now = __atomic_add_fetch(&s->now, 1, __ATOMIC_SEQ_CST);

	(void)deadline;
	if (now > s->most)
		s->most = now;
	usleep(s->long_read ? 500000 : 20000);
	__atomic_add_fetch(&s->reads, 1, __ATOMIC_SEQ_CST);
	if (part == MFP_STATUS)
		source_fail(f, "printer-error", "read number %d", s->reads);
	if (part == MFP_SUPPLIES)
		source_fail(f, "printer-timeout", "read number %d", s->reads);
	m->parts |= part;
	m->facts[0] = mem_strdup("Maker");
	m->facts[2] = mem_strdup("W1");
	__atomic_sub_fetch(&s->now, 1, __ATOMIC_SEQ_CST);
}

static void slow_free(void *state)
{
	((struct slow *)state)->freed = true;
}

static void slow_abort(void *state)
{
	((struct slow *)state)->aborted = true;
}

static void slow_act(void *state, enum source_action action, int64_t deadline,
                     struct source_progress *progress, struct source_failure *f)
{
	struct slow *s = state;

	(void)deadline;
	assert_int_equal(action, SOURCE_REBOOT);
	source_progress(progress, 40, "%s", s->says == NULL ? "at work" : s->says);
	usleep(20000);
	if (__atomic_add_fetch(&s->acts, 1, __ATOMIC_SEQ_CST) == 2)
		source_fail(f, "printer-timeout", "act number 2");
	f->uncertain = f->condition != NULL;
}

static void slow_check(const void *state, enum source_action action, struct source_failure *f)
{
	const struct slow *s = state;

	(void)action;
	if (s->long_read)
		source_fail(f, "not-configured", "it is too slow");
}

static const struct source_kind slow_kind = {
	.name = "slow", .read = slow_read, .act = slow_act, .check = slow_check,
	.abort = slow_abort, .free = slow_free
};

/* What came back. */
struct answer {
	int calls;
	unsigned parts;
	char *failure, *manufacturer, *serial, *source;
	int64_t taken;
	struct source *free_this;
	int percent;
	char *text;
};

static void on_answer(void *arg, const struct mfp *m, const struct source_failure *failure)
{
	struct answer *a = arg;

	a->calls++;
	a->parts = m->parts;
	a->taken = m->taken;
	mem_set(&a->source, m->source);
	mem_set(&a->manufacturer, m->facts[0]);
	mem_set(&a->serial, m->facts[2]);
	if (failure != NULL) {
		free(a->failure);
		a->failure = mem_printf("%s: %s", failure->condition, failure->text);
	}
	source_free(a->free_this);
}

static void forget(struct answer *a)
{
	free(a->failure);
	free(a->manufacturer);
	free(a->serial);
	free(a->source);
	free(a->text);
}

static void test_one_read_at_a_time_and_equals_share(void **state)
{
	struct slow slow = { 0 };
	struct source *s = source_new(&loop, &slow_kind, &slow, no_facts);
	struct answer a = { 0 }, b = { 0 }, c = { 0 };

	(void)state;
	source_read(s, MFP_COUNTERS, 1000, on_answer, &a);
	/* Not shared with the one that has begun: what it reads may be older. */
	source_read(s, MFP_COUNTERS, 1000, on_answer, &b);
	source_read(s, MFP_STATUS, 1000, on_answer, &c);
	source_read(s, MFP_COUNTERS, 1000, on_answer, &b);
	uv_run(&loop, UV_RUN_DEFAULT);
	assert_int_equal(a.calls, 1);
	assert_int_equal(b.calls, 2);
	assert_int_equal(c.calls, 1);
	assert_int_equal(b.parts, MFP_COUNTERS);
	assert_string_equal(c.failure, "printer-error: read number 3");
	assert_null(b.failure);
	assert_int_equal(slow.reads, 3);
	assert_int_equal(slow.most, 1);
	source_free(s);
	assert_true(slow.freed);
	forget(&a);
	forget(&b);
	forget(&c);
}

static void test_who_waits_for_a_dead_printer_need_not_try_himself(void **state)
{
	struct slow slow = { 0 };
	struct source *s = source_new(&loop, &slow_kind, &slow, no_facts);
	struct answer a = { 0 }, b = { 0 };

	(void)state;
	source_read(s, MFP_SUPPLIES, 1000, on_answer, &a);
	source_read(s, MFP_COUNTERS, 1000, on_answer, &b);
	uv_run(&loop, UV_RUN_DEFAULT);
	assert_int_equal(slow.reads, 1);
	assert_string_equal(a.failure, "printer-timeout: read number 1");
	assert_string_equal(b.failure, "printer-timeout: read number 1");
	/* The next one does. */
	source_read(s, MFP_COUNTERS, 1000, on_answer, &a);
	uv_run(&loop, UV_RUN_DEFAULT);
	assert_int_equal(slow.reads, 2);
	assert_int_equal(a.parts, MFP_COUNTERS);
	source_free(s);
	forget(&a);
	forget(&b);
}

static bool in_time(void *arg)
{
	(void)arg;
	return true;
}

static bool too_late(void *arg)
{
	((struct answer *)arg)->parts = 77;
	return false;
}

static void on_progress(void *arg, int percent, const char *text)
{
	struct answer *a = arg;

	a->percent = percent;
	mem_set(&a->text, text);
}

static const struct source_asker patient = { in_time, on_progress, on_answer },
                                 impatient = { too_late, on_progress, on_answer };

/* Who asks for an action says again, when its turn comes, whether it is still wanted. */
static void test_an_action_that_waited_too_long_is_not_begun(void **state)
{
	struct slow slow = { 0 };
	struct source *s = source_new(&loop, &slow_kind, &slow, no_facts);
	struct answer a = { 0 }, b = { 0 }, c = { 0 };

	(void)state;
	source_read(s, MFP_COUNTERS, 1000, on_answer, &a);
	source_act(s, SOURCE_REBOOT, 0, 1000, &impatient, &b);
	source_act(s, SOURCE_REBOOT, 0, 1000, &patient, &c);
	assert_int_equal(b.parts, 0);
	uv_run(&loop, UV_RUN_DEFAULT);
	assert_int_equal(b.parts, 77);
	assert_int_equal(b.calls, 0);
	assert_int_equal(c.calls, 1);
	assert_int_equal(slow.acts, 1);
	source_free(s);
	forget(&a);
	forget(&b);
	forget(&c);
}

/* So is a read, also one that would be answered with another. */
static void test_a_read_that_waited_too_long_is_not_begun(void **state)
{
	struct slow slow = { 0 };
	struct source *s = source_new(&loop, &slow_kind, &slow, no_facts);
	struct answer a = { 0 }, b = { 0 }, c = { 0 }, d = { 0 };

	(void)state;
	source_read(s, MFP_STATUS, 1000, on_answer, &a);
	source_act(s, SOURCE_READ, MFP_COUNTERS, 1000, &impatient, &b);
	source_act(s, SOURCE_READ, MFP_COUNTERS, 1000, &patient, &c);
	source_act(s, SOURCE_READ, MFP_COUNTERS, 1000, &impatient, &d);
	uv_run(&loop, UV_RUN_DEFAULT);
	assert_int_equal(b.calls + d.calls, 0);
	assert_int_equal(b.parts, 77);
	assert_int_equal(d.parts, 77);
	assert_int_equal(c.calls, 1);
	assert_int_equal(slow.reads, 2);
	source_free(s);
	forget(&a);
	forget(&c);
}

static void test_an_action_says_how_far_it_is(void **state)
{
	char text[2 * SOURCE_PROGRESS_BYTES + 1];
	struct slow slow = { .says = text };
	struct source *s = source_new(&loop, &slow_kind, &slow, no_facts);
	struct answer a = { 0 };

	(void)state;
	memset(text, 'x', sizeof text - 1);
	text[sizeof text - 1] = '\0';
	source_act(s, SOURCE_REBOOT, 0, 1000, &patient, &a);
	uv_run(&loop, UV_RUN_DEFAULT);
	assert_int_equal(a.calls, 1);
	assert_int_equal(a.percent, 40);
	assert_int_equal(strlen(a.text), SOURCE_PROGRESS_BYTES);
	source_free(s);
	forget(&a);
}

/* What waits, and a read that is under way; not what has begun to change something. */
static void test_what_was_asked_is_taken_back(void **state)
{
	struct slow slow = { 0 };
	struct source *s = source_new(&loop, &slow_kind, &slow, no_facts);
	struct answer a = { 0 }, b = { 0 }, c = { 0 };

	(void)state;
	source_act(s, SOURCE_READ, MFP_COUNTERS, 1000, &patient, &a);
	source_act(s, SOURCE_REBOOT, 0, 1000, &patient, &b);
	source_act(s, SOURCE_REBOOT, 0, 1000, &patient, &c);
	assert_true(source_let_go(s, &a));
	assert_true(source_let_go(s, &b));
	assert_false(source_let_go(s, &b));
	while (__atomic_load_n(&slow.acts, __ATOMIC_SEQ_CST) == 0)
		uv_run(&loop, UV_RUN_NOWAIT);
	assert_false(source_let_go(s, &c));
	uv_run(&loop, UV_RUN_DEFAULT);
	assert_int_equal(a.calls + b.calls, 0);
	assert_int_equal(c.calls, 1);
	assert_int_equal(slow.reads, 1);
	assert_int_equal(slow.acts, 1);
	source_free(s);
	forget(&c);
}

static void test_each_action_is_one_and_in_its_turn(void **state)
{
	struct slow slow = { 0 };
	struct source *s = source_new(&loop, &slow_kind, &slow, no_facts);
	struct answer a = { 0 }, b = { 0 }, c = { 0 };

	(void)state;
	source_act(s, SOURCE_REBOOT, 0, 1000, &patient, &a);
	source_act(s, SOURCE_REBOOT, 0, 1000, &patient, &b);
	source_read(s, MFP_COUNTERS, 1000, on_answer, &c);
	source_act(s, SOURCE_REBOOT, 0, 1000, &patient, &a);
	uv_run(&loop, UV_RUN_DEFAULT);
	assert_int_equal(slow.acts, 3);
	assert_int_equal(a.calls, 2);
	assert_null(a.failure);
	assert_int_equal(a.parts, 0);
	/* The second found it dead, which is so for the read; the third has to try. */
	assert_string_equal(b.failure, "printer-timeout: act number 2");
	assert_string_equal(c.failure, "printer-timeout: act number 2");
	assert_int_equal(slow.reads, 0);
	source_free(s);
	forget(&a);
	forget(&b);
	forget(&c);
}

static void test_what_a_source_cannot_it_says(void **state)
{
	struct slow slow = { 0 };
	struct source *s = source_new(&loop, &slow_kind, &slow, no_facts);
	struct source *file = source_new(&loop, &source_file_kind, source_file_new("x"), no_facts);
	struct source_failure f;

	(void)state;
	assert_true(source_can(s, SOURCE_REBOOT, &f));
	slow.long_read = true;
	assert_false(source_can(s, SOURCE_REBOOT, &f));
	assert_string_equal(f.condition, "not-configured");
	free(f.text);
	assert_false(source_can(file, SOURCE_REBOOT, &f));
	assert_string_equal(f.condition, "not-supported");
	assert_string_equal(f.text, "a printer of source file can only be read");
	free(f.text);
	source_free(s);
	source_free(file);
}

static void test_configured_facts_override_the_printer_s(void **state)
{
	char *const facts[MFP_FACTS] = { [2] = (char *)(uintptr_t)"Configured" };
	struct slow slow = { 0 };
	struct source *s = source_new(&loop, &slow_kind, &slow, facts);
	struct answer a = { 0 };

	(void)state;
	clock_set(-1, 1767323045678);
	source_read(s, MFP_INFORMATION, 1000, on_answer, &a);
	uv_run(&loop, UV_RUN_DEFAULT);
	assert_string_equal(a.manufacturer, "Maker");
	assert_string_equal(a.serial, "Configured");
	assert_string_equal(a.source, "slow");
	assert_int_equal(a.taken, 1767323045678);
	source_free(s);
	forget(&a);
}

static void test_nothing_comes_after_free(void **state)
{
	struct slow slow = { .long_read = true };
	struct source *s = source_new(&loop, &slow_kind, &slow, no_facts);
	struct answer a = { 0 };

	(void)state;
	source_read(s, MFP_COUNTERS, 1000, on_answer, &a);
	source_read(s, MFP_STATUS, 1000, on_answer, &a);
	source_free(s);
	assert_true(slow.aborted);
	uv_run(&loop, UV_RUN_DEFAULT);
	/* The loop did not wait for the read. */
	assert_int_equal(__atomic_load_n(&slow.reads, __ATOMIC_SEQ_CST), 0);
	source_drain(5000);
	assert_true(slow.freed);
	assert_int_equal(slow.reads, 1);
	assert_int_equal(a.calls, 0);
	source_free(NULL);
}

static void test_it_may_be_freed_by_who_is_answered(void **state)
{
	struct slow slow = { 0 };
	struct source *s = source_new(&loop, &slow_kind, &slow, no_facts);
	struct answer a = { .free_this = s }, b = { 0 };

	(void)state;
	source_read(s, MFP_STATUS, 1000, on_answer, &b);
	source_read(s, MFP_COUNTERS, 1000, on_answer, &a);
	source_read(s, MFP_COUNTERS, 1000, on_answer, &b);
	uv_run(&loop, UV_RUN_DEFAULT);
	assert_int_equal(a.calls, 1);
	assert_int_equal(b.calls, 1);
	assert_true(slow.freed);
	forget(&a);
	forget(&b);
}

static void test_a_dead_printer_takes_no_other_s_place(void **state)
{
	struct slow slow[16] = { 0 };
	struct source *s[16];
	struct answer a = { 0 };
	int64_t begun = clock_mono_ms();

	(void)state;
	/* More than the loop's pool has workers. */
	for (size_t i = 0; i < 16; i++) {
		slow[i].long_read = true;
		s[i] = source_new(&loop, &slow_kind, &slow[i], no_facts);
		source_read(s[i], MFP_COUNTERS, 1000, on_answer, &a);
	}
	uv_run(&loop, UV_RUN_DEFAULT);
	assert_int_equal(a.calls, 16);
	/* Four workers would take four times 500 ms. */
	assert_true(clock_mono_ms() - begun < 1500);
	for (size_t i = 0; i < 16; i++)
		source_free(s[i]);
	forget(&a);
}

/* State files. */

/* Reads a part of a file with this text; the caller forgets it. NULL: no file. */
static struct answer read_file_with(const char *text, size_t len, enum mfp_part part)
{
	char path[] = "/tmp/platen-test-XXXXXX";
	int fd = mkstemp(path);
	struct answer a = { 0 };
	struct source *s;

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, len), (ssize_t)len);
	close(fd);
	if (len == 0)
		unlink(path);
	s = source_new(&loop, &source_file_kind, source_file_new(path), no_facts);
	source_read(s, part, 1000, on_answer, &a);
	uv_run(&loop, UV_RUN_DEFAULT);
	source_free(s);
	unlink(path);
	assert_int_equal(a.calls, 1);
	return a;
}

static void check_failure(const char *text, enum mfp_part part, const char *condition,
                          const char *end)
{
	struct answer a = read_file_with(text, strlen(text), part);

	assert_non_null(a.failure);
	assert_int_equal(strncmp(a.failure, condition, strlen(condition)), 0);
	assert_true(strlen(a.failure) > strlen(end));
	assert_string_equal(a.failure + strlen(a.failure) - strlen(end), end);
	assert_non_null(strstr(a.failure, "/tmp/platen-test-"));
	forget(&a);
}

#define STATE(inner) "<state xmlns='urn:platen:mfp:1'>" inner "</state>"

static void test_a_state_file_is_read(void **state)
{
	static const char text[] = STATE("<information serial='W7'/><counters source='me'"
	                                 " taken='2026-01-02T03:04:05.678Z'/>");
	struct answer a = read_file_with(text, strlen(text), MFP_INFORMATION);

	(void)state;
	assert_null(a.failure);
	assert_int_equal(a.parts, MFP_INFORMATION);
	assert_string_equal(a.serial, "W7");
	assert_true(a.taken > 1767323045678);
	forget(&a);
	a = read_file_with(text, strlen(text), MFP_COUNTERS);
	assert_null(a.failure);
	assert_int_equal(a.taken, 1767323045678);
	assert_string_equal(a.source, "file");
	forget(&a);
}

static void test_what_is_wrong_with_a_state_file_is_said(void **state)
{
	char *large = mem_zero(1, 256 * 1024 + 2);

	(void)state;
	check_failure("", MFP_COUNTERS, "bad-state-file: ", ": No such file or directory");
	check_failure(STATE("<counters/>"), MFP_STATUS, "not-supported: ", " has no <status/>");
	check_failure(STATE("<supplies><supply level='x'/></supplies>"), MFP_SUPPLIES,
	              "bad-state-file: ", ": level of <supply/> is no whole number: 'x'");
	check_failure("<state/>", MFP_SUPPLIES, "bad-state-file: ",
	              ": the root is no <state/> of urn:platen:mfp:1");
	check_failure("<state", MFP_SUPPLIES, "bad-state-file: ", ": unclosed token");
	memset(large, ' ', 256 * 1024 + 1);
	check_failure(large, MFP_SUPPLIES, "bad-state-file: ", ": larger than 256 KiB");
	free(large);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_one_read_at_a_time_and_equals_share),
		TEST(test_who_waits_for_a_dead_printer_need_not_try_himself),
		TEST(test_an_action_that_waited_too_long_is_not_begun),
		TEST(test_a_read_that_waited_too_long_is_not_begun),
		TEST(test_an_action_says_how_far_it_is),
		TEST(test_what_was_asked_is_taken_back),
		TEST(test_each_action_is_one_and_in_its_turn),
		TEST(test_what_a_source_cannot_it_says),
		TEST(test_configured_facts_override_the_printer_s),
		TEST(test_nothing_comes_after_free),
		TEST(test_a_dead_printer_takes_no_other_s_place),
		TEST(test_it_may_be_freed_by_who_is_answered),
		TEST(test_a_state_file_is_read),
		TEST(test_what_is_wrong_with_a_state_file_is_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
