/* What a component can ask of this device: the one table, and the operation
 * element that asks it (docs/protocol.md, Execute). */
#ifndef DEVICE_COMMAND_H
#define DEVICE_COMMAND_H

#include <stdbool.h>
#include <stdint.h>

#include "common/xml.h"
#include "device/source.h"

struct command {
	const char *name;
	enum source_action action;
	enum mfp_part part;                  /* what it reads; 0: nothing */
	bool read_only;                      /* nothing of the printer is changed */
	bool repeatable;                     /* safe to execute twice */
	int64_t timeout_ms;                  /* how long it may take by default */
	const char *const *arguments;        /* names it takes, NULL-terminated */
};

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
