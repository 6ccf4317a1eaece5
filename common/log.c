#include "common/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include "common/clock.h"

static enum log_level limit = LOG_LEVEL_INFO;

static const char *const names[] = { "error", "warn", "info", "debug" };

void log_set_level(enum log_level level)
{
	limit = level;
}

bool log_is(enum log_level level)
{
	return level <= limit;
}

bool log_may(int64_t *last)
{
	int64_t now = clock_mono_ms();

	if (*last != 0 && now - *last < 1000)
		return false;
	*last = now;
	return true;
}

void log_write(enum log_level level, const char *module, const char *fmt, ...)
{
	char line[2048], when[CLOCK_STRING];
	size_t room = sizeof line - 1, used;
	va_list ap;
	int n;

	if (level > limit)
		return;
	clock_format(clock_wall_ms(), when);
	used = (size_t)snprintf(line, room, "%s %s %s: ", when, names[level], module);
	va_start(ap, fmt);
	n = vsnprintf(line + used, room - used, fmt, ap);
	va_end(ap);
	if (n > 0)
		used += (size_t)n < room - used ? (size_t)n : room - used - 1;
	for (size_t i = 0; i < used; i++) {
		if ((unsigned char)line[i] < 0x20 || line[i] == 0x7f)
			line[i] = '?';
		/* U+0080 to U+009F are control characters, too. */
		else if (i + 1 < used && (unsigned char)line[i] == 0xc2 &&
		         ((unsigned char)line[i + 1] & 0xe0) == 0x80)
			line[i] = line[i + 1] = '?';
	}
	line[used++] = '\n';
	/* One write a line: lines of several threads do not mix. Where there is no
	 * room for it there is nobody to tell, either. */
	if (write(STDERR_FILENO, line, used) < 0)
		return;
}
