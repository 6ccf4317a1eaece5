#include "common/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/mem.h"

#define SECRET_MAX 4096
#define LOCK_POLL_MS 20

/* Closing after a failure must not hide why it failed. */
static void close_keeping_errno(int fd)
{
	int saved = errno;

	if (fd >= 0)
		close(fd);
	errno = saved;
}

/* read() over EINTR. */
static ssize_t read_some(int fd, char *to, size_t n)
{
	ssize_t got;

	do
		got = read(fd, to, n);
	while (got < 0 && errno == EINTR);
	return got;
}

/* Reads to the end of the file, whose size may be unknown (a pipe, /proc). */
static int read_to_end(int fd, size_t max, char **text, size_t *len)
{
	size_t cap = max < 4096 ? max + 1 : 4096, used = 0;
	char *buf = mem_alloc(cap + 1);
	ssize_t got;

	while ((got = read_some(fd, buf + used, cap - used)) > 0) {
		used += (size_t)got;
		if (used > max) {
			errno = EFBIG;
			got = -1;
			break;
		}
		if (used == cap) {
			cap = max / 2 < cap ? max + 1 : cap * 2;
			buf = mem_realloc(buf, cap + 1);
		}
	}
	if (got < 0) {
		mem_wipe(buf, used);
		return -1;
	}
	buf[used] = '\0';
	*text = buf;
	if (len != NULL)
		*len = used;
	return 0;
}

int file_read(const char *path, size_t max, char **text, size_t *len)
{
	int rc, fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return -1;
	rc = read_to_end(fd, max, text, len);
	close_keeping_errno(fd);
	return rc;
}

int file_read_secret(const char *path, char **secret)
{
	char *text, *start;
	size_t len, n;

	if (file_read(path, SECRET_MAX, &text, &len) < 0)
		return -1;
	start = text + strspn(text, " \t\r");
	n = strcspn(start, "\r\n");
	while (n > 0 && (start[n - 1] == ' ' || start[n - 1] == '\t'))
		n--;
	if (n > 0)
		*secret = mem_strndup(start, n);
	mem_wipe(text, len);
	if (n == 0) {
		errno = EINVAL;
		return -1;
	}
	return 0;
}

int file_write_all(int fd, const void *bytes, size_t n)
{
	const char *p = bytes;

	while (n > 0) {
		ssize_t put = write(fd, p, n);

		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0)
			return -1;
		p += put;
		n -= (size_t)put;
	}
	return 0;
}

FILE *file_replace_begin(const char *path, mode_t mode)
{
	char *temporary = mem_printf("%s.new", path);
	FILE *f = NULL;
	int fd;

	/* What an earlier crash left would keep its own mode. */
	unlink(temporary);
	fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
	if (fd >= 0)
		f = fdopen(fd, "w");
	if (f == NULL)
		close_keeping_errno(fd);
	free(temporary);
	return f;
}

void file_replace_abort(FILE *f, const char *path)
{
	char *temporary = mem_printf("%s.new", path);
	int saved = errno;

	fclose(f);
	unlink(temporary);
	free(temporary);
	errno = saved;
}

int file_replace_commit(FILE *f, const char *path)
{
	char *temporary = mem_printf("%s.new", path);
	int rc = -1;

	if (ferror(f)) {
		errno = EIO;   /* the call that failed has told why */
		goto out;
	}
	if (fflush(f) == EOF || fsync(fileno(f)) < 0 || rename(temporary, path) < 0)
		goto out;
	rc = 0;
out:
	free(temporary);
	if (rc < 0) {
		file_replace_abort(f, path);
		return -1;
	}
	fclose(f);
	return file_sync_dir_of(path);
}

int file_replace(const char *path, const char *text, size_t len, mode_t mode)
{
	FILE *f = file_replace_begin(path, mode);

	if (f == NULL)
		return -1;
	if (fwrite(text, 1, len, f) < len) {
		file_replace_abort(f, path);
		return -1;
	}
	return file_replace_commit(f, path);
}

/* Of a directory that is there already: who made it may have been killed, or have
 * failed, before its name was on disk. What we may not open, or is no disk's, was not
 * made here. */
static int sync_name(const char *path)
{
	return file_sync_dir_of(path) < 0 && errno != EACCES && errno != EINVAL ? -1 : 0;
}

/* One directory, whose name is durable when this returns. */
static int make_dir(const char *path, mode_t mode)
{
	struct stat st;

	if (mkdir(path, mode) == 0)
		return file_sync_dir_of(path);
	if (errno != EEXIST)
		return -1;
	if (stat(path, &st) < 0)
		return -1;
	if (!S_ISDIR(st.st_mode)) {
		errno = ENOTDIR;
		return -1;
	}
	return sync_name(path);
}

int file_mkdirs(const char *path, mode_t mode)
{
	char *copy = mem_strdup(path), *p = copy;
	int rc;

	/* Each '/' that ends a name is cut there for a moment. */
	do {
		p += strspn(p, "/");
		p += strcspn(p, "/");
		char c = *p;

		*p = '\0';
		rc = *copy == '\0' ? 0 : make_dir(copy, mode);
		*p = c;
	} while (rc == 0 && *p != '\0');
	free(copy);
	return rc;
}

static int sync_path(const char *path, int flags)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | flags), rc;

	if (fd < 0)
		return -1;
	rc = fsync(fd);
	close_keeping_errno(fd);
	return rc;
}

int file_sync_dir_of(const char *path)
{
	size_t n = strlen(path);
	char *dir;
	int rc;

	while (n > 1 && path[n - 1] == '/')
		n--;
	while (n > 0 && path[n - 1] != '/')
		n--;
	while (n > 1 && path[n - 1] == '/')
		n--;
	dir = n == 0 ? mem_strdup(".") : mem_strndup(path, n);
	rc = sync_path(dir, O_DIRECTORY);
	free(dir);
	return rc;
}

int file_sync(const char *path)
{
	return sync_path(path, 0) == 0 ? file_sync_dir_of(path) : -1;
}

int file_lock(const char *path)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	if (fd < 0)
		return -1;
	if (flock(fd, LOCK_EX | LOCK_NB) < 0) {
		close_keeping_errno(fd);
		return -1;
	}
	return fd;
}

int file_lock_in(const char *dir, int wait_ms)
{
	char *path = mem_printf("%s/lock", dir);
	int fd, left = wait_ms;

	while ((fd = file_lock(path)) < 0 && errno == EWOULDBLOCK && left > 0) {
		usleep(LOCK_POLL_MS * 1000);
		left -= LOCK_POLL_MS;
	}
	free(path);
	return fd;
}
