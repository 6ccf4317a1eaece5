#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "common/conf.h"
#include "common/mem.h"

static const char *const colours[] = { "red", "green", NULL };

struct sample {
	char *name, *jid, *path, *key;
	char **names;
	bool on;
	int64_t number, wait, size, bare;
	int colour;
};

#define AT(f) .offset = offsetof(struct sample, f)

static const struct conf_option options[] = {
	{ .section = "main", .key = "name", AT(name), .required = true },
	{ .section = "main", .key = "jid", .type = CONF_JID, AT(jid) },
	{ .section = "main", .key = "key-file", .type = CONF_PATH, AT(path), .fallback = "/k" },
	{ .section = "main", .key = "key", AT(key), .secret = true },
	{ .section = "more", .key = "names", .type = CONF_LIST, AT(names), .fallback = "a b" },
	{ .section = "more", .key = "on", .type = CONF_BOOL, AT(on), .fallback = "yes" },
	{ .section = "more", .key = "number", .type = CONF_INT, AT(number), .fallback = "-3",
	  .min = -5, .max = 5 },
	{ .section = "more", .key = "wait", .type = CONF_DURATION, AT(wait), .fallback = "90s",
	  .min = 1, .max = 86400000 },
	{ .section = "more", .key = "size", .type = CONF_SIZE, AT(size), .fallback = "64K" },
	{ .section = "more", .key = "bare", .type = CONF_INT, AT(bare), .min = 1, .max = 9 },
	{ .section = "more", .key = "colour", .type = CONF_CHOICE, AT(colour), .fallback = "green",
	  .choices = colours },
	{ 0 }
};

static char *others;
static unsigned other_line;

static char *other(void *arg, unsigned line, const char *section, const char *key,
                   const char *value)
{
	char *more = key == NULL ? mem_printf("%s[%s];", others ? others : "", section)
	                         : mem_printf("%s %s=%s;", others ? others : "", key, value);

	(void)arg;
	other_line = line;
	free(others);
	others = more;
	if (key == NULL)
		return strcmp(section, "bad") == 0 ? mem_strdup("no such section") : NULL;
	return strcmp(key, "bad") == 0 ? mem_strdup("bad is bad") : NULL;
}

static const struct conf_schema schema = { .options = options, .environment = "CONFTEST" };
static const struct conf_schema open_schema = { .options = options, .other = other };

static char folder[] = "/tmp/test_conf.XXXXXX";
static struct sample conf;
static char *errors;

static char *sample_path(void)
{
	return mem_printf("%s/x.conf", folder);
}

static int read_bytes(const struct conf_schema *s, const char *text, size_t len)
{
	char *path = sample_path();
	size_t size;
	FILE *f = fopen(path, "w");
	int rc;

	assert_non_null(f);
	assert_int_equal(fwrite(text, 1, len, f), len);
	fclose(f);
	conf_free(s, &conf);
	memset(&conf, 0, sizeof conf);
	free(errors);
	f = open_memstream(&errors, &size);
	rc = conf_read(s, path, &conf, NULL, f);
	fclose(f);
	free(path);
	return rc;
}

static int read_text(const char *text)
{
	return read_bytes(&schema, text, strlen(text));
}

/* The error lines that begin with FILE:LINE: and hold the text. */
static void check_error(unsigned line, const char *text)
{
	char *start = mem_printf("%s/x.conf:%u: ", folder, line);

	for (char *at = errors; (at = strstr(at, start)) != NULL; at++) {
		size_t n = strcspn(at, "\n");

		if (memmem(at, n, text, strlen(text)) != NULL) {
			free(start);
			return;
		}
	}
	fail_msg("no line %u with '%s' in:\n%s", line, text, errors);
}

static size_t error_lines(void)
{
	size_t n = 0;

	for (const char *c = errors; *c != '\0'; c++)
		n += *c == '\n';
	return n;
}

static void defaults_and_values(void **state)
{
	(void)state;
	assert_int_equal(read_text("[main]\nname = a b  ; why\njid=a@b\nkey-file = sub/k\n"), 0);
	assert_string_equal(errors, "");
	assert_string_equal(conf.name, "a b");
	assert_string_equal(conf.jid, "a@b");
	assert_non_null(strstr(conf.path, "/sub/k"));
	assert_memory_equal(conf.path, folder, strlen(folder));
	assert_string_equal(conf.names[1], "b");
	assert_null(conf.names[2]);
	assert_true(conf.on);
	assert_int_equal(conf.number, -3);
	assert_int_equal(conf.wait, 90000);
	assert_int_equal(conf.size, 65536);
	assert_int_equal(conf.colour, 1);
}

