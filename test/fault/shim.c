/* Preloaded into a program under test: what it asks of the file system and the
 * clock fails, is counted, or is recorded.
 *
 *   PLATEN_FAULT_DIR   only files below this directory are looked at
 *   PLATEN_FAULT       a file of struct control, shared with the test (fault.py)
 *   PLATEN_FAULT_LOG   what was done to files is appended here (powerloss.py)
 *
 * stdio's own writes cannot be seen from here: of a file that is not only appended
 * to, the record of its sync holds the content. */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "test/fault/shim.h"

enum kind { WRITE, FDATASYNC, FSYNC, RENAME, CREATE, UNLINK, KINDS };

/* The test writes it, while the program runs; fault.py has the same layout. */
struct control {
	int64_t clock_ms;              /* added to CLOCK_REALTIME */
	int64_t slept_ms;              /* added to CLOCK_BOOTTIME */
	int64_t die_after;             /* calls until SIGKILL; 0: never */
	struct {
		int32_t error;         /* errno; 0: nothing fails. SHORT: half is written */
		int32_t skip;          /* so many pass before */
		int32_t times;         /* so many fail; negative: all */
		int32_t given;         /* have failed so far */
	} kind[KINDS];
};
#define SHORT (-1)

#define FDS 1024

static struct control none, *control = &none;
static const char *dir;
static int record_fd = -1;
static struct { uint32_t serial; bool is_dir, is_whole; } files[FDS];
static uint32_t last_serial;
/* Held over a call and its record, so that records are in the order of calls. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static int (*real_open)(const char *, int, ...);
static ssize_t (*real_write)(int, const void *, size_t);
static int (*real_fdatasync)(int), (*real_fsync)(int), (*real_close)(int);
static int (*real_rename)(const char *, const char *), (*real_unlink)(const char *);
static int (*real_ftruncate)(int, off_t), (*real_mkdir)(const char *, mode_t);
static int (*real_fclose)(FILE *);
static int (*real_clock_gettime)(clockid_t, struct timespec *);
static time_t (*real_time)(time_t *);

/* A library's constructor may come here before ours. */
static void find(void *to, const char *name)
{
	void *found = dlsym(RTLD_NEXT, name);

	if (found == NULL)
		abort();
	memcpy(to, &found, sizeof found);
}

static void find_all(void)
{
	if (real_clock_gettime != NULL)
		return;
	find(&real_open, "open");
	find(&real_write, "write");
	find(&real_fdatasync, "fdatasync");
	find(&real_fsync, "fsync");
	find(&real_close, "close");
	find(&real_rename, "rename");
	find(&real_unlink, "unlink");
	find(&real_ftruncate, "ftruncate");
	find(&real_mkdir, "mkdir");
	find(&real_fclose, "fclose");
	find(&real_time, "time");
	find(&real_clock_gettime, "clock_gettime");
}

