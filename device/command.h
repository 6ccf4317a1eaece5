/* What a component can ask of this device: the one table, and the operation
 * element that asks it (docs/protocol.md, Execute). What the table says beside names and
 * kinds is told to the component (command_list.h). */
#ifndef DEVICE_COMMAND_H
#define DEVICE_COMMAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/xml.h"
#include "device/source.h"

struct command_argument {
	const char *name;                    /* NULL: the last has been */
	const char *type;                    /* "string", "integer", "boolean" */
	bool required;
};

struct command {
	const char *name;                    /* the table is in the order of these */
	enum source_action action;
	enum mfp_part part;                  /* what it reads; 0: nothing */
	bool read_only;                      /* nothing of the printer is changed */
	bool repeatable;                     /* safe to execute twice */
	int64_t timeout_ms;                  /* how long it may take by default */
	int64_t attempts;                    /* transmissions that may time out */
	int64_t expires_s;                   /* until it must have begun */
	int64_t limit_s;                     /* in progress, without a word */
	const char *right;                   /* whose operators may ask for it */
	const struct command_argument *arguments;
};

extern const struct command command_table[];
extern const size_t command_count;

const struct command *command_find(const char *name);

#define OPERATION_NS "urn:platen:operation:1"
#define COMMAND_ID_MAX 64

/* An operation as asked; the strings are the element's. */
struct operation {
	const char *id;
	const struct command *command;       /* NULL: refused */
	int64_t not_after;                   /* component's clock, wall ms; INT64_MAX: none */
	const char *condition;               /* of a refusal, NULL if it is none */
	char reason[200];
};

/* False: no id to answer with (absent, empty or over COMMAND_ID_MAX bytes). Other
 * mistakes are refusals, in condition and reason. */
bool command_read(const struct xml *el, struct operation *op);

#endif
