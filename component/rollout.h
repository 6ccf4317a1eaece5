/* How fast a campaign asks its devices, and when it has gone too badly to go on. Pure:
 * the caller says what time it is (monotonic ms). */
#ifndef COMPONENT_ROLLOUT_H
#define COMPONENT_ROLLOUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ROLLOUT_RATE_MAX 600000

struct rollout_rules {
	int64_t rate, rate_max;       /* requests a minute */
	int64_t growth;               /* thousandths: the factor of each minute */
	int64_t abort;                /* percent of those that have ended; 0: never */
	int64_t abort_after;          /* how many must have ended */
};

struct rollout {
	struct rollout_rules rules;
	int64_t rate;                 /* thousandths of requests a minute, as of now */
	int64_t credit;               /* what may be asked for, in those times ms */
	int64_t then;                 /* as of when */
	int64_t minute;               /* when the minute began after which the rate grows */
	uint64_t ended, failed;       /* in that minute */
};

/* At the beginning one may be asked for at once. rate: as struct rollout has it, 0: that
 * of the rules. */
void rollout_begin(struct rollout *r, const struct rollout_rules *rules, int64_t rate, int64_t now);
/* Goes on after a pause, in which nothing has gathered. */
void rollout_resume(struct rollout *r, int64_t now);

/* Whether one more may be asked for now; rollout_take() it then. */
bool rollout_may(struct rollout *r, int64_t now);
void rollout_take(struct rollout *r);
/* ms until one may be, at least 10: what is due in between goes together. */
int64_t rollout_wait_ms(const struct rollout *r);
/* One has ended. */
void rollout_ended(struct rollout *r, bool failed);

/* A number with up to three decimals, such as a factor, in thousandths; false if it is none
 * or over 1000000. And as text. */
bool rollout_parse(const char *text, int64_t *thousandths);
#define ROLLOUT_TEXT 32
const char *rollout_text(int64_t thousandths, char out[static ROLLOUT_TEXT]);

/* Whether so many are too many. */
bool rollout_is_bad(const struct rollout_rules *rules, size_t ended, size_t failed);
/* ms from now until so many more have been asked for, if all goes well. */
int64_t rollout_estimate_ms(const struct rollout *r, size_t left, int64_t now);

#endif
