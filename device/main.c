#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

#include "common/mem.h"
#include "device/about.h"
#include "device/bosh_proxy.h"
#include "device/config.h"
#include "device/config_bosh.h"
#include "device/dispatch.h"
#include "device/known_time.h"
#include "device/link_watch.h"
#include "device/source_file.h"
#include "device/source_snmp.h"

#define LOG_MODULE "main"
#include "common/log.h"

#define CONNECT_MS 30000
#define USER_TIMEOUT_MS 30000
#define DRAIN_MS 1000           /* for reads under way at the end */

#define DEFAULT_CONFIG "/etc/platen/platen-device.conf"
#define DEFAULT_PROXY_CONFIG "/etc/platen/bosh-proxy.conf"

struct program {
	struct config config;
	struct bosh_options bosh;
	uv_loop_t loop;
	uv_signal_t sigterm, sigint;
	struct source *source;
	struct link_watch *network;
	struct dispatch dispatch;      /* the stream and what is above it */
};

struct arguments {
	const char *config;
	bool check, print, debug, proxy;
};

/* What the parts tell each other. */

static void on_online(void *arg)
{
	struct program *p = arg;

	presence_online(p->dispatch.presence);
}

static void on_stanza(void *arg, const struct xml *stanza)
{
	struct program *p = arg;

	dispatch_stanza(&p->dispatch, stanza);
}

static void on_offline(void *arg)
{
	struct program *p = arg;

	presence_offline(p->dispatch.presence);
	keepalive_offline(p->dispatch.keepalive);
	execute_away(p->dispatch.execute);
}

static void on_presence_sent(void *arg)
{
	struct program *p = arg;

	keepalive_presence_sent(p->dispatch.keepalive);
}

static int64_t component_now(void *arg)
{
	struct program *p = arg;

	return keepalive_now(p->dispatch.keepalive);
}

static void on_answered(void *arg)
{
	struct program *p = arg;

	presence_arrived(p->dispatch.presence);
	execute_answered(p->dispatch.execute);
	if (component_now(p) != 0)
		known_time_note(p->config.state_directory, component_now(p));
}

static void on_bounced(void *arg)
{
	struct program *p = arg;

	presence_bounced(p->dispatch.presence);
	execute_away(p->dispatch.execute);
}

static void on_restarted(void *arg)
{
	struct program *p = arg;

	log_info("the component has restarted");
	presence_again(p->dispatch.presence);
	execute_away(p->dispatch.execute);
}

static void on_network(void *arg, bool came)
{
	struct program *p = arg;

	if (stream_network(p->dispatch.stream, came))
		keepalive_probe(p->dispatch.keepalive);
}

static void on_learnt(void *arg, const struct mfp *m)
{
	struct program *p = arg;

	presence_learnt(p->dispatch.presence, m);
}

/* Frees all in the order of use; the loop ends when the handles are closed. */
static void on_stopped(void *arg)
{
	struct program *p = arg;

	link_watch_free(p->network);
	source_free(p->source);
	keepalive_free(p->dispatch.keepalive);
	presence_free(p->dispatch.presence);
	execute_free(p->dispatch.execute);
	stream_free(p->dispatch.stream);
	uv_close((uv_handle_t *)&p->sigterm, NULL);
	uv_close((uv_handle_t *)&p->sigint, NULL);
}

static const struct stream_events stream_events = { on_online, on_stanza, on_offline,
                                                    on_stopped };
static const struct execute_events execute_events = { component_now, on_learnt };
static const struct keepalive_events keepalive_events = { on_answered, on_bounced,
                                                          on_restarted };

static void on_signal(uv_signal_t *handle, int number)
{
	struct program *p = handle->data;

	log_info("ending signal=%d", number);
	stream_stop(p->dispatch.stream);
}

static struct source *make_source(struct program *p)
{
	const struct config *c = &p->config;

	if (c->source == CONFIG_SOURCE_SNMP) {
		const struct agent_options options = {
			.address = c->address, .version = (enum agent_version)c->version,
			.community = c->community, .write_community = c->write_community,
			.timeout_ms = c->timeout_ms, .retries = (int)c->retries,
			.user = c->user, .context = c->context,
			.auth_protocol = c->auth_protocol, .auth_password = c->auth_password,
			.priv_protocol = c->priv_protocol, .priv_password = c->priv_password,
		};

		return source_new(&p->loop, &source_snmp_kind, source_snmp_new(&options, &c->vendor),
		                  c->facts);
	}
	return source_new(&p->loop, &source_file_kind, source_file_new(c->state_file), c->facts);
}

