/* Log lines: `time level module: text key=value`, to standard error.
 * A file that logs defines LOG_MODULE before it includes this. */
#ifndef COMMON_LOG_H
#define COMMON_LOG_H

#include <stdbool.h>
#include <stdint.h>

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARN, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };

/* Lines above this level are not written. INFO until set. */
void log_set_level(enum log_level level);
bool log_is(enum log_level level);

/* Control characters in what is printed become '?': a line stays a line. */
void log_write(enum log_level level, const char *module, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Says whether another line of what strangers can cause may be written: one a
 * second. *last is the caller's, 0 at first. */
bool log_may(int64_t *last);

#define log_error(...) log_write(LOG_LEVEL_ERROR, LOG_MODULE, __VA_ARGS__)
#define log_warn(...)  log_write(LOG_LEVEL_WARN, LOG_MODULE, __VA_ARGS__)
#define log_info(...)  log_write(LOG_LEVEL_INFO, LOG_MODULE, __VA_ARGS__)
#define log_debug(...) \
	(log_is(LOG_LEVEL_DEBUG) ? log_write(LOG_LEVEL_DEBUG, LOG_MODULE, __VA_ARGS__) : (void)0)

#endif
