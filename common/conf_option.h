/* Between conf.c, conf_option.c and conf_value.c; for no one else. */
#ifndef COMMON_CONF_OPTION_H
#define COMMON_CONF_OPTION_H

#include <stdint.h>

#include "common/conf.h"

/* Puts text into the option's field: a list grows, all others are replaced. A
 * path is made absolute against folder. NULL, or what is wrong (caller frees). */
char *conf_option_set(const struct conf_option *o, void *conf, const char *text,
                      const char *folder);

/* Frees a string or list; numbers stay. */
void conf_option_clear(const struct conf_option *o, void *conf);

/* A string or list that holds nothing. */
bool conf_option_is_empty(const struct conf_option *o, const void *conf);

/* As conf_parse_duration() and conf_parse_size() read it; the caller frees it. */
char *conf_show_duration(int64_t ms);
char *conf_show_size(int64_t bytes);

#endif
