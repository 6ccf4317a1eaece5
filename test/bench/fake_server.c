// link: test/bench/stream.o test/bench/printer.o
/* An XMPP server (XEP-0114) as small as it can be, with many operators and devices behind
 * it. It takes one component on a port of its own, which it prints, and then what the
 * standard input says, a line each; each is answered by a line:
 *
 *     run PID REQUESTS WINDOW   so many requests, WINDOW of them open at a time:
 *                               "seconds cpu", the second of the process PID
 *     arrive PID FIRST COUNT    presence of these devices: "seconds cpu"
 *     ask XML                   an operator asks: "seconds bytes" of the answer
 *     quit
 *
 * Devices answer at once. Request n goes to device n modulo DEVICES, by operator n modulo
 * OPERATORS. What nobody here expects ends it.
 *
 *     fake_server DEVICES OPERATORS */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "test/bench/printer.h"
#include "test/bench/stream.h"

#define COMPONENT "devices.example.com"
#define OUT_HIGH (1u << 20)           /* nothing is added to what waits above this */

struct server {
	struct stream stream;
	unsigned long devices, operators;
	size_t last_len;
	char taken[CLOCK_STRING];         /* of the figures that devices answer with */
	unsigned long submitted, accepted, ended, wanted;
	bool answered;                    /* what was asked */
};

static void submit(struct server *s)
{
	unsigned long n = s->submitted++;

	stream_printf(&s->stream, "<iq type='set' from='operator-%lu@example.com/bench'"
	    " to='" COMPONENT "' id='b%lu'><request xmlns='urn:platen:operation:1'"
	    " device='" PRINTER_NAME "@example.com' command='get-supplies'/></iq>", n % s->operators, n,
	    n % s->devices);
}

static void answer(struct server *s, struct piece device, struct piece id)
{
	stream_printf(&s->stream, "<iq type='result' from='%.*s' to='" COMPONENT "' id='%.*s'>",
	              device.n, device.at, id.n, id.at);
	printer_outcome(&s->stream, id, s->taken, 99 - s->ended % 90);
	stream_puts(&s->stream, "</iq>");
}

static void on_stanza(void *arg, const char *stanza, const char *end)
{
	struct server *s = arg;
	struct piece id = stream_attr(stanza, end, "id");

	s->last_len = (size_t)(end - stanza);
	if (stream_is(stanza, end, "iq", "set")) {
		answer(s, stream_attr(stanza, end, "to"), id);
	} else if (stream_is(stanza, end, "iq", "result")) {
		if (*id.at == 'b')
			s->accepted++;
		else
			s->answered = true;
	} else if (stream_is(stanza, end, "message", "headline")) {
		s->ended++;
		if (s->submitted < s->wanted)
			submit(s);
	} else if (!stream_is(stanza, end, "iq", "get")) {
		fprintf(stderr, "unexpected: %.*s\n", (int)(end - stanza), stanza);
		exit(1);
	}
}

/* Waits for the component, and takes what came. */
static void turn(struct server *s)
{
	struct pollfd p = { s->stream.fd, POLLIN, 0 };

	if (s->stream.len > 0)
		p.events |= POLLOUT;
	poll(&p, 1, -1);
	if (p.revents & POLLOUT)
		stream_flush(&s->stream);
	if (!(p.revents & POLLIN))
		return;
	stream_receive(&s->stream);
	clock_format(clock_wall_ms(), s->taken);
	stream_take(&s->stream, on_stanza, s);
}

/* Commands. */

static void ask(struct server *s, const char *xml)
{
	s->answered = false;
	stream_printf(&s->stream, "<iq type='get' from='operator-0@example.com/bench'"
	    " to='" COMPONENT "' id='q'>%s</iq>", xml);
	while (!s->answered)
		turn(s);
}

static void run(struct server *s, unsigned long requests, unsigned long window)
{
	unsigned long until = s->ended + requests;

	s->wanted = s->submitted + requests;
	while (s->submitted < s->wanted && window-- > 0)
		submit(s);
	while (s->ended < until || s->accepted < s->submitted)
		turn(s);
}

static void arrive(struct server *s, unsigned long first, unsigned long count)
{
	for (unsigned long n = first; n < first + count; n++) {
		stream_printf(&s->stream, "<presence from='" PRINTER_NAME "@example.com/platen-a'"
		              " to='" COMPONENT "'>", n);
		printer_facts(&s->stream, n);
		stream_puts(&s->stream, "</presence>");
		while (s->stream.len > OUT_HIGH)
			turn(s);
	}
	ask(s, "<ping xmlns='urn:xmpp:ping'/>");
}

static void obey(struct server *s, char *line)
{
	char *word = strtok(line, " "), *rest = strtok(NULL, "");
	char pid[16];
	unsigned long a, b;
	bool counted = rest != NULL && sscanf(rest, "%15s %lu %lu", pid, &a, &b) == 3;
	double begun = stream_now(CLOCK_MONOTONIC), cpu = counted ? stream_now(stream_cpu_of(pid)) : 0;

	if (strcmp(word, "ask") == 0 && rest != NULL)
		ask(s, rest);
	else if (strcmp(word, "run") == 0 && counted)
		run(s, a, b);
	else if (strcmp(word, "arrive") == 0 && counted)
		arrive(s, a, b);
	else
		exit(strcmp(word, "quit") == 0 ? 0 : 2);
	printf("%.9f %.9f\n", stream_now(CLOCK_MONOTONIC) - begun,
	       counted ? stream_now(stream_cpu_of(pid)) - cpu : (double)s->last_len);
	fflush(stdout);
}

/* Beginning. */

static int take_one(void)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
	int listening = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), fd, one = 1;
	socklen_t n = sizeof a;

	if (listening < 0 || bind(listening, (struct sockaddr *)&a, n) < 0 ||
	    listen(listening, 1) < 0 || getsockname(listening, (struct sockaddr *)&a, &n) < 0)
		stream_fatal("listen");
	printf("%d\n", ntohs(a.sin_port));
	fflush(stdout);
	fd = accept(listening, NULL, NULL);
	if (fd < 0)
		stream_fatal("accept");
	close(listening);
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	return fd;
}

/* Any secret is right. */
static void shake_hands(struct server *s)
{
	static const char last[] = "</handshake>";

	stream_puts(&s->stream, "<?xml version='1.0'?><stream:stream xmlns='jabber:component:accept'"
	    " xmlns:stream='http://etherx.jabber.org/streams' from='" COMPONENT "' id='bench'>");
	stream_flush(&s->stream);
	do {
		stream_receive(&s->stream);
	} while (memmem(s->stream.in, s->stream.in_len, last, strlen(last)) == NULL);
	s->stream.in_len = 0;
	stream_puts(&s->stream, "<handshake/>");
	stream_flush(&s->stream);
	fcntl(s->stream.fd, F_SETFL, O_NONBLOCK);
	puts("online");
	fflush(stdout);
}

int main(int argc, char **argv)
{
	static struct server s;
	char line[4096];

	if (argc != 3)
		return 2;
	s.devices = strtoul(argv[1], NULL, 10);
	s.operators = strtoul(argv[2], NULL, 10);
	s.stream.fd = take_one();
	shake_hands(&s);
	while (fgets(line, sizeof line, stdin) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		if (*line != '\0')
			obey(&s, line);
	}
	return 0;
}
