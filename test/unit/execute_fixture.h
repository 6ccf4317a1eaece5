/* A device between its stream and its printer: the journal's file stands in a directory of
 * the test's, the stream and the printer stand here. */
#ifndef TEST_EXECUTE_FIXTURE_H
#define TEST_EXECUTE_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "device/execute.h"

#define ID "01900000-0000-7000-8000-00000000000"

extern uv_loop_t loop;
extern struct execute *x;
extern char *state_dir, *journal_path;
extern int64_t component_time;       /* 1 at first; 0 is one that is not known */
extern int64_t in_progress_ms;       /* of what is started next; at first longer than any test */
extern char *sent;                   /* what was sent since the last look, a stanza a line */

/* The printer: what changes something waits until the test ends it; reads do not, unless it
 * is slow. One that is busy begins nothing. */
struct printer {
	const struct source_asker *asker;
	void *arg;
	unsigned actions, reads;
	bool cannot, busy, slow, begun, is_read;
};
extern struct printer printer;

/* condition NULL: it is done. */
void printer_ends(const char *condition, bool uncertain);

int set_up(void **state);
int tear_down(void **state);
void start_device(void);
/* As if it were killed: what it was doing is not ended. */
void stop_device(void);

/* Stanzas of a component "c". */
void ask(const char *id, const char *command, const char *attributes);
void ask_about(const char *id);
void cancel(const char *id, const char *command);
bool acknowledge(const char *from, const char *stanza);

/* Until all that is under way on the disk has ended. */
void settle(void);
/* Until a timer has sent something. */
void until_sent(void);
/* What was sent has this part, and is forgotten. */
void expect(const char *part);
void expect_nothing(void);

char *journal_text(void);
void in_shell(const char *format, ...) __attribute__((format(printf, 1, 2)));

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

#endif
