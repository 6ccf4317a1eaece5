/* Questions on the terminal. */
#ifndef OPERATOR_PROMPT_H
#define OPERATOR_PROMPT_H

/* Asks for a line on stderr and reads it from standard input: an empty one is
 * fallback (may be NULL). NULL at the end of input or when interrupted. The
 * caller frees it. */
char *prompt_line(const char *question, const char *fallback);

/* The same without echo where standard input is a terminal, and without the
 * question where it is none. Free it with mem_wipe(). */
char *prompt_secret(const char *question);

#endif
