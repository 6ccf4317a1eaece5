#include "device/command_list.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include "common/mem.h"

static const char *truth(bool b)
{
	return b ? "true" : "false";
}

static void put_command(FILE *f, const struct command *c)
{
	fprintf(f, "%s\t%s\t%s\t%" PRId64 "\t%" PRId64 "\t%" PRId64 "\t%" PRId64 "\t%s\n", c->name,
	        truth(c->read_only), truth(c->repeatable), c->timeout_ms / 1000, c->attempts,
	        c->expires_s, c->limit_s, c->right);
	for (const struct command_argument *a = c->arguments; a->name != NULL; a++)
		fprintf(f, "\t%s\t%s\t%s\n", a->name, a->type, truth(a->required));
}

char *command_list_text(const struct command *commands, size_t n)
{
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	if (f == NULL)
		mem_fatal();
	for (size_t i = 0; i < n; i++)
		put_command(f, &commands[i]);
	if (fclose(f) != 0)
		mem_fatal();
	return text;
}

void command_list_hash(const struct command *commands, size_t n, char hash[static COMMAND_HASH])
{
	char *text = command_list_text(commands, n);
	unsigned char sum[EVP_MAX_MD_SIZE];

	if (EVP_Digest(text, strlen(text), sum, NULL, EVP_sha256(), NULL) != 1)
		mem_fatal();
	for (size_t i = 0; i < COMMAND_HASH / 2; i++)
		snprintf(hash + 2 * i, 3, "%02x", sum[i]);
	free(text);
}

const char *command_list_own_hash(void)
{
	static char hash[COMMAND_HASH];

	if (*hash == '\0')
		command_list_hash(command_table, command_count, hash);
	return hash;
}

static void write_command(struct xml_writer *w, const struct command *c)
{
	xml_open(w, "command", OPERATION_NS);
	xml_attr(w, "name", c->name);
	xml_attr(w, "read-only", truth(c->read_only));
	xml_attr(w, "repeatable", truth(c->repeatable));
	xml_attr_int(w, "timeout", c->timeout_ms / 1000);
	xml_attr_int(w, "attempts", c->attempts);
	xml_attr_int(w, "expires", c->expires_s);
	xml_attr_int(w, "limit", c->limit_s);
	xml_attr(w, "right", c->right);
	for (const struct command_argument *a = c->arguments; a->name != NULL; a++) {
		xml_open(w, "argument", OPERATION_NS);
		xml_attr(w, "name", a->name);
		xml_attr(w, "type", a->type);
		xml_attr(w, "required", truth(a->required));
		xml_close(w);
	}
	xml_close(w);
}

void command_list_write(struct xml_writer *w)
{
	xml_open(w, "commands", OPERATION_NS);
	xml_attr(w, "hash", command_list_own_hash());
	for (size_t i = 0; i < command_count; i++)
		write_command(w, &command_table[i]);
	xml_close(w);
}
