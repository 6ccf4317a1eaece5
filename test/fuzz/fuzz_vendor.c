// link: device/vendor.o
/* Any file of a maker's counters is read or refused with its lines. What was read prints as
 * a file that reads back to the same, and has no more than the reader of an answer takes. */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "common/file.h"
#include "device/vendor.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool good)
{
	if (!good)
		abort();
}

static bool read_bytes(const void *bytes, size_t n, struct vendor *v)
{
	int fd = memfd_create("vendor", MFD_CLOEXEC), rc;
	char path[40], *mistakes = NULL;
	size_t len;
	FILE *errors = open_memstream(&mistakes, &len);

	must(fd >= 0 && file_write_all(fd, bytes, n) == 0);
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	rc = vendor_read(v, path, errors);
	fclose(errors);
	must((rc == 0) == (len == 0));
	free(mistakes);
	close(fd);
	return rc == 0;
}

static char *print(const struct vendor *v, size_t *len)
{
	char *text = NULL;
	FILE *out = open_memstream(&text, len);

	vendor_print(v, out);
	fclose(out);
	return text;
}

static void check_counter(const struct vendor_counter *c)
{
	int64_t value = INT64_MAX;

	must(c->oid != NULL && (c->place == VENDOR_ROW) == (c->row != NULL));
	if (c->figure == VENDOR_COUNTER)
		return;
	must(vendor_seconds(c, &value) == (strcmp(c->unit, "hundredths") == 0));
	value = -1;
	must(vendor_seconds(c, &value) && value <= 0);
}

/* A file whose counters are there already adds nothing. */
static void check_again(struct vendor *v, const char *text, size_t len)
{
	struct vendor again = { 0 }, copy = vendor_copy(v);
	size_t again_len;
	char *second;

	must(read_bytes(text, len, &again));
	second = print(&again, &again_len);
	must(again_len == len && memcmp(text, second, len) == 0);
	must(read_bytes(text, len, &copy) && copy.n == v->n);
	vendor_clear(&again);
	vendor_clear(&copy);
	free(second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct vendor v = { 0 };
	char *text;
	size_t len;

	if (read_bytes(data, size, &v)) {
		must(v.n <= VENDOR_COUNTERS);
		for (size_t i = 0; i < v.n; i++)
			check_counter(&v.list[i]);
		text = print(&v, &len);
		check_again(&v, text, len);
		free(text);
	}
	vendor_clear(&v);
	return 0;
}
