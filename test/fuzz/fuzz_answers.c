// link: operator/cmd_requests.o operator/cmd_devices.o operator/cmd_audit.o
// link: operator/cmd_unassigned.o operator/list.o operator/list_query.o operator/row.o
// link: operator/json.o operator/print.o operator/print_mfp.o operator/grid.o operator/text.o
// link: operator/csv.o operator/event.o operator/fault.o operator/args.o operator/admin.o
/* Whatever a component or a server answers, an IQ each line of the input: the pages of
 * every list (XEP-0059), as text, CSV and JSON, and what account management (XEP-0133) and
 * errors mean. A list ends when the answers end; what it prints is clean. */
#include <jansson.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "operator/admin.h"
#include "operator/command.h"
#include "operator/output.h"
#include "operator/session.h"
#include "operator/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool good)
{
	if (!good)
		abort();
}

/* The session is played here. */

static const char *input, *input_end;

static struct xml *next_answer(void)
{
	const char *end = memchr(input, '\n', (size_t)(input_end - input));
	struct xml *iq;

	if (input == input_end)
		return NULL;
	end = end == NULL ? input_end : end;
	iq = xml_parse(input, (size_t)(end - input), &xml_limits_stanza, NULL);
	input = end == input_end ? end : end + 1;
	return iq;
}

int session_begin(struct session *s, const struct args *a, struct fault *f)
{
	(void)f;
	memset(s, 0, sizeof *s);
	s->json = a->options[ARGS_JSON] != NULL;
	s->terminal = true;
	return 0;
}

void session_end(struct session *s)
{
	(void)s;
}

int session_ask(struct session *s, const char *type, const char *payload, const char *name,
                const char *ns, struct xml **answer, const struct xml **element,
                struct fault *f)
{
	struct xml *question = xml_parse(payload, strlen(payload), &xml_limits_stanza, NULL);

	(void)s, (void)type;
	must(xml_is(question, name, ns));
	xml_free(question);
	*answer = next_answer();
	*element = xml_child(*answer, name, ns);
	if (*element != NULL)
		return 0;
	fault_from_stanza(f, *answer);
	return f->exit;
}

int output_flush(struct fault *f)
{
	(void)f;
	return 0;
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

static void run(int (*command)(const struct args *a, struct fault *f), int option,
                const char *limit, const uint8_t *data, size_t size)
{
	const char *words[] = { "list" };
	struct args a = { .words = words, .n_words = 1 };
	FILE *terminal = stdout;
	struct fault f = { 0 };
	char *text;
	size_t len;

	input = (const char *)data;
	input_end = input + size;
	if (option >= 0)
		a.options[option] = "";
	a.options[ARGS_LIMIT] = limit;
	stdout = open_memstream(&text, &len);
	command(&a, &f);
	fclose(stdout);
	stdout = terminal;
	check_printed(&a, text, len);
	free(text);
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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static int (*const lists[])(const struct args *, struct fault *) = {
		cmd_requests, cmd_devices, cmd_audit, cmd_unassigned,
	};
	static const int options[] = { -1, ARGS_CSV, ARGS_JSON };
	struct xml *iq;

	setlocale(LC_CTYPE, "C.UTF-8");
	for (size_t i = 0; i < 4; i++) {
		for (size_t k = 0; k < 3; k++)
			run(lists[i], options[k], k == 0 ? "3" : NULL, data, size);
	}
	input = (const char *)data;
	input_end = input + size;
	while (input < input_end) {
		iq = next_answer();
		if (iq != NULL)
			run_admin(iq);
		xml_free(iq);
	}
	return 0;
}
