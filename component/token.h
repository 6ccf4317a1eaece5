/* Idempotency tokens: the same operator, token and content get the same
 * request back, for a day. */
#ifndef COMPONENT_TOKEN_H
#define COMPONENT_TOKEN_H

#include <stdbool.h>
#include <stdint.h>
#include <uthash.h>

#include "common/uuid7.h"

#define TOKEN_DIGEST 16
#define TOKEN_DAY_MS INT64_C(86400000)
#define TOKENS_MAX 1000000

struct token {
	unsigned char key[TOKEN_DIGEST];       /* of operator and token */
	unsigned char content[TOKEN_DIGEST];   /* of what was asked */
	char id[UUID7_STRING];
	int64_t created;                       /* wall ms */
	const char *ended;                     /* the request's status when it has; a constant */
	uint64_t ticket;                       /* of the row that says so: see store.h */
	struct token *prev, *next;             /* in the order of creation */
	UT_hash_handle hh;
};

struct tokens {
	struct token *by_key, *oldest;
};

/* What is compared. arguments, device and command as in the row. */
struct token_content {
	const char *operator_, *token, *device, *command, *arguments, *priority;
	int64_t timeout_s, max_attempts, expires_s;
};

/* NULL if there is none; *same: whether its content is this one. */
const struct token *token_find(const struct tokens *all, const struct token_content *c,
                               bool *same);
/* Remembers, unless a newer request had the same token; drops those that are older
 * than a day, and the oldest above TOKENS_MAX. */
void token_add(struct tokens *all, const struct token_content *c, const char *id,
               int64_t created, int64_t now);
/* The request with this id has ended so, which may no longer be the newest that this
 * operator and token made; ticket: its row's. */
void token_ended(struct tokens *all, const char *operator_, const char *token,
                 const char *id, const char *status, uint64_t ticket);
/* After reading them in another order than they were made in. */
void tokens_sort(struct tokens *all);
void tokens_free(struct tokens *all);

#endif
