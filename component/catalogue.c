#include "component/catalogue.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/mem.h"
#include "component/command.h"
#include "component/outbox.h"
#include "component/stanza.h"

#define LOG_MODULE "catalogue"

#define HASH_DIGITS 32
#define HASH_MAX 64
/* Who does not answer is asked no more than so often. */
#define AGAIN_MS INT64_C(60000)

struct catalogue {
	char *hash;                   /* as devices say it */
	struct command *commands;     /* sorted by name */
	size_t n, bytes;
	bool known;
	bool own;                     /* of one device: its list is not what its hash says */
	unsigned users;
	int64_t asked;                /* monotonic ms; 0: never */
	UT_hash_handle hh;
};

/* Lists. */

static void free_command(struct command *command)
{
	for (size_t i = 0; i < command->n_arguments; i++)
		free(command->arguments[i].name);
	free(command->arguments);
	free((char *)(uintptr_t)command->name);
}

static void free_commands(struct catalogue *k)
{
	for (size_t i = 0; i < k->n; i++)
		free_command(&k->commands[i]);
	free(k->commands);
	k->commands = NULL;
	k->n = 0;
}

static bool read_bool(const struct xml *el, const char *name, bool *value)
{
	const char *text = xml_get(el, name);

	*value = text != NULL && strcmp(text, "true") == 0;
	return text == NULL || *value || strcmp(text, "false") == 0;
}

static bool read_seconds(const struct xml *el, const char *name, int64_t max, int64_t *value)
{
	if (xml_get(el, name) == NULL)
		return true;
	return xml_get_int(el, name, value) && *value >= 1 && *value <= max;
}

/* For whom it is. Nothing else may stand there: the hash is over the text as it is. */
static bool read_right(const struct xml *el, bool *for_requesters)
{
	const char *right = xml_get(el, "right");

	*for_requesters = right != NULL && strcmp(right, "request") == 0;
	return right == NULL || *for_requesters || strcmp(right, "configure") == 0;
}

static bool read_argument(const struct xml *el, struct command_argument *a)
{
	const char *name = xml_get(el, "name"), *type = xml_get(el, "type");
	unsigned i = 0;

	if (!xml_is(el, "argument", NS_OPERATION) || name == NULL || !stanza_is_name(name) ||
	    !read_bool(el, "required", &a->required))
		return false;
	while (i < COMMAND_TYPES && type != NULL && strcmp(command_types[i], type) != 0)
		i++;
	if (i == COMMAND_TYPES)
		return false;
	a->type = (enum command_type)i;
	a->name = mem_strdup(name);
	return true;
}

static bool read_arguments(const struct xml *el, struct command *command)
{
	const struct xml *child;
	size_t n = 0;

	for (child = xml_first(el); child != NULL; child = xml_following(child))
		n++;
	if (n > CATALOGUE_ARGUMENTS)
		return false;
	command->arguments = mem_zero(n, sizeof *command->arguments);
	for (child = xml_first(el); child != NULL; child = xml_following(child)) {
		if (!read_argument(child, &command->arguments[command->n_arguments]))
			return false;
		command->n_arguments++;
	}
	return true;
}

/* What is not said is as with the one that is assumed of this name, or of any. */
static bool read_command(const struct xml *el, struct command *command)
{
	const char *name = xml_get(el, "name");
	const struct command *built_in;
	bool repeatable;

	if (!xml_is(el, "command", NS_OPERATION) || name == NULL || !stanza_is_name(name))
		return false;
	built_in = command_find(name);
	*command = built_in != NULL ? *built_in : (struct command){
		.timeout_s = 30, .attempts = 3, .expires_s = 86400, .limit_s = COMMAND_LIMIT_S };
	command->name = mem_strdup(name);
	command->is_listed = true;
	return read_right(el, &command->for_requesters) &&
	       read_bool(el, "read-only", &command->read_only) &&
	       read_bool(el, "repeatable", &repeatable) &&
	       read_seconds(el, "timeout", 86400, &command->timeout_s) &&
	       read_seconds(el, "attempts", 100, &command->attempts) &&
	       read_seconds(el, "expires", 2592000, &command->expires_s) &&
	       read_seconds(el, "limit", 86400, &command->limit_s) && read_arguments(el, command);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct command *)a)->name, ((const struct command *)b)->name);
}

/* Two of one name would be one of them by chance. */
static bool are_distinct(const struct catalogue *k)
{
	for (size_t i = 1; i < k->n; i++) {
		if (strcmp(k->commands[i - 1].name, k->commands[i].name) == 0)
			return false;
	}
	return true;
}

static bool read_commands(const struct xml *el, struct catalogue *k)
{
	const struct xml *child;
	size_t n = 0;

	for (child = xml_first(el); child != NULL; child = xml_following(child))
		n++;
	if (n > CATALOGUE_COMMANDS)
		return false;
	k->commands = mem_zero(n, sizeof *k->commands);
	for (child = xml_first(el); child != NULL; child = xml_following(child)) {
		if (!read_command(child, &k->commands[k->n++]))
			return false;
	}
	qsort(k->commands, k->n, sizeof *k->commands, by_name);
	return are_distinct(k);
}

/* What it takes in memory, about. */
static size_t weigh(const struct catalogue *k)
{
	size_t bytes = 0;

	for (size_t i = 0; i < k->n; i++)
		bytes += sizeof *k->commands + 64 +
		         k->commands[i].n_arguments * (sizeof *k->commands->arguments + 64);
	return bytes;
}

/* The hash. */

static const char *or_empty(const struct xml *el, const char *name)
{
	const char *text = xml_get(el, name);

	return text == NULL ? "" : text;
}

