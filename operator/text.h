/* Text for people: nothing that a stranger wrote moves the terminal. */
#ifndef OPERATOR_TEXT_H
#define OPERATOR_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* A copy in which control characters (C0, DEL, C1), bidirectional overrides,
 * line separators and what is not UTF-8 are '?', and white space is a space.
 * NULL is "". The caller frees it. */
char *text_clean(const char *s);

/* Columns that a cleaned string takes on a terminal. */
size_t text_width(const char *s);

/* Cuts a cleaned string to a width of at most max, the last column then being
 * an ellipsis. */
void text_cut(char *s, size_t max);

/* "41 ms", "3.2 s", "5 min", "2 h", "12 d". The caller frees it. */
char *text_duration(int64_t ms);

/* "3 h ago", "just now"; "" if that is to come. The caller frees it. */
char *text_ago(int64_t wall_ms);

/* The local date and time, to the second. */
#define TEXT_TIME 20
const char *text_time(int64_t wall_ms, char out[static TEXT_TIME]);

/* A bar of width columns, filled to percent. The caller frees it. */
char *text_bar(int64_t percent, size_t width);

/* 271871 as "271 871". The caller frees it. */
char *text_count(int64_t n);

/* "  LABEL  VALUE" of what is shown whole; nothing if there is no value. */
void text_line(FILE *out, const char *label, const char *value);

/* Whether the locale can show more than ASCII. */
bool text_is_utf8(void);

#endif
