#include "device/agent.h"

#include <assert.h>
#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <net-snmp/net-snmp-config.h>
#include <net-snmp/net-snmp-includes.h>
#include <net-snmp/library/large_fd_set.h>

#include "common/clock.h"
#include "common/mem.h"
#include "device/agent_account.h"

struct agent {
	const struct agent_account *account;
	void *session;                  /* net-snmp's single session */
	int abort_fd;

	/* The question under way. */
	int ended;                      /* one of NETSNMP_CALLBACK_OP_*; 0: not yet */
	netsnmp_pdu *answer;
	bool unreadable;                /* something came that is no answer */
	bool answered;                  /* it has answered some question */
};

/* net-snmp keeps users and engines in lists without locks. Held around its calls,
 * never while we wait. */
static pthread_mutex_t library = PTHREAD_MUTEX_INITIALIZER;

static int on_event(int operation, netsnmp_session *session, int id, netsnmp_pdu *pdu, void *arg)
{
	struct agent *a = arg;

	(void)session;
	(void)id;
	if (operation == NETSNMP_CALLBACK_OP_RESEND || operation == NETSNMP_CALLBACK_OP_CONNECT)
		return 1;
	if (operation == NETSNMP_CALLBACK_OP_RECEIVED_MESSAGE) {
		if (a->answer != NULL || (pdu->command != SNMP_MSG_RESPONSE &&
		                          pdu->command != SNMP_MSG_REPORT))
			return 1;
		a->answer = snmp_clone_pdu(pdu);
		if (a->answer == NULL)
			mem_fatal();
	}
	a->ended = operation;
	return 1;
}

/* Splits HOST[:PORT] or [IPv6][:PORT] into what getaddrinfo() takes. */
static char *host_of(const char *address, const char **port)
{
	size_t len = strcspn(address, *address == '[' ? "]" : ":");
	const char *end = address + len + (*address == '[' && address[len] == ']');

	*port = *end == ':' && end[1] != '\0' ? end + 1 : "161";
	return *address == '[' ? mem_strndup(address + 1, len - 1) : mem_strndup(address, len);
}

/* "udp:192.0.2.7:161": with a name net-snmp would resolve it under our lock. */
static char *resolve(const char *address, struct source_failure *failure)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_DGRAM };
	char numeric[NI_MAXHOST], service[NI_MAXSERV], *peer = NULL;
	const char *port;
	char *host = host_of(address, &port);
	struct addrinfo *found = NULL;
	int rc = getaddrinfo(host, port, &hints, &found);

	if (rc == 0)
		rc = getnameinfo(found->ai_addr, found->ai_addrlen, numeric, sizeof numeric, service,
		                 sizeof service, NI_NUMERICHOST | NI_NUMERICSERV);
	if (rc != 0)
		source_fail(failure, "printer-unreachable", "%s: %s", address, gai_strerror(rc));
	else if (found->ai_family == AF_INET6)
		peer = mem_printf("udp6:[%s]:%s", numeric, service);
	else
		peer = mem_printf("udp:%s:%s", numeric, service);
	if (found != NULL)
		freeaddrinfo(found);
	free(host);
	return peer;
}

/* A connected socket hears of a port that nobody listens on, and nothing from any
 * other; net-snmp leaves its own unconnected. */
static void connect_socket(void *session)
{
	const netsnmp_transport *t = snmp_sess_transport(session);
	const netsnmp_indexed_addr_pair *pair = t->data;
	const struct sockaddr *to;

	if (pair == NULL || t->data_length != sizeof *pair)
		return;
	to = &pair->remote_addr.sa;
	if (connect(t->sock, to, (socklen_t)netsnmp_sockaddr_size(to)) != 0)
		return;   /* the first sending says what is wrong */
}

static void open_session(struct agent *a, char *peer, struct source_failure *failure)
{
	netsnmp_session s;
	char *why = NULL;

	agent_account_session(a->account, &s);
	s.peername = peer;
	s.callback = on_event;
	s.callback_magic = a;
	a->session = snmp_sess_open(&s);
	if (a->session != NULL) {
		connect_socket(a->session);
	} else {
		snmp_error(&s, NULL, NULL, &why);
		source_fail(failure, "printer-unreachable", "%s: %s", agent_address(a), why);
	}
	free(why);
}

