/* Configuration files (inih): one table of options a program, one value parser
 * for the file and for -o on the command line, all mistakes in one run. */
#ifndef COMMON_CONF_H
#define COMMON_CONF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum conf_type {
	CONF_STRING,     /* char * */
	CONF_JID,        /* char *; a JID, as written */
	CONF_LIST,       /* char **, NULL-terminated; split at commas and white space; adds up */
	CONF_PATH,       /* char *; made absolute against the file's folder */
	CONF_BOOL,       /* bool; yes no true false on off 1 0 */
	CONF_INT,        /* int64_t within min..max */
	CONF_DURATION,   /* int64_t in ms: 30, 30s, 5m, 2h, 1d, 500ms; min..max in ms */
	CONF_SIZE,       /* int64_t in bytes: 4096, 64K, 16M, 1G */
	CONF_CHOICE,     /* int: index into choices */
};

struct conf_option {
	const char *section, *key;
	enum conf_type type;
	size_t offset;                /* in the program's configuration struct */
	const char *fallback;         /* as text; NULL: stays zero; see required */
	bool required;
	bool secret;                  /* printed as ****** */
	int64_t min, max;             /* both 0: no bounds but the type's */
	const char *const *choices;   /* CONF_CHOICE: names, NULL-terminated */
};

/* Sections that are not fixed names ("unit NAME") go here: their own line, with key and
 * value NULL, then their pairs, unless the section itself is wrong. section is as written.
 * Returns NULL, or what is wrong (the caller frees it). */
typedef char *conf_section_fn(void *arg, unsigned line, const char *section, const char *key,
                              const char *value);

/* What no single value shows: it looks at the whole and says each mistake by
 * conf_wrong(). Values that were wrong themselves are as by default, NULL if there
 * is none. */
struct conf_report;
typedef void conf_check_fn(void *conf, struct conf_report *report);

/* The key's mistake, with its place; the first one of a key counts. why is owned. */
void conf_wrong(struct conf_report *report, const char *section, const char *key, char *why);
/* Whether a mistake of the key has been said: what hangs on it is not known. */
bool conf_is_wrong(const struct conf_report *report, const char *section, const char *key);

struct conf_schema {
	const struct conf_option *options;   /* ends with section NULL */
	conf_check_fn *check;                /* may be NULL */
	conf_section_fn *other;              /* may be NULL: unknown sections are mistakes */
	const char *environment;             /* prefix of variables that override the file:
	                                        "PLATEND" gives PLATEND_SECTION_KEY, '-' as '_' */
};

/* Sets defaults, reads path, then the environment, then looks for what is required
 * and calls check(). conf points to the program's zeroed struct; arg goes to other().
 * Every mistake is written to errors as "FILE:LINE: text", one a line; of a key that
 * is not there LINE is the file's last, of a file that cannot be opened there is none.
 * A variable's mistake is "environment: NAME: text"; its paths are against the current folder. An empty string, JID or path is
 * NULL; a list may be NULL too. 0, or -1 if there was any (conf_free() it all the
 * same). */
int conf_read(const struct conf_schema *schema, const char *path, void *conf, void *arg,
              FILE *errors);

/* The effective configuration as a file that reads back. */
void conf_print(const struct conf_schema *schema, const void *conf, FILE *out);

void conf_free(const struct conf_schema *schema, void *conf);

/* Sets one option by "section.key=value" (a list is replaced; a path is against
 * the current folder); NULL or what is wrong (caller frees). */
char *conf_set(const struct conf_schema *schema, void *conf, const char *assignment);

/* Value parsers, also for command lines: NULL, or what is wrong (caller frees). */
char *conf_parse_int(const char *text, int64_t min, int64_t max, int64_t *value);
char *conf_parse_bool(const char *text, bool *value);
char *conf_parse_duration(const char *text, int64_t min, int64_t max, int64_t *ms);
char *conf_parse_size(const char *text, int64_t min, int64_t max, int64_t *bytes);

/* Splits at commas and white space; NULL-terminated; conf_list_free() it. */
char **conf_split(const char *text);
void conf_list_free(char **list);

#endif
