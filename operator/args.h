/* The command line: words and options in any order, `--` ends the options. */
#ifndef OPERATOR_ARGS_H
#define OPERATOR_ARGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum args_option {
	ARGS_CONFIG, ARGS_JSON, ARGS_HELP, ARGS_VERSION,
	ARGS_LIMIT, ARGS_CSV,
	ARGS_TIMEOUT, ARGS_ATTEMPTS, ARGS_EXPIRES, ARGS_TOKEN, ARGS_NO_WAIT,
	ARGS_JID, ARGS_COMPONENT, ARGS_HOST, ARGS_PORT, ARGS_SECURITY, ARGS_CA_FILE,
	ARGS_PASSWORD_FILE,
	ARGS_PASSWORDS, ARGS_YES,
	ARGS_SUPERSEDE, ARGS_PRIORITY, ARGS_WAIT, ARGS_DEVICE,
	ARGS_WHERE, ARGS_NAME, ARGS_RATE, ARGS_GROWTH, ARGS_RATE_MAX, ARGS_ABORT, ARGS_ABORT_AFTER,
	ARGS_DRY_RUN,
	ARGS_OPTIONS
};

#define ARGS_BIT(option) (UINT64_C(1) << (option))
/* What every command takes. */
#define ARGS_COMMON (ARGS_BIT(ARGS_CONFIG) | ARGS_BIT(ARGS_JSON) | ARGS_BIT(ARGS_HELP) | \
                     ARGS_BIT(ARGS_VERSION))

struct args_description {
	const char *name;            /* without the hyphens */
	char letter;                 /* 0: none */
	const char *value;           /* its name in the help, or its choices as "a|b"; NULL: a flag */
	const char *help;
	int64_t min, max;            /* of a number; both 0: any text */
};
extern const struct args_description args_descriptions[ARGS_OPTIONS];

struct args {
	const char *options[ARGS_OPTIONS];   /* NULL: not given; a flag: "" */
	const char **words;                  /* the command first; the array is owned */
	size_t n_words;
	const char **where;                  /* each --where; the array is owned */
	size_t n_where;
};

/* NULL, or what is wrong (the caller frees it). The words point into argv.
 * args_clear() what it made, also after a mistake. */
char *args_parse(struct args *a, int argc, char **argv);
void args_clear(struct args *a);

/* NULL, or which option is not one of those allowed (bits). */
char *args_check_allowed(const struct args *a, uint64_t allowed);

/* The option's number, already checked; fallback if it was not given. */
int64_t args_number(const struct args *a, enum args_option option, int64_t fallback);

/* Cuts KEY=VALUE: the length of KEY, *value behind the '='; 0 if it is none. */
size_t args_pair(const char *word, const char **value);

#endif
