#include "common/finder.h"

#include <idn-free.h>
#include <idna.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/backoff.h"
#include "common/conf.h"
#include "common/dns.h"
#include "common/endpoint.h"
#include "common/mem.h"
#include "common/srv.h"

#define LOG_MODULE "finder"
#include "common/log.h"

#define SRV_MS 6000               /* for both questions */
#define ADDRESSES_MS 10000
/* A dead name server of one host does not hold back what others have. */
#define OTHERS_MS 2000

struct place {
	struct finder *f;
	struct endpoint at;
	enum xmpp_security security;
	uv_getaddrinfo_t req;
	bool waiting, refused;
	char why[80];
	char addresses[FINDER_ADDRESSES][INET6_ADDRSTRLEN];
	size_t n;
};

struct question {
	struct finder *f;
	enum xmpp_security security;
	bool waiting;
	struct srv_answer answer;
};

struct finder {
	uv_loop_t *loop;
	char *domain;
	int port;
	enum xmpp_security security;
	double (*random)(void);
	const struct finder_events *events;
	void *arg;

	uv_timer_t step;                  /* all that goes on does so in it */
	uv_timer_t limit;
	unsigned users;                   /* handles and requests that still point here */
	struct dns *dns;                  /* while it is asked */
	struct question questions[2];
	size_t n_questions;
	struct place places[FINDER_HOSTS];
	size_t n_places;
	bool resolving, hurried, over, told, freed;
};

static void let_go(struct finder *f)
{
	if (--f->users > 0)
		return;
	free(f->domain);
	free(f);
}

static void on_closed(uv_handle_t *h)
{
	let_go(h->data);
}

static void on_step(uv_timer_t *t);

static void step_soon(struct finder *f)
{
	if (!f->freed && !f->told)
		uv_timer_start(&f->step, on_step, 0, 0);
}

static void on_limit(uv_timer_t *t)
{
	struct finder *f = t->data;

	f->over = true;
	step_soon(f);
}

static void tell_not_found(struct finder *f, enum xmpp_end end, const char *why)
{
	f->told = true;
	f->events->not_found(f->arg, end, why);
}

static int port_of(const struct finder *f, enum xmpp_security security)
{
	return f->port != 0 ? f->port : security == XMPP_DIRECT_TLS ? 5223 : 5222;
}

static void add_place(struct finder *f, const struct endpoint *at, enum xmpp_security security)
{
	struct place *p = &f->places[f->n_places];

	if (f->n_places == FINDER_HOSTS) {
		log_warn("more than %d hosts, %s is not tried", FINDER_HOSTS, at->host);
		return;
	}
	f->n_places++;
	p->f = f;
	p->at = *at;
	p->security = security;
	if (p->at.port == 0)
		p->at.port = port_of(f, security);
}

/* Addresses. */

static void take_address(struct place *p, const struct sockaddr *sa)
{
	if (sa->sa_family != AF_INET && sa->sa_family != AF_INET6)
		return;
	if (p->security == XMPP_PLAIN && !endpoint_is_loopback(sa))
		p->refused = true;
	else if (uv_ip_name(sa, p->addresses[p->n], sizeof p->addresses[p->n]) == 0)
		p->n++;
}

static void on_resolved(uv_getaddrinfo_t *req, int status, struct addrinfo *list)
{
	struct place *p = req->data;
	struct finder *f = p->f;

	p->waiting = false;
	for (struct addrinfo *a = list; a != NULL && p->n < FINDER_ADDRESSES; a = a->ai_next)
		take_address(p, a->ai_addr);
	uv_freeaddrinfo(list);
	snprintf(p->why, sizeof p->why, "%s", status != 0 ? uv_strerror(status) :
	                                       p->n == 0 ? "the name has no address" : "");
	step_soon(f);
	let_go(f);
}

/* An address needs no thread, of which there are few for names that do not resolve. */
static bool is_address(struct place *p)
{
	struct sockaddr_storage sa;

	if (uv_ip4_addr(p->at.host, 0, (struct sockaddr_in *)&sa) != 0 &&
	    uv_ip6_addr(p->at.host, 0, (struct sockaddr_in6 *)&sa) != 0)
		return false;
	take_address(p, (struct sockaddr *)&sa);
	return true;
}

static void resolve(struct finder *f, struct place *p)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_protocol = IPPROTO_TCP };
	int rc;

	if (is_address(p))
		return;
	p->req.data = p;
	rc = uv_getaddrinfo(f->loop, &p->req, on_resolved, p->at.host, NULL, &hints);
	if (rc != 0) {
		snprintf(p->why, sizeof p->why, "%s", uv_strerror(rc));
		return;
	}
	p->waiting = true;
	f->users++;
}

static void resolve_all(struct finder *f)
{
	f->resolving = true;
	f->over = false;
	for (size_t i = 0; i < f->n_places; i++)
		resolve(f, &f->places[i]);
	uv_timer_start(&f->limit, on_limit, ADDRESSES_MS, 0);
	step_soon(f);
}

