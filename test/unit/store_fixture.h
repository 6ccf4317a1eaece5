/* What the tests of the store share: a directory "data" in one of their own, a
 * loop, and a store whose events are noted. */
#ifndef TEST_STORE_FIXTURE_H
#define TEST_STORE_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include <cmocka.h>

#include "common/store.h"

extern const struct table_schema schema;    /* id, value; version 2 */
extern uv_loop_t loop;

/* What the store told. */
extern uint64_t synced;
extern unsigned syncs, rooms, failures;
extern bool room;
extern const struct store_events events;

/* The process may mount what no other sees. */
extern bool may_mount;

int make_dir(void **state);
int remove_dir(void **state);
int setup(void **state);
int teardown(void **state);
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

struct store *open_store(uint64_t reserve);
struct store_file *open_file(struct store *s, const char *name);
uint64_t append(struct store_file *f, const char *key, const char *value);
void append_lazy(struct store_file *f, const char *key, const char *value);
void run_until_synced(struct store *s, uint64_t ticket);
/* The store's own timer does not keep a loop alive; a daemon has other handles. */
void run_until_room(struct store *s);

/* What the store has said of room, how often, and what it says when asked. */
void assert_room(const struct store *s, unsigned changes, bool has_room);
/* A table_row_fn that adds "key=value;" to a char *. */
bool note_row(void *arg, const char *const *values, uint64_t offset);
/* What any reader finds in data/NAME; nothing of it is damaged. */
void assert_rows(const char *name, const char *expected);
/* The numbers of base's segments, a space behind each. */
void assert_segments(const char *base, const char *expected);

#endif
