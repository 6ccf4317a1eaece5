#include "common/reserve.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static int allocate(int fd, uint64_t size)
{
	struct stat st;

	if (size > INT64_MAX) {
		errno = EFBIG;
		return -1;
	}
	if (fstat(fd, &st) < 0)
		return -1;
	if (st.st_size > (off_t)size && ftruncate(fd, (off_t)size) < 0)
		return -1;
	errno = posix_fallocate(fd, 0, (off_t)size);
	return errno == 0 ? 0 : -1;
}

int reserve_take(const char *path, uint64_t size)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600), saved;

	if (fd < 0)
		return -1;
	if (allocate(fd, size) == 0) {
		close(fd);
		return 0;
	}
	saved = errno;
	close(fd);
	reserve_give_up(path);
	errno = saved;
	return -1;
}

void reserve_give_up(const char *path)
{
	unlink(path);
}
