/* What the programs of the measured runs share: bytes that wait to be sent, and a peer that
 * must not fail. */
#ifndef TEST_BENCH_STREAM_H
#define TEST_BENCH_STREAM_H

#include <stddef.h>

#define STREAM_READ 65536

/* Ends the program. */
_Noreturn void stream_fatal(const char *what);

struct stream {
	int fd;
	char *out;
	size_t len, room;
};

__attribute__((format(printf, 2, 3)))
void stream_printf(struct stream *s, const char *fmt, ...);
void stream_put(struct stream *s, const char *bytes, size_t n);
void stream_puts(struct stream *s, const char *text);

/* Sends all there is, or, where the descriptor does not block, what it takes now. */
void stream_flush(struct stream *s);

#endif