static void lists_add_up(void **state)
{
	static const char *const expected[] = { "x", "y", "z", "q", NULL };

	(void)state;
	assert_int_equal(read_text("[main]\nname=n\n[more]\nnames = x, y ; c\n\tz ; d\n"
	                           "on = off\nnames=q\n"), 0);
	for (int i = 0; expected[i] != NULL; i++)
		assert_string_equal(conf.names[i], expected[i]);
	assert_null(conf.names[4]);
	assert_false(conf.on);
}

static void all_mistakes_in_one_run(void **state)
{
	(void)state;
	assert_int_equal(read_text("early = 1\n[main]\nnam = x\njid = a b\njid = a@b\nrubbish\n"
	                           "[moer]\nx = y\n[more] junk\n[more\n[more]\non = maybe\n"
	                           "number = 6\nwait = 5x\nsize = 99999999999G\ncolour = blue\n"
	                           "  red\nbare = 0\nzzzzzz = 1\n"), -1);
	check_error(1, "before the first [section]");
	check_error(3, "no key 'nam'; did you mean 'name'?");
	check_error(4, "'a b' is not a JID");
	check_error(5, "given again, first on line 4");
	check_error(6, "neither 'key = value' nor [section]");
	check_error(7, "no section [moer]; did you mean 'more'?");
	check_error(9, "a section is written [name]");
	check_error(10, "a section is written [name]");
	check_error(12, "'maybe' is neither yes nor no");
	check_error(13, "6 is not within -5 and 5");
	check_error(14, "'5x' is not a time");
	check_error(15, "is not a size");
	check_error(16, "'blue' is none of: red green");
	check_error(17, "an indented line continues 'colour'");
	check_error(18, "0 is not within 1 and 9");
	check_error(19, "has no key 'zzzzzz'");
	check_error(19, "[main] name is missing");
	assert_int_equal(error_lines(), 17);
}

static void bad_lines(void **state)
{
	char text[6000] = "[main]\nname = n\njid = ";

	(void)state;
	memset(text + strlen(text), 'a', 5000);
	assert_int_equal(read_text(text), -1);
	check_error(3, "too long");
	assert_int_equal(read_bytes(&schema, "[main]\nname = \0n\n", 17), -1);
	check_error(2, "NUL");
	memset(text, 'u', sizeof text);
	text[0] = '[';
	strcpy(text + 51, "]\n");
	assert_int_equal(read_text(text), -1);
	check_error(1, "longer than 49 bytes");
}

static void missing_file(void **state)
{
	struct sample none = { 0 };
	size_t size;
	FILE *f;

	(void)state;
	free(errors);
	f = open_memstream(&errors, &size);
	assert_int_equal(conf_read(&schema, "/nonexistent/x.conf", &none, NULL, f), -1);
	fclose(f);
	conf_free(&schema, &none);
	assert_non_null(strstr(errors, "/nonexistent/x.conf: cannot be opened: No such file"));
	assert_int_equal(error_lines(), 1);
}

static void endless_file(void **state)
{
	struct sample none = { 0 };
	size_t size;
	FILE *f;

	(void)state;
	free(errors);
	f = open_memstream(&errors, &size);
	assert_int_equal(conf_read(&schema, "/dev/zero", &none, NULL, f), -1);
	fclose(f);
	conf_free(&schema, &none);
	assert_non_null(strstr(errors, "too large"));
}

static void other_sections(void **state)
{
	const char *text = "[main]\nname=n\n[unit A b]\nx = 1 2\noperator a@b = view\nbad=1\n"
	                   "[empty]\n[bad]\nx = 1\ny = 2\n[c]\nz=3\n";

	(void)state;
	assert_int_equal(read_bytes(&open_schema, text, strlen(text)), -1);
	assert_string_equal(others, "[unit A b]; x=1 2; operator a@b=view; bad=1;[empty];[bad];[c];"
	                    " z=3;");
	assert_int_equal(other_line, 12);
	check_error(6, "bad is bad");
	check_error(8, "no such section");
	assert_int_equal(error_lines(), 2);
}

static void environment_overrides(void **state)
{
	(void)state;
	setenv("CONFTEST_MAIN_KEY_FILE", "/e", 1);
	setenv("CONFTEST_MORE_NAMES", "one", 1);
	setenv("CONFTEST_MAIN_NAME", "env", 1);
	assert_int_equal(read_text("[main]\nkey-file=/f\n[more]\nnames=q r\n"), 0);
	assert_string_equal(conf.path, "/e");
	assert_string_equal(conf.name, "env");
	assert_string_equal(conf.names[0], "one");
	assert_null(conf.names[1]);
	setenv("CONFTEST_MORE_ON", "perhaps", 1);
	assert_int_equal(read_text(""), -1);
	assert_non_null(strstr(errors, "environment: CONFTEST_MORE_ON: 'perhaps'"));
	unsetenv("CONFTEST_MAIN_KEY_FILE");
	unsetenv("CONFTEST_MORE_NAMES");
	unsetenv("CONFTEST_MAIN_NAME");
	unsetenv("CONFTEST_MORE_ON");
}

