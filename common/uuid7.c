#include "common/uuid7.h"

#include <assert.h>
#include <string.h>
#include <sys/random.h>
#include <uuid/uuid.h>

#include "common/clock.h"
#include "common/mem.h"

#define STEP_MS 10000

/* The 74 bits behind the time are one number: drawn anew each millisecond, and
 * within one raised by a random step (RFC 9562 section 6.2, method 2). */
struct id {
	int64_t ms;
	uint16_t a;        /* 12 bits */
	uint64_t b;        /* 62 bits */
};

#define A_END (1u << 12)
#define B_END ((uint64_t)1 << 62)

static struct id last;

static uint64_t random_bits(void)
{
	static uint64_t drawn[32];
	static size_t left;

	/* Up to 256 bytes come whole; without them ids would repeat. */
	if (left == 0 && getrandom(drawn, sizeof drawn, 0) != sizeof drawn)
		mem_fatal();
	left = left == 0 ? sizeof drawn / sizeof *drawn : left;
	return drawn[--left];
}

static struct id fresh(int64_t ms)
{
	uint64_t bits = random_bits();

	/* The top bit stays clear, so that there is room to count. */
	return (struct id){ ms, bits & (A_END / 2 - 1), random_bits() & (B_END - 1) };
}

static struct id above(struct id id)
{
	id.b += 1 + (random_bits() & 0xffffffff);
	if (id.b >= B_END) {
		id.b -= B_END;
		id.a++;
	}
	return id.a < A_END ? id : fresh(id.ms + 1);
}

static void put(unsigned char *out, uint64_t value, int bytes)
{
	while (bytes-- > 0) {
		out[bytes] = (unsigned char)value;
		value >>= 8;
	}
}

void uuid7_next(int64_t wall_ms, char out[static UUID7_STRING])
{
	uuid_t bytes;

	assert(wall_ms >= 0 && wall_ms < (int64_t)1 << 48);
	if (wall_ms > last.ms || wall_ms < last.ms - STEP_MS)
		last = fresh(wall_ms);
	else
		last = above(last);
	put(bytes, (uint64_t)last.ms, 6);
	put(bytes + 6, 7u << 12 | last.a, 2);
	put(bytes + 8, (uint64_t)2 << 62 | last.b, 8);
	uuid_unparse_lower(bytes, out);
}

/* A digit's value and one more; 0 for what is none: lower case, RFC 9562 section 4. */
static const unsigned char digits[256] = {
	['0'] = 1, ['1'] = 2, ['2'] = 3, ['3'] = 4, ['4'] = 5, ['5'] = 6, ['6'] = 7, ['7'] = 8,
	['8'] = 9, ['9'] = 10, ['a'] = 11, ['b'] = 12, ['c'] = 13, ['d'] = 14, ['e'] = 15, ['f'] = 16,
};

/* n digits and then end, as a number. */
static bool read_group(const char **text, int n, char end, uint64_t *value)
{
	const unsigned char *s = (const unsigned char *)*text;

	for (*value = 0; n > 0 && digits[*s] != 0; n--)
		*value = *value << 4 | (digits[*s++] - 1u);
	*text = (const char *)s + 1;
	return n == 0 && *s == (unsigned char)end;
}

/* As uuid7_next() writes it. */
static bool read_id(const char *text, struct id *id)
{
	uint64_t high, middle, a, b, low;

	if (!read_group(&text, 8, '-', &high) || !read_group(&text, 4, '-', &middle) ||
	    !read_group(&text, 4, '-', &a) || !read_group(&text, 4, '-', &b) ||
	    !read_group(&text, 12, '\0', &low) || a >> 12 != 7 || b >> 14 != 2)
		return false;
	id->ms = (int64_t)(high << 16 | middle);
	id->a = a & (A_END - 1);
	id->b = (b & 0x3fff) << 48 | low;
	return true;
}

static bool is_below(const struct id *x, const struct id *y)
{
	if (x->ms != y->ms)
		return x->ms < y->ms;
	return x->a != y->a ? x->a < y->a : x->b < y->b;
}

void uuid7_seen(const char *id)
{
	struct id seen;

	/* One that is further ahead than the clock may step was made by a wrong
	 * clock; to stay above it would hide the others. */
	if (read_id(id, &seen) && seen.ms <= clock_wall_ms() + STEP_MS && is_below(&last, &seen))
		last = seen;
}

bool uuid7_time(const char *id, int64_t *wall_ms)
{
	struct id parts;

	if (!read_id(id, &parts))
		return false;
	if (wall_ms != NULL)
		*wall_ms = parts.ms;
	return true;
}
