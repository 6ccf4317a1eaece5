// link: test/bench/client.o test/bench/stream.o
/* The least that a component on expat could do for a request: it reads the same stanzas
 * from the server and writes the same ones back, keeps no request, no row and no disk. What
 * platend takes more than this is what its work costs. There is one operator: headlines go
 * to who has submitted last.
 *
 *     echo PORT DOMAIN SECRET-FILE */
#include <errno.h>
#include <expat.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "test/bench/client.h"

#define NS "urn:platen:operation:1"
#define TIME "2026-01-02T03:04:05.678Z"

struct echo {
	struct stream out;
	const char *domain;
	unsigned depth;
	char from[256], id[256], device[256], payload[64], operator_[256];
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

	snprintf(e->operator_, sizeof e->operator_, "%s", e->from);
	snprintf(id, sizeof id, "019a0000-0000-7000-8000-%012lu", e->number++);
	stream_printf(&e->out, "<iq type='result' from='%s' to='%s' id='%s'>"
	    "<request xmlns='" NS "' id='%s' status='queued'/></iq>", e->domain, e->from, e->id, id);
	stream_printf(&e->out, "<iq type='set' from='%s' to='%s/platen-a' id='%s-1'>"
	    "<operation xmlns='" NS "' id='%s' command='get-supplies' not-after='" TIME "'/></iq>",
	    e->domain, e->device, id, id);
}

static void on_outcome(struct echo *e)
{
	stream_printf(&e->out, "<message type='headline' from='%s' to='%s' id='%.36s'>"
	    "<body>%s get-supplies: responded in 1 ms</body>"
	    "<request xmlns='" NS "' id='%.36s' device='%s' command='get-supplies'"
	    " operator='%.*s' asked_by='%s' unit='bench'"
	    " status='responded' cause='outcome' created='" TIME "' transmitted='" TIME "'"
	    " responded='" TIME "' ended='" TIME "' response_ms='1' transmission='1' attempts='1'"
	    " max_attempts='3' timeout='30' expires='" TIME "'>", e->domain, e->operator_, e->id,
	    e->from, e->id, e->from, (int)strcspn(e->operator_, "/"), e->operator_, e->operator_);
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
		stream_printf(&e->out, "<iq type='result' from='%s' to='%s' id='%s'/>",
		              e->domain, e->from, e->id);
}

/* The descriptor does not block: so that what comes is taken while the server takes nothing. */
static ssize_t turn(struct echo *e, char *buf, size_t room)
{
	struct pollfd p = { e->out.fd, POLLIN, 0 };
	ssize_t n;

	stream_flush(&e->out);
	if (e->out.len > 0)
		p.events |= POLLOUT;
	poll(&p, 1, -1);
	n = read(e->out.fd, buf, room);
	return n < 0 && errno == EAGAIN ? 0 : n == 0 ? -1 : n;
}

int main(int argc, char **argv)
{
	static const char root[] = "<stream:stream xmlns='jabber:component:accept'"
	                           " xmlns:stream='http://etherx.jabber.org/streams'>";
	static struct echo e;
	static char buf[STREAM_READ];
	XML_Parser parser = XML_ParserCreateNS("UTF-8", '|');
	ssize_t n;

	if (argc != 4)
		return 2;
	e.domain = argv[2];
	client_component(&e.out, atoi(argv[1]), e.domain, client_secret(argv[3]));
	XML_SetUserData(parser, &e);
	XML_SetElementHandler(parser, on_start, on_end);
	XML_SetReparseDeferralEnabled(parser, XML_FALSE);
	XML_Parse(parser, root, sizeof root - 1, XML_FALSE);
	while ((n = turn(&e, buf, sizeof buf)) >= 0) {
		if (XML_Parse(parser, buf, (int)n, XML_FALSE) != XML_STATUS_OK)
			return 1;
	}
	XML_ParserFree(parser);
	return 0;
}
