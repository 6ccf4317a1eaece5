/* Any file is read or refused, and what was read prints as a file that reads
 * back to the same. */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "common/conf.h"
#include "common/mem.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const choices[] = { "one", "two", NULL };

struct sample {
	char *s, *j, *p;
	char **l;
	bool b;
	int64_t i, d, z;
	int c;
};

#define OPTION(k, t, f, ...) \
	{ .section = "a", .key = k, .type = t, .offset = offsetof(struct sample, f), __VA_ARGS__ }

static const struct conf_option options[] = {
	OPTION("s", CONF_STRING, s, .fallback = "x"),
	OPTION("j", CONF_JID, j),
	OPTION("p", CONF_PATH, p),
	OPTION("l", CONF_LIST, l, .fallback = "x y"),
	OPTION("b", CONF_BOOL, b),
	OPTION("i", CONF_INT, i, .min = 1, .max = 100),
	OPTION("d", CONF_DURATION, d),
	OPTION("z", CONF_SIZE, z),
	OPTION("c", CONF_CHOICE, c, .choices = choices),
	{ 0 }
};

static char *other(void *arg, unsigned line, const char *section, const char *key,
                   const char *value)
{
	(void)arg, (void)line;
	if ((key == NULL) != (value == NULL) || strlen(section) > 49)
		abort();
	if (key == NULL)
		return *section == 'x' ? mem_strdup("none") : NULL;
	return strlen(section) + strlen(key) + strlen(value) > 20 ? mem_strdup("long") : NULL;
}

static const struct conf_schema schema = { .options = options, .other = other };

static int read_bytes(const void *data, size_t size, struct sample *conf)
{
	int fd = memfd_create("conf", 0), rc;
	FILE *errors = fopen("/dev/null", "w");
	char path[40];

	if (fd < 0 || errors == NULL || write(fd, data, size) != (ssize_t)size)
		abort();
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	rc = conf_read(&schema, path, conf, NULL, errors);
	fclose(errors);
	close(fd);
	return rc;
}

static char *print(const struct sample *conf, size_t *size)
{
	char *text;
	FILE *f = open_memstream(&text, size);

	conf_print(&schema, conf, f);
	fclose(f);
	return text;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sample conf = { 0 }, again = { 0 };
	char *first, *second;
	size_t n, m;

	if (read_bytes(data, size, &conf) == 0) {
		first = print(&conf, &n);
		if (read_bytes(first, n, &again) != 0)
			abort();
		second = print(&again, &m);
		if (n != m || memcmp(first, second, n) != 0)
			abort();
		free(first);
		free(second);
	}
	conf_free(&schema, &conf);
	conf_free(&schema, &again);
	return 0;
}
