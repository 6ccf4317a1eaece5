// link: operator/passwords.o operator/fault.o operator/json.o operator/row.o operator/print_mfp.o operator/text.o operator/grid.o
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "common/file.h"
#include "common/mem.h"
#include "operator/passwords.h"

#define JID "mfp-1@example.com"

static char folder[] = "/tmp/test_passwords.XXXXXX";
static struct passwords *passwords;
static struct fault fault;

static mode_t mode_of(const char *name)
{
	char *path = mem_printf("%s/in/%s", folder, name);
	struct stat st;
	mode_t mode = stat(path, &st) == 0 ? st.st_mode & 07777 : 0;

	free(path);
	return mode;
}

static void put(const char *name, const char *text)
{
	char *path = mem_printf("%s/in/%s", folder, name);

	assert_int_equal(file_replace(path, text, strlen(text), 0600), 0);
	free(path);
}

static void check_read(const char *expected)
{
	char *password = NULL;

	assert_int_equal(passwords_read(passwords, JID, &password), 0);
	assert_string_equal(password, expected);
	mem_wipe(password, strlen(password));
}

static void made_ones_are_long_and_differ(void **state)
{
	char *one = passwords_make(), *other = passwords_make();

	(void)state;
	assert_int_equal(strlen(one), 32);
	assert_int_equal(strspn(one, "abcdefghijklmnopqrstuvwxyz234567"), 32);
	assert_string_not_equal(one, other);
	mem_wipe(one, 32);
	mem_wipe(other, 32);
}

static void a_file_is_made_once(void **state)
{
	char *password;

	(void)state;
	assert_int_equal(passwords_read(passwords, JID, &password), -1);
	assert_int_equal(errno, ENOENT);
	assert_int_equal(passwords_keep(passwords, JID, "one two"), 0);
	assert_int_equal(passwords_sync(passwords), 0);
	assert_int_equal(mode_of(JID), 0600);
	assert_int_equal(mode_of("tmp:" JID), 0);
	check_read("one two");
	assert_int_equal(passwords_keep(passwords, JID, "three"), -1);
	assert_int_equal(errno, EEXIST);
	check_read("one two");
	passwords_remove(passwords, JID);
	assert_int_equal(mode_of(JID), 0);
}

static void what_a_kill_left_does_not_stand_in_the_way(void **state)
{
	(void)state;
	put("tmp:" JID, "torn");
	assert_int_equal(passwords_keep(passwords, JID, "whole"), 0);
	check_read("whole");
	passwords_remove(passwords, JID);
}

static void the_next_one_stays_until_it_is_settled(void **state)
{
	char *first = NULL, *again = NULL;
	bool made;

	(void)state;
	assert_int_equal(passwords_keep(passwords, JID, "old"), 0);
	assert_int_equal(passwords_next(passwords, JID, &first, &made), 0);
	assert_true(made);
	assert_int_equal(passwords_next(passwords, JID, &again, &made), 0);
	assert_false(made);
	assert_string_equal(first, again);
	assert_int_equal(mode_of("next:" JID), 0600);
	check_read("old");
	assert_int_equal(passwords_replace(passwords, JID), 0);
	check_read(first);
	assert_int_equal(mode_of("next:" JID), 0);
	mem_wipe(again, strlen(again));
	assert_int_equal(passwords_next(passwords, JID, &again, &made), 0);
	assert_string_not_equal(first, again);
	passwords_forget(passwords, JID);
	check_read(first);
	assert_int_equal(mode_of("next:" JID), 0);
	mem_wipe(first, strlen(first));
	mem_wipe(again, strlen(again));
	passwords_remove(passwords, JID);
}

static void one_program_at_a_time(void **state)
{
	char *path = mem_printf("%s/in", folder);

	(void)state;
	assert_null(passwords_open(path, &fault));
	assert_string_equal(fault.condition, "busy");
	fault_clear(&fault);
	free(path);
}

static void a_folder_that_cannot_be(void **state)
{
	char *path = mem_printf("%s/in/file", folder);

	(void)state;
	put("file", "x");
	assert_null(passwords_open(path, &fault));
	assert_string_equal(fault.condition, "output");
	fault_clear(&fault);
	unlink(path);
	free(path);
}

static int begin(void **state)
{
	char *path;

	(void)state;
	if (mkdtemp(folder) == NULL)
		return -1;
	path = mem_printf("%s/in", folder);
	passwords = passwords_open(path, &fault);
	free(path);
	return passwords != NULL && mode_of(".") == 0700 ? 0 : -1;
}

static int end(void **state)
{
	char *path = mem_printf("%s/in", folder);

	(void)state;
	passwords_close(passwords);
	/* Nothing may be left in it. */
	assert_int_equal(rmdir(path), 0);
	free(path);
	return rmdir(folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(made_ones_are_long_and_differ),
		cmocka_unit_test(a_file_is_made_once),
		cmocka_unit_test(what_a_kill_left_does_not_stand_in_the_way),
		cmocka_unit_test(the_next_one_stays_until_it_is_settled),
		cmocka_unit_test(one_program_at_a_time),
		cmocka_unit_test(a_folder_that_cannot_be),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
