/* platend: link -> dispatch -> handle_* -> life (the request table) -> journal
 * -> route -> link. component.c connects them; this is the process. */
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <systemd/sd-daemon.h>

#include "common/log.h"
#include "component/component.h"
#include "component/reload.h"

#define LOG_MODULE "platend"

#define DEFAULT_CONFIG "/etc/platen/platend.conf"

struct daemon {
	struct component c;
	uv_loop_t loop;
	uv_timer_t watchdog;
	uv_signal_t on_term, on_int, on_hup;
};

static void tell_systemd(bool is_online)
{
	sd_notify(0, is_online ? "READY=1\nSTATUS=connected" : "STATUS=the XMPP server is away");
}

static void on_watchdog(uv_timer_t *t)
{
	(void)t;
	sd_notify(0, "WATCHDOG=1");
}

static void on_stop_signal(uv_signal_t *s, int number)
{
	log_info("signal %d: ending", number);
	uv_stop(s->loop);
}

static void on_reload(uv_signal_t *s, int number)
{
	(void)number;
	reload_units(s->data);
}

static void watch_signals(struct daemon *p)
{
	uint64_t watchdog_us;

	uv_timer_init(&p->loop, &p->watchdog);
	uv_signal_init(&p->loop, &p->on_term);
	uv_signal_init(&p->loop, &p->on_int);
	uv_signal_init(&p->loop, &p->on_hup);
	p->on_hup.data = &p->c;
	uv_signal_start(&p->on_term, on_stop_signal, SIGTERM);
	uv_signal_start(&p->on_int, on_stop_signal, SIGINT);
	uv_signal_start(&p->on_hup, on_reload, SIGHUP);
	if (sd_watchdog_enabled(0, &watchdog_us) > 0)
		uv_timer_start(&p->watchdog, on_watchdog, 0, watchdog_us / 2000);
}

static void unwatch_signals(struct daemon *p)
{
	uv_close((uv_handle_t *)&p->watchdog, NULL);
	uv_close((uv_handle_t *)&p->on_term, NULL);
	uv_close((uv_handle_t *)&p->on_int, NULL);
	uv_close((uv_handle_t *)&p->on_hup, NULL);
}

static int run(struct daemon *p)
{
	int rc = EXIT_SUCCESS;

	signal(SIGPIPE, SIG_IGN);
	uv_loop_init(&p->loop);
	watch_signals(p);
	p->c.state_changed = tell_systemd;
	if (component_start(&p->c, &p->loop) == 0)
		uv_run(&p->loop, UV_RUN_DEFAULT);
	else
		rc = EXIT_FAILURE;
	sd_notify(0, "STOPPING=1");
	unwatch_signals(p);
	if (component_stop(&p->c) != 0 || p->c.failed)
		rc = EXIT_FAILURE;
	uv_loop_close(&p->loop);
	return rc;
}

/* The command line. */

static const char usage[] =
	"usage: platend [-dhptv] [-c FILE]\n"
	"  -c FILE  configuration, instead of " DEFAULT_CONFIG "\n"
	"  -d       log at level debug\n"
	"  -h       this help\n"
	"  -p       print the effective configuration and exit\n"
	"  -t       check configuration and units and exit\n"
	"  -v       print the version and exit\n";

enum action { RUN, CHECK, PRINT };

static int act(struct daemon *p, enum action action, const char *path, bool debug)
{
	struct component *c = &p->c;
	int rc = EXIT_FAILURE, read = config_read(&c->config, path, stderr);

	/* All mistakes of both files in one run. */
	if (c->config.units_file != NULL)
		c->units = units_read(c->config.units_file, stderr);
	if (read != 0 || c->units == NULL)
		goto out;
	log_set_level(debug ? LOG_LEVEL_DEBUG : (enum log_level)c->config.log_level);
	if (action == RUN)
		rc = run(p);
	else
		rc = EXIT_SUCCESS;
	if (action == PRINT)
		config_print(&c->config, stdout);
out:
	units_free(c->units);
	config_free(&c->config);
	return rc;
}

int main(int argc, char **argv)
{
	static struct daemon p;
	const char *path = DEFAULT_CONFIG;
	enum action action = RUN;
	bool debug = false;
	int opt;

	while ((opt = getopt(argc, argv, "c:dhptv")) != -1) {
		switch (opt) {
		case 'c': path = optarg; break;
		case 'd': debug = true; break;
		case 'h': fputs(usage, stdout); return EXIT_SUCCESS;
		case 'p': action = PRINT; break;
		case 't': action = CHECK; break;
		case 'v': puts("platend " PLATEN_VERSION); return EXIT_SUCCESS;
		default: fputs(usage, stderr); return 2;
		}
	}
	if (optind < argc) {
		fputs(usage, stderr);
		return 2;
	}
	return act(&p, action, path, debug);
}
