#include "test/bench/stream.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/mem.h"

_Noreturn void stream_fatal(const char *what)
{
	perror(what);
	exit(1);
}

/* Sending. */

static void make_room(struct stream *s, size_t n)
{
	if (s->room - s->len >= n)
		return;
	s->room = 2 * (s->len + n);
	s->out = mem_realloc(s->out, s->room);
}

void stream_put(struct stream *s, const char *bytes, size_t n)
{
	make_room(s, n);
	memcpy(s->out + s->len, bytes, n);
	s->len += n;
}

void stream_puts(struct stream *s, const char *text)
{
	stream_put(s, text, strlen(text));
}

void stream_printf(struct stream *s, const char *fmt, ...)
{
	va_list ap;
	int n;

	make_room(s, 4096);
	va_start(ap, fmt);
	n = vsnprintf(s->out + s->len, 4096, fmt, ap);
	va_end(ap);
	if (n < 0 || n >= 4096)
		stream_fatal("stanza");
	s->len += (size_t)n;
}

void stream_flush(struct stream *s)
{
	size_t at = 0;
	ssize_t n;

	while (at < s->len && (n = write(s->fd, s->out + at, s->len - at)) != 0) {
		if (n < 0 && errno == EAGAIN)
			break;
		if (n < 0)
			stream_fatal("write");
		at += (size_t)n;
	}
	memmove(s->out, s->out + at, s->len - at);
	s->len -= at;
}

/* Receiving. */

void stream_receive(struct stream *s)
{
	ssize_t n;

	if (s->in_room - s->in_len < STREAM_READ) {
		s->in_room = 2 * s->in_len + STREAM_READ;
		s->in = mem_realloc(s->in, s->in_room);
	}
	n = read(s->fd, s->in + s->in_len, s->in_room - s->in_len);
	if (n == 0 || (n < 0 && errno != EAGAIN)) {
		fprintf(stderr, "the peer has gone\n");
		exit(1);
	}
	if (n > 0)
		s->in_len += (size_t)n;
}

/* The byte behind the stanza that begins here; NULL if it is not all there. */
static const char *behind(const char *at, const char *end)
{
	const char *tag = memchr(at, '>', (size_t)(end - at)), *found;
	char close[32];
	int n;

	if (tag == NULL || tag[-1] == '/')
		return tag == NULL ? NULL : tag + 1;
	n = snprintf(close, sizeof close, "</%.*s>", (int)strcspn(at + 1, " >"), at + 1);
	found = memmem(tag, (size_t)(end - tag), close, (size_t)n);
	return found == NULL ? NULL : found + n;
}

static const char *skip_blanks(const char *at, const char *end)
{
	while (at < end && *at == ' ')
		at++;
	return at;
}

void stream_take(struct stream *s, stream_stanza_fn *fn, void *arg)
{
	const char *at = s->in, *end = s->in + s->in_len, *next;

	while ((at = skip_blanks(at, end)) < end && (next = behind(at, end)) != NULL) {
		fn(arg, at, next);
		at = next;
	}
	s->in_len = (size_t)(end - at);
	memmove(s->in, at, s->in_len);
}

struct piece stream_attr(const char *stanza, const char *end, const char *name)
{
	const char *tag = memchr(stanza, '>', (size_t)(end - stanza)), *at, *close;
	char begin[32];
	int n = snprintf(begin, sizeof begin, " %s='", name);

	at = memmem(stanza, (size_t)(tag - stanza), begin, (size_t)n);
	if (at == NULL)
		return (struct piece){ "", 0 };
	at += n;
	close = memchr(at, '\'', (size_t)(tag - at));
	return (struct piece){ at, close == NULL ? 0 : (int)(close - at) };
}

bool stream_is(const char *stanza, const char *end, const char *name, const char *type)
{
	struct piece has = stream_attr(stanza, end, "type");
	size_t n = strlen(name);

	return strncmp(stanza + 1, name, n) == 0 && strchr(" >/", stanza[1 + n]) != NULL &&
	       strlen(type) == (size_t)has.n && memcmp(has.at, type, (size_t)has.n) == 0;
}

/* Clocks. */

double stream_now(clockid_t id)
{
	struct timespec t;

	if (clock_gettime(id, &t) < 0)
		stream_fatal("clock");
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

clockid_t stream_cpu_of(const char *pid)
{
	clockid_t id;

	if (clock_getcpuclockid((pid_t)strtol(pid, NULL, 10), &id) != 0)
		stream_fatal(pid);
	return id;
}
