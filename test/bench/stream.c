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
