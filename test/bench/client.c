#include "test/bench/client.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"

#define HEADER "<?xml version='1.0'?><stream:stream xmlns='%s' to='%s'" \
               " xmlns:stream='http://etherx.jabber.org/streams'%s>"
#define CLIENT "jabber:client", a->domain, " version='1.0'"

static int connect_to(int port, bool nagle)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port),
	                         .sin_addr = { htonl(INADDR_LOOPBACK) } };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;

	if (fd < 0 || connect(fd, (struct sockaddr *)&a, sizeof a) < 0)
		stream_fatal("connect");
	if (!nagle)
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	return fd;
}

static bool has(const struct stream *s, const char *text)
{
	return memmem(s->in, s->in_len, text, strlen(text)) != NULL;
}

/* Sends what waits, and reads until this is there. What came stays until the next call. */
static void expect(struct stream *s, const char *text)
{
	s->in_len = 0;
	stream_flush(s);
	do {
		stream_receive(s);
		if (!has(s, "<failure") && !has(s, "<stream:error") && !has(s, "type='error'"))
			continue;
		fprintf(stderr, "no login: %.*s\n", (int)s->in_len, s->in);
		exit(1);
	} while (!has(s, text));
}

static void ready(struct stream *s)
{
	s->in_len = 0;
	fcntl(s->fd, F_SETFL, O_NONBLOCK);
}

static void authenticate(struct stream *s, const struct client_account *a)
{
	char plain[256], base64[2 * sizeof plain];
	int n = snprintf(plain, sizeof plain, "%c%s%c%s", '\0', a->user, '\0', a->password);

	EVP_EncodeBlock((unsigned char *)base64, (const unsigned char *)plain, n);
	stream_printf(s, "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>%s</auth>",
	              base64);
	expect(s, "<success");
}

void client_login(struct stream *s, const struct client_account *a)
{
	s->fd = connect_to(a->port, a->nagle);
	stream_printf(s, HEADER, CLIENT);
	expect(s, "</stream:features>");
	authenticate(s, a);
	stream_printf(s, HEADER, CLIENT);
	expect(s, "</stream:features>");
	stream_printf(s, "<iq type='set' id='bind'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'>"
	              "<resource>%s</resource></bind></iq>", a->resource);
	expect(s, "</iq>");
	ready(s);
}

static void put_handshake(struct stream *s, struct piece id, const char *secret)
{
	char *text = mem_printf("%.*s%s", id.n, id.at, secret);
	unsigned char sum[EVP_MAX_MD_SIZE];
	unsigned n;

	if (!EVP_Digest(text, strlen(text), sum, &n, EVP_sha1(), NULL))
		stream_fatal("SHA-1");
	free(text);
	stream_puts(s, "<handshake>");
	for (unsigned i = 0; i < n; i++)
		stream_printf(s, "%02x", sum[i]);
	stream_puts(s, "</handshake>");
}

void client_component(struct stream *s, int port, const char *domain, const char *secret)
{
	const char *header;

	s->fd = connect_to(port, false);
	stream_printf(s, HEADER, "jabber:component:accept", domain, "");
	expect(s, " id='");
	header = memmem(s->in, s->in_len, "<stream:stream", 14);
	if (header == NULL || memchr(header, '>', (size_t)(s->in + s->in_len - header)) == NULL)
		stream_fatal("stream header");
	put_handshake(s, stream_attr(header, s->in + s->in_len, "id"), secret);
	expect(s, "<handshake");
	ready(s);
}

char *client_secret(const char *path)
{
	FILE *f = fopen(path, "r");
	char line[256] = "";

	if (f == NULL)
		stream_fatal(path);
	if (fgets(line, sizeof line, f) != NULL)
		line[strcspn(line, "\n")] = '\0';
	fclose(f);
	return mem_strdup(line);
}
