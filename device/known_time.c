#include "device/known_time.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/mem.h"

#define LOG_MODULE "time"
#include "common/log.h"

#define DAY INT64_C(86400)
#define BETWEEN (7 * DAY)
/* Whose clock was that? */
#define TOO_FAR (20 * 365 * DAY)

/* -1: it is not there. */
static int64_t time_of(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 ? st.st_mtim.tv_sec : -1;
}

int64_t known_time(const char *dir)
{
	char *path = dir == NULL ? NULL : mem_printf("%s/lock", dir);
	int64_t told = path == NULL ? -1 : time_of(path);

	free(path);
	return told > PLATEN_BUILT && told < PLATEN_BUILT + TOO_FAR ? told : PLATEN_BUILT;
}

void known_time_note(const char *dir, int64_t now_ms)
{
	const struct timespec times[2] = { { .tv_nsec = UTIME_OMIT },
	                                   { .tv_sec = (time_t)(now_ms / 1000) } };
	char *path = dir == NULL ? NULL : mem_printf("%s/lock", dir);
	int64_t told = path == NULL ? -1 : time_of(path), now = now_ms / 1000;

	if (told >= 0 && (now > told + BETWEEN || now < told - DAY) &&
	    utimensat(AT_FDCWD, path, times, 0) != 0)
		log_warn("%s: %s", path, strerror(errno));
	free(path);
}
