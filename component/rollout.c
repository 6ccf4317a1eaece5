#include "component/rollout.h"

#include <stdio.h>
#include <string.h>

#define MINUTE 60000
/* The credit that one request takes. */
#define ONE (INT64_C(1000) * MINUTE)
#define TICK_MS 10
/* Without an abort rule it goes well while fewer than this many percent fail. */
#define WELL 25

void rollout_begin(struct rollout *r, const struct rollout_rules *rules, int64_t rate, int64_t now)
{
	*r = (struct rollout){ .rules = *rules, .rate = rate > 0 ? rate : rules->rate * 1000,
	                       .credit = ONE };
	rollout_resume(r, now);
}

void rollout_resume(struct rollout *r, int64_t now)
{
	r->then = r->minute = now;
	r->ended = r->failed = 0;
}

/* Half of the share at which it ends is already not well. */
static bool goes_well(const struct rollout *r)
{
	uint64_t bound = r->rules.abort > 0 ? (uint64_t)r->rules.abort : 2 * WELL;

	return r->ended > 0 && r->failed * 200 < bound * r->ended;
}

static int64_t grown(const struct rollout *r, int64_t rate)
{
	int64_t max = r->rules.rate_max * 1000;

	rate = rate * r->rules.growth / 1000;
	return rate > max ? max : rate;
}

/* At most one step, however long nobody has looked. */
static void grow(struct rollout *r, int64_t now)
{
	if (now - r->minute < MINUTE)
		return;
	if (goes_well(r))
		r->rate = grown(r, r->rate);
	r->minute = now - r->minute < 2 * MINUTE ? r->minute + MINUTE : now;
	r->ended = r->failed = 0;
}

bool rollout_may(struct rollout *r, int64_t now)
{
	int64_t passed = now - r->then, most;

	grow(r, now);
	/* What could not be asked for in time is not made up for, but for a second of it. */
	most = r->rate * 1000 > ONE ? r->rate * 1000 : ONE;
	r->credit += r->rate * (passed < MINUTE ? passed : MINUTE);
	if (r->credit > most)
		r->credit = most;
	r->then = now;
	return r->credit >= ONE;
}

void rollout_take(struct rollout *r)
{
	r->credit -= ONE;
}

int64_t rollout_wait_ms(const struct rollout *r)
{
	int64_t ms = r->credit >= ONE ? 0 : (ONE - r->credit + r->rate - 1) / r->rate;

	return ms < TICK_MS ? TICK_MS : ms;
}

void rollout_ended(struct rollout *r, bool failed)
{
	r->ended++;
	r->failed += failed;
}

bool rollout_parse(const char *text, int64_t *thousandths)
{
	size_t whole = strspn(text, "0123456789"), part = 0;
	const char *point = text + whole;
	int64_t n = 0;

	if (*point == '.')
		part = strspn(point + 1, "0123456789");
	if (whole == 0 || whole > 7 || part > 3 || (*point == '.' && part == 0) ||
	    point[*point == '.' ? 1 + part : 0] != '\0')
		return false;
	for (size_t i = 0; i < whole; i++)
		n = n * 10 + (text[i] - '0');
	for (size_t i = 0; i < 3; i++)
		n = n * 10 + (i < part ? point[1 + i] - '0' : 0);
	if (n > INT64_C(1000000000))
		return false;
	*thousandths = n;
	return true;
}

const char *rollout_text(int64_t thousandths, char out[static ROLLOUT_TEXT])
{
	size_t n = (size_t)snprintf(out, ROLLOUT_TEXT, "%lld.%03lld", (long long)(thousandths / 1000),
	                            (long long)(thousandths % 1000));

	while (out[n - 1] == '0')
		out[--n] = '\0';
	if (out[n - 1] == '.')
		out[n - 1] = '\0';
	return out;
}

bool rollout_is_bad(const struct rollout_rules *rules, size_t ended, size_t failed)
{
	return rules->abort > 0 && ended >= (size_t)rules->abort_after && ended > 0 &&
	       failed * 100 >= (size_t)rules->abort * ended;
}

int64_t rollout_estimate_ms(const struct rollout *r, size_t left, int64_t now)
{
	int64_t rate = r->rate, ms = 0;
	/* What has gathered goes at once. */
	int64_t need = (int64_t)left * ONE - r->credit - rate * (now - r->then);

	/* Minute by minute, as long as it grows. */
	while (need > rate * MINUTE && grown(r, rate) > rate) {
		need -= rate * MINUTE;
		ms += MINUTE;
		rate = grown(r, rate);
	}
	return need > 0 ? ms + need / rate : ms;
}
