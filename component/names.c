#include "component/names.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "component/device.h"
#include "component/index.h"

#define FNV_BASIS 2166136261u
#define FNV_PRIME 16777619u

/* Facts that say which device it is; all others what it is like. */
static const unsigned naming[NAMES_KEYS - 1] = {
	FACT_SERIAL, FACT_MAC, FACT_NAME, FACT_ADDRESS, FACT_HOST,
};

struct span {
	const char *at;
	size_t n;
};

static bool is_blank(char ch)
{
	return ch == ' ' || (ch >= '\t' && ch <= '\r');
}

/* Without blanks around it, and without the dot that may end a host's name. */
static struct span trim(const char *text, size_t n)
{
	while (n > 0 && is_blank(*text))
		text++, n--;
	while (n > 0 && is_blank(text[n - 1]))
		n--;
	if (n > 0 && text[n - 1] == '.')
		n--;
	return (struct span){ text, n };
}

static struct span whole(const char *text)
{
	return trim(text, strlen(text));
}

static struct span local_part(const struct device *d)
{
	return trim(d->jid, strcspn(d->jid, "@"));
}

static bool is_separator(char ch)
{
	return ch == ':' || ch == '-' || ch == '.' || ch == ' ';
}

static bool is_mac(struct span s)
{
	size_t digits = 0;

	for (size_t i = 0; i < s.n; i++) {
		if (isxdigit((unsigned char)s.at[i]))
			digits++;
		else if (!is_separator(s.at[i]))
			return false;
	}
	return digits > 0;
}

/* 02:00:5e:10:00:01, 02-00-5E-10-00-01 and 02005e.100001 are one address. */
static uint32_t hash(struct span s, bool as_mac)
{
	uint32_t h = FNV_BASIS;

	for (size_t i = 0; i < s.n; i++) {
		if (!as_mac || !is_separator(s.at[i]))
			h = (h ^ (uint32_t)tolower((unsigned char)s.at[i])) * FNV_PRIME;
	}
	/* Low bits choose the place. */
	return h ^ h >> 16;
}

static bool is_same(struct span a, struct span b)
{
	return a.n == b.n && strncasecmp(a.at, b.at, a.n) == 0;
}

static bool is_same_mac(struct span a, struct span b)
{
	size_t i = 0, k = 0;

	for (;; i++, k++) {
		while (i < a.n && is_separator(a.at[i]))
			i++;
		while (k < b.n && is_separator(b.at[k]))
			k++;
		if (i == a.n || k == b.n)
			return i == a.n && k == b.n;
		if (tolower((unsigned char)a.at[i]) != tolower((unsigned char)b.at[k]))
			return false;
	}
}

static bool has(const struct names_keys *keys, uint32_t h)
{
	unsigned i = 0;

	while (i < keys->n && keys->hashes[i] != h)
		i++;
	return i < keys->n;
}

static void add_key(struct names_keys *keys, struct span s, bool as_mac)
{
	uint32_t h = hash(s, as_mac);

	if (s.n > 0 && !has(keys, h))
		keys->hashes[keys->n++] = h;
}

void names_keys(struct names_keys *keys, const struct device *d)
{
	const char *texts[DEV_COLUMNS];

	keys->n = 0;
	add_key(keys, local_part(d), false);
	device_texts(d, texts);
	for (size_t i = 0; i < sizeof naming / sizeof *naming; i++) {
		const char *fact = texts[DEV_FACTS + naming[i]];

		if (fact != NULL)
			add_key(keys, whole(fact), naming[i] == FACT_MAC && is_mac(whole(fact)));
	}
}

bool names_in_row(const char *const *row)
{
	for (size_t i = 0; i < sizeof naming / sizeof *naming; i++) {
		if (row[DEV_FACTS + naming[i]] != NULL)
			return true;
	}
	return false;
}

bool names_is_name(const char *text)
{
	return whole(text).n > 0;
}

bool names_is(const struct device *d, const char *text)
{
	struct span wanted = whole(text);

	if (wanted.n == 0)
		return false;
	if (is_same(local_part(d), wanted))
		return true;
	for (size_t i = 0; i < sizeof naming / sizeof *naming; i++) {
		const char *text_of = device_fact(d, naming[i]);
		struct span fact = whole(text_of == NULL ? "" : text_of);

		if (is_same(fact, wanted) ||
		    (naming[i] == FACT_MAC && is_mac(fact) && is_mac(wanted) && is_same_mac(fact, wanted)))
			return true;
	}
	return false;
}

void names_change(struct index *by_name, const struct device *d, const struct names_keys *was)
{
	struct names_keys is;

	names_keys(&is, d);
	for (unsigned i = 0; i < was->n; i++) {
		if (!has(&is, was->hashes[i]))
			index_remove(by_name, was->hashes[i], d->number);
	}
	for (unsigned i = 0; i < is.n; i++) {
		if (!has(was, is.hashes[i]))
			index_add(by_name, is.hashes[i], d->number);
	}
}

void names_begin(struct names_walk *w, const struct devices *all, const char *text)
{
	struct span s = whole(text);

	memset(w, 0, sizeof *w);
	w->all = all;
	w->text = text;
	if (s.n == 0)
		return;
	w->hashes[w->n++] = hash(s, false);
	if (is_mac(s) && hash(s, true) != w->hashes[0])
		w->hashes[w->n++] = hash(s, true);
}

/* By the text as it stands, and then as a MAC. */
static bool was_given(const struct names_walk *w, const struct device *d)
{
	struct names_keys keys;

	if (w->which == 0)
		return false;
	names_keys(&keys, d);
	return has(&keys, w->hashes[0]);
}

struct device *names_next(struct names_walk *w)
{
	uint32_t number;

	for (; w->which < w->n; w->which++, w->at = 0) {
		while (index_get(&w->all->by_name, w->hashes[w->which], w->at, &number)) {
			struct device *d = w->all->all[number];

			w->at++;
			if (names_is(d, w->text) && !was_given(w, d))
				return d;
		}
	}
	return NULL;
}
