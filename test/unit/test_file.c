#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/file.h"
#include "common/mem.h"

static char dir[64];

static int make_dir(void **state)
{
	(void)state;
	snprintf(dir, sizeof dir, "/tmp/test_file.XXXXXX");
	return mkdtemp(dir) == NULL || chdir(dir) < 0 ? -1 : 0;
}

static int remove_dir(void **state)
{
	char command[128];

	(void)state;
	snprintf(command, sizeof command, "rm -rf %s", dir);
	return chdir("/") < 0 ? -1 : system(command);
}

static void put(const char *path, const char *text)
{
	assert_int_equal(file_replace(path, text, strlen(text), 0640), 0);
}

static void a_file_is_replaced_whole_and_read_back(void **state)
{
	struct stat st;
	char *text;
	size_t len;

	(void)state;
	put("a.new", "left by a crash");
	put("a", "one");
	put("a", "number two");
	assert_int_equal(file_read("a", 10, &text, &len), 0);
	assert_string_equal(text, "number two");
	assert_int_equal(len, 10);
	free(text);
	assert_int_equal(stat("a", &st), 0);
	assert_int_equal(st.st_mode & 0777, 0640);
	assert_int_equal(access("a.new", F_OK), -1);
}

static void a_file_that_cannot_be_replaced_stays(void **state)
{
	char *text;

	(void)state;
	assert_int_equal(mkdir("taken", 0700), 0);
	put("taken/x", "x");
	assert_int_equal(file_replace("taken", "y", 1, 0600), -1);
	assert_int_equal(access("taken.new", F_OK), -1);
	assert_int_equal(file_read("taken/x", 10, &text, NULL), 0);
	assert_string_equal(text, "x");
	free(text);
	assert_int_equal(file_replace("no/such/dir", "y", 1, 0600), -1);
	assert_int_equal(errno, ENOENT);
}

static void reading_is_bounded(void **state)
{
	char *big = mem_alloc(20001), *text;
	size_t len;

	(void)state;
	memset(big, 'x', 20000);
	big[20000] = '\0';
	put("big", big);
	assert_int_equal(file_read("big", 19999, &text, &len), -1);
	assert_int_equal(errno, EFBIG);
	assert_int_equal(file_read("big", 20000, &text, &len), 0);
	assert_int_equal(len, 20000);
	assert_string_equal(text, big);
	free(text);
	free(big);
	put("empty", "");
	assert_int_equal(file_read("empty", 0, &text, &len), 0);
	assert_int_equal(len, 0);
	free(text);
	assert_int_equal(file_read("none", 10, &text, &len), -1);
	assert_int_equal(errno, ENOENT);
}

static void a_secret_is_the_first_line_without_space(void **state)
{
	static const char *const same[] = { "key one", " key one\t\r\n", "key one\nsecond\n" };
	char *secret;

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		put("secret", same[i]);
		assert_int_equal(file_read_secret("secret", &secret), 0);
		assert_string_equal(secret, "key one");
		mem_wipe(secret, strlen(secret));
	}
	put("secret", "  \nsecond\n");
	assert_int_equal(file_read_secret("secret", &secret), -1);
	assert_int_equal(errno, EINVAL);
}

static void directories_are_made_with_their_parents(void **state)
{
	char *absolute = mem_printf("%s/p//q/r/", dir);

	(void)state;
	assert_int_equal(file_mkdirs(absolute, 0750), 0);
	assert_int_equal(file_mkdirs(absolute, 0750), 0);
	assert_int_equal(file_mkdirs("s/t", 0750), 0);
	assert_int_equal(access("p/q/r", F_OK), 0);
	assert_int_equal(access("s/t", F_OK), 0);
	free(absolute);
	put("file", "x");
	assert_int_equal(file_mkdirs("file", 0750), -1);
	assert_int_equal(errno, ENOTDIR);
	assert_int_equal(file_mkdirs("file/sub", 0750), -1);
	assert_int_equal(errno, ENOTDIR);
	assert_int_equal(file_sync_dir_of("file"), 0);
	assert_int_equal(file_sync_dir_of("/"), 0);
	assert_int_equal(file_sync_dir_of("none/file"), -1);
}

static void a_lock_has_one_holder(void **state)
{
	int first = file_lock("lock");

	(void)state;
	assert_true(first >= 0);
	assert_int_equal(file_lock("lock"), -1);
	assert_int_equal(errno, EWOULDBLOCK);
	close(first);
	first = file_lock("lock");
	assert_true(first >= 0);
	close(first);
}

static void a_write_error_is_told(void **state)
{
	int fd = open("/dev/full", O_WRONLY);

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(file_write_all(fd, "x", 1), -1);
	assert_int_equal(errno, ENOSPC);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_file_is_replaced_whole_and_read_back),
		cmocka_unit_test(a_file_that_cannot_be_replaced_stays),
		cmocka_unit_test(reading_is_bounded),
		cmocka_unit_test(a_secret_is_the_first_line_without_space),
		cmocka_unit_test(directories_are_made_with_their_parents),
		cmocka_unit_test(a_lock_has_one_holder),
		cmocka_unit_test(a_write_error_is_told),
	};

	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