__attribute__((constructor)) static void begin(void)
{
	const char *shared = getenv("PLATEN_FAULT"), *log = getenv("PLATEN_FAULT_LOG");
	int fd = -1;

	find_all();
	dir = getenv("PLATEN_FAULT_DIR");
	if (shared != NULL)
		fd = real_open(shared, O_RDWR | O_CLOEXEC);
	if (fd >= 0) {
		void *page = mmap(NULL, sizeof *control, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

		if (page == MAP_FAILED)
			abort();
		control = page;
		real_close(fd);
	}
	if (log != NULL)
		record_fd = real_open(log, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
}

static bool is_below(const char *path)
{
	size_t n = dir == NULL ? 0 : strlen(dir);

	return n > 0 && strncmp(path, dir, n) == 0 && (path[n] == '/' || path[n] == '\0');
}

static bool is_ours(int fd)
{
	return fd >= 0 && fd < FDS && files[fd].serial != 0;
}

/* Records: op, serial, two lengths, then a text and data. */

static void record(char op, uint32_t serial, const char *text, const void *data, size_t n)
{
	size_t text_len = text == NULL ? 0 : strlen(text);
	struct { uint32_t op, serial, text, data; } head =
		{ (uint32_t)op, serial, (uint32_t)text_len, (uint32_t)n };
	size_t all = sizeof head + text_len + n;
	int saved = errno;
	char *bytes;

	if (record_fd < 0)
		return;
	bytes = malloc(all);
	if (bytes == NULL)
		abort();
	memcpy(bytes, &head, sizeof head);
	memcpy(bytes + sizeof head, text == NULL ? "" : text, text_len);
	memcpy(bytes + sizeof head + text_len, data == NULL ? "" : data, n);
	if (real_write(record_fd, bytes, all) != (ssize_t)all)
		abort();
	free(bytes);
	errno = saved;
}

static void record_content(char op, int fd)
{
	char path[64], *bytes;
	struct stat st;
	ssize_t n = 0;
	int in;

	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	in = real_open(path, O_RDONLY | O_CLOEXEC);
	if (in < 0 || fstat(in, &st) < 0 || (bytes = malloc((size_t)st.st_size + 1)) == NULL)
		abort();
	n = pread(in, bytes, (size_t)st.st_size, 0);
	record(op, files[fd].serial, NULL, bytes, n < 0 ? 0 : (size_t)n);
	free(bytes);
	real_close(in);
}

void fault_note(const char *text, size_t n)
{
	pthread_mutex_lock(&lock);
	record('N', 0, NULL, text, n);
	pthread_mutex_unlock(&lock);
}

/* Whether this call fails: its errno, SHORT, or 0. */
static int verdict(enum kind kind)
{
	int error = control->kind[kind].error;

	if (control->die_after > 0 &&
	    __atomic_sub_fetch(&control->die_after, 1, __ATOMIC_SEQ_CST) == 0)
		kill(getpid(), SIGKILL);
	if (error == 0)
		return 0;
	if (control->kind[kind].skip > 0) {
		__atomic_sub_fetch(&control->kind[kind].skip, 1, __ATOMIC_SEQ_CST);
		return 0;
	}
	if (control->kind[kind].times == 0)
		return 0;
	if (control->kind[kind].times > 0)
		__atomic_sub_fetch(&control->kind[kind].times, 1, __ATOMIC_SEQ_CST);
	__atomic_add_fetch(&control->kind[kind].given, 1, __ATOMIC_SEQ_CST);
	return error;
}

static bool fails(enum kind kind)
{
	int error = verdict(kind);

	if (error != 0)
		errno = error;
	return error != 0;
}

/* The calls. */

static void note_open(int fd, const char *path, int flags, bool is_new)
{
	if (fd < 0 || fd >= FDS)
		return;
	files[fd].serial = ++last_serial;
	files[fd].is_dir = flags & O_DIRECTORY;
	files[fd].is_whole = !(flags & O_APPEND) && (flags & O_ACCMODE) != O_RDONLY;
	record(is_new ? 'C' : 'O', files[fd].serial, path, NULL, 0);
}

static int open_ours(const char *path, int flags, mode_t mode)
{
	bool is_new;
	int fd = -1;

	pthread_mutex_lock(&lock);
	is_new = (flags & O_CREAT) && access(path, F_OK) != 0;
	if (!is_new || !fails(CREATE))
		fd = real_open(path, flags, mode);
	note_open(fd, path, flags, is_new);
	pthread_mutex_unlock(&lock);
	return fd;
}

int open(const char *path, int flags, ...)
{
	mode_t mode = 0;
	va_list ap;

	if (flags & O_CREAT) {
		va_start(ap, flags);
		mode = va_arg(ap, mode_t);
		va_end(ap);
	}
	find_all();
	return is_below(path) ? open_ours(path, flags, mode) : real_open(path, flags, mode);
}

static void forget(int fd)
{
	find_all();
	if (fd >= 0 && fd < FDS)
		files[fd].serial = 0;
}

int close(int fd)
{
	forget(fd);
	return real_close(fd);
}

/* It closes the descriptor by a call that does not come here. */
int fclose(FILE *f)
{
	forget(fileno(f));
	return real_fclose(f);
}

ssize_t write(int fd, const void *bytes, size_t n)
{
	ssize_t put = -1;
	int error;

	find_all();
	if (!is_ours(fd))
		return real_write(fd, bytes, n);
	pthread_mutex_lock(&lock);
	error = verdict(WRITE);
	if (error > 0)
		errno = error;
	else
		put = real_write(fd, bytes, error == SHORT && n > 1 ? n / 2 : n);
	if (put > 0)
		record('W', files[fd].serial, NULL, bytes, (size_t)put);
	pthread_mutex_unlock(&lock);
	return put;
}

static int sync_ours(int fd, enum kind kind, int (*real)(int))
{
	int rc = -1;

	pthread_mutex_lock(&lock);
	if (!fails(kind))
		rc = real(fd);
	if (!files[fd].is_dir && files[fd].is_whole)
		record_content(rc == 0 ? 'S' : 'F', fd);
	else
		record(rc == 0 ? 'S' : 'F', files[fd].serial, NULL, NULL, 0);
	pthread_mutex_unlock(&lock);
	return rc;
}

int fdatasync(int fd)
{
	find_all();
	return is_ours(fd) ? sync_ours(fd, FDATASYNC, real_fdatasync) : real_fdatasync(fd);
}

int fsync(int fd)
{
	find_all();
	return is_ours(fd) ? sync_ours(fd, FSYNC, real_fsync) : real_fsync(fd);
}

int ftruncate(int fd, off_t size)
{
	int rc;

	find_all();
	if (!is_ours(fd))
		return real_ftruncate(fd, size);
	pthread_mutex_lock(&lock);
	rc = real_ftruncate(fd, size);
	if (rc == 0)
		record('T', files[fd].serial, NULL, &size, sizeof size);
	pthread_mutex_unlock(&lock);
	return rc;
}

int rename(const char *from, const char *to)
{
	int rc = -1;

	find_all();
	if (!is_below(to))
		return real_rename(from, to);
	pthread_mutex_lock(&lock);
	if (!fails(RENAME))
		rc = real_rename(from, to);
	if (rc == 0)
		record('R', 0, from, to, strlen(to));
	pthread_mutex_unlock(&lock);
	return rc;
}

int unlink(const char *path)
{
	int rc = -1;

	find_all();
	if (!is_below(path))
		return real_unlink(path);
	pthread_mutex_lock(&lock);
	if (!fails(UNLINK))
		rc = real_unlink(path);
	if (rc == 0)
		record('U', 0, path, NULL, 0);
	pthread_mutex_unlock(&lock);
	return rc;
}

int mkdir(const char *path, mode_t mode)
{
	int rc;

	find_all();
	if (!is_below(path))
		return real_mkdir(path, mode);
	pthread_mutex_lock(&lock);
	rc = real_mkdir(path, mode);
	if (rc == 0)
		record('M', 0, path, NULL, 0);
	pthread_mutex_unlock(&lock);
	return rc;
}

int clock_gettime(clockid_t id, struct timespec *ts)
{
	int rc;

	find_all();
	rc = real_clock_gettime(id, ts);
	if (rc == 0 && id == CLOCK_REALTIME)
		ts->tv_sec += control->clock_ms / 1000;
	if (rc == 0 && id == CLOCK_BOOTTIME)
		ts->tv_sec += control->slept_ms / 1000;
	return rc;
}

/* libcrypto asks by this. */
time_t time(time_t *at)
{
	time_t now;

	find_all();
	now = real_time(NULL) + control->clock_ms / 1000;
	if (at != NULL)
		*at = now;
	return now;
}
