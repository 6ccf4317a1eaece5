/* SRV records (RFC 2782): what an answer of DNS holds, and in which order its targets are to
 * be tried. An answer comes from a stranger. */
#ifndef COMMON_SRV_H
#define COMMON_SRV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/endpoint.h"

#define SRV_RECORDS 16         /* of one answer; what is beyond is not looked at */

struct srv_record {
	char host[ENDPOINT_HOST];
	uint16_t port, priority, weight;
	int kind;                  /* the caller's, of the answer that it came in */
};

struct srv_answer {
	struct srv_record list[SRV_RECORDS];
	size_t n;
	bool none;                 /* a target of "." says that the service is not offered */
	unsigned bad, more;        /* records that make no sense; that were one too many */
};

/* Reads a whole DNS message. False: it is none, or has no SRV record. */
bool srv_read(struct srv_answer *answer, const unsigned char *message, size_t len, int kind);

/* Sorts by priority, and those of one by drawing with their weights. random() gives
 * 0 <= x < 1. */
void srv_order(struct srv_record *list, size_t n, double (*random)(void));

#endif