static const char *or_default(const struct xml *el, const char *name, const char *value)
{
	const char *text = xml_get(el, name);

	return text == NULL ? value : text;
}

static void hash_command(EVP_MD_CTX *ctx, const struct xml *el)
{
	static const char *const names[] = { "name", "read-only", "repeatable", "timeout",
	                                     "attempts", "expires", "limit", "right" };
	size_t n = sizeof names / sizeof *names;

	for (size_t i = 0; i < n; i++) {
		const char *text = or_empty(el, names[i]);

		EVP_DigestUpdate(ctx, text, strlen(text));
		EVP_DigestUpdate(ctx, i + 1 < n ? "\t" : "\n", 1);
	}
	for (el = xml_first(el); el != NULL; el = xml_following(el)) {
		char *line = mem_printf("\t%s\t%s\t%s\n", or_empty(el, "name"),
		                        or_default(el, "type", "string"),
		                        or_default(el, "required", "false"));

		EVP_DigestUpdate(ctx, line, strlen(line));
		free(line);
	}
}

/* As docs/protocol.md has it. The list is in order: else the hash is another one. */
static void hash_of(const struct xml *commands, char hex[static HASH_DIGITS + 1])
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	unsigned char md[EVP_MAX_MD_SIZE];

	if (ctx == NULL || EVP_DigestInit_ex(ctx, EVP_sha256(), NULL) != 1)
		mem_fatal();
	for (const struct xml *el = xml_first(commands); el != NULL; el = xml_following(el))
		hash_command(ctx, el);
	if (EVP_DigestFinal_ex(ctx, md, NULL) != 1)
		mem_fatal();
	EVP_MD_CTX_free(ctx);
	for (size_t i = 0; i < HASH_DIGITS / 2; i++)
		snprintf(hex + 2 * i, 3, "%02x", md[i]);
}

/* Who has which. */

static void drop(struct component *c, struct catalogue *k)
{
	if (--k->users > 0)
		return;
	if (!k->own)
		HASH_DEL(c->catalogues.by_hash, k);
	c->catalogues.bytes -= k->bytes;
	free_commands(k);
	free(k->hash);
	free(k);
}

void catalogue_release(struct component *c, struct device *d)
{
	if (d->catalogue != NULL)
		drop(c, d->catalogue);
	d->catalogue = NULL;
}

static void set(struct component *c, struct device *d, struct catalogue *k)
{
	k->users++;
	catalogue_release(c, d);
	d->catalogue = k;
}

static struct catalogue *of_hash(struct component *c, const char *hash)
{
	struct catalogue *k;

	HASH_FIND_STR(c->catalogues.by_hash, hash, k);
	if (k != NULL)
		return k;
	k = mem_zero(1, sizeof *k);
	k->hash = mem_strdup(hash);
	HASH_ADD_KEYPTR(hh, c->catalogues.by_hash, k->hash, strlen(k->hash), k);
	return k;
}

static void ask(struct component *c, struct device *d)
{
	struct catalogue *k = d->catalogue;
	int64_t now = clock_mono_ms();
	struct xml_writer w = { 0 };

	if (k->known || !d->online || (k->asked != 0 && now - k->asked < AGAIN_MS))
		return;
	k->asked = now;
	stanza_open(&w, "iq", "get", device_text(d, DEV_STREAM), CATALOGUE_ID);
	xml_element(&w, "commands", NS_OPERATION, NULL);
	xml_close(&w);
	outbox_send(c->outbox, 0, &w);
}

void catalogue_announced(struct component *c, struct device *d, const char *hash)
{
	if (hash == NULL || *hash == '\0' || strlen(hash) > HASH_MAX) {
		catalogue_release(c, d);
		return;
	}
	if (d->catalogue == NULL || strcmp(d->catalogue->hash, hash) != 0)
		set(c, d, of_hash(c, hash));
	ask(c, d);
}

void catalogue_needed(struct component *c, struct device *d)
{
	if (d->catalogue != NULL)
		ask(c, d);
}

/* For this device alone: what it says is of no other one that says the same hash. */
static struct catalogue *own_of(const struct catalogue *k)
{
	struct catalogue *own = mem_zero(1, sizeof *own);

	own->hash = mem_strdup(k->hash);
	own->own = true;
	return own;
}

void catalogue_answered(struct component *c, struct device *d, const struct xml *commands)
{
	struct catalogue *k = d->catalogue, read = { 0 };
	char hash[HASH_DIGITS + 1];

	if (k == NULL || k->known || k->asked == 0)
		return;
	if (!read_commands(commands, &read) ||
	    c->catalogues.bytes + weigh(&read) > CATALOGUE_BYTES) {
		log_warn("%s: its list of commands is not taken", d->jid);
		free_commands(&read);
		return;
	}
	hash_of(commands, hash);
	if (strcmp(hash, k->hash) != 0) {
		k->asked = 0;
		k = own_of(k);
		set(c, d, k);
	}
	k->commands = read.commands;
	k->n = read.n;
	k->bytes = weigh(k);
	c->catalogues.bytes += k->bytes;
	k->known = true;
	log_debug("%s: %zu commands hash=%s", d->jid, k->n, k->hash);
}

bool catalogue_is_known(const struct catalogue *k)
{
	return k->known;
}

const struct command *catalogue_find(const struct catalogue *k, const char *name)
{
	const struct command key = { .name = name };

	return bsearch(&key, k->commands, k->n, sizeof *k->commands, by_name);
}

const struct command *catalogue_find_any(const struct component *c, const char *name)
{
	for (const struct catalogue *k = c->catalogues.by_hash; k != NULL; k = k->hh.next) {
		const struct command *found = catalogue_find(k, name);

		if (found != NULL)
			return found;
	}
	return NULL;
}