/* One of the other family follows each, as far as there are (RFC 8305 section 4). */
static void mix_families(struct place *p)
{
	bool six = strchr(p->addresses[0], ':') != NULL;
	char moved[INET6_ADDRSTRLEN];

	for (size_t i = 0; i < p->n; i++, six = !six) {
		size_t at = i;

		while (at < p->n && (strchr(p->addresses[at], ':') != NULL) != six)
			at++;
		if (at == p->n)
			return;
		memcpy(moved, p->addresses[at], sizeof moved);
		memmove(p->addresses[i + 1], p->addresses[i], (at - i) * sizeof *p->addresses);
		memcpy(p->addresses[i], moved, sizeof moved);
	}
}

static size_t list_place(struct place *p, unsigned number, struct finder_target *list)
{
	mix_families(p);
	for (size_t i = 0; i < p->n; i++) {
		struct finder_target *t = &list[i];

		memcpy(t->host, p->at.host, sizeof t->host);
		memcpy(t->address, p->addresses[i], sizeof t->address);
		t->port = p->at.port;
		t->security = p->security;
		t->place = number;
		log_debug("target=%s address=%s port=%d security=%s", t->host, t->address, t->port,
		          xmpp_security_names[t->security]);
	}
	return p->n;
}

static void explain(struct finder *f)
{
	for (size_t i = 0; i < f->n_places; i++) {
		if (f->places[i].refused) {
			tell_not_found(f, XMPP_END_TLS, "security = plain is for loopback addresses only");
			return;
		}
	}
	tell_not_found(f, XMPP_END_RESOLVE, f->n_places == 0 ? "no host is named" :
	               *f->places[0].why != '\0' ? f->places[0].why :
	               "the server's name was not resolved in time");
}

/* What is resolved later still writes into its place, and nobody reads it. */
static void finish(struct finder *f)
{
	struct finder_target list[FINDER_TARGETS];
	size_t n = 0;

	uv_timer_stop(&f->limit);
	for (size_t i = 0; i < f->n_places; i++) {
		struct place *p = &f->places[i];

		if (p->n == 0 && f->n_places > 1)
			log_warn("host=%s: %s", p->at.host, p->waiting ? "not resolved in time" :
			         p->refused ? "security = plain is for loopback addresses only" : p->why);
		n += list_place(p, (unsigned)i, list + n);
	}
	if (n == 0) {
		explain(f);
		return;
	}
	f->told = true;
	f->events->found(f->arg, list, n);
}

static void look_at_addresses(struct finder *f)
{
	bool waiting = false, found = false;

	for (size_t i = 0; i < f->n_places; i++) {
		waiting |= f->places[i].waiting;
		found |= f->places[i].n > 0;
	}
	if (!waiting || f->over) {
		finish(f);
	} else if (found && !f->hurried) {
		f->hurried = true;
		uv_timer_start(&f->limit, on_limit, OTHERS_MS, 0);
	}
}

/* SRV. */

static const char *service(enum xmpp_security security)
{
	return security == XMPP_DIRECT_TLS ? "_xmpps-client._tcp" : "_xmpp-client._tcp";
}

static void on_answer(void *arg, const unsigned char *message, size_t len, const char *why)
{
	struct question *q = arg;
	const struct srv_answer *a = &q->answer;
	const char *name = service(q->security);

	q->waiting = false;
	if (message == NULL)
		log_debug("%s.%s: %s", name, q->f->domain, why);
	else if (!srv_read(&q->answer, message, len, q->security))
		log_warn("%s.%s: the answer is not understood", name, q->f->domain);
	if (a->bad > 0)
		log_warn("%s.%s: %u records name no host and port", name, q->f->domain, a->bad);
	if (a->more > 0)
		log_warn("%s.%s: %u records beyond the first %d are not looked at", name, q->f->domain,
		         a->more, SRV_RECORDS);
	step_soon(q->f);
}

static void ask(struct finder *f, const char *domain, enum xmpp_security security)
{
	struct question *q = &f->questions[f->n_questions++];
	char *name = mem_printf("%s.%s", service(security), domain);

	q->f = f;
	q->security = security;
	q->waiting = true;
	dns_srv(f->dns, name, on_answer, q);
	free(name);
}

static void own_addresses(struct finder *f)
{
	struct endpoint own = { .port = 0 };

	if (strlen(f->domain) >= sizeof own.host) {
		tell_not_found(f, XMPP_END_RESOLVE, "the domain is too long for a name");
		return;
	}
	strcpy(own.host, f->domain);
	add_place(f, &own, f->security);
	resolve_all(f);
}

static bool not_offered(const struct finder *f)
{
	bool none = false;

	for (size_t i = 0; i < f->n_questions; i++)
		none |= f->questions[i].answer.none;
	return none;
}

/* A domain that has such records says by them all that it offers (RFC 6120 section 3.2.1,
 * XEP-0368): its own addresses are for those that have none. */
