/* platen: the operator's command line. */
#include <fcntl.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "operator/args.h"
#include "operator/command.h"
#include "operator/fault.h"
#include "operator/output.h"

/* A socket must not become standard output because that was closed. */
static void open_standard_files(void)
{
	for (int fd = 0; fd < 3; fd++) {
		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDWR) != fd)
			_exit(EXIT_REFUSED);
	}
}

static void usage(struct fault *f, char *why)
{
	fault_set(f, EXIT_USAGE, "usage", "%s", why);
	free(why);
}

static int run_command(const struct args *a, struct fault *f)
{
	const struct command *c = command_find(a->words[0]);
	size_t words = a->n_words - 1;
	char *why;

	if (c == NULL) {
		fault_set(f, EXIT_USAGE, "usage", "there is no command '%s'; 'platen help' lists them",
		          a->words[0]);
		return f->exit;
	}
	if (a->options[ARGS_HELP] != NULL) {
		command_help(c, stdout);
		return EXIT_OK;
	}
	why = args_check_allowed(a, ARGS_COMMON | c->options);
	if (why != NULL) {
		usage(f, why);
		return f->exit;
	}
	if (words < c->min || words > c->max) {
		fault_set(f, EXIT_USAGE, "usage", "platen %s%s%s", c->name, *c->words ? " " : "",
		          c->words);
		return f->exit;
	}
	return c->run(a, f);
}

static int run(struct args *a, int argc, char **argv, struct fault *f)
{
	char *why = args_parse(a, argc, argv);

	if (why != NULL) {
		usage(f, why);
		return f->exit;
	}
	if (a->options[ARGS_VERSION] != NULL) {
		puts("platen " PLATEN_VERSION);
		return EXIT_OK;
	}
	if (a->n_words > 0)
		return run_command(a, f);
	if (a->options[ARGS_HELP] != NULL) {
		command_help_all(stdout);
		return EXIT_OK;
	}
	fault_set(f, EXIT_USAGE, "usage", "platen COMMAND ...; 'platen help' lists the commands");
	return f->exit;
}

int main(int argc, char **argv)
{
	struct fault f = { 0 };
	struct args a;
	int status;

	open_standard_files();
	setlocale(LC_CTYPE, "");
	signal(SIGPIPE, SIG_IGN);
	status = run(&a, argc, argv, &f);
	/* Who watches until he interrupts it need not be told. */
	if (status == EXIT_INTERRUPTED && f.exit == EXIT_OK)
		fault_set(&f, EXIT_INTERRUPTED, "interrupted", "nothing was done");
	if (f.condition != NULL)
		fault_print(&f, a.options[ARGS_JSON] != NULL);
	else if (output_flush(&f) < 0)
		fault_print(&f, false);
	if (f.exit != EXIT_OK)
		status = f.exit;
	fault_clear(&f);
	args_clear(&a);
	return status;
}
