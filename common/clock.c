#include "common/clock.h"

#include <string.h>
#include <time.h>

#define DAY_MS INT64_C(86400000)
#define ERA_DAYS 146097              /* of 400 years */
#define EPOCH_DAY INT64_C(719528)    /* 1970-01-01, counted from 0000-01-01 */
#define END_DAY INT64_C(3652425)     /* 10000-01-01 */

static int64_t fixed_mono = -1, fixed_wall = -1;

static int64_t read_clock(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

int64_t clock_mono_ms(void)
{
	return fixed_mono >= 0 ? fixed_mono : read_clock(CLOCK_MONOTONIC);
}

int64_t clock_wall_ms(void)
{
	return fixed_wall >= 0 ? fixed_wall : read_clock(CLOCK_REALTIME);
}

void clock_set(int64_t mono_ms, int64_t wall_ms)
{
	fixed_mono = mono_ms;
	fixed_wall = wall_ms;
}

static char *put_digits(char *p, unsigned value, int n)
{
	for (int i = n; i-- > 0; value /= 10)
		p[i] = (char)('0' + value % 10);
	return p + n;
}

/* The date of a day since 0000-01-01. Years begin in March here, so that the leap day ends
 * one; after 400 of them, an era, all repeats. The first era begins in the year -400. */
static char *put_date(char *p, unsigned days)
{
	unsigned day = days + ERA_DAYS - 60, of_era = day % ERA_DAYS;
	unsigned year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
	unsigned of_year = of_era - (365 * year + year / 4 - year / 100);
	unsigned month = (5 * of_year + 2) / 153;

	p = put_digits(p, day / ERA_DAYS * 400 + year + (month >= 10) - 400, 4);
	*p++ = '-';
	p = put_digits(p, month < 10 ? month + 3 : month - 9, 2);
	*p++ = '-';
	return put_digits(p, of_year - (153 * month + 2) / 5 + 1, 2);
}

static char *put_time(char *p, unsigned ms)
{
	p = put_digits(p, ms / 3600000, 2);
	*p++ = ':';
	p = put_digits(p, ms / 60000 % 60, 2);
	*p++ = ':';
	p = put_digits(p, ms / 1000 % 60, 2);
	*p++ = '.';
	return put_digits(p, ms % 1000, 3);
}

const char *clock_format(int64_t wall_ms, char out[static CLOCK_STRING])
{
	char *p = out;

	if (wall_ms < -EPOCH_DAY * DAY_MS || wall_ms >= (END_DAY - EPOCH_DAY) * DAY_MS)
		wall_ms = 0;
	wall_ms += EPOCH_DAY * DAY_MS;
	p = put_date(p, (unsigned)(wall_ms / DAY_MS));
	*p++ = 'T';
	p = put_time(p, (unsigned)(wall_ms % DAY_MS));
	*p++ = 'Z';
	*p = '\0';
	return out;
}

/* Reads exactly n digits, moving *s behind them. */
static bool digits(const char **s, int n, int *value)
{
	*value = 0;
	for (int i = 0; i < n; i++, (*s)++) {
		if (**s < '0' || **s > '9')
			return false;
		*value = *value * 10 + (**s - '0');
	}
	return true;
}

static bool literal(const char **s, char c)
{
	if (**s != c)
		return false;
	(*s)++;
	return true;
}

static bool parse_fraction(const char **s, int *ms)
{
	int scale = 100;

	*ms = 0;
	if (**s != '.')
		return true;
	(*s)++;
	if (**s < '0' || **s > '9')
		return false;
	for (; **s >= '0' && **s <= '9'; (*s)++, scale /= 10)
		*ms += (**s - '0') * scale;
	return true;
}

static bool parse_zone(const char **s, int *offset_s)
{
	int sign, hours, minutes;

	*offset_s = 0;
	if (literal(s, 'Z'))
		return true;
	sign = **s == '-' ? -1 : 1;
	if (!literal(s, '+') && !literal(s, '-'))
		return false;
	if (!digits(s, 2, &hours) || !literal(s, ':') || !digits(s, 2, &minutes))
		return false;
	if (hours > 14 || minutes > 59)
		return false;
	*offset_s = sign * (hours * 3600 + minutes * 60);
	return true;
}

static bool valid_date(const struct tm *tm)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	int year = tm->tm_year + 1900, last;

	if (tm->tm_mon < 0 || tm->tm_mon > 11)
		return false;
	last = days[tm->tm_mon];
	if (tm->tm_mon == 1 && year % 4 == 0 && (year % 100 != 0 || year % 400 == 0))
		last = 29;
	return tm->tm_mday >= 1 && tm->tm_mday <= last && tm->tm_hour <= 23 && tm->tm_min <= 59 &&
	       tm->tm_sec <= 60;
}

bool clock_parse(const char *s, int64_t *wall_ms)
{
	struct tm tm = { 0 };
	int ms, offset_s;

	if (!digits(&s, 4, &tm.tm_year) || !literal(&s, '-') || !digits(&s, 2, &tm.tm_mon) ||
	    !literal(&s, '-') || !digits(&s, 2, &tm.tm_mday) || !literal(&s, 'T') ||
	    !digits(&s, 2, &tm.tm_hour) || !literal(&s, ':') || !digits(&s, 2, &tm.tm_min) ||
	    !literal(&s, ':') || !digits(&s, 2, &tm.tm_sec))
		return false;
	if (!parse_fraction(&s, &ms) || !parse_zone(&s, &offset_s) || *s != '\0')
		return false;
	tm.tm_year -= 1900;
	tm.tm_mon -= 1;
	if (!valid_date(&tm))
		return false;
	*wall_ms = ((int64_t)timegm(&tm) - offset_s) * 1000 + ms;
	return true;
}
