/* What the programs of the measured runs share: a stream's bytes that wait to be sent, the
 * stanzas that come, and a peer that must not fail. */
#ifndef TEST_BENCH_STREAM_H
#define TEST_BENCH_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#define STREAM_READ 65536

/* Ends the program. */
_Noreturn void stream_fatal(const char *what);

struct stream {
	int fd;
	char *out;
	size_t len, room;
	char *in;
	size_t in_len, in_room;
};

__attribute__((format(printf, 2, 3)))
void stream_printf(struct stream *s, const char *fmt, ...);
void stream_put(struct stream *s, const char *bytes, size_t n);
void stream_puts(struct stream *s, const char *text);

/* Sends all there is, or, where the descriptor does not block, what it takes now. */
void stream_flush(struct stream *s);

/* One read. The end of the stream ends the program. */
void stream_receive(struct stream *s);

/* Calls fn with each stanza that has come as a whole. They are found by their ends: there
 * is no element of a stanza's own name inside it. */
typedef void stream_stanza_fn(void *arg, const char *stanza, const char *end);
void stream_take(struct stream *s, stream_stanza_fn *fn, void *arg);

struct piece {
	const char *at;
	int n;
};

/* In the first tag of a stanza, where attributes are in '', as both servers write them. */
struct piece stream_attr(const char *stanza, const char *end, const char *name);
bool stream_is(const char *stanza, const char *end, const char *name, const char *type);

double stream_now(clockid_t id);        /* seconds */
clockid_t stream_cpu_of(const char *pid);

#endif
