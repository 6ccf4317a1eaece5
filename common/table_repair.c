#define LOG_MODULE "table"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/file.h"
#include "common/log.h"
#include "common/mem.h"
#include "common/table.h"
#include "common/table_scan.h"

struct findings {
	size_t damaged, torn;
	uint64_t end;       /* where the torn tail begins */
	bool header;        /* there is a good one */
};

static int look(const char *path, const struct table_schema *schema, struct findings *found)
{
	enum table_line met = TABLE_FAILED;
	struct table_scan s;
	char *why = NULL;

	memset(found, 0, sizeof *found);
	if (table_scan_open(&s, path, schema, &why) < 0)
		goto out;
	found->header = s.header != NULL;
	while ((met = table_scan_next(&s)) == TABLE_ROW || met == TABLE_DAMAGED)
		found->damaged += met == TABLE_DAMAGED;
	if (met == TABLE_TORN)
		found->torn = s.len;
	found->end = s.offset;
out:
	if (why != NULL)
		log_error("%s", why);
	free(why);
	table_scan_close(&s);
	return met == TABLE_FAILED ? -1 : 0;
}

static int sync_and_close(int fd, int rc)
{
	int saved;

	if (rc == 0)
		rc = fsync(fd);
	saved = errno;
	close(fd);
	errno = saved;
	return rc;
}

/* Cuts what a crash left of the last line; a header where none is left. */
static int cut(const char *path, const struct table_schema *schema, const struct findings *found)
{
	int fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC), rc;

	if (fd < 0)
		return -1;
	rc = ftruncate(fd, (off_t)found->end);
	if (rc == 0 && !found->header) {
		size_t len;
		char *header = table_header(schema, &len);

		rc = file_write_all(fd, header, len);
		free(header);
	}
	return sync_and_close(fd, rc);
}

/* Appends the damaged lines to PATH.damaged. After a crash before the rewrite
 * they come there twice, which is better than not at all. */
static int put_aside(const char *path, const struct table_schema *schema)
{
	char *aside = mem_printf("%s.damaged", path);
	enum table_line met = TABLE_FAILED;
	struct table_scan s;
	int rc = -1, fd = -1;

	if (table_scan_open(&s, path, schema, NULL) < 0)
		goto out;
	fd = open(aside, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, TABLE_MODE);
	if (fd < 0)
		goto out;
	while ((met = table_scan_next(&s)) == TABLE_ROW || met == TABLE_DAMAGED) {
		if (met == TABLE_ROW)
			continue;
		if (file_write_all(fd, s.line, s.len) < 0 || file_write_all(fd, "\n", 1) < 0)
			goto out;
	}
	rc = met == TABLE_FAILED ? -1 : 0;
out:
	if (fd >= 0)
		rc = sync_and_close(fd, rc);
	if (rc == 0)
		rc = file_sync_dir_of(aside);
	table_scan_close(&s);
	free(aside);
	return rc;
}

/* Writes a good header and the good rows, as they are, to out. */
static int copy_good(struct table_scan *s, FILE *out)
{
	size_t len;
	char *own = table_header(s->schema, &len);
	enum table_line met = TABLE_FAILED;

	if (s->header != NULL ? fprintf(out, "%s\n", s->header) < 0 : fwrite(own, 1, len, out) < len)
		goto out;
	while ((met = table_scan_next(s)) == TABLE_ROW || met == TABLE_DAMAGED) {
		if (met == TABLE_DAMAGED)
			continue;
		if (fwrite(s->line, 1, s->len, out) < s->len || putc('\n', out) == EOF) {
			met = TABLE_FAILED;
			break;
		}
	}
out:
	free(own);
	return met == TABLE_FAILED ? -1 : 0;
}

static int rewrite(const char *path, const struct table_schema *schema)
{
	struct table_scan s;
	FILE *out = NULL;
	int rc = -1;

	if (table_scan_open(&s, path, schema, NULL) < 0)
		goto done;
	out = file_replace_begin(path, TABLE_MODE);
	if (out == NULL)
		goto done;
	if (copy_good(&s, out) < 0)
		file_replace_abort(out, path);
	else
		rc = file_replace_commit(out, path);
done:
	table_scan_close(&s);
	return rc;
}

/* What a replacement that a crash ended has left only takes room. */
static void remove_leftover(const char *path)
{
	char *leftover = mem_printf("%s.new", path);

	unlink(leftover);
	free(leftover);
}

int table_repair(const char *path, const struct table_schema *schema)
{
	struct findings found;
	int rc = 0;

	if (look(path, schema, &found) < 0)
		return -1;
	remove_leftover(path);
	if (found.torn > 0)
		log_warn("torn end cut file=%s bytes=%zu", path, found.torn);
	if (found.damaged > 0) {
		log_error("damaged lines put aside file=%s lines=%zu aside=%s.damaged", path,
		          found.damaged, path);
		rc = put_aside(path, schema) < 0 || rewrite(path, schema) < 0 ? -1 : 0;
	} else if (found.torn > 0 || !found.header) {
		rc = cut(path, schema, &found);
	}
	if (rc < 0)
		log_error("cannot repair file=%s: %s", path, strerror(errno));
	return rc;
}
