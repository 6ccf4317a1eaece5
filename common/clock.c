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
	/* Like CLOCK_MONOTONIC, but it goes on while the machine sleeps. */
	return fixed_mono >= 0 ? fixed_mono : read_clock(CLOCK_BOOTTIME);
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

static bool is_date(int year, int month, int day)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	int last;

	if (month < 1 || month > 12)
		return false;
	last = days[month - 1];
	if (month == 2 && year % 4 == 0 && (year % 100 != 0 || year % 400 == 0))
		last = 29;
	return day >= 1 && day <= last;
}

/* Days since 0000-01-01: what put_date() undoes. */
static int64_t days_of(int year, int month, int day)
{
	int march = month > 2 ? month - 3 : month + 9, years = year + 400 - (month <= 2);

	return 365 * years + years / 4 - years / 100 + years / 400 + (153 * march + 2) / 5 + day - 1 -
	       (ERA_DAYS - 60);
}

static bool parse_date(const char **s, int64_t *day)
{
	int year, month, of_month;

	if (!digits(s, 4, &year) || !literal(s, '-') || !digits(s, 2, &month) || !literal(s, '-') ||
	    !digits(s, 2, &of_month) || !is_date(year, month, of_month))
		return false;
	*day = days_of(year, month, of_month) - EPOCH_DAY;
	return true;
}

static bool parse_time(const char **s, int *of_day)
{
	int hour, minute, second;

	if (!digits(s, 2, &hour) || !literal(s, ':') || !digits(s, 2, &minute) || !literal(s, ':') ||
	    !digits(s, 2, &second) || hour > 23 || minute > 59 || second > 60)
		return false;
	*of_day = hour * 3600 + minute * 60 + second;
	return true;
}

bool clock_parse(const char *s, int64_t *wall_ms)
{
	int of_day, ms, offset_s;
	int64_t day;

	if (!parse_date(&s, &day) || !literal(&s, 'T') || !parse_time(&s, &of_day) ||
	    !parse_fraction(&s, &ms) || !parse_zone(&s, &offset_s) || *s != '\0')
		return false;
	*wall_ms = day * DAY_MS + ((int64_t)of_day - offset_s) * 1000 + ms;
	return true;
}
