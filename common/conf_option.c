/* One option's value: setting, clearing, printing. */
#include "common/conf_option.h"

#include <assert.h>
#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common/jid.h"
#include "common/mem.h"

#define VALUE_BYTES 4000    /* with its key still a line */

static void *field(const struct conf_option *o, void *conf)
{
	return (char *)conf + o->offset;
}

static const void *const_field(const struct conf_option *o, const void *conf)
{
	return (const char *)conf + o->offset;
}

static bool is_string(const struct conf_option *o)
{
	return o->type == CONF_STRING || o->type == CONF_JID || o->type == CONF_PATH;
}

void conf_option_clear(const struct conf_option *o, void *conf)
{
	char ***list = field(o, conf);

	if (is_string(o)) {
		mem_set(field(o, conf), NULL);
	} else if (o->type == CONF_LIST) {
		conf_list_free(*list);
		*list = NULL;
	}
}

void conf_free(const struct conf_schema *schema, void *conf)
{
	for (const struct conf_option *o = schema->options; o->section != NULL; o++)
		conf_option_clear(o, conf);
}

/* Setting one value: each returns NULL or what is wrong. */

/* What a file could not hold, conf_print() could not write. */
static char *check_text(const char *s)
{
	size_t len = strlen(s);

	if (len > VALUE_BYTES)
		return mem_printf("the value is longer than %d bytes", VALUE_BYTES);
	for (size_t i = 0; i < len; i++) {
		if (iscntrl((unsigned char)s[i]))
			return mem_strdup("the value holds a control character");
		if (s[i] == ';' && (i == 0 || s[i - 1] == ' '))
			return mem_strdup("';' after a space begins a comment");
	}
	if (len > 0 && (s[0] == ' ' || s[len - 1] == ' '))
		return mem_strdup("the value begins or ends with a space");
	return NULL;
}

static char *set_string(const struct conf_option *o, char **to, const char *text,
                        const char *folder)
{
	char *value = NULL, *why;

	if (*text != '\0' && o->type == CONF_PATH && *text != '/')
		value = mem_printf("%s/%s", strcmp(folder, "/") == 0 ? "" : folder, text);
	else if (*text != '\0')
		value = mem_strdup(text);
	why = value == NULL ? NULL : check_text(value);
	if (why == NULL && value != NULL && o->type == CONF_JID && !jid_valid(value))
		why = mem_printf("'%s' is not a JID", value);
	if (why == NULL)
		mem_set(to, value);
	free(value);
	return why;
}

static size_t count(char **list)
{
	size_t n = 0;

	while (list != NULL && list[n] != NULL)
		n++;
	return n;
}

static char *add_to_list(char ***list, const char *text)
{
	char **more = conf_split(text), *why = NULL;
	size_t had = count(*list), n = count(more);

	for (size_t i = 0; i < n && why == NULL; i++)
		why = check_text(more[i]);
	/* A list of nothing is as one that is not there. */
	if (why != NULL || n == 0) {
		conf_list_free(more);
		return why;
	}
	*list = mem_realloc(*list, (had + n + 1) * sizeof **list);
	memcpy(*list + had, more, (n + 1) * sizeof **list);
	free(more);
	return NULL;
}

static char *set_choice(const struct conf_option *o, int *to, const char *text)
{
	char *why, *longer;

	for (int i = 0; o->choices[i] != NULL; i++) {
		if (strcmp(o->choices[i], text) == 0) {
			*to = i;
			return NULL;
		}
	}
	why = mem_printf("'%s' is none of:", text);
	for (int i = 0; o->choices[i] != NULL; i++) {
		longer = mem_printf("%s %s", why, o->choices[i]);
		free(why);
		why = longer;
	}
	return why;
}

char *conf_option_set(const struct conf_option *o, void *conf, const char *text,
                      const char *folder)
{
	void *to = field(o, conf);

	switch (o->type) {
	case CONF_STRING:
	case CONF_JID:
	case CONF_PATH:     return set_string(o, to, text, folder);
	case CONF_LIST:     return add_to_list(to, text);
	case CONF_BOOL:     return conf_parse_bool(text, to);
	case CONF_INT:      return conf_parse_int(text, o->min, o->max, to);
	case CONF_DURATION: return conf_parse_duration(text, o->min, o->max, to);
	case CONF_SIZE:     return conf_parse_size(text, o->min, o->max, to);
	case CONF_CHOICE:   return set_choice(o, to, text);
	}
	assert(!"an option has one of these types");
	return NULL;
}

bool conf_option_is_empty(const struct conf_option *o, const void *conf)
{
	char *const *string = const_field(o, conf);
	char **const *list = const_field(o, conf);

	if (is_string(o))
		return *string == NULL;
	return o->type == CONF_LIST && (*list == NULL || **list == NULL);
}

/* Printing. */

static void print_list(const struct conf_option *o, char *const *list, FILE *out)
{
	for (; list != NULL && *list != NULL; list++)
		fprintf(out, "%s = %s\n", o->key, *list);
}

static char *value_text(const struct conf_option *o, const void *value)
{
	const int64_t *number = value;

	switch (o->type) {
	case CONF_BOOL:     return mem_strdup(*(const bool *)value ? "yes" : "no");
	case CONF_INT:      return mem_printf("%" PRId64, *number);
	case CONF_DURATION: return conf_show_duration(*number);
	case CONF_SIZE:     return conf_show_size(*number);
	case CONF_CHOICE:   return mem_strdup(o->choices[*(const int *)value]);
	default:            return mem_strdup(*(char *const *)value);
	}
}

/* A number that was never given may be one that could not be. */
static bool is_unset(const struct conf_option *o, const void *value)
{
	bool number = o->type == CONF_INT || o->type == CONF_DURATION || o->type == CONF_SIZE;

	return number && o->fallback == NULL && *(const int64_t *)value == 0 && o->min > 0;
}

static void print_option(const struct conf_option *o, const void *conf, FILE *out)
{
	const void *value = const_field(o, conf);
	char *text;

	if (conf_option_is_empty(o, conf) || is_unset(o, value)) {
		fprintf(out, "%s%s =\n", o->fallback != NULL ? "" : "# ", o->key);
	} else if (o->secret) {
		fprintf(out, "%s = ******\n", o->key);
	} else if (o->type == CONF_LIST) {
		print_list(o, *(char **const *)value, out);
	} else {
		text = value_text(o, value);
		fprintf(out, "%s = %s\n", o->key, text);
		free(text);
	}
}

void conf_print(const struct conf_schema *schema, const void *conf, FILE *out)
{
	const char *section = NULL;

	for (const struct conf_option *o = schema->options; o->section != NULL; o++) {
		if (section == NULL || strcmp(section, o->section) != 0)
			fprintf(out, "%s[%s]\n", section == NULL ? "" : "\n", o->section);
		section = o->section;
		print_option(o, conf, out);
	}
}
