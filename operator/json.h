/* The same facts for programs (jansson): null, not absent. */
#ifndef OPERATOR_JSON_H
#define OPERATOR_JSON_H

#include <jansson.h>
#include <stdio.h>

#include "operator/fault.h"
#include "operator/row.h"

/* New references. */
json_t *json_request(const struct row_request *r);
json_t *json_device(const struct row_device *d);
json_t *json_unassigned(const struct row_unassigned *u);
/* What became of an account; condition NULL: nothing went wrong. */
json_t *json_account(const char *jid, const char *result, const char *condition, const char *said);
json_t *json_fault(const struct fault *f);
/* {"key": value}; takes the reference. */
json_t *json_named(const char *key, json_t *value);

/* Writes one line and gives the reference back; only ASCII to a terminal. */
void json_print(FILE *out, json_t *value);

#endif
