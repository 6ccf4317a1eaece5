// link: operator/account_run.o operator/admin.o operator/passwords.o operator/csv.o
// link: operator/json.o operator/row.o operator/print_mfp.o operator/text.o operator/grid.o
// link: operator/fault.o operator/progress.o
/* What becomes of an account's password file by what the server answers: none is lost that
 * the account may have, and none is kept that it surely has not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "common/mem.h"
#include "operator/account_run.h"
#include "operator/output.h"

#define JID "mfp-1@example.com"
#define NEXT "next:" JID
#define ERROR(condition) \
	"<iq type='error'><error type='cancel'><" condition \
	" xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>"
#define DONE \
	"<iq type='result'><command xmlns='http://jabber.org/protocol/commands' " \
	"status='completed'/></iq>"

/* The server: its answer to each question; NULL: silence. */
static const char *server_says;

enum link_result link_ask_many(struct link *l, struct link_question *questions, size_t n,
                               int64_t ms, struct fault *f)
{
	(void)l, (void)ms;
	for (size_t i = 0; i < n && server_says != NULL; i++) {
		assert_string_equal(questions[i].to, "example.com");
		questions[i].answer = xml_parse(server_says, strlen(server_says), &xml_limits_stanza,
		                                NULL);
		assert_non_null(questions[i].answer);
	}
	if (server_says != NULL)
		return LINK_OK;
	fault_set(f, EXIT_NO_CONNECTION, "remote-server-timeout", "it does not answer");
	return LINK_TIMEOUT;
}

int output_flush(struct fault *f)
{
	(void)f;
	return 0;
}

static char folder[] = "/tmp/test_account_run.XXXXXX";
static struct passwords *passwords;
static struct fault fault;
static char *printed;

static int set_up(void **state)
{
	(void)state;
	passwords = passwords_open(folder, &fault);
	return passwords == NULL ? -1 : 0;
}

static int tear_down(void **state)
{
	(void)state;
	passwords_remove(passwords, JID);
	passwords_forget(passwords, JID);
	passwords_close(passwords);
	fault_clear(&fault);
	free(printed);
	printed = NULL;
	return 0;
}

static int run(enum admin_act act, bool csv)
{
	struct account account = { .jid = (char *)(uintptr_t)JID };
	struct account_list list = { &account, 1 };
	struct session session = { 0 };
	struct account_run run = { .session = &session, .list = &list, .passwords = passwords,
	                           .act = act, .csv = csv };
	FILE *terminal = stdout;
	size_t len;
	int rc;

	fault_clear(&fault);
	free(printed);
	stdout = open_memstream(&printed, &len);
	rc = account_run(&run, &fault);
	fclose(stdout);
	stdout = terminal;
	return rc;
}

static bool is_kept(const char *name)
{
	char *path = mem_printf("%s/%s", folder, name);
	bool is = access(path, F_OK) == 0;

	free(path);
	return is;
}

static const struct {
	const char *says;
	int status;
	bool kept;                  /* the password that was made for it */
} answers[] = {
	{ DONE, EXIT_OK, true },
	{ NULL, EXIT_NO_CONNECTION, true },
	{ ERROR("internal-server-error"), EXIT_REFUSED, true },
	{ ERROR("remote-server-timeout"), EXIT_REFUSED, true },
	{ ERROR("resource-constraint"), EXIT_REFUSED, true },
	{ "<iq type='error'/>", EXIT_REFUSED, true },
	{ "<iq type='result'/>", EXIT_REFUSED, true },
	{ ERROR("not-acceptable"), EXIT_REFUSED, false },
	{ ERROR("forbidden"), EXIT_NOT_ALLOWED, false },
	{ ERROR("service-unavailable"), EXIT_REFUSED, false },
};
#define ANSWERS (sizeof answers / sizeof *answers)

static void a_new_account_s_password_is_kept_where_it_may_have_it(void **state)
{
	(void)state;
	for (size_t i = 0; i < ANSWERS; i++) {
		server_says = answers[i].says;
		assert_int_equal(run(ADMIN_ADD, false), answers[i].status);
		assert_int_equal(is_kept(JID), answers[i].kept);
		passwords_remove(passwords, JID);
	}
	/* It was there: its password is another one. */
	server_says = ERROR("conflict");
	assert_int_equal(run(ADMIN_ADD, false), EXIT_OK);
	assert_false(is_kept(JID));
	assert_string_equal(printed, "created: 0, exists: 1, failed: 0\n");
}

