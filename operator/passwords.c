#include "operator/passwords.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "common/file.h"
#include "common/mem.h"

#define RANDOM_BYTES 20

struct passwords {
	char *folder;
	int fd;               /* of the folder, locked */
};

struct passwords *passwords_open(const char *folder, struct fault *f)
{
	struct passwords *p = mem_zero(1, sizeof *p);

	p->folder = mem_strdup(folder);
	p->fd = file_mkdirs(folder, 0700) == 0 ? open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	if (p->fd >= 0 && flock(p->fd, LOCK_EX | LOCK_NB) == 0)
		return p;
	if (p->fd >= 0 && errno == EWOULDBLOCK)
		fault_set(f, EXIT_REFUSED, "busy", "another program works in %s", folder);
	else
		fault_set(f, EXIT_REFUSED, "output", "%s: %s", folder, strerror(errno));
	passwords_close(p);
	return NULL;
}

void passwords_close(struct passwords *p)
{
	if (p == NULL)
		return;
	if (p->fd >= 0)
		close(p->fd);
	free(p->folder);
	free(p);
}

char *passwords_make(void)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz234567";
	unsigned char bytes[RANDOM_BYTES];
	unsigned bits = 0, have = 0;
	char *password, *p;

	if (RAND_bytes(bytes, sizeof bytes) != 1)
		return NULL;
	p = password = mem_alloc(RANDOM_BYTES * 8 / 5 + 1);
	for (size_t i = 0; i < sizeof bytes; i++) {
		bits = (bits & 31) << 8 | bytes[i];
		for (have += 8; have >= 5; have -= 5)
			*p++ = letters[bits >> (have - 5) & 31];
	}
	*p = '\0';
	explicit_bzero(bytes, sizeof bytes);
	return password;
}

static int read_file(const struct passwords *p, const char *prefix, const char *jid,
                     char **password)
{
	char *path = mem_printf("%s/%s%s", p->folder, prefix, jid);
	int rc = file_read_secret(path, password);

	free(path);
	return rc;
}

int passwords_read(const struct passwords *p, const char *jid, char **password)
{
	return read_file(p, "", jid, password);
}

static int write_file(int fd, const char *password)
{
	char *line = mem_printf("%s\n", password);
	int rc = file_write_all(fd, line, strlen(line)) == 0 && fsync(fd) == 0 ? 0 : -1;

	mem_wipe(line, strlen(line));
	return rc;
}

/* Written beside the name and then given it, so that what a kill leaves under the name is
 * whole. A link, unlike rename(), replaces nothing. */
static int make_file(const struct passwords *p, const char *name, const char *jid,
                     const char *password)
{
	char *temporary = mem_printf("tmp:%s", jid);
	int rc = -1, saved, fd;

	unlinkat(p->fd, temporary, 0);
	fd = openat(p->fd, temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd >= 0 && write_file(fd, password) == 0)
		rc = linkat(p->fd, temporary, p->fd, name, 0);
	saved = errno;
	if (fd >= 0) {
		close(fd);
		unlinkat(p->fd, temporary, 0);
	}
	free(temporary);
	errno = saved;
	return rc;
}

int passwords_keep(const struct passwords *p, const char *jid, const char *password)
{
	return make_file(p, jid, jid, password);
}

int passwords_sync(const struct passwords *p)
{
	return fsync(p->fd);
}

void passwords_remove(const struct passwords *p, const char *jid)
{
	unlinkat(p->fd, jid, 0);
}

int passwords_next(const struct passwords *p, const char *jid, char **password, bool *made)
{
	char *name;
	int rc = read_file(p, "next:", jid, password);

	*made = false;
	if (rc == 0 || errno != ENOENT)
		return rc;
	*password = passwords_make();
	if (*password == NULL) {
		errno = EIO;
		return -1;
	}
	name = mem_printf("next:%s", jid);
	rc = make_file(p, name, jid, *password);
	free(name);
	*made = rc == 0;
	if (rc != 0) {
		mem_wipe(*password, strlen(*password));
		*password = NULL;
	}
	return rc;
}

int passwords_replace(const struct passwords *p, const char *jid)
{
	char *next = mem_printf("next:%s", jid);
	int rc = renameat(p->fd, next, p->fd, jid);

	free(next);
	return rc;
}

void passwords_forget(const struct passwords *p, const char *jid)
{
	char *next = mem_printf("next:%s", jid);

	unlinkat(p->fd, next, 0);
	free(next);
}
