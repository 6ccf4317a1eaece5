// link: operator/cmd_requests.o operator/cmd_devices.o operator/cmd_audit.o
// link: operator/cmd_unassigned.o operator/cmd_request.o operator/cmd_status.o
// link: operator/cmd_device.o operator/cmd_administer.o operator/show.o operator/session.o
// link: operator/job.o operator/recovery.o operator/submit.o operator/list.o operator/list_query.o operator/row.o
// link: operator/json.o operator/print.o operator/print_mfp.o operator/grid.o operator/text.o
// link: operator/cmd_cancel.o operator/cmd_watch.o operator/cmd_stats.o operator/stats.o
// link: operator/csv.o operator/event.o operator/fault.o operator/args.o operator/admin.o
/* Whatever a component or a server answers, a stanza each line of the input: the pages of
 * every list (XEP-0059), as text, CSV and JSON; a request's life, its cancelling, a device,
 * what an administrator orders, what is watched; and what account management (XEP-0133) and errors mean. An empty
 * line is silence, "^C" the operator's, and any other that is no stanza a lost stream. Every
 * command ends when the answers end, who watches by his own ^C; what it prints is clean. */
#include <jansson.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/mem.h"
#include "operator/admin.h"
#include "operator/command.h"
#include "operator/output.h"
#include "operator/progress.h"
#include "operator/session.h"
#include "operator/text.h"

#define WALL_MS 1767323045000

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool good)
{
	if (!good)
		abort();
}

/* The stream is played here, with the configuration and the clock. */

struct link { bool online; };

static const char *input, *input_end;
static int64_t now;
static bool is_endless;

static enum link_result next_stanza(struct link *l, int64_t ms, struct xml **stanza)
{
	const char *line = input, *end = memchr(line, '\n', (size_t)(input_end - line));
	size_t n = (size_t)((end == NULL ? input_end : end) - line);

	*stanza = NULL;
	if (is_endless && line == input_end)
		return LINK_INTERRUPTED;
	input += n + (end != NULL);
	if (n == 0)
		clock_set(now += ms, WALL_MS);
	if (n == 0)
		return LINK_TIMEOUT;
	if (n == 2 && memcmp(line, "^C", 2) == 0)
		return LINK_INTERRUPTED;
	*stanza = xml_parse(line, n, &xml_limits_stanza, NULL);
	l->online = *stanza != NULL;
	return l->online ? LINK_OK : LINK_LOST;
}

struct link *link_new(const struct settings *settings)
{
	(void)settings;
	return mem_zero(1, sizeof(struct link));
}

void link_free(struct link *l)
{
	free(l);
}

bool link_is_online(const struct link *l)
{
	return l->online;
}

enum link_result link_connect(struct link *l, const char *password, struct fault *f)
{
	(void)f;
	must(strcmp(password, "secret") == 0);
	l->online = true;
	return LINK_OK;
}

enum link_result link_ask(struct link *l, const char *type, const char *payload, int64_t ms,
                          struct xml **answer, struct fault *f)
{
	struct xml *question = xml_parse(payload, strlen(payload), &xml_limits_payload, NULL);
	enum link_result result = next_stanza(l, ms, answer);
	const char *says = xml_get(*answer, "type");

	must(question != NULL && (strcmp(type, "get") == 0 || strcmp(type, "set") == 0));
	xml_free(question);
	if (result == LINK_TIMEOUT || result == LINK_LOST)
		fault_set(f, EXIT_NO_CONNECTION, "remote-server-timeout", "silence");
	if (result != LINK_OK || says == NULL || strcmp(says, "error") != 0)
		return result;
	fault_from_stanza(f, *answer);
	xml_free(*answer);
	*answer = NULL;
	return LINK_ERROR;
}

void link_tell(struct link *l, const char *type, const char *payload)
{
	must(l->online && strcmp(type, "set") == 0 && *payload == '<');
}

enum link_result link_wait(struct link *l, int64_t ms, struct xml **message)
{
	return next_stanza(l, ms, message);
}

unsigned link_dropped(struct link *l)
{
	(void)l;
	return now % 7 == 1;
}

enum link_result link_sleep(struct link *l, int64_t ms)
{
	(void)l;
	clock_set(now += ms, WALL_MS);
	return LINK_TIMEOUT;
}

bool settings_read(struct settings *s, const struct args *a, struct fault *f)
{
	static char component[] = "devices.example.com", path[40];
	int fd;

	(void)a, (void)f;
	if (*path == '\0') {
		fd = memfd_create("password", 0);
		must(fd >= 0 && write(fd, "secret\n", 7) == 7);
		snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	}
	*s = (struct settings){ .component = component, .password_file = path };
	return true;
}

void settings_clear(struct settings *s)
{
	(void)s;
}

int output_flush(struct fault *f)
{
	(void)f;
	return 0;
}

int output_status(struct fault *f)
{
	return output_flush(f);
}

void progress_begin(struct progress *p)
{
	p->on = true;
}

