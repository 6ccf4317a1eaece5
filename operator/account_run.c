#include "operator/account_run.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/jid.h"
#include "common/mem.h"
#include "operator/csv.h"
#include "operator/json.h"
#include "operator/output.h"
#include "operator/progress.h"
#include "operator/text.h"

#define ANSWER_MS 60000

/* Conditions with which a server has perhaps done it all the same, or still will. */
static const char *const open_ends[] = {
	"internal-server-error", "remote-server-timeout", "resource-constraint",
	"undefined-condition",
};

static const struct {
	const char *doing, *done, *unchanged;    /* unchanged: was so before */
} words[] = {
	[ADMIN_ADD] = { "making accounts", "created", "exists" },
	[ADMIN_DELETE] = { "deleting accounts", "deleted", "absent" },
	[ADMIN_PASSWORD] = { "changing passwords", "changed", "" },
};

/* One account on its way. */
struct item {
	const struct account *account;
	char *password, *payload, *to;
	bool made_file;           /* by this run */
	struct xml *answer;
};

struct work {
	const struct account_run *run;
	struct progress progress;
	struct item items[LINK_QUESTIONS];
	size_t n_items;
	size_t asked;             /* accounts with a result */
	size_t done, unchanged, failed;
};

int account_run_check(const struct account_run *run, const char *path, FILE *err, struct fault *f)
{
	size_t differ = 0;
	char *kept, *shown;

	for (size_t i = 0; i < run->list->n; i++) {
		const struct account *a = &run->list->accounts[i];

		if (a->password == NULL || passwords_read(run->passwords, a->jid, &kept) != 0)
			continue;
		if (strcmp(kept, a->password) != 0) {
			shown = text_clean(a->jid);
			fprintf(err, "%s:%u: the folder holds another password for %s\n", path, a->line,
			        shown);
			free(shown);
			differ++;
		}
		mem_wipe(kept, strlen(kept));
	}
	if (differ > 0)
		fault_set(f, EXIT_USAGE, "bad-file", "%s has %zu mistake%s; nothing was done", path,
		          differ, differ == 1 ? "" : "s");
	return f->exit;
}

/* What an earlier run left is used again: that run may have asked for the account. */
static int keep(struct item *item, const struct passwords *p)
{
	const struct account *a = item->account;

	if (passwords_read(p, a->jid, &item->password) == 0)
		return 0;
	if (errno != ENOENT)
		return -1;
	item->password = a->password != NULL ? mem_strdup(a->password) : passwords_make();
	if (item->password == NULL) {
		errno = EIO;
		return -1;
	}
	item->made_file = passwords_keep(p, a->jid, item->password) == 0;
	return item->made_file ? 0 : -1;
}

static int prepare_password(const struct account_run *run, struct item *item)
{
	if (run->act == ADMIN_ADD)
		return keep(item, run->passwords);
	if (run->act == ADMIN_PASSWORD)
		return passwords_next(run->passwords, item->account->jid, &item->password,
		                      &item->made_file);
	return 0;
}

static int prepare(struct work *w, struct fault *f)
{
	const struct account_run *run = w->run;
	const struct account *a = &run->list->accounts[w->asked];
	size_t n = run->list->n - w->asked, len;
	const char *domain;
	int rc = 0;

	w->n_items = 0;
	for (; w->n_items < LINK_QUESTIONS && w->n_items < n && rc == 0; w->n_items++, a++) {
		struct item *item = &w->items[w->n_items];

		*item = (struct item){ .account = a };
		rc = prepare_password(run, item);
		domain = jid_domain(a->jid, &len);
		item->to = mem_strndup(domain, len);
		if (rc == 0)
			item->payload = admin_command(run->act, a->jid, item->password);
	}
	if (rc == 0 && run->passwords != NULL)
		rc = passwords_sync(run->passwords);
	if (rc != 0)
		fault_set(f, EXIT_REFUSED, "output", "the password of %s cannot be kept: %s", a[-1].jid,
		          strerror(errno));
	return f->exit;
}

static enum link_result ask(struct work *w, struct fault *f)
{
	struct link_question questions[LINK_QUESTIONS] = { 0 };
	enum link_result result;

	for (size_t i = 0; i < w->n_items; i++) {
		questions[i].to = w->items[i].to;
		questions[i].payload = w->items[i].payload;
	}
	result = link_ask_many(w->run->session->link, questions, w->n_items, ANSWER_MS, f);
	for (size_t i = 0; i < w->n_items; i++)
		w->items[i].answer = questions[i].answer;
	return result;
}

static void print(const struct account_run *run, const char *jid, const char *result,
                  const char *condition, const char *text)
{
	if (run->session->json) {
		json_print(stdout, json_account(jid, result, condition, text));
	} else if (run->csv) {
		csv_account(stdout, jid, result, condition, text);
	} else if (condition != NULL) {
		char *line = mem_printf("%s: %s: %s", jid, condition, text), *clean = text_clean(line);

		puts(clean);
		free(clean);
		free(line);
	}
}

static bool is_open_end(const char *condition)
{
	for (size_t i = 0; i < sizeof open_ends / sizeof *open_ends; i++) {
		if (strcmp(open_ends[i], condition) == 0)
			return true;
	}
	return false;
}

