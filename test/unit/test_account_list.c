// link: operator/account_list.o operator/csv_read.o operator/fault.o operator/json.o operator/row.o operator/print_mfp.o operator/text.o operator/grid.o
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "common/file.h"
#include "common/mem.h"
#include "operator/account_list.h"

static char path[] = "/tmp/test_account_list.XXXXXX";
static struct account_list list;
static struct fault fault;
static char *told;

static void forget(void)
{
	account_list_clear(&list);
	fault_clear(&fault);
	free(told);
	told = NULL;
}

/* Reads text as a file; what is told goes without the file's name to told. */
static bool read_bytes(const char *text, size_t len)
{
	size_t told_len, name = strlen(path);
	FILE *err;
	bool ok;

	forget();
	assert_int_equal(file_replace(path, text, len, 0600), 0);
	err = open_memstream(&told, &told_len);
	ok = account_list_read(&list, path, "example.com", err, &fault);
	fclose(err);
	for (char *p = told; (p = strstr(p, path)) != NULL;)
		memmove(p, p + name, strlen(p + name) + 1);
	assert_int_equal(ok, fault.exit == 0);
	return ok;
}

static bool reads(const char *text)
{
	return read_bytes(text, strlen(text));
}

static void check_mistakes(const char *text, const char *expected)
{
	assert_false(reads(text));
	assert_string_equal(told, expected);
	assert_int_equal(fault.exit, EXIT_USAGE);
	assert_string_equal(fault.condition, "bad-file");
}

static void check_account(size_t i, const char *jid, const char *password, unsigned line)
{
	assert_true(i < list.n);
	assert_string_equal(list.accounts[i].jid, jid);
	assert_int_equal(list.accounts[i].line, line);
	if (password == NULL)
		assert_null(list.accounts[i].password);
	else
		assert_string_equal(list.accounts[i].password, password);
}

static void devices_and_passwords(void **state)
{
	(void)state;
	assert_true(reads("device,password\nmfp-1,\nMFP-2@Example.net,open sesame\n\n\"mfp-3\",\"a,\"\"b\""));
	assert_string_equal(told, "");
	assert_int_equal(list.n, 3);
	check_account(0, "mfp-1@example.com", NULL, 2);
	check_account(1, "mfp-2@example.net", "open sesame", 3);
	check_account(2, "mfp-3@example.com", "a,\"b", 5);
}

static void other_columns_are_named_and_not_used(void **state)
{
	(void)state;
	assert_true(reads("room,device,\"the\x1b floor\"\r\n\"1,\n2\",mfp-1,3\r\n"));
	assert_string_equal(told, ": columns that are not used: room, the? floor\n");
	check_account(0, "mfp-1@example.com", NULL, 2);
}

static void a_head_without_use(void **state)
{
	(void)state;
	check_mistakes("", ":1: it is empty\n");
	check_mistakes("mfp-1\n", ":1: there is no column named device (commas part columns)\n");
	check_mistakes("device;password\na;b",
	               ":1: there is no column named device (commas part columns)\n");
	check_mistakes("device,device\na,b", ":1: two columns are named device\n");
	check_mistakes("\"device\na", ":1: a quote is not closed\n");
	check_mistakes("device\n\n", ":3: there is no device in it\n");
}

static void all_mistakes_are_told_at_once(void **state)
{
	(void)state;
	check_mistakes("device,password\na b,x\n,y\nc@d@e,\nf@g/h,\ni,j,k\nl\nm,\"n\to\"\np, q\nr\"\ns,\n"
	               "S@EXAMPLE.com,t\n",
	               ":2: a b: not a device's name or JID\n"
	               ":3: there is no device in it\n"
	               ":4: c@d@e: not a device's name or JID\n"
	               ":5: f@g/h: a JID without a resource is needed\n"
	               ":6: it has 3 cells, the first line has 2\n"
	               ":7: it has 1 cells, the first line has 2\n"
	               ":8: the password has a control character\n"
	               ":9: the password begins or ends with a space\n"
	               ":10: a quote in a cell that is not quoted\n"
	               ":12: s@example.com is in line 11 already\n");
	assert_non_null(strstr(fault.text, "has 10 mistakes; nothing was done"));
}

static void what_is_told_moves_no_terminal(void **state)
{
	(void)state;
	check_mistakes("device\na\x1b[2J\n", ":2: a?[2J: not a device's name or JID\n");
}

