/* The subcommands: this table is the dispatch and the help. */
#ifndef OPERATOR_COMMAND_H
#define OPERATOR_COMMAND_H

#include <stddef.h>
#include <stdio.h>

#include "operator/args.h"
#include "operator/fault.h"
#include "operator/list_query.h"

struct command {
	const char *name;
	const char *words;           /* behind the name, for the help */
	const char *summary;
	const char *more;            /* paragraphs of `platen help NAME` */
	uint64_t options;            /* ARGS_BIT()s beside ARGS_COMMON */
	size_t min, max;             /* how many words behind the name */
	/* The exit status; where it did not do what it should, with *f. */
	int (*run)(const struct args *a, struct fault *f);
};

extern const struct command commands[];   /* ends with name NULL */

const struct command *command_find(const char *name);

/* KEY=VALUE words that a list takes. */
extern const struct list_filter requests_filters[], devices_filters[], audit_filters[],
                                stats_filters[];

/* All commands, or one in full. */
void command_help_all(FILE *out);
void command_help(const struct command *c, FILE *out);

int cmd_login(const struct args *a, struct fault *f);
int cmd_devices(const struct args *a, struct fault *f);
int cmd_device(const struct args *a, struct fault *f);
int cmd_request(const struct args *a, struct fault *f);
int cmd_requests(const struct args *a, struct fault *f);
int cmd_status(const struct args *a, struct fault *f);
int cmd_cancel(const struct args *a, struct fault *f);
int cmd_watch(const struct args *a, struct fault *f);
int cmd_stats(const struct args *a, struct fault *f);
int cmd_campaign(const struct args *a, struct fault *f);
int cmd_audit(const struct args *a, struct fault *f);
int cmd_account(const struct args *a, struct fault *f);
int cmd_administer(const struct args *a, struct fault *f);
int cmd_unassigned(const struct args *a, struct fault *f);
int cmd_help(const struct args *a, struct fault *f);

#endif
