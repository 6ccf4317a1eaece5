#include "operator/text.h"

#include <inttypes.h>
#include <langinfo.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <wchar.h>

#include "common/clock.h"
#include "common/mem.h"
#include "common/utf8.h"

/* One character and its bytes; 0 bytes at the end. What is not UTF-8 is one byte
 * and U+FFFD. */
static size_t next(const char *s, uint32_t *c)
{
	size_t len = *s == '\0' ? 0 : utf8_char(s, strnlen(s, 4));

	if (len <= 1) {
		*c = len == 1 || *s == '\0' ? (unsigned char)*s : 0xfffd;
		return *s != '\0';
	}
	*c = (unsigned char)*s & (0xffu >> (len + 1));
	for (size_t i = 1; i < len; i++)
		*c = *c << 6 | ((unsigned char)s[i] & 0x3f);
	return len;
}

static bool is_harmful(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c <= 0x9f) || c == 0x061c || c == 0x200e || c == 0x200f ||
	       (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069) || c == 0xfeff ||
	       c == 0xfffd;
}

char *text_clean(const char *s)
{
	char *clean = mem_alloc((s == NULL ? 0 : strlen(s)) + 1), *to = clean;
	size_t len;
	uint32_t c;

	for (; s != NULL && (len = next(s, &c)) > 0; s += len) {
		if (c == '\t' || c == '\n' || c == '\r') {
			*to++ = ' ';
		} else if (is_harmful(c)) {
			*to++ = '?';
		} else {
			memcpy(to, s, len);
			to += len;
		}
	}
	*to = '\0';
	return clean;
}

static size_t columns(uint32_t c)
{
	int n = wcwidth((wchar_t)c);

	return n < 0 ? 1 : (size_t)n;
}

size_t text_width(const char *s)
{
	size_t width = 0, len;
	uint32_t c;

	for (; (len = next(s, &c)) > 0; s += len)
		width += columns(c);
	return width;
}

void text_cut(char *s, size_t max)
{
	const char *ellipsis = text_is_utf8() ? "\xe2\x80\xa6" : "~";
	size_t width = 0, len, room = strlen(s);
	char *last = s, *end = s;
	uint32_t c;

	if (text_width(s) <= max)
		return;
	for (; (len = next(end, &c)) > 0 && width + columns(c) < max; end += len)
		width += columns(c);
	last = end;
	/* What is cut off may be shorter than the ellipsis. */
	if ((size_t)(last - s) + strlen(ellipsis) > room)
		ellipsis = "~";
	strcpy(last, ellipsis);
}

char *text_duration(int64_t ms)
{
	if (ms < 1000)
		return mem_printf("%" PRId64 " ms", ms);
	if (ms < 10000)
		return mem_printf("%.1f s", (double)ms / 1000);
	if (ms < 120000)
		return mem_printf("%" PRId64 " s", ms / 1000);
	if (ms < 7200000)
		return mem_printf("%" PRId64 " min", ms / 60000);
	if (ms < 172800000)
		return mem_printf("%" PRId64 " h", ms / 3600000);
	return mem_printf("%" PRId64 " d", ms / 86400000);
}

char *text_ago(int64_t wall_ms)
{
	int64_t ago = clock_wall_ms() - wall_ms;
	char *duration, *text;

	if (ago < 1000)
		return mem_strdup(ago < 0 ? "" : "just now");
	duration = text_duration(ago);
	text = mem_printf("%s ago", duration);
	free(duration);
	return text;
}

const char *text_time(int64_t wall_ms, char out[static TEXT_TIME])
{
	time_t seconds = (time_t)(wall_ms / 1000);
	struct tm tm;

	if (localtime_r(&seconds, &tm) == NULL ||
	    strftime(out, TEXT_TIME, "%Y-%m-%d %H:%M:%S", &tm) == 0)
		strcpy(out, "?");
	return out;
}

char *text_bar(int64_t percent, size_t width)
{
	const char *full = text_is_utf8() ? "\xe2\x96\x88" : "#";
	const char *rest = text_is_utf8() ? "\xe2\x96\x91" : ".";
	size_t filled;
	char *bar = mem_alloc(width * 3 + 1);

	percent = percent < 0 ? 0 : percent > 100 ? 100 : percent;
	filled = ((size_t)percent * width + 50) / 100;
	/* Something is not nothing, and not all of it is not all. */
	if (percent > 0 && filled == 0)
		filled = 1;
	if (percent < 100 && filled == width)
		filled = width - 1;
	bar[0] = '\0';
	for (size_t i = 0; i < width; i++)
		strcat(bar, i < filled ? full : rest);
	return bar;
}

char *text_count(int64_t n)
{
	char digits[24], *out = mem_alloc(32), *to = out;
	size_t len = (size_t)snprintf(digits, sizeof digits, "%" PRIu64,
	                              n < 0 ? -(uint64_t)n : (uint64_t)n);

	if (n < 0)
		*to++ = '-';
	for (size_t i = 0; i < len; i++) {
		if (i > 0 && (len - i) % 3 == 0)
			*to++ = ' ';
		*to++ = digits[i];
	}
	*to = '\0';
	return out;
}

bool text_is_utf8(void)
{
	return strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
}

void text_line(FILE *out, const char *label, const char *value)
{
	char *clean;

	if (value == NULL || *value == '\0')
		return;
	clean = text_clean(value);
	fprintf(out, "  %-14s %s\n", label, clean);
	free(clean);
}