static void a_file_in_another_encoding(void **state)
{
	static const char utf16[] = "\xff\xfe" "d\0e\0v";

	(void)state;
	check_mistakes("device\nmfp-1\nk\xfc" "che\n", ":3: it is not UTF-8; save it as CSV in UTF-8\n");
	assert_false(read_bytes(utf16, sizeof utf16 - 1));
	assert_string_equal(told, ":1: it is not UTF-8; save it as CSV in UTF-8\n");
}

static void names_and_passwords_are_bounded(void **state)
{
	char long_name[300], *text;

	(void)state;
	memset(long_name, 'a', sizeof long_name);
	text = mem_printf("device\n%.228s\n%.229s\n", long_name, long_name);
	assert_false(reads(text));
	assert_non_null(strstr(told, "aaa: the JID is over 240 bytes\n"));
	assert_null(strstr(told, ":2:"));
	free(text);
	text = mem_printf("device,password\nb,%0*d\nc,%0*d\n", 1023, 1, 1024, 1);
	check_mistakes(text, ":3: the password is over 1023 bytes\n");
	free(text);
}

static void rows_are_bounded(void **state)
{
	char *text = mem_alloc(16 * ACCOUNT_LIST_MAX), *p = text;

	(void)state;
	p += sprintf(p, "device\n");
	for (int i = 0; i < ACCOUNT_LIST_MAX; i++)
		p += sprintf(p, "m%d\n", i);
	assert_true(reads(text));
	assert_int_equal(list.n, ACCOUNT_LIST_MAX);
	sprintf(p, "x\ny\n");
	check_mistakes(text, ":100002: more than 100000 devices\n");
	free(text);
}

static void the_file_is_bounded(void **state)
{
	size_t len = 16 * 1024 * 1024 + 1;
	char *text = mem_alloc(len);

	(void)state;
	memset(text, '\n', len);
	assert_false(read_bytes(text, len));
	assert_non_null(strstr(fault.text, "it is over 16 MiB"));
	assert_false(account_list_read(&list, "/nowhere/x.csv", "example.com", stderr, &fault));
	assert_non_null(strstr(fault.text, "No such file"));
	free(text);
}

static void hundreds_of_mistakes_are_counted(void **state)
{
	char *text = mem_alloc(4096), *p = text;
	size_t lines = 0;

	(void)state;
	p += sprintf(p, "device\n");
	for (int i = 0; i < 250; i++)
		p += sprintf(p, "a b\n");
	assert_false(reads(text));
	for (p = told; (p = strchr(p, '\n')) != NULL; p++)
		lines++;
	assert_int_equal(lines, 100);
	assert_non_null(strstr(fault.text, "has 250 mistakes"));
	free(text);
}

static void words_of_the_command_line(void **state)
{
	static const char *const good[] = { "mfp-1", "MFP-2@example.net" };
	static const char *const twice[] = { "mfp-1", "mfp-1@example.com" };
	static const char *const bad[] = { "mfp-1", "x@y/z" };

	(void)state;
	forget();
	assert_true(account_list_words(&list, good, 2, "example.com", &fault));
	check_account(0, "mfp-1@example.com", NULL, 0);
	check_account(1, "mfp-2@example.net", NULL, 0);
	forget();
	assert_false(account_list_words(&list, twice, 2, "example.com", &fault));
	assert_string_equal(fault.text, "mfp-1@example.com is named twice");
	forget();
	assert_false(account_list_words(&list, bad, 2, "example.com", &fault));
	assert_string_equal(fault.text, "'x@y/z': a JID without a resource is needed");
}

static int begin(void **state)
{
	int fd = mkstemp(path);

	(void)state;
	return fd < 0 ? -1 : close(fd);
}

static int end(void **state)
{
	(void)state;
	forget();
	return unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(devices_and_passwords),
		cmocka_unit_test(other_columns_are_named_and_not_used),
		cmocka_unit_test(a_head_without_use),
		cmocka_unit_test(all_mistakes_are_told_at_once),
		cmocka_unit_test(what_is_told_moves_no_terminal),
		cmocka_unit_test(a_file_in_another_encoding),
		cmocka_unit_test(names_and_passwords_are_bounded),
		cmocka_unit_test(rows_are_bounded),
		cmocka_unit_test(the_file_is_bounded),
		cmocka_unit_test(hundreds_of_mistakes_are_counted),
		cmocka_unit_test(words_of_the_command_line),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