static char *printed(void)
{
	char *text;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	conf_print(&schema, &conf, f);
	fclose(f);
	return text;
}

/* Printing, reading that and printing again gives the same. */
static void check_reads_back(const char *text)
{
	char *first, *second;

	assert_int_equal(read_text(text), 0);
	first = printed();
	assert_int_equal(read_text(first), 0);
	second = printed();
	assert_string_equal(first, second);
	free(first);
	free(second);
}

static void prints_what_reads_back(void **state)
{
	char text[5000] = "[main]\nname = ";

	(void)state;
	check_reads_back("[main]\nname=n\n");
	check_reads_back("[main]\nname = a=b:c;d # e\njid = a@b/c d\nkey-file = x\n[more]\n"
	                 "names=#a,b=c [d] \"e\"\non=0\nnumber=5\nwait=1500ms\nsize=1025\n"
	                 "bare=9\ncolour=red\n");
	check_reads_back("[main]\nname=[n]\nkey-file=\n[more]\nnames=\nwait=2h\nsize=0\n");
	assert_null(conf.path);
	memset(text + strlen(text), 'a', 4000);
	check_reads_back(text);
	assert_int_equal(strlen(conf.name), 4000);
}

static void prints_no_secret(void **state)
{
	char *text;

	(void)state;
	assert_int_equal(read_text("[main]\nname=n\nkey=hush\n"), 0);
	text = printed();
	assert_null(strstr(text, "hush"));
	assert_non_null(strstr(text, "key = ******\n"));
	free(text);
}

static void check_set(const char *assignment, const char *why)
{
	char *got = conf_set(&schema, &conf, assignment);

	if (why == NULL)
		assert_null(got);
	else if (got == NULL || strstr(got, why) == NULL)
		fail_msg("%s: %s", assignment, got ? got : "no mistake");
	free(got);
}

static void sets_one(void **state)
{
	(void)state;
	assert_int_equal(read_text("[main]\nname=n\n"), 0);
	check_set("main.name=x=y.z", NULL);
	assert_string_equal(conf.name, "x=y.z");
	check_set("more.names=p", NULL);
	assert_null(conf.names[1]);
	check_set("main.name=a ;b", "comment");
	check_set("main.name= a", "space");
	check_set("main.name=a\nb", "control character");
	check_set("main=1", "is not section.key=value");
	check_set("main.name", "is not section.key=value");
	check_set("mian.name=1", "did you mean 'main'?");
	check_set("main.mane=1", "did you mean 'name'?");
}

static void parses_numbers(void **state)
{
	int64_t v = 7;
	char *why;

	(void)state;
	assert_null(conf_parse_int("-9223372036854775808", 0, 0, &v));
	assert_true(v == INT64_MIN);
	for (const char *const *bad = (const char *const[]){ "", "-", "+1", " 1", "1 ", "0x1", "1.5",
	     "9223372036854775808", NULL }; *bad != NULL; bad++) {
		why = conf_parse_int(*bad, 0, 0, &v);
		assert_non_null(why);
		free(why);
	}
	assert_null(conf_parse_duration("500ms", 0, 0, &v));
	assert_int_equal(v, 500);
	assert_null(conf_parse_duration("30", 0, 0, &v));
	assert_int_equal(v, 30000);
	assert_null(conf_parse_duration("1d", 0, 0, &v));
	assert_int_equal(v, 86400000);
	why = conf_parse_duration("1", 2000, 3600000, &v);
	assert_string_equal(why, "1 is not within 2s and 1h");
	free(why);
	assert_null(conf_parse_size("2G", 0, 0, &v));
	assert_int_equal(v, (int64_t)2 << 30);
	why = conf_parse_size("-1", 0, 0, &v);
	assert_non_null(why);
	free(why);
}

static int make_folder(void **state)
{
	(void)state;
	return mkdtemp(folder) == NULL ? -1 : 0;
}

static int remove_folder(void **state)
{
	char *path = sample_path();

	(void)state;
	unlink(path);
	free(path);
	free(errors);
	free(others);
	conf_free(&schema, &conf);
	return rmdir(folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(defaults_and_values),
		cmocka_unit_test(lists_add_up),
		cmocka_unit_test(all_mistakes_in_one_run),
		cmocka_unit_test(bad_lines),
		cmocka_unit_test(missing_file),
		cmocka_unit_test(endless_file),
		cmocka_unit_test(other_sections),
		cmocka_unit_test(environment_overrides),
		cmocka_unit_test(prints_what_reads_back),
		cmocka_unit_test(prints_no_secret),
		cmocka_unit_test(sets_one),
		cmocka_unit_test(parses_numbers),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
