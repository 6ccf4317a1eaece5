/* The operator's configuration: platen.conf(5). */
#ifndef OPERATOR_SETTINGS_H
#define OPERATOR_SETTINGS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "common/conf.h"
#include "operator/args.h"
#include "operator/fault.h"

struct settings {
	char *jid, *password_file, *host, *ca_file, *component;
	int64_t port;
	int security;            /* enum xmpp_security */
	int log_level;           /* enum log_level */
};

extern const struct conf_schema settings_schema;

/* The file of -c, else $XDG_CONFIG_HOME/platen/platen.conf, else
 * ~/.config/platen/platen.conf. The caller frees it. */
char *settings_path(const struct args *a);

/* Reads the file and sets the log's level. False with *f, all mistakes already
 * written to stderr. settings_clear() it all the same. */
bool settings_read(struct settings *s, const struct args *a, struct fault *f);
void settings_clear(struct settings *s);

#endif
