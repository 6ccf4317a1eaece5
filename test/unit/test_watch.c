// link: device/watch.o
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/mem.h"
#include "device/watch.h"

/* What a look at these figures logs; the caller frees it. */
static char *log_of(struct watch *w, const struct mfp *m)
{
	char text[4096];
	int saved = dup(STDERR_FILENO), out[2];
	ssize_t n;

	assert_int_equal(pipe(out), 0);
	dup2(out[1], STDERR_FILENO);
	close(out[1]);
	watch_look(w, m);
	dup2(saved, STDERR_FILENO);
	close(saved);
	n = read(out[0], text, sizeof text);
	close(out[0]);
	assert_true(n >= 0 && n < (ssize_t)sizeof text);
	return mem_strndup(text, (size_t)n);
}

/* Looks at one counter; what is logged has to end so ("": nothing is). */
static void check_counter(struct watch *w, const char *name, const char *index, int64_t value,
                          const char *end)
{
	struct mfp m = { .parts = MFP_COUNTERS };
	struct mfp_counter *c = mfp_add_counter(&m);
	char *text;

	c->name = mem_strdup(name);
	c->index = mem_strdup(index);
	c->value = (struct mfp_number){ value >= 0, value };
	text = log_of(w, &m);
	assert_int_equal(*text == '\0', *end == '\0');
	if (*end != '\0')
		assert_non_null(strstr(text, end));
	free(text);
	mfp_clear(&m);
}

static void test_a_counter_that_runs_backwards_is_told(void **state)
{
	struct watch w = { 0 };

	(void)state;
	check_counter(&w, "marker-life-count", "1.1", 100, "");
	check_counter(&w, "marker-life-count", "1.2", 7, "");
	check_counter(&w, "marker-life-count", "1.1", 100, "");
	check_counter(&w, "marker-life-count", "1.1", 99,
	              "warn watch: a counter runs backwards name=marker-life-count index=1.1 was=100"
	              " is=99\n");
	/* Once told, the new figure counts. */
	check_counter(&w, "marker-life-count", "1.1", 99, "");
	check_counter(&w, "marker-life-count", "1.1", -1, "");
	check_counter(&w, "scan", NULL, 5, "");
	check_counter(&w, "scan", NULL, 4, "name=scan index= was=5 is=4\n");
	check_counter(&w, "marker-power-on-count", "1.1", 5, "");
	check_counter(&w, "marker-power-on-count", "1.1", 0, "");
	watch_clear(&w);
}

static void check_serial(struct watch *w, const char *serial, const char *end)
{
	struct mfp m = { .parts = MFP_INFORMATION };
	char *text;

	m.facts[2] = mem_strdup(serial);
	text = log_of(w, &m);
	assert_int_equal(*text == '\0', *end == '\0');
	if (*end != '\0')
		assert_non_null(strstr(text, end));
	free(text);
	mfp_clear(&m);
}

static void test_another_serial_is_told(void **state)
{
	struct watch w = { 0 };

	(void)state;
	check_serial(&w, "W1", "");
	check_serial(&w, NULL, "");
	check_serial(&w, "W1", "");
	check_serial(&w, "W2", "warn watch: the printer's serial number has changed was=W1 is=W2\n");
	check_serial(&w, "W2", "");
	watch_clear(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_counter_that_runs_backwards_is_told),
		cmocka_unit_test(test_another_serial_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
