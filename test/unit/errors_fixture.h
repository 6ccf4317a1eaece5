/* docs/errors.md, to be compared with the errors that come. */
#ifndef TEST_ERRORS_FIXTURE_H
#define TEST_ERRORS_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#include <cmocka.h>

/* Of a group of tests: reads the page, and forgets it. */
int read_page(void **state);
int forget_page(void **state);

/* What was sent is one error, and the page has it. */
void is_documented(const char *stanza);

/* The group's last test: each row of the page has been such an error. */
void the_page_says_nothing_else(void **state);

#endif
