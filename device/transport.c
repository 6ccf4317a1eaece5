#include "device/transport.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/file.h"
#include "common/mem.h"

#define LOG_MODULE "transport"
#include "common/log.h"

#define NETWORKS 16                    /* so many are kept, the newest first */
#define LINE (NETWORK_NAME + 10)
#define RETURN_CAP_MS (24 * 3600 * 1000)
/* A way that takes a log-in and is dead soon after is none. */
#define STEADY_MS 120000

const char *const transport_names[] = { "tcp", "bosh", "auto", NULL };

/* What is kept: lines of a network and what worked there. */

static char *read_kept(const struct transport *t)
{
	char *text = NULL;
	size_t len;

	if (t->path != NULL && file_read(t->path, NETWORKS * LINE, &text, &len) != 0 &&
	    errno != ENOENT)
		log_warn("%s: %s", t->path, strerror(errno));
	return text;
}

/* Takes the next line of *text, which it changes; false: there is none. */
static bool next_line(char **text, char network[static NETWORK_NAME], char way[static 8])
{
	char *line = *text, *end = line == NULL ? NULL : strchr(line, '\n');

	if (end == NULL)
		return false;
	*end = '\0';
	*text = end + 1;
	if (sscanf(line, "%79s %7s", network, way) != 2)
		*network = '\0';
	return true;
}

static bool worked_here(const struct transport *t, char way[static 8])
{
	char network[NETWORK_NAME], *text = read_kept(t), *at = text;
	bool found = false;

	while (!found && next_line(&at, network, way))
		found = strcmp(network, t->network) == 0;
	free(text);
	return found;
}

static void keep(const struct transport *t)
{
	char network[NETWORK_NAME], way[8], all[NETWORKS * LINE + 1], *text = read_kept(t), *at = text;
	size_t n = 1, used = (size_t)snprintf(all, LINE, "%s %s\n", t->network,
	                                      transport_names[t->bosh]);

	while (n < NETWORKS && next_line(&at, network, way)) {
		if (*network == '\0' || strcmp(network, t->network) == 0)
			continue;
		used += (size_t)snprintf(all + used, LINE, "%s %s\n", network, way);
		n++;
	}
	free(text);
	if (file_replace(t->path, all, used, 0600) != 0)
		log_warn("%s: %s", t->path, strerror(errno));
}

/* The rounds. */

void transport_begin(struct transport *t)
{
	t->second = false;
	t->bosh = t->bosh_first;
}

static void enter(struct transport *t)
{
	char way[8];

	t->return_ms = t->return_base_ms;
	t->bosh_first = worked_here(t, way) && strcmp(way, "bosh") == 0;
}

void transport_init(struct transport *t, enum transport_mode mode, int64_t return_ms,
                    const char *dir)
{
	*t = (struct transport){
		.mode = mode, .bosh_first = mode == TRANSPORT_BOSH, .return_base_ms = return_ms
	};
	if (mode == TRANSPORT_AUTO) {
		t->path = dir == NULL ? NULL : mem_printf("%s/transport", dir);
		network_name(t->network);
		enter(t);
	}
	transport_begin(t);
}

void transport_clear(struct transport *t)
{
	free(t->path);
	t->path = NULL;
}

void transport_moved(struct transport *t)
{
	char network[NETWORK_NAME];

	if (t->mode != TRANSPORT_AUTO)
		return;
	network_name(network);
	if (strcmp(network, t->network) != 0) {
		memcpy(t->network, network, sizeof network);
		enter(t);
	}
}

void transport_online(struct transport *t)
{
	char way[8];

	t->second = false;
	t->online = clock_mono_ms();
	if (t->mode != TRANSPORT_AUTO)
		return;
	t->bosh_first = t->bosh;
	if (t->path != NULL && (!worked_here(t, way) || strcmp(way, transport_names[t->bosh]) != 0))
		keep(t);
}

/* Whether it was no good as a way, and not only lost. */
static bool was_no_way(struct transport *t, enum xmpp_end end, bool was_online)
{
	if (end == XMPP_END_AUTH || end == XMPP_END_CONFLICT)
		return false;
	if (!was_online)
		return true;
	if (clock_mono_ms() - t->online < STEADY_MS)
		return !t->bosh;
	if (!t->bosh)
		t->return_ms = t->return_base_ms;
	return false;
}

bool transport_failed(struct transport *t, enum xmpp_end end, bool was_online)
{
	if (t->mode != TRANSPORT_AUTO)
		return false;
	if (!was_no_way(t, end, was_online) || t->second) {
		transport_begin(t);
		return false;
	}
	t->second = true;
	t->bosh = !t->bosh;
	log_info("trying %s", transport_names[t->bosh]);
	return true;
}

int64_t transport_return_ms(const struct transport *t, double random)
{
	if (t->mode != TRANSPORT_AUTO || !t->bosh)
		return -1;
	return t->return_ms - (int64_t)(random * (double)t->return_ms / 4);
}

void transport_returned(struct transport *t, bool good)
{
	if (t->return_ms < RETURN_CAP_MS)
		t->return_ms *= 2;
	t->bosh = !good;
}
