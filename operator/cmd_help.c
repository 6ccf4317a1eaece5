#include "operator/command.h"

int cmd_help(const struct args *a, struct fault *f)
{
	const struct command *c = a->n_words < 2 ? NULL : command_find(a->words[1]);

	if (a->n_words < 2) {
		command_help_all(stdout);
		return EXIT_OK;
	}
	if (c == NULL) {
		fault_set(f, EXIT_USAGE, "usage", "there is no command '%s'; 'platen help' lists them",
		          a->words[1]);
		return f->exit;
	}
	command_help(c, stdout);
	return EXIT_OK;
}
