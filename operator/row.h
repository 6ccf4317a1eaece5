/* Requests and devices as the component tells them (docs/protocol.md). All
 * fields are optional: NULL or ROW_NO_TIME where they are not said. */
#ifndef OPERATOR_ROW_H
#define OPERATOR_ROW_H

#include <stdbool.h>
#include <stdint.h>

#include "common/mfp.h"
#include "common/xml.h"

#define ROW_OPERATION_NS "urn:platen:operation:1"
#define ROW_DEVICE_NS "urn:platen:device:1"

#define ROW_NO_TIME INT64_MIN

/* What the device answered: at most one part of struct mfp, else text; while it is in
 * progress, how far it is. */
struct row_outcome {
	bool said;
	char *status;
	struct mfp_number percent;
	char *progress;
	enum mfp_part part;       /* 0: none */
	struct mfp data;
	char *xml;                /* of an unknown shape; NULL: no data */
};

struct row_request {
	char *id, *device, *via, *command, *operator_, *unit, *status, *cause;
	int64_t created, transmitted, responded, ended, expires;     /* wall ms */
	struct mfp_number response_ms, attempts, max_attempts;
	bool late;
	bool running;             /* the device is at it, and may say how far */
	char *error_condition, *error_text;
	struct row_outcome outcome;
};

#define ROW_WARNINGS 8

struct row_warning {
	char *condition, *text;
	int64_t since;                                               /* wall ms */
};

struct row_device {
	char *device, *via, *unit, *client, *transport;
	int online;               /* 1, 0, or -1: not said */
	int64_t since, taken, received;                              /* wall ms */
	char *facts[MFP_FACTS];
	struct mfp data;          /* its parts: supplies, counters, status */
	int64_t parts_taken[MFP_INFORMATION];     /* by enum mfp_part; wall ms, 0: not said */
	int64_t decommissioned;                                      /* wall ms */
	char *successor, *predecessor;
	struct row_warning warnings[ROW_WARNINGS];
	size_t n_warnings;
};

/* Who presents itself as a device and is none. */
struct row_unassigned {
	char *device, *reason, *client;
	int64_t first, last;                                         /* wall ms */
	struct mfp_number times;
	char *facts[MFP_FACTS];
};

/* Fill *r anew; row_..._clear() it afterwards. el is a <request/> or <device/>. */
void row_request_read(struct row_request *r, const struct xml *el);
void row_request_clear(struct row_request *r);
void row_device_read(struct row_device *d, const struct xml *el);
void row_device_clear(struct row_device *d);
void row_unassigned_read(struct row_unassigned *u, const struct xml *el);
void row_unassigned_clear(struct row_unassigned *u);

/* The exit status that a request's status means; -1: it is open. */
int row_request_exit(const struct row_request *r);

/* The protocol's status words, from 0; NULL behind the last one. */
const char *row_status_name(size_t i);

/* Whether this is one of them. */
bool row_status_known(const char *status);

#endif