/* The wait for net-snmp's next resending, at most. */
static int wait_ms(struct agent *a, int64_t deadline)
{
	struct timeval tv = { .tv_sec = 1 };
	netsnmp_large_fd_set fds;
	int n = 0, block = 1;
	int64_t ms, left = deadline - clock_mono_ms();

	netsnmp_large_fd_set_init(&fds, FD_SETSIZE);
	NETSNMP_LARGE_FD_ZERO(&fds);
	snmp_sess_select_info2(a->session, &n, &fds, &tv, &block);
	netsnmp_large_fd_set_cleanup(&fds);
	ms = block ? 1000 : (int64_t)tv.tv_sec * 1000 + tv.tv_usec / 1000 + 1;
	return (int)(left < ms ? (left > 0 ? left : 0) : ms);
}

static void receive(struct agent *a, int fd)
{
	netsnmp_large_fd_set fds;

	netsnmp_large_fd_set_init(&fds, FD_SETSIZE);
	NETSNMP_LARGE_FD_ZERO(&fds);
	netsnmp_large_fd_setfd(fd, &fds);
	if (snmp_sess_read2(a->session, &fds) != 0)
		a->unreadable = true;
	netsnmp_large_fd_set_cleanup(&fds);
}

static void fail_socket(struct agent *a, int error, struct source_failure *failure)
{
	if (error == ECONNREFUSED)
		source_fail(failure, "printer-unreachable", "%s refuses SNMP: nobody listens there",
		            agent_address(a));
	else
		source_fail(failure, "printer-unreachable", "%s: %s", agent_address(a),
		            strerror(error));
}

/* Waits once for the socket, the abort or the time of a resending. */
static void wait_for_event(struct agent *a, int64_t deadline, struct source_failure *failure)
{
	int fd = snmp_sess_transport(a->session)->sock, error = 0;
	struct pollfd p[2] = { { .fd = fd, .events = POLLIN },
	                       { .fd = a->abort_fd, .events = POLLIN } };
	socklen_t len = sizeof error;

	pthread_mutex_lock(&library);
	error = wait_ms(a, deadline);
	pthread_mutex_unlock(&library);
	if (poll(p, 2, error) < 0 && errno != EINTR)
		source_fail(failure, "internal", "poll: %s", strerror(errno));
	error = 0;
	if (p[0].revents & POLLERR)
		getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len);
	if (p[1].revents != 0)
		source_fail(failure, "internal", "the program ends");
	if (error != 0)
		fail_socket(a, error, failure);
	if (failure->condition != NULL)
		return;
	pthread_mutex_lock(&library);
	if (p[0].revents & POLLIN)
		receive(a, fd);
	snmp_sess_timeout(a->session);
	pthread_mutex_unlock(&library);
	if (a->ended == 0 && clock_mono_ms() > deadline)
		source_fail(failure, "printer-timeout", "%s answers too slowly", agent_address(a));
}

/* False: nothing was sent. */
static bool send_question(struct agent *a, netsnmp_pdu *pdu, struct source_failure *failure)
{
	int sys = 0, snmp = 0, sent;
	char *why = NULL;

	pthread_mutex_lock(&library);
	sent = snmp_sess_async_send(a->session, pdu, on_event, a);
	if (sent == 0) {
		snmp_free_pdu(pdu);
		snmp_sess_error(a->session, &sys, &snmp, &why);
	}
	pthread_mutex_unlock(&library);
	if (sent == 0 && snmp == SNMPERR_BAD_SENDTO && sys != 0)
		fail_socket(a, sys, failure);
	else if (sent == 0)
		source_fail(failure, "printer-error", "%s cannot be asked: %s", agent_address(a), why);
	free(why);
	return sent != 0;
}

static netsnmp_pdu *exchange(struct agent *a, netsnmp_pdu *pdu, int64_t deadline,
                             struct source_failure *failure)
{
	netsnmp_pdu *answer;

	a->ended = 0;
	a->unreadable = false;
	if (!send_question(a, pdu, failure))
		return NULL;
	while (a->ended == 0 && failure->condition == NULL)
		wait_for_event(a, deadline, failure);
	if (failure->condition == NULL && a->ended != NETSNMP_CALLBACK_OP_RECEIVED_MESSAGE &&
	    a->ended != NETSNMP_CALLBACK_OP_TIMED_OUT)
		source_fail(failure, "printer-error", "%s: its answer breaks SNMP's security",
		            agent_address(a));
	answer = a->answer;
	a->answer = NULL;
	a->answered |= answer != NULL;
	return answer;
}

