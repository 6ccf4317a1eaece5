// link: test/bench/client.o test/bench/stream.o test/bench/printer.o
/* Many devices in one process, as light as can be: each has a stream of its own to the
 * server, tells the components that it is there, and answers each command at once. It says
 * "online" when all are, and ends when its standard input does.
 *
 *     fleet PORT DOMAIN DEVICES PASSWORD-FILE nagle|nodelay COMPONENT... */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/mem.h"
#include "test/bench/client.h"
#include "test/bench/printer.h"

struct device {
	struct stream stream;
	unsigned long n, answered;
	bool blocked;            /* until the socket takes more */
};

static void answer(struct device *d, const char *stanza, const char *end)
{
	struct piece to = stream_attr(stanza, end, "from"), id = stream_attr(stanza, end, "id");
	char taken[CLOCK_STRING];

	stream_printf(&d->stream, "<iq type='result' to='%.*s' id='%.*s'>", to.n, to.at, id.n, id.at);
	if (stream_is(stanza, end, "iq", "set"))
		printer_outcome(&d->stream, id, clock_format(clock_wall_ms(), taken),
		                99 - d->answered++ % 90);
	else
		printer_facts(&d->stream, d->n);
	stream_puts(&d->stream, "</iq>");
}

/* Presences that nobody took come back, too. */
static void on_stanza(void *arg, const char *stanza, const char *end)
{
	if (stream_is(stanza, end, "iq", "set") || stream_is(stanza, end, "iq", "get"))
		answer(arg, stanza, end);
}

static void watch(int epoll, struct device *d, int op)
{
	struct epoll_event e = { .events = EPOLLIN, .data.ptr = d };

	if (d->blocked)
		e.events |= EPOLLOUT;
	if (epoll_ctl(epoll, op, d->stream.fd, &e) < 0)
		stream_fatal("epoll");
}

static void serve(int epoll, struct device *d, unsigned events)
{
	bool blocked = d->blocked;

	if (events & (EPOLLIN | EPOLLHUP | EPOLLERR)) {
		stream_receive(&d->stream);
		stream_take(&d->stream, on_stanza, d);
	}
	stream_flush(&d->stream);
	d->blocked = d->stream.len > 0;
	if (d->blocked != blocked)
		watch(epoll, d, EPOLL_CTL_MOD);
}

static void arrive(struct device *d, struct client_account *a, char **components)
{
	char name[32];

	snprintf(name, sizeof name, PRINTER_NAME, d->n);
	a->user = name;
	client_login(&d->stream, a);
	for (; *components != NULL; components++) {
		stream_printf(&d->stream, "<presence to='%s'>", *components);
		printer_facts(&d->stream, d->n);
		stream_puts(&d->stream, "</presence>");
	}
	stream_flush(&d->stream);
}

static void turn(int epoll)
{
	struct epoll_event events[64];
	int n = epoll_wait(epoll, events, 64, -1);

	for (int i = 0; i < n; i++) {
		if (events[i].data.ptr == NULL)
			exit(0);
		serve(epoll, events[i].data.ptr, events[i].events);
	}
}

int main(int argc, char **argv)
{
	struct epoll_event input = { .events = EPOLLIN, .data.ptr = NULL };
	struct client_account a = { .resource = "platen-a" };
	int epoll = epoll_create1(EPOLL_CLOEXEC);
	unsigned long count;

	if (argc < 6)
		return 2;
	a.port = atoi(argv[1]);
	a.domain = argv[2];
	count = strtoul(argv[3], NULL, 10);
	a.password = client_secret(argv[4]);
	a.nagle = strcmp(argv[5], "nagle") == 0;
	for (unsigned long n = 0; n < count; n++) {
		struct device *d = mem_zero(1, sizeof *d);

		d->n = n;
		arrive(d, &a, argv + 6);
		watch(epoll, d, EPOLL_CTL_ADD);
	}
	if (epoll_ctl(epoll, EPOLL_CTL_ADD, STDIN_FILENO, &input) < 0)
		stream_fatal("epoll");
	puts("online");
	fflush(stdout);
	for (;;)
		turn(epoll);
}