static void what_an_earlier_run_kept_stays_whatever_is_said(void **state)
{
	(void)state;
	assert_int_equal(passwords_keep(passwords, JID, "of an earlier run"), 0);
	for (size_t i = 0; i < ANSWERS; i++) {
		server_says = answers[i].says;
		assert_int_equal(run(ADMIN_ADD, false), answers[i].status);
		assert_true(is_kept(JID));
	}
	server_says = ERROR("conflict");
	assert_int_equal(run(ADMIN_ADD, false), EXIT_OK);
	assert_true(is_kept(JID));
}

static void a_changed_password_takes_the_place_only_when_it_is_done(void **state)
{
	(void)state;
	assert_int_equal(passwords_keep(passwords, JID, "the old one"), 0);
	for (size_t i = 1; i < ANSWERS; i++) {
		char *password;

		server_says = answers[i].says;
		assert_int_equal(run(ADMIN_PASSWORD, false), answers[i].status);
		assert_int_equal(is_kept(NEXT), answers[i].kept);
		assert_int_equal(passwords_read(passwords, JID, &password), 0);
		assert_string_equal(password, "the old one");
		mem_wipe(password, strlen(password));
		passwords_forget(passwords, JID);
	}
	server_says = DONE;
	assert_int_equal(run(ADMIN_PASSWORD, false), EXIT_OK);
	assert_false(is_kept(NEXT));
	assert_true(is_kept(JID));
	assert_string_equal(printed, "changed: 1, failed: 0\n");
}

static void why_it_failed_is_printed_for_all_readers(void **state)
{
	(void)state;
	server_says = "<iq type='error'><error type='cancel'>"
	              "<not-acceptable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>"
	              "<text xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'>=too short&#x9b;2J</text>"
	              "</error></iq>";
	run(ADMIN_ADD, false);
	assert_string_equal(printed, JID ": not-acceptable: =too short?2J\n"
	                    "created: 0, exists: 0, failed: 1\n");
	run(ADMIN_ADD, true);
	assert_non_null(strstr(printed, JID ",failed,not-acceptable,"));
	assert_null(strstr(printed, ",=too"));
}

static void what_every_account_would_be_told_ends_the_run(void **state)
{
	(void)state;
	server_says = ERROR("forbidden");
	run(ADMIN_ADD, false);
	assert_non_null(strstr(fault.text, "your account is no administrator of example.com"));
	server_says = ERROR("feature-not-implemented");
	assert_int_equal(run(ADMIN_ADD, false), EXIT_REFUSED);
	assert_non_null(strstr(fault.text, "see that it has mod_admin_adhoc"));
	assert_string_equal(printed, "");
	server_says = NULL;
	run(ADMIN_ADD, false);
	assert_non_null(strstr(fault.text, "0 of 1 accounts have their answer"));
}

/* A folder in which nothing can be made asks nobody. */
static void a_password_that_cannot_be_kept_is_not_asked_for(void **state)
{
	char *temporary = mem_printf("%s/tmp:" JID, folder);

	(void)state;
	assert_int_equal(mkdir(temporary, 0700), 0);
	server_says = DONE;
	assert_int_equal(run(ADMIN_ADD, false), EXIT_REFUSED);
	assert_non_null(strstr(fault.text, "the password of " JID " cannot be kept: "));
	assert_false(is_kept(JID));
	rmdir(temporary);
	free(temporary);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_new_account_s_password_is_kept_where_it_may_have_it),
		TEST(what_an_earlier_run_kept_stays_whatever_is_said),
		TEST(a_changed_password_takes_the_place_only_when_it_is_done),
		TEST(why_it_failed_is_printed_for_all_readers),
		TEST(what_every_account_would_be_told_ends_the_run),
		TEST(a_password_that_cannot_be_kept_is_not_asked_for),
	};
	int failed;

	if (mkdtemp(folder) == NULL)
		return 1;
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	rmdir(folder);
	return failed;
}
