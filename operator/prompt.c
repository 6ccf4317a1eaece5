#include "operator/prompt.h"

#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "common/mem.h"

#define LINE_BYTES 4096

static void on_interrupt(int signum)
{
	/* Only that read() ends: the terminal is to be put right first. */
	(void)signum;
}

/* Byte by byte, so that nothing behind the line is taken, and none stays in a
 * buffer. False at the end of input, when interrupted, and if it is too long. */
static bool read_line(char line[static LINE_BYTES])
{
	size_t n = 0;
	char c;

	while (n < LINE_BYTES) {
		ssize_t got = read(STDIN_FILENO, &c, 1);

		if (got < 0 || (got == 0 && n == 0))
			return false;
		if (got == 0 || c == '\n') {
			if (n > 0 && line[n - 1] == '\r')
				n--;
			line[n] = '\0';
			return true;
		}
		line[n++] = c;
	}
	return false;
}

static bool read_interruptibly(char line[static LINE_BYTES])
{
	struct sigaction own = { .sa_handler = on_interrupt }, before;
	bool ok;

	sigaction(SIGINT, &own, &before);
	ok = read_line(line);
	sigaction(SIGINT, &before, NULL);
	return ok;
}

char *prompt_line(const char *question, const char *fallback)
{
	char line[LINE_BYTES];

	if (fallback != NULL)
		fprintf(stderr, "%s [%s]: ", question, fallback);
	else
		fprintf(stderr, "%s: ", question);
	if (!read_interruptibly(line)) {
		putc('\n', stderr);
		return NULL;
	}
	return mem_strdup(*line == '\0' && fallback != NULL ? fallback : line);
}

char *prompt_secret(const char *question)
{
	struct termios before, quiet;
	char line[LINE_BYTES], *secret;
	bool terminal = tcgetattr(STDIN_FILENO, &before) == 0;

	if (terminal) {
		fprintf(stderr, "%s: ", question);
		quiet = before;
		quiet.c_lflag &= ~(tcflag_t)ECHO;
		tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet);
	}
	secret = read_interruptibly(line) ? mem_strdup(line) : NULL;
	explicit_bzero(line, sizeof line);
	if (terminal) {
		tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
		putc('\n', stderr);
	}
	return secret;
}