static void take_records(struct finder *f)
{
	struct srv_record all[2 * SRV_RECORDS];
	struct endpoint at;
	size_t n = 0;

	for (size_t i = 0; i < f->n_questions; i++) {
		const struct srv_answer *a = &f->questions[i].answer;

		memcpy(all + n, a->list, a->n * sizeof *all);
		n += a->n;
	}
	if (n == 0 && not_offered(f)) {
		tell_not_found(f, XMPP_END_RESOLVE, "the domain offers no XMPP to clients");
		return;
	}
	if (n == 0) {
		own_addresses(f);
		return;
	}
	srv_order(all, n, f->random);
	for (size_t i = 0; i < n; i++) {
		memcpy(at.host, all[i].host, sizeof at.host);
		at.port = all[i].port;
		add_place(f, &at, (enum xmpp_security)all[i].kind);
	}
	resolve_all(f);
}

static void look_at_answers(struct finder *f)
{
	bool waiting = false;

	for (size_t i = 0; i < f->n_questions; i++)
		waiting |= f->questions[i].waiting;
	if (waiting && !f->over)
		return;
	if (waiting)
		log_warn("DNS does not answer for %s", f->domain);
	uv_timer_stop(&f->limit);
	dns_free(f->dns);
	f->dns = NULL;
	take_records(f);
}

static void on_step(uv_timer_t *t)
{
	struct finder *f = t->data;

	if (f->resolving)
		look_at_addresses(f);
	else if (f->dns != NULL)
		look_at_answers(f);
	else
		own_addresses(f);
}

/* Who has said a port, or that no TLS is wanted, means the domain's own addresses. RFC 6761
 * keeps localhost out of DNS. */
static bool has_records(const struct finder *f)
{
	struct endpoint address;
	size_t len = strlen(f->domain);

	if (f->port != 0 || f->security == XMPP_PLAIN || strcasecmp(f->domain, "localhost") == 0 ||
	    (len > 10 && strcasecmp(f->domain + len - 10, ".localhost") == 0))
		return false;
	return endpoint_parse(f->domain, &address) && strchr(address.host, ':') == NULL &&
	       address.host[strspn(address.host, "0123456789.")] != '\0';
}

static void ask_dns(struct finder *f)
{
	char *ascii = NULL;
	const char *why;

	if (!has_records(f))
		return;
	if (idna_to_ascii_8z(f->domain, &ascii, 0) != IDNA_SUCCESS || !endpoint_is_name(ascii)) {
		log_warn("%s: no name for DNS", f->domain);
	} else if ((f->dns = dns_open(f->loop, &why)) == NULL) {
		log_warn("DNS cannot be asked: %s", why);
	} else {
		ask(f, ascii, XMPP_DIRECT_TLS);
		if (f->security != XMPP_DIRECT_TLS)
			ask(f, ascii, XMPP_STARTTLS);
		uv_timer_start(&f->limit, on_limit, SRV_MS, 0);
	}
	idn_free(ascii);
}

static void use_configured(struct finder *f, const char *hosts)
{
	char **list = conf_split(hosts);
	struct endpoint at;

	for (char **text = list; *text != NULL; text++) {
		if (endpoint_parse(*text, &at))
			add_place(f, &at, f->security);
		else
			log_warn("'%s' is no host", *text);
	}
	conf_list_free(list);
	resolve_all(f);
}

struct finder *finder_start(uv_loop_t *loop, const struct finder_options *options,
                            const struct finder_events *events, void *arg)
{
	struct finder *f = mem_zero(1, sizeof *f);

	f->loop = loop;
	f->domain = mem_strdup(options->domain);
	f->port = options->port;
	f->security = options->security;
	f->random = options->random != NULL ? options->random : backoff_random;
	f->events = events;
	f->arg = arg;
	f->users = 2;
	uv_timer_init(loop, &f->step);
	uv_timer_init(loop, &f->limit);
	f->step.data = f->limit.data = f;
	if (options->hosts != NULL)
		use_configured(f, options->hosts);
	else
		ask_dns(f);
	if (f->dns == NULL)
		step_soon(f);
	return f;
}

void finder_free(struct finder *f)
{
	if (f == NULL || f->freed)
		return;
	f->freed = true;
	dns_free(f->dns);
	f->dns = NULL;
	for (size_t i = 0; i < f->n_places; i++) {
		if (f->places[i].waiting)
			uv_cancel((uv_req_t *)&f->places[i].req);
	}
	uv_close((uv_handle_t *)&f->step, on_closed);
	uv_close((uv_handle_t *)&f->limit, on_closed);
}

char *finder_bad_host(const char *hosts)
{
	char **list = conf_split(hosts), *bad = NULL;
	struct endpoint at;
	size_t n = 0;

	for (char **text = list; *text != NULL && bad == NULL; text++) {
		if (!endpoint_parse(*text, &at))
			bad = mem_printf("'%.256s' is no HOST, HOST:PORT, [IPv6] or [IPv6]:PORT", *text);
		else if (++n > FINDER_HOSTS)
			bad = mem_printf("more than %d hosts", FINDER_HOSTS);
	}
	if (bad == NULL && n == 0)
		bad = mem_strdup("no host is named");
	conf_list_free(list);
	return bad;
}