static struct stream *make_stream(struct program *p)
{
	const struct config *c = &p->config;
	char *jid = mem_printf("%s/%s", c->jid, c->resource);
	const struct xmpp_options options = {
		.jid = jid, .password = c->password, .host = c->host, .port = (int)c->port,
		.security = (enum xmpp_security)c->security, .ca_file = c->ca_file,
		.certificate_file = c->certificate_file, .key_file = c->key_file, .pins = c->pins,
		.stream_management = c->stream_management,
		.connect_ms = CONNECT_MS, .user_timeout_ms = USER_TIMEOUT_MS,
		.no_earlier_s = known_time(c->state_directory),
	};
	struct stream *s = stream_new(&p->loop, &options, &stream_events, p);

	free(jid);
	config_bosh_options(c, options.no_earlier_s, &p->bosh);
	stream_over(s, (enum transport_mode)c->transport, &p->bosh, c->tcp_again_ms,
	            c->state_directory);
	return s;
}

static void make_parts(struct program *p)
{
	const struct config *c = &p->config;
	struct dispatch *d = &p->dispatch;
	const struct keepalive_options k = {
		c->obey[0], c->interval_ms, c->min_interval_ms, c->max_interval_ms
	};
	const struct execute_options execute = { c->state_directory, c->in_progress_ms };

	p->source = make_source(p);
	d->obey = c->obey;
	d->stream = make_stream(p);
	d->execute = execute_new(&p->loop, &execute, p->source, d->stream, &execute_events, p);
	d->presence = presence_new(&p->loop, d->stream, p->source, c->obey[0], c->facts,
	                           on_presence_sent, p);
	d->keepalive = keepalive_new(&p->loop, d->stream, &k, &keepalive_events, p);
}

static void listen_to(struct program *p, uv_signal_t *handle, int number)
{
	uv_signal_init(&p->loop, handle);
	handle->data = p;
	uv_signal_start(handle, on_signal, number);
}

static int run(struct program *p)
{
	about_init();
	if (uv_loop_init(&p->loop) != 0) {
		log_error("no event loop");
		return 1;
	}
	make_parts(p);
	listen_to(p, &p->sigterm, SIGTERM);
	listen_to(p, &p->sigint, SIGINT);
	p->network = link_watch_new(&p->loop, on_network, p);
	presence_start(p->dispatch.presence);
	stream_start(p->dispatch.stream);
	uv_run(&p->loop, UV_RUN_DEFAULT);
	uv_loop_close(&p->loop);
	source_drain(DRAIN_MS);
	log_info("ended");
	return 0;
}

static int usage(void)
{
	fputs("usage: platen-device [-dptv] [-c file]\n"
	      "       platen-device bosh-proxy [-dptv] [-c file]\n", stderr);
	return 2;
}

/* -1 to go on, or the exit status. */
static int parse(int argc, char **argv, struct arguments *a)
{
	int c;

	while ((c = getopt(argc, argv, "c:dptv")) != -1) {
		switch (c) {
		case 'c': a->config = optarg; break;
		case 'd': a->debug = true; break;
		case 'p': a->print = true; break;
		case 't': a->check = true; break;
		case 'v':
			puts("platen-device " PLATEN_VERSION);
			return 0;
		default:
			return usage();
		}
	}
	return optind < argc ? usage() : -1;
}

int main(int argc, char **argv)
{
	struct arguments a = { .config = DEFAULT_CONFIG };
	struct program p = { 0 };
	int rc;

	if (argc > 1 && strcmp(argv[1], "bosh-proxy") == 0) {
		a = (struct arguments){ .config = DEFAULT_PROXY_CONFIG, .proxy = true };
		argc--;
		argv++;
	}
	rc = parse(argc, argv, &a);
	if (rc >= 0)
		return rc;
	rc = 1;
	if ((a.proxy ? config_read_proxy : config_read)(&p.config, a.config, stderr) != 0)
		goto out;
	rc = 0;
	if (a.print)
		(a.proxy ? config_print_proxy : config_print)(&p.config, stdout);
	if (a.print || a.check)
		goto out;
	signal(SIGPIPE, SIG_IGN);
	log_set_level(a.debug ? LOG_LEVEL_DEBUG : (enum log_level)p.config.log_level);
	rc = a.proxy ? bosh_proxy_run(&p.config) : run(&p);
out:
	config_free(&p.config);
	return rc;
}
