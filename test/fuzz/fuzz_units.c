// link: component/units.o
/* Any units.conf is read or refused with its line; the questions to what was read agree
 * with each other. */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "common/conf.h"
#include "component/units.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool good)
{
	if (!good)
		abort();
}

static bool is_in(char *const *names, const char *name)
{
	for (; *names != NULL; names++) {
		if (strcmp(*names, name) == 0)
			return true;
	}
	return false;
}

static void check_operator(const struct units *u, const char *operator_)
{
	char **any = units_with_rights(u, operator_, 0), **all;
	unsigned seen = 0;

	for (unsigned right = RIGHT_VIEW; right <= RIGHT_ADMIN; right <<= 1) {
		all = units_with_rights(u, operator_, right);
		for (char **name = any; *name != NULL; name++) {
			bool has = (units_rights(u, operator_, *name) & right) != 0;

			must(is_in(all, *name) == has);
			seen |= has ? right : 0;
		}
		conf_list_free(all);
	}
	must((seen != 0) == units_is_operator(u, operator_));
	conf_list_free(any);
}

static void check_device(const struct units *u, const char *device)
{
	const char *unit = units_of_device(u, device);
	char **any = units_with_rights(u, "", 0);

	must(unit == NULL || is_in(any, unit));
	conf_list_free(any);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const jids[] = { "alice@example.com", "mfp-1@example.com",
	                                    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab@a", "a", "" };
	int fd = memfd_create("units", MFD_CLOEXEC);
	char path[40], *mistakes;
	struct units *u;
	size_t len;
	FILE *errors;

	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		abort();
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	errors = open_memstream(&mistakes, &len);
	u = units_read(path, errors);
	fclose(errors);
	must((u == NULL) == (len > 0));
	for (size_t i = 0; u != NULL && i < sizeof jids / sizeof *jids; i++) {
		check_operator(u, jids[i]);
		check_device(u, jids[i]);
	}
	units_free(u);
	free(mistakes);
	close(fd);
	return 0;
}