void progress_show(struct progress *p, const char *what)
{
	(void)p;
	must(*what != '\0');
}

void progress_clear(struct progress *p)
{
	p->on = false;
}

/* What is printed. */

static void check_clean(const char *text, size_t len, const char *allowed)
{
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)text[i];

		must((c >= 0x20 && c != 0x7f) || (c != '\0' && strchr(allowed, c) != NULL));
		must(c != 0xc2 || (unsigned char)text[i + 1] >= 0xa0);
	}
}

/* No line begins like a formula. */
static void check_csv(const char *text, size_t len)
{
	check_clean(text, len, "\r\n");
	for (const char *line = text; line != NULL && *line != '\0'; line = strchr(line, '\n')) {
		line += *line == '\n';
		line += *line == '"';
		must(strchr("=+-@", *line) == NULL || *line == '\0');
	}
}

static void check_json(const char *text, size_t len)
{
	for (const char *line = text; line < text + len; line = strchr(line, '\n') + 1) {
		json_t *value = json_loadb(line, strcspn(line, "\n"), 0, NULL);

		must(value != NULL && strchr(line, '\n') != NULL);
		json_decref(value);
	}
}

static void check_printed(const struct args *a, const char *text, size_t len)
{
	if (a->options[ARGS_JSON] != NULL)
		check_json(text, len);
	else if (a->options[ARGS_CSV] != NULL)
		check_csv(text, len);
	else
		check_clean(text, len, "\n");
}

static const struct run {
	int (*run)(const struct args *a, struct fault *f);
	bool is_list, is_endless;
	const char *words[4];
} runs[] = {
	{ cmd_requests, true, false, { "requests" } },
	{ cmd_devices, true, false, { "devices" } },
	{ cmd_audit, true, false, { "audit" } },
	{ cmd_unassigned, true, false, { "unassigned" } },
	{ cmd_stats, true, false, { "stats", "by=device" } },
	{ cmd_request, false, false, { "request", "mfp-0001", "get-supplies", "a=b" } },
	{ cmd_status, false, false, { "status", "019a0000-0000-7000-8000-000000000001" } },
	{ cmd_cancel, false, false, { "cancel", "019a0000-0000-7000-8000-000000000001" } },
	{ cmd_device, false, false, { "device", "mfp-0001" } },
	{ cmd_administer, false, false, { "rename", "mfp-0001", "mfp-0002@example.com" } },
	{ cmd_watch, false, true, { "watch", "acme" } },
};

static void run(const struct run *command, int option, const char *limit, const uint8_t *data,
                size_t size)
{
	const char *words[4];
	struct args a = { .words = words };
	FILE *out = stdout, *err = stderr;
	struct fault f = { 0 };
	char *text, *said;
	size_t len, said_len;

	input = (const char *)data;
	input_end = input + size;
	is_endless = command->is_endless;
	for (; a.n_words < 4 && command->words[a.n_words] != NULL; a.n_words++)
		words[a.n_words] = command->words[a.n_words];
	if (option >= 0)
		a.options[option] = "";
	a.options[ARGS_LIMIT] = limit;
	a.options[ARGS_WAIT] = "";
	clock_set(now = 0, WALL_MS);
	stdout = open_memstream(&text, &len);
	stderr = open_memstream(&said, &said_len);
	command->run(&a, &f);
	if (f.condition != NULL)
		fault_print(&f, option == ARGS_JSON);
	fclose(stdout);
	fclose(stderr);
	stdout = out;
	stderr = err;
	check_printed(&a, text, len);
	check_clean(said, said_len, "\n");
	free(text);
	free(said);
	fault_clear(&f);
}

static void run_admin(const struct xml *iq)
{
	static const enum admin_act acts[] = { ADMIN_ADD, ADMIN_DELETE, ADMIN_PASSWORD };
	char *condition, *text, *clean;

	for (size_t i = 0; i < 3; i++) {
		enum admin_result result = admin_answer(acts[i], iq, &condition, &text);

		must((result == ADMIN_DONE) == (condition == NULL) && (condition == NULL) == (text == NULL));
		clean = text_clean(text);
		check_clean(clean, strlen(clean), "");
		free(clean);
		free(condition);
		free(text);
	}
}

static void run_all_admin(const uint8_t *data, size_t size)
{
	struct link l = { 0 };
	struct xml *iq;

	input = (const char *)data;
	input_end = input + size;
	while (input < input_end) {
		next_stanza(&l, 0, &iq);
		if (iq != NULL)
			run_admin(iq);
		xml_free(iq);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const int options[] = { -1, ARGS_JSON, ARGS_CSV };

	setlocale(LC_CTYPE, "C.UTF-8");
	for (size_t i = 0; i < sizeof runs / sizeof *runs; i++) {
		for (size_t k = 0; k < (runs[i].is_list ? 3 : 2); k++)
			run(&runs[i], options[k], k == 0 ? "3" : NULL, data, size);
	}
	run_all_admin(data, size);
	return 0;
}
