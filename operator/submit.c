#include "operator/submit.h"

#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "operator/row.h"

#define TOKEN_MAX 128
#define NAME_MAX_BYTES 256

static const char *check(const struct args *a, const char *token)
{
	if (a->words[1][0] == '\0')
		return "DEVICE is empty";
	if (a->words[2][0] == '\0' || strlen(a->words[2]) > NAME_MAX_BYTES)
		return "COMMAND is 1 to 256 bytes";
	if (*token == '\0' || strlen(token) > TOKEN_MAX)
		return "--token is 1 to 128 characters";
	return NULL;
}

static void put_option(struct xml_writer *w, const struct args *a, enum args_option option)
{
	if (a->options[option] != NULL)
		xml_attr_int(w, args_descriptions[option].name, args_number(a, option, 0));
}

/* False if the word is no KEY=VALUE. */
static bool put_argument(struct xml_writer *w, const char *word)
{
	const char *value;
	size_t len = args_pair(word, &value);
	char *key;

	if (len == 0)
		return false;
	key = mem_strndup(word, len);
	xml_open(w, "argument", ROW_OPERATION_NS);
	xml_attr(w, "name", key);
	xml_text(w, value);
	xml_close(w);
	free(key);
	return true;
}

bool submit_arguments(struct xml_writer *w, const struct args *a, struct fault *f)
{
	for (size_t i = 3; i < a->n_words; i++) {
		if (put_argument(w, a->words[i]))
			continue;
		fault_set(f, EXIT_USAGE, "usage", "'%s' is no KEY=VALUE", a->words[i]);
		xml_writer_free(w);
		return false;
	}
	return true;
}

char *submit_take(struct xml_writer *w, struct fault *f)
{
	xml_close(w);
	if (w->len <= xml_limits_payload.bytes)
		return xml_take(w, NULL);
	fault_set(f, EXIT_USAGE, "usage", "the arguments are larger than 64 KiB");
	xml_writer_free(w);
	return NULL;
}

char *submit_payload(const struct args *a, const char *token, struct fault *f)
{
	const char *why = check(a, token);
	struct xml_writer w = { 0 };

	if (why != NULL) {
		fault_set(f, EXIT_USAGE, "usage", "%s", why);
		return NULL;
	}
	xml_open(&w, "request", ROW_OPERATION_NS);
	xml_attr(&w, "device", a->words[1]);
	xml_attr(&w, "command", a->words[2]);
	put_option(&w, a, ARGS_TIMEOUT);
	put_option(&w, a, ARGS_ATTEMPTS);
	put_option(&w, a, ARGS_EXPIRES);
	if (a->options[ARGS_SUPERSEDE] != NULL)
		xml_attr(&w, "supersede", "true");
	xml_attr(&w, "priority", a->options[ARGS_PRIORITY]);
	xml_attr(&w, "token", token);
	return submit_arguments(&w, a, f) ? submit_take(&w, f) : NULL;
}
