/* Lists for spreadsheets: RFC 4180, and nothing in a cell that one would take
 * for a formula. */
#ifndef OPERATOR_CSV_H
#define OPERATOR_CSV_H

#include <stdio.h>

#include "operator/row.h"

/* One cell of a line; NULL is an empty one. Cleaned as in text.h; what begins like a
 * formula, also behind a semicolon or a tab, gets an apostrophe ahead of it. */
void csv_text(FILE *out, const char *text, bool is_first);

/* The head line, and a row each. Columns only ever come to be at the end. */
void csv_request_head(FILE *out);
void csv_request(FILE *out, const struct row_request *r);
void csv_device_head(FILE *out);
void csv_device(FILE *out, const struct row_device *d);
void csv_unassigned_head(FILE *out);
void csv_unassigned(FILE *out, const struct row_unassigned *u);

/* What became of an account; condition and said are NULL where nothing went wrong. */
void csv_account_head(FILE *out);
void csv_account(FILE *out, const char *jid, const char *result, const char *condition,
                 const char *said);

#endif
