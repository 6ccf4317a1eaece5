#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "common/jid.h"
#include "common/mem.h"
#include "operator/account_run.h"
#include "operator/command.h"
#include "operator/prompt.h"

static const struct act {
	const char *name, *usage;
	enum admin_act act;
	bool is_file;             /* its one word is a CSV file; else words are JIDs */
	unsigned options;         /* which of --passwords and --yes it takes */
} acts[] = {
	{ "add", "add FILE --passwords DIR", ADMIN_ADD, true, ARGS_BIT(ARGS_PASSWORDS) },
	{ "delete", "delete JID... [--yes]", ADMIN_DELETE, false, ARGS_BIT(ARGS_YES) },
	{ "password", "password JID... --passwords DIR", ADMIN_PASSWORD, false,
	  ARGS_BIT(ARGS_PASSWORDS) },
};

#define OPTIONS (ARGS_BIT(ARGS_PASSWORDS) | ARGS_BIT(ARGS_YES))

static const struct act *find(const char *name)
{
	for (size_t i = 0; i < sizeof acts / sizeof *acts; i++) {
		if (strcmp(acts[i].name, name) == 0)
			return &acts[i];
	}
	return NULL;
}

/* NULL with *f if the words and options do not fit. */
static const struct act *choose(const struct args *a, struct fault *f)
{
	const struct act *act = find(a->words[1]);
	unsigned given = 0;

	for (int i = 0; i < ARGS_OPTIONS; i++)
		given |= a->options[i] != NULL ? ARGS_BIT(i) & OPTIONS : 0;
	if (act == NULL)
		fault_set(f, EXIT_USAGE, "usage", "platen account add, delete or password; "
		          "'platen help account' explains them");
	else if ((given & ~act->options) != 0 || (act->is_file && a->n_words != 3) ||
	         ((act->options & ~given & ARGS_BIT(ARGS_PASSWORDS)) != 0))
		fault_set(f, EXIT_USAGE, "usage", "platen account %s", act->usage);
	else if (a->options[ARGS_CSV] != NULL && a->options[ARGS_JSON] != NULL)
		fault_set(f, EXIT_USAGE, "usage", "either --json or --csv");
	return f->exit == 0 ? act : NULL;
}

static bool read_list(struct account_list *list, const struct act *act, const struct args *a,
                      const char *domain, struct fault *f)
{
	if (act->is_file)
		return account_list_read(list, a->words[2], domain, stderr, f);
	return account_list_words(list, a->words + 2, a->n_words - 2, domain, f);
}

/* Whoever deletes the account or changes the password that this program uses has made a
 * mistake. */
static bool spares_own(const struct act *act, const struct account_list *list, const char *jid,
                       struct fault *f)
{
	char *own = jid_bare(jid);

	for (size_t i = 0; i < list->n && act->act != ADMIN_ADD; i++) {
		if (strcmp(list->accounts[i].jid, own) == 0)
			fault_set(f, EXIT_USAGE, "usage", "%s is your own account", own);
	}
	free(own);
	return f->exit == 0;
}

static int confirm(const struct account_list *list, struct fault *f)
{
	char *question, *answer;
	int rc = 0;

	if (!isatty(STDIN_FILENO)) {
		fault_set(f, EXIT_USAGE, "usage", "without a terminal --yes is needed");
		return f->exit;
	}
	if (list->n == 1)
		question = mem_printf("Delete the account %s? (yes or no)", list->accounts[0].jid);
	else
		question = mem_printf("Delete these %zu accounts? (yes or no)", list->n);
	answer = prompt_line(question, "no");
	if (answer == NULL || (strcasecmp(answer, "yes") != 0 && strcasecmp(answer, "y") != 0))
		rc = EXIT_INTERRUPTED;
	free(answer);
	free(question);
	return rc;
}

static int prepare(struct account_run *run, struct passwords **passwords, const struct act *act,
                   const struct args *a, struct fault *f)
{
	if (act->act == ADMIN_DELETE)
		return a->options[ARGS_YES] != NULL ? 0 : confirm(run->list, f);
	*passwords = passwords_open(a->options[ARGS_PASSWORDS], f);
	run->passwords = *passwords;
	return *passwords == NULL ? f->exit : account_run_check(run, a->words[2], stderr, f);
}

static char *domain_of(const struct args *a, char **jid, struct fault *f)
{
	struct settings settings;
	char *domain = NULL;
	size_t len;

	if (settings_read(&settings, a, f)) {
		*jid = mem_strdup(settings.jid);
		domain = mem_strdup(jid_domain(settings.jid, &len));
		domain[len] = '\0';
	}
	settings_clear(&settings);
	return domain;
}

int cmd_account(const struct args *a, struct fault *f)
{
	const struct act *act = choose(a, f);
	struct account_list list = { 0 };
	struct passwords *passwords = NULL;
	struct session session = { 0 };
	char *jid = NULL, *domain = act != NULL ? domain_of(a, &jid, f) : NULL;
	struct account_run run = { .session = &session, .list = &list,
	                           .csv = a->options[ARGS_CSV] != NULL };
	int rc = EXIT_USAGE;

	/* All mistakes are told without a connection. */
	if (domain == NULL || !read_list(&list, act, a, domain, f) ||
	    !spares_own(act, &list, jid, f))
		goto out;
	run.act = act->act;
	rc = prepare(&run, &passwords, act, a, f);
	if (rc == 0)
		rc = session_begin(&session, a, f);
	if (rc == 0)
		rc = account_run(&run, f);
	session_end(&session);
out:
	passwords_close(passwords);
	account_list_clear(&list);
	free(domain);
	free(jid);
	return rc;
}
