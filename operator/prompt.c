#include "operator/prompt.h"

#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "common/mem.h"

#define LINE_BYTES 4096

/* SIGINT is held back but while we wait for the terminal, so that it ends the waiting
 * whenever it comes, and the terminal is put right. */
struct interrupt {
	struct sigaction action;      /* as before */
	sigset_t mask;
};

static void on_interrupt(int signum)
{
	(void)signum;
}

static void hold_interrupt(struct interrupt *before)
{
	struct sigaction own = { .sa_handler = on_interrupt };
	sigset_t held;

	sigemptyset(&held);
	sigaddset(&held, SIGINT);
	sigprocmask(SIG_BLOCK, &held, &before->mask);
	sigaction(SIGINT, &own, &before->action);
}

static void release_interrupt(const struct interrupt *before)
{
	sigaction(SIGINT, &before->action, NULL);
	sigprocmask(SIG_SETMASK, &before->mask, NULL);
}

static ssize_t read_byte(char *c, const sigset_t *mask)
{
	struct pollfd in = { .fd = STDIN_FILENO, .events = POLLIN };

	return ppoll(&in, 1, NULL, mask) < 0 ? -1 : read(STDIN_FILENO, c, 1);
}

/* Byte by byte, so that nothing behind the line is taken, and none stays in a
 * buffer. False at the end of input, when interrupted, and if it is too long. */
static bool read_line(char line[static LINE_BYTES], const sigset_t *mask)
{
	size_t n = 0;
	char c;

	while (n < LINE_BYTES) {
		ssize_t got = read_byte(&c, mask);

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

char *prompt_line(const char *question, const char *fallback)
{
	struct interrupt before;
	char line[LINE_BYTES];
	bool ok;

	hold_interrupt(&before);
	if (fallback != NULL)
		fprintf(stderr, "%s [%s]: ", question, fallback);
	else
		fprintf(stderr, "%s: ", question);
	ok = read_line(line, &before.mask);
	release_interrupt(&before);
	if (!ok) {
		putc('\n', stderr);
		return NULL;
	}
	return mem_strdup(*line == '\0' && fallback != NULL ? fallback : line);
}

char *prompt_secret(const char *question)
{
	struct interrupt before;
	struct termios shown, quiet;
	char line[LINE_BYTES], *secret;
	bool terminal = tcgetattr(STDIN_FILENO, &shown) == 0;

	hold_interrupt(&before);
	if (terminal) {
		quiet = shown;
		quiet.c_lflag &= ~(tcflag_t)ECHO;
		tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet);
		fprintf(stderr, "%s: ", question);
	}
	secret = read_line(line, &before.mask) ? mem_strdup(line) : NULL;
	explicit_bzero(line, sizeof line);
	if (terminal) {
		tcsetattr(STDIN_FILENO, TCSAFLUSH, &shown);
		putc('\n', stderr);
	}
	release_interrupt(&before);
	return secret;
}