/* A password that no account has, as far as the answer can be trusted, is not kept. */
static void settle_password(const struct account_run *run, const struct item *item,
                            enum admin_result result, const char *condition)
{
	bool is_open = condition != NULL && is_open_end(condition);

	if (run->act == ADMIN_ADD && item->made_file && result != ADMIN_DONE && !is_open)
		passwords_remove(run->passwords, item->account->jid);
	/* One of an earlier run the account perhaps has. */
	if (run->act == ADMIN_PASSWORD && item->made_file && result != ADMIN_DONE && !is_open)
		passwords_forget(run->passwords, item->account->jid);
}

/* Every other account would get the same answer. */
static void end_all(const struct item *item, enum admin_result result, const char *condition,
                    const char *text, struct fault *f)
{
	if (result == ADMIN_FORBIDDEN)
		fault_set(f, EXIT_NOT_ALLOWED, condition, "%s; your account is no administrator of %s",
		          text, item->to);
	else if (result == ADMIN_NO_COMMAND)
		fault_set(f, EXIT_REFUSED, condition, "%s has no such command; see that it has "
		          "mod_admin_adhoc (Prosody) or mod_configure (ejabberd)", item->to);
}

static void take_answer(struct work *w, const struct item *item, struct fault *f)
{
	const struct account_run *run = w->run;
	const char *jid = item->account->jid;
	char *condition, *text;
	enum admin_result result = admin_answer(run->act, item->answer, &condition, &text);

	settle_password(run, item, result, condition);
	if (result == ADMIN_DONE && run->act == ADMIN_PASSWORD &&
	    passwords_replace(run->passwords, jid) != 0)
		fault_set(f, EXIT_REFUSED, "output", "the new password of %s is in next:%s: %s", jid,
		          jid, strerror(errno));
	if (result == ADMIN_FORBIDDEN || result == ADMIN_NO_COMMAND) {
		end_all(item, result, condition, text, f);
	} else if (result == ADMIN_FAILED) {
		w->failed++;
		print(run, jid, "failed", condition, text);
	} else {
		*(result == ADMIN_DONE ? &w->done : &w->unchanged) += 1;
		print(run, jid, result == ADMIN_DONE ? words[run->act].done : words[run->act].unchanged,
		      NULL, NULL);
	}
	free(condition);
	free(text);
}

static void wipe(char *s)
{
	if (s != NULL)
		mem_wipe(s, strlen(s));
}

static void forget_items(struct work *w)
{
	for (size_t i = 0; i < w->n_items; i++) {
		wipe(w->items[i].password);
		wipe(w->items[i].payload);
		free(w->items[i].to);
		xml_free(w->items[i].answer);
	}
	w->n_items = 0;
}

static void show(struct work *w)
{
	char *what;

	if (!w->progress.on)
		return;
	what = mem_printf("%s: %zu of %zu", words[w->run->act].doing, w->asked, w->run->list->n);
	progress_show(&w->progress, what);
	free(what);
}

/* The same command goes on: what was done is told as unchanged then. */
static void explain_rest(const struct work *w, int rc, struct fault *f)
{
	char *text = mem_strdup(f->text), *condition = mem_strdup(f->condition);

	if (rc == EXIT_INTERRUPTED || rc == EXIT_NO_CONNECTION)
		fault_set(f, rc, condition != NULL ? condition : "interrupted",
		          "%s%s%zu of %zu accounts have their answer; the same command does the others",
		          text != NULL ? text : "", text != NULL ? "; " : "", w->asked, w->run->list->n);
	free(condition);
	free(text);
}

static int next_items(struct work *w, struct fault *f)
{
	enum link_result result;
	int rc = prepare(w, f);

	if (rc != 0) {
		forget_items(w);
		return rc;
	}
	result = ask(w, f);
	progress_clear(&w->progress);
	for (size_t i = 0; i < w->n_items; i++) {
		if (w->items[i].answer == NULL)
			continue;
		take_answer(w, &w->items[i], f);
		w->asked++;
	}
	if (w->run->act == ADMIN_PASSWORD && f->exit == 0 && passwords_sync(w->run->passwords) != 0)
		fault_set(f, EXIT_REFUSED, "output", "the folder of passwords cannot be synced: %s",
		          strerror(errno));
	forget_items(w);
	if (f->exit == 0)
		output_flush(f);
	return result == LINK_INTERRUPTED ? EXIT_INTERRUPTED : f->exit;
}

static void print_sum(const struct work *w)
{
	const char *unchanged = words[w->run->act].unchanged;

	if (w->run->session->json || w->run->csv || w->done + w->unchanged + w->failed == 0)
		return;
	printf("%s: %zu", words[w->run->act].done, w->done);
	if (*unchanged != '\0')
		printf(", %s: %zu", unchanged, w->unchanged);
	printf(", failed: %zu\n", w->failed);
}

int account_run(const struct account_run *run, struct fault *f)
{
	struct work w = { .run = run };
	int rc = 0;

	if (run->csv)
		csv_account_head(stdout);
	progress_begin(&w.progress);
	while (rc == 0 && w.asked < run->list->n) {
		show(&w);
		rc = next_items(&w, f);
	}
	progress_clear(&w.progress);
	print_sum(&w);
	explain_rest(&w, rc, f);
	return rc != 0 ? rc : w.failed > 0 ? EXIT_REFUSED : EXIT_OK;
}
