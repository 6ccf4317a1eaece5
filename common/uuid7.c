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
	uint64_t bits;

	/* Up to 256 bytes come whole; without them ids would repeat. */
	if (getrandom(&bits, sizeof bits, 0) != sizeof bits)
		mem_fatal();
	return bits;
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

static uint64_t get(const unsigned char *in, int bytes)
{
	uint64_t value = 0;

	while (bytes-- > 0)
		value = value << 8 | *in++;
	return value;
}

void uuid7_next(int64_t wall_ms, char out[static UUID7_STRING])
{
	uuid_t bytes = { 0 };

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

/* The canonical form, lower case. A start reads millions: uuid_parse() takes ten times as
 * long, and takes other forms, too. */
static bool read_bytes(const char *text, unsigned char *bytes)
{
	static const char hyphens[] = "        -    -    -    -            ";
	unsigned n = 0;

	for (size_t i = 0; hyphens[i] != '\0'; i++) {
		unsigned char c = (unsigned char)text[i], digit;

		if (hyphens[i] == '-') {
			if (c != '-')
				return false;
			continue;
		}
		if (c >= '0' && c <= '9')
			digit = c - '0';
		else if (c >= 'a' && c <= 'f')
			digit = c - 'a' + 10;
		else
			return false;
		bytes[n / 2] = (unsigned char)(bytes[n / 2] << 4 | digit);
		n++;
	}
	return text[UUID7_STRING - 1] == '\0';
}

static bool read_id(const char *text, struct id *id)
{
	uuid_t bytes = { 0 };

	if (!read_bytes(text, bytes) || bytes[6] >> 4 != 7 || bytes[8] >> 6 != 2)
		return false;
	id->ms = (int64_t)get(bytes, 6);
	id->a = get(bytes + 6, 2) & (A_END - 1);
	id->b = get(bytes + 8, 8) & (B_END - 1);
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
