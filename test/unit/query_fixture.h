/* What the tests of queries share: three days of requests in a directory of their own, and
 * filters that are run on them. */
#ifndef TEST_QUERY_FIXTURE_H
#define TEST_QUERY_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "component/query.h"

#define DAY_1 INT64_C(1767312000000)     /* 2026-01-02T00:00:00Z */
#define DAYS 3
#define A_DAY 10                         /* requests of each day */

extern char dir[];

/* In which form the days are made: as their rows came, sealed, or sealed with more behind
 * it. */
enum query_form { OPEN, SEALED, SEALED_AND_MORE };
extern enum query_form form;

/* For cmocka. Of each day the even requests are of mfp-0 and unit acme, the odd ones of mfp-1
 * and unit bolt; 3 is a reboot, 4 is bob's, and 2 has ended. */
int make_days(void **state);
int remove_days(void **state);

/* The request number n of a day: at n o'clock. */
char *id_of(int day, int n, char out[static UUID7_STRING]);

/* Makes a day anew, in two segments: the end of a request is not where it began. */
void put_day(int day);
/* Writes one of its segments; its text ends with rows that were added. */
void put(int day, unsigned segment, const char *text);
void add_row(char **text, const struct record *rec);

/* One that sees both units; free with query_filter_clear(). */
struct query_filter any(unsigned max);

/* Runs it and clears it; rows expected, and whether there are more. */
struct days_result run(struct query_filter *f, unsigned rows, bool more);
void assert_row(const struct days_result *result, unsigned i, int day, int n);
void count(struct query_filter *f, unsigned expected);

#endif
