// link: test/bench/stream.o
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
#include <time.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/mem.h"
#include "test/bench/stream.h"

#define COMPONENT "devices.example.com"
#define IN_BYTES (1u << 20)
#define OUT_HIGH (1u << 20)           /* nothing is added to what waits above this */

struct server {
	struct stream stream;
	unsigned long devices, operators;
	char in[IN_BYTES];
	size_t in_len, last_len;
	char taken[CLOCK_STRING];         /* of the figures that devices answer with */
	unsigned long submitted, accepted, ended, wanted;
	bool answered;                    /* what was asked */
};

/* What stanzas bear. */

struct piece {
	const char *at;
	int n;
};

/* The value of an attribute in the first tags of a stanza: ours are all in ''. */
static struct piece value_of(const char *stanza, const char *end, const char *attr)
{
	const char *at = memmem(stanza, (size_t)(end - stanza), attr, strlen(attr)), *close;

	if (at == NULL)
		return (struct piece){ "", 0 };
	at += strlen(attr);
	close = memchr(at, '\'', (size_t)(end - at));
	return (struct piece){ at, close == NULL ? 0 : (int)(close - at) };
}

static bool begins(const char *stanza, const char *with)
{
	return strncmp(stanza, with, strlen(with)) == 0;
}

static void submit(struct server *s)
{
	unsigned long n = s->submitted++;

	stream_printf(&s->stream, "<iq type='set' from='operator-%lu@example.com/bench'"
	    " to='" COMPONENT "' id='b%lu'><request xmlns='urn:platen:operation:1'"
	    " device='mfp-%07lu@example.com' command='get-supplies'/></iq>", n % s->operators, n,
	    n % s->devices);
}

/* A colour printer's four toners. */
static void answer(struct server *s, struct piece device, struct piece id)
{
	static const char *const colours[] = { "black", "cyan", "magenta", "yellow" };

	stream_printf(&s->stream, "<iq type='result' from='%.*s' to='" COMPONENT "' id='%.*s'>"
	    "<outcome xmlns='urn:platen:operation:1' id='%.36s' status='done'>"
	    "<supplies xmlns='urn:platen:mfp:1' source='snmp' taken='%s'>", device.n, device.at,
	    id.n, id.at, id.at, s->taken);
	for (unsigned i = 0; i < 4; i++)
		stream_printf(&s->stream, "<supply index='1.%u' description='%s toner'"
		    " class='supplyThatIsConsumed' type='toner' colorant='%s' unit='percent'"
		    " capacity='100' level='%lu' percent='%lu'/>", i + 1, colours[i], colours[i],
		    99 - s->ended % 90, 99 - s->ended % 90);
	stream_puts(&s->stream, "</supplies></outcome></iq>");
}

static void on_stanza(struct server *s, const char *stanza, const char *end)
{
	if (begins(stanza, "<iq type='set'")) {
		answer(s, value_of(stanza, end, " to='"), value_of(stanza, end, " id='"));
	} else if (begins(stanza, "<iq type='result'")) {
		if (*value_of(stanza, end, " id='").at == 'b')
			s->accepted++;
		else
			s->answered = true;
	} else if (begins(stanza, "<message type='headline'")) {
		s->ended++;
		if (s->submitted < s->wanted)
			submit(s);
	} else if (!begins(stanza, "<iq type='get'")) {
		fprintf(stderr, "unexpected: %.*s\n", (int)(end - stanza), stanza);
		exit(1);
	}
}

/* The byte behind the stanza that begins here; NULL if it is not all there. Below a stanza
 * there are neither iq nor messages. */
static const char *behind(const char *at, const char *end)
{
	const char *tag = memchr(at, '>', (size_t)(end - at)), *close, *found;

	if (tag == NULL || tag[-1] == '/')
		return tag == NULL ? NULL : tag + 1;
	close = at[1] == 'm' ? "</message>" : "</iq>";
	found = memmem(tag, (size_t)(end - tag), close, strlen(close));
	return found == NULL ? NULL : found + strlen(close);
}

static const char *skip_blanks(const char *at, const char *end)
{
	while (at < end && *at == ' ')
		at++;
	return at;
}

static void take_stanzas(struct server *s)
{
	const char *at = s->in, *end = s->in + s->in_len, *next;

	while ((at = skip_blanks(at, end)) < end && (next = behind(at, end)) != NULL) {
		s->last_len = (size_t)(next - at);
		on_stanza(s, at, next);
		at = next;
	}
	s->in_len = (size_t)(end - at);
	memmove(s->in, at, s->in_len);
}

static void receive(struct server *s)
{
	ssize_t n = read(s->stream.fd, s->in + s->in_len, IN_BYTES - s->in_len);

	if (n == 0 || (n < 0 && errno != EAGAIN)) {
		fprintf(stderr, "the component has gone\n");
		exit(1);
	}
	if (n > 0)
		s->in_len += (size_t)n;
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
	receive(s);
	clock_format(clock_wall_ms(), s->taken);
	take_stanzas(s);
}

/* Commands. */

static double now(clockid_t id)
{
	struct timespec t;

	if (clock_gettime(id, &t) < 0)
		stream_fatal("clock");
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static clockid_t cpu_of(const char *pid)
{
	clockid_t id;

	if (clock_getcpuclockid((pid_t)strtol(pid, NULL, 10), &id) != 0)
		stream_fatal(pid);
	return id;
}

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
		stream_printf(&s->stream, "<presence from='mfp-%07lu@example.com/platen-a'"
		    " to='" COMPONENT "'><device xmlns='urn:platen:device:1' manufacturer='Acme'"
		    " model='Colour 3002' serial='S%07lu' firmware='1.02' location='Floor %lu'"
		    " mac='02:00:5e:%02lx:%02lx:%02lx' name='mfp-%lu' address='10.%lu.%lu.%lu'"
		    " client='platen-device/0.1' transport='tcp'/></presence>", n, n, n % 40,
		    n >> 16 & 255, n >> 8 & 255, n & 255, n, n >> 16 & 255, n >> 8 & 255, n & 255);
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
	double begun = now(CLOCK_MONOTONIC), cpu = counted ? now(cpu_of(pid)) : 0;

	if (strcmp(word, "ask") == 0 && rest != NULL)
		ask(s, rest);
	else if (strcmp(word, "run") == 0 && counted)
		run(s, a, b);
	else if (strcmp(word, "arrive") == 0 && counted)
		arrive(s, a, b);
	else
		exit(strcmp(word, "quit") == 0 ? 0 : 2);
	printf("%.9f %.9f\n", now(CLOCK_MONOTONIC) - begun,
	       counted ? now(cpu_of(pid)) - cpu : (double)s->last_len);
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
	while (memmem(s->in, s->in_len, last, strlen(last)) == NULL)
		receive(s);
	s->in_len = 0;
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