/* RFC 3414 4: a question without user and engine is answered by a report, and
 * net-snmp keeps the engine that it bears. */
static void discover(struct agent *a, int64_t deadline, struct source_failure *failure)
{
	netsnmp_session *s = snmp_sess_session(a->session);
	netsnmp_pdu *pdu = snmp_pdu_create(SNMP_MSG_GET), *answer;

	if (pdu == NULL)
		mem_fatal();
	s->flags |= SNMP_FLAGS_DONT_PROBE;   /* by itself it would block */
	pdu->version = SNMP_VERSION_3;
	pdu->securityModel = SNMP_SEC_MODEL_USM;
	pdu->securityLevel = SNMP_SEC_LEVEL_NOAUTH;
	pdu->securityName = mem_strdup("");
	answer = exchange(a, pdu, deadline, failure);
	if (failure->condition == NULL && answer == NULL)
		agent_fail_silent(a, failure);
	else if (failure->condition == NULL && s->securityEngineIDLen == 0)
		source_fail(failure, "printer-error", "%s does not say its SNMPv3 engine",
		            agent_address(a));
	snmp_free_pdu(answer);
	a->answered = false;
	if (failure->condition != NULL)
		return;
	pthread_mutex_lock(&library);
	agent_account_enter(a->account, s, failure);
	pthread_mutex_unlock(&library);
}

struct agent *agent_open(const struct agent_account *account, int abort_fd, int64_t deadline,
                         struct source_failure *failure)
{
	struct agent *a = mem_zero(1, sizeof *a);
	char *peer;

	a->account = account;
	a->abort_fd = abort_fd;
	peer = resolve(agent_address(a), failure);
	if (peer != NULL) {
		pthread_mutex_lock(&library);
		open_session(a, peer, failure);
		pthread_mutex_unlock(&library);
	}
	free(peer);
	if (failure->condition == NULL && agent_version_of(a) == AGENT_V3)
		discover(a, deadline, failure);
	if (failure->condition == NULL)
		return a;
	agent_close(a);
	return NULL;
}

void agent_close(struct agent *a)
{
	if (a == NULL)
		return;
	pthread_mutex_lock(&library);
	if (a->session != NULL)
		snmp_sess_close(a->session);
	pthread_mutex_unlock(&library);
	snmp_free_pdu(a->answer);
	free(a);
}

netsnmp_pdu *agent_ask(struct agent *a, netsnmp_pdu *pdu, int64_t deadline,
                       struct source_failure *failure)
{
	netsnmp_pdu *answer = exchange(a, pdu, deadline, failure);

	if (failure->condition == NULL && answer != NULL && answer->command == SNMP_MSG_REPORT)
		agent_account_refused(a->account, snmpv3_get_report_type(answer), failure);
	if (failure->condition == NULL)
		return answer;
	snmp_free_pdu(answer);
	return NULL;
}

netsnmp_pdu *agent_tell(struct agent *a, netsnmp_pdu *pdu, int64_t deadline,
                        struct source_failure *failure)
{
	netsnmp_session *s = snmp_sess_session(a->session);
	netsnmp_pdu *answer;

	s->timeout *= s->retries + 1;
	s->retries = 0;
	answer = agent_ask(a, pdu, deadline, failure);
	if (answer == NULL && failure->condition == NULL)
		agent_fail_silent(a, failure);
	failure->uncertain = failure->condition != NULL;
	return answer;
}

void agent_fail_silent(const struct agent *a, struct source_failure *failure)
{
	const struct agent_options *o = agent_account_options(a->account);
	bool discovered = o->version == AGENT_V3 &&
	                  snmp_sess_session(a->session)->securityEngineIDLen > 0;

	if (a->unreadable)
		source_fail(failure, "printer-error", "%s answers what is no SNMP", o->address);
	else if (discovered && !a->answered && o->priv_protocol != 0)
		/* What it cannot decrypt a printer may drop without a word. */
		source_fail(failure, "printer-error", "%s knows SNMPv3 but does not answer user %s: "
		            "is the privacy password or protocol wrong?", o->address, o->user);
	else
		source_fail(failure, "printer-timeout", "%s did not answer within %lld ms", o->address,
		            (long long)o->timeout_ms * (o->retries + 1));
}

const char *agent_address(const struct agent *a)
{
	return agent_account_options(a->account)->address;
}

enum agent_version agent_version_of(const struct agent *a)
{
	return agent_account_options(a->account)->version;
}
