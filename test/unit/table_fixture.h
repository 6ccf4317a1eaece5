/* What the tests of tables share: a directory of their own, which each test
 * finds empty, texts that grow, and what a reader sees. */
#ifndef TEST_TABLE_FIXTURE_H
#define TEST_TABLE_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/table.h"

extern const struct table_schema schema;    /* id, status, note; version 2 */
extern char dir[64];

int make_dir(void **state);
int remove_dir(void **state);
int empty_dir(void **state);
#define TEST(name) cmocka_unit_test_setup(name, empty_dir)

/* A file's text; get()'s caller frees it, put_text() frees it itself. */
void put(const char *path, const char *text);
void put_text(const char *path, char *text);
char *get(const char *path);
/* With the sum that a merged file's header ends with: "...crc32c/2 merged/7". */
char *merged_header(const char *line);

/* Append to a text, which starts as NULL and is freed by the caller. */
void add(char **text, const char *more);
void add_header(char **text, const struct table_schema *s);
void add_row(char **text, const struct table_schema *s, const char *a, const char *b,
             const char *c);

/* A table_row_fn that adds "a=b,c;" to a char *, '-' for emptied, '.' for as
 * before. */
bool note_row(void *arg, const char *const *values, uint64_t offset);

/* Reads a segment: its rows so, "!LENGTH@OFFSET;" for a damaged line. */
struct table_report assert_reads(const char *path, const char *expected);

#endif
