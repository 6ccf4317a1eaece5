/* A campaign as the component tells it: for people and as JSON. Read where it stands, in
 * its element. */
#ifndef OPERATOR_CAMPAIGN_H
#define OPERATOR_CAMPAIGN_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "common/xml.h"
#include "operator/args.h"
#include "operator/fault.h"
#include "operator/grid.h"

/* The <campaign/> that starts one, from the words behind `campaign start`; NULL with *f
 * (usage). The caller frees it. */
char *campaign_payload(const struct args *a, const char *token, struct fault *f);

/* Whether it goes on, and the exit status that its end means. */
bool campaign_is_open(const struct xml *el);
int campaign_exit(const struct xml *el);

/* A new reference; devices: those of its members that are known, taken over, NULL for
 * null. */
json_t *campaign_json(const struct xml *el, json_t *devices);
json_t *campaign_member_json(const struct xml *member);

/* "running, 120 of 2 000: 110 responded, 10 failed". The caller frees it. */
char *campaign_progress_text(const struct xml *el);
/* With a bar, for a terminal's line. Likewise. */
char *campaign_progress_bar(const struct xml *el);

/* The whole of one, without its members. */
void campaign_print(const struct xml *el, FILE *out);

extern const struct grid_column campaign_columns[6];
void campaign_cells(const struct xml *el, struct grid *g);
extern const struct grid_column campaign_member_columns[5];
void campaign_member_cells(const struct xml *member, struct grid *g);

#endif
