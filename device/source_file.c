#include "device/source_file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/file.h"
#include "common/mem.h"

#define MAX_BYTES (256 * 1024)

static const struct xml_limits limits = { MAX_BYTES, 16, 5000, 64 };

struct state_file {
	char *path;
};

void *source_file_new(const char *path)
{
	struct state_file *f = mem_zero(1, sizeof *f);

	f->path = mem_strdup(path);
	return f;
}

static void free_state(void *state)
{
	struct state_file *f = state;

	free(f->path);
	free(f);
}

static void read_part(const char *path, const struct xml *root, enum mfp_part part,
                      struct mfp *m, struct source_failure *failure)
{
	const struct xml *el;
	char *why = NULL;

	if (!xml_is(root, "state", MFP_NS)) {
		source_fail(failure, "bad-state-file", "%s: the root is no <state/> of " MFP_NS, path);
		return;
	}
	el = xml_child(root, mfp_part_name(part), MFP_NS);
	if (el == NULL)
		source_fail(failure, "not-supported", "%s has no <%s/>", path, mfp_part_name(part));
	else if (!mfp_read(m, el, &why))
		source_fail(failure, "bad-state-file", "%s: %s", path, why);
	free(why);
}

static void read_file(void *state, enum mfp_part part, int64_t deadline, struct mfp *m,
                      struct source_failure *failure)
{
	const struct state_file *f = state;
	const char *why = NULL;
	struct xml *root = NULL;
	char *text = NULL;
	size_t len;

	(void)deadline;   /* a file does not keep us waiting */
	if (file_read(f->path, MAX_BYTES, &text, &len) != 0) {
		source_fail(failure, "bad-state-file", "%s: %s", f->path,
		            errno == EFBIG ? "larger than 256 KiB" : strerror(errno));
		goto out;
	}
	root = xml_parse(text, len, &limits, &why);
	if (root == NULL) {
		source_fail(failure, "bad-state-file", "%s: %s", f->path, why);
		goto out;
	}
	read_part(f->path, root, part, m, failure);
out:
	xml_free(root);
	free(text);
}

const struct source_kind source_file_kind = {
	.name = "file", .read = read_file, .free = free_state
};
