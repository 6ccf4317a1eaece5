// link: test/bench/stream.o
/* The least that a component on expat could do for a request: it reads the same stanzas
 * from the fake server and writes the same ones back, keeps no request, no row and no
 * disk. What platend takes more than this is what its work costs.
 *
 *     echo PORT */
#include <arpa/inet.h>
#include <expat.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "test/bench/stream.h"

#define NS "urn:platen:operation:1"
#define TIME "2026-01-02T03:04:05.678Z"

struct echo {
	struct stream out;
	unsigned depth;
	char from[256], id[256], device[256], payload[64];
	char open[256];               /* the element whose tag is not closed yet; "": none */
	struct stream outcome;
	unsigned long number;
};

static const char *get(const char **attrs, const char *name)
{
	for (; attrs[0] != NULL; attrs += 2) {
		if (strcmp(attrs[0], name) == 0)
			return attrs[1];
	}
	return "";
}

static const char *local(const char *name)
{
	const char *bar = strrchr(name, '|');

	return bar == NULL ? name : bar + 1;
}

static void close_tag(struct echo *e)
{
	if (*e->open != '\0')
		stream_put(&e->outcome, ">", 1);
	*e->open = '\0';
}

/* The outcome again, element by element. */
static void copy_start(struct echo *e, const char *name, const char **attrs)
{
	close_tag(e);
	stream_put(&e->outcome, "<", 1);
	stream_puts(&e->outcome, local(name));
	for (; attrs[0] != NULL; attrs += 2) {
		stream_put(&e->outcome, " ", 1);
		stream_puts(&e->outcome, attrs[0]);
		stream_put(&e->outcome, "='", 2);
		stream_puts(&e->outcome, attrs[1]);
		stream_put(&e->outcome, "'", 1);
	}
	snprintf(e->open, sizeof e->open, "%s", name);
}

static void copy_end(struct echo *e, const char *name)
{
	if (*e->open != '\0') {
		stream_put(&e->outcome, "/>", 2);
		*e->open = '\0';
		return;
	}
	stream_put(&e->outcome, "</", 2);
	stream_puts(&e->outcome, local(name));
	stream_put(&e->outcome, ">", 1);
}

static void on_start(void *arg, const char *name, const char **attrs)
{
	struct echo *e = arg;

	if (e->depth == 1) {
		snprintf(e->from, sizeof e->from, "%s", get(attrs, "from"));
		snprintf(e->id, sizeof e->id, "%s", get(attrs, "id"));
		*e->payload = '\0';
	} else if (e->depth == 2) {
		snprintf(e->payload, sizeof e->payload, "%s", local(name));
		snprintf(e->device, sizeof e->device, "%s", get(attrs, "device"));
	}
	if (e->depth >= 2 && strcmp(e->payload, "outcome") == 0)
		copy_start(e, name, attrs);
	e->depth++;
}

static void on_submit(struct echo *e)
{
	char id[37];

	snprintf(id, sizeof id, "019a0000-0000-7000-8000-%012lu", e->number++);
	stream_printf(&e->out, "<iq type='result' from='devices.example.com' to='%s' id='%s'>"
	    "<request xmlns='" NS "' id='%s' status='queued'/></iq>", e->from, e->id, id);
	stream_printf(&e->out, "<iq type='set' from='devices.example.com' to='%s/platen-a' id='%s-1'>"
	    "<operation xmlns='" NS "' id='%s' command='get-supplies' not-after='" TIME "'/></iq>",
	    e->device, id, id);
}

static void on_outcome(struct echo *e)
{
	stream_printf(&e->out, "<message type='headline' from='devices.example.com'"
	    " to='operator-0@example.com/bench' id='%s'>"
	    "<body>%s get-supplies: responded in 1 ms</body>"
	    "<request xmlns='" NS "' id='%s' device='%s' command='get-supplies'"
	    " operator='operator-0@example.com' asked_by='operator-0@example.com/bench' unit='bench'"
	    " status='responded' cause='outcome' created='" TIME "' transmitted='" TIME "'"
	    " responded='" TIME "' ended='" TIME "' response_ms='1' transmission='1' attempts='1'"
	    " max_attempts='3' timeout='30' expires='" TIME "'>", e->id, e->from, e->id, e->from);
	stream_put(&e->out, e->outcome.out, e->outcome.len);
	stream_puts(&e->out, "</request></message>");
	e->outcome.len = 0;
}

static void on_end(void *arg, const char *name)
{
	struct echo *e = arg;

	e->depth--;
	if (e->depth >= 2 && strcmp(e->payload, "outcome") == 0)
		copy_end(e, name);
	if (e->depth != 1)
		return;
	if (strcmp(e->payload, "request") == 0)
		on_submit(e);
	else if (strcmp(e->payload, "outcome") == 0)
		on_outcome(e);
	else if (strcmp(e->payload, "ping") == 0)
		stream_printf(&e->out, "<iq type='result' from='devices.example.com' to='%s' id='%s'/>",
		              e->from, e->id);
}

static int connect_to(int port)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port),
	                         .sin_addr = { htonl(INADDR_LOOPBACK) } };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;

	if (fd < 0 || connect(fd, (struct sockaddr *)&a, sizeof a) < 0)
		stream_fatal("connect");
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	return fd;
}

int main(int argc, char **argv)
{
	static struct echo e;
	static char buf[STREAM_READ];
	XML_Parser parser = XML_ParserCreateNS("UTF-8", '|');
	ssize_t n;

	if (argc != 2)
		return 2;
	e.out.fd = connect_to(atoi(argv[1]));
	XML_SetUserData(parser, &e);
	XML_SetElementHandler(parser, on_start, on_end);
	XML_SetReparseDeferralEnabled(parser, XML_FALSE);
	stream_puts(&e.out, "<?xml version='1.0'?><stream:stream xmlns='jabber:component:accept'"
	    " xmlns:stream='http://etherx.jabber.org/streams' to='devices.example.com'>"
	    "<handshake>0</handshake>");
	stream_flush(&e.out);
	while ((n = read(e.out.fd, buf, sizeof buf)) > 0) {
		if (XML_Parse(parser, buf, (int)n, XML_FALSE) != XML_STATUS_OK)
			return 1;
		stream_flush(&e.out);
	}
	XML_ParserFree(parser);
	return 0;
}
