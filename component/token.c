#include "component/token.h"

#include <openssl/evp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "common/mem.h"

/* Fetched once: each look-up in OpenSSL's providers costs more than the digest of a
 * token. */
static const EVP_MD *sha256(void)
{
	static EVP_MD *md;

	if (md == NULL)
		md = EVP_MD_fetch(NULL, "SHA256", NULL);
	return md;
}

static void digest(unsigned char out[static TOKEN_DIGEST], const char *const *parts, size_t n)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	unsigned char md[EVP_MAX_MD_SIZE];
	bool good = ctx != NULL && sha256() != NULL && EVP_DigestInit_ex(ctx, sha256(), NULL) == 1;

	/* Each part with its NUL, so that none runs into the next. */
	for (size_t i = 0; i < n && good; i++) {
		const char *part = parts[i] == NULL ? "" : parts[i];

		good = EVP_DigestUpdate(ctx, part, strlen(part) + 1) == 1;
	}
	if (!good || EVP_DigestFinal_ex(ctx, md, NULL) != 1)
		mem_fatal();
	memcpy(out, md, TOKEN_DIGEST);
	EVP_MD_CTX_free(ctx);
}

static void digest_key(unsigned char out[static TOKEN_DIGEST], const char *operator_,
                       const char *token)
{
	const char *parts[] = { operator_, token };

	digest(out, parts, 2);
}

static void digest_content(unsigned char out[static TOKEN_DIGEST], const struct token_content *c)
{
	char numbers[80];
	const char *parts[] = { c->device, c->command, c->arguments, numbers, c->priority };

	snprintf(numbers, sizeof numbers, "%lld %lld %lld", (long long)c->timeout_s,
	         (long long)c->max_attempts, (long long)c->expires_s);
	digest(out, parts, 5);
}

const struct token *token_find(const struct tokens *all, const struct token_content *c,
                               bool *same)
{
	unsigned char key[TOKEN_DIGEST], content[TOKEN_DIGEST];
	struct token *t;

	digest_key(key, c->operator_, c->token);
	HASH_FIND(hh, all->by_key, key, TOKEN_DIGEST, t);
	if (t == NULL)
		return NULL;
	digest_content(content, c);
	*same = memcmp(t->content, content, TOKEN_DIGEST) == 0;
	return t;
}

static void drop(struct tokens *all, struct token *t)
{
	HASH_DEL(all->by_key, t);
	DL_DELETE(all->oldest, t);
	free(t);
}

static bool is_newer(const struct token *t, const char *id, int64_t created)
{
	return t->created != created ? t->created > created : strcmp(t->id, id) > 0;
}

void token_add(struct tokens *all, const struct token_content *c, const char *id,
               int64_t created, int64_t now)
{
	struct token *t, *had;
	unsigned char key[TOKEN_DIGEST];

	digest_key(key, c->operator_, c->token);
	HASH_FIND(hh, all->by_key, key, TOKEN_DIGEST, had);
	if (had != NULL && is_newer(had, id, created))
		return;
	if (had != NULL)
		drop(all, had);
	t = mem_zero(1, sizeof *t);
	memcpy(t->key, key, sizeof t->key);
	digest_content(t->content, c);
	memcpy(t->id, id, sizeof t->id);
	t->created = created;
	HASH_ADD(hh, all->by_key, key, TOKEN_DIGEST, t);
	DL_APPEND(all->oldest, t);
	while (all->oldest != NULL && (all->oldest->created < now - TOKEN_DAY_MS ||
	                               HASH_COUNT(all->by_key) > TOKENS_MAX))
		drop(all, all->oldest);
}

void token_ended(struct tokens *all, const char *operator_, const char *token,
                 const char *id, const char *status, uint64_t ticket)
{
	unsigned char key[TOKEN_DIGEST];
	struct token *t;

	digest_key(key, operator_, token);
	HASH_FIND(hh, all->by_key, key, TOKEN_DIGEST, t);
	if (t == NULL || strcmp(t->id, id) != 0)
		return;
	t->ended = status;
	t->ticket = ticket;
}

static int by_creation(const struct token *a, const struct token *b)
{
	return (a->created > b->created) - (a->created < b->created);
}

void tokens_sort(struct tokens *all)
{
	struct token *t = all->oldest;

	/* Mostly they are: those of sealed days, and of a day without trouble. */
	while (t != NULL && t->next != NULL && by_creation(t, t->next) <= 0)
		t = t->next;
	if (t != NULL && t->next != NULL)
		DL_SORT(all->oldest, by_creation);
}

void tokens_free(struct tokens *all)
{
	while (all->oldest != NULL)
		drop(all, all->oldest);
}
