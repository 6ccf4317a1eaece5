#include "common/jid.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <stringprep.h>

#include "common/mem.h"

#define PART_MAX 1023

struct parts {
	const char *local, *domain, *resource;   /* local and resource may be NULL */
	size_t local_len, domain_len;
};

/* RFC 7622 section 3.1: the first '/' ends the bare JID, the first '@' before it
 * the local part. */
static struct parts split(const char *jid)
{
	struct parts p = { 0 };
	size_t bare = strcspn(jid, "/");
	const char *at = memchr(jid, '@', bare);

	p.domain = jid;
	if (at != NULL) {
		p.local = jid;
		p.local_len = (size_t)(at - jid);
		p.domain = at + 1;
	}
	p.domain_len = bare - (size_t)(p.domain - jid);
	if (jid[bare] == '/')
		p.resource = jid + bare + 1;
	return p;
}

/* 1 to 1023 bytes, no control characters, none of the forbidden ones. */
static bool part_ok(const char *s, size_t n, const char *forbidden)
{
	if (n < 1 || n > PART_MAX)
		return false;
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)s[i];

		if (c < 0x20 || c == 0x7f || strchr(forbidden, c) != NULL)
			return false;
	}
	return true;
}

/* A host name of non-empty labels, or an IPv6 address in brackets. */
static bool domain_ok(const char *s, size_t n)
{
	if (!part_ok(s, n, " \"&'<>@\\"))
		return false;
	if (s[0] == '[')
		return s[n - 1] == ']';
	if (memchr(s, ':', n) != NULL || s[0] == '.' || s[n - 1] == '.')
		return false;
	for (size_t i = 1; i < n; i++) {
		if (s[i] == '.' && s[i - 1] == '.')
			return false;
	}
	return true;
}

static bool is_ascii(const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if ((unsigned char)s[i] >= 0x80)
			return false;
	}
	return true;
}

static char *lower(const char *s, size_t n)
{
	char *low = mem_strndup(s, n);

	for (char *c = low; *c != '\0'; c++) {
		if (*c >= 'A' && *c <= 'Z')
			*c += 'a' - 'A';
	}
	return low;
}

/* In the form in which servers compare it (RFC 3454), NULL for what that has not; of ASCII
 * it is lower case. */
static char *prepare(const char *s, size_t n, Stringprep_profile_flags flags,
                     const Stringprep_profile *profile)
{
	char buf[PART_MAX + 1];

	if (is_ascii(s, n))
		return lower(s, n);
	if (n > PART_MAX)
		return NULL;
	memcpy(buf, s, n);
	buf[n] = '\0';
	if (stringprep(buf, sizeof buf, flags, profile) != STRINGPREP_OK)
		return NULL;
	return mem_strdup(buf);
}

/* RFC 6122 appendix A. Servers take characters that came after its tables. */
static char *prepare_local(const struct parts *p)
{
	return prepare(p->local, p->local_len, 0, stringprep_xmpp_nodeprep);
}

/* RFC 3491; names that are looked up hold none of those. */
static char *prepare_domain(const struct parts *p)
{
	return prepare(p->domain, p->domain_len, STRINGPREP_NO_UNASSIGNED, stringprep_nameprep);
}

static const char forbidden_local[] = " \"&'/:<>@";

/* The bare JID, or NULL for what is none: other forms of a forbidden character become it. */
static char *folded(const struct parts *p)
{
	char *local = p->local == NULL ? NULL : prepare_local(p), *domain = prepare_domain(p);
	char *bare = NULL;

	if (domain == NULL || !domain_ok(domain, strlen(domain)) || strchr(domain, '/') != NULL)
		goto out;
	if (p->local == NULL)
		bare = mem_strdup(domain);
	else if (local != NULL && part_ok(local, strlen(local), forbidden_local))
		bare = mem_printf("%s@%s", local, domain);
out:
	free(local);
	free(domain);
	return bare;
}

bool jid_valid(const char *jid)
{
	struct parts p = split(jid);
	char *bare;

	if (p.local != NULL && !part_ok(p.local, p.local_len, forbidden_local))
		return false;
	if (!domain_ok(p.domain, p.domain_len))
		return false;
	if (p.resource != NULL && !part_ok(p.resource, strlen(p.resource), ""))
		return false;
	if (is_ascii(jid, strcspn(jid, "/")))
		return true;
	bare = folded(&p);
	free(bare);
	return bare != NULL;
}

char *jid_bare(const char *jid)
{
	size_t n = strcspn(jid, "/");
	struct parts p = split(jid);
	char *bare = is_ascii(jid, n) ? NULL : folded(&p);

	return bare != NULL ? bare : lower(jid, n);
}

const char *jid_resource(const char *jid)
{
	return split(jid).resource;
}

const char *jid_domain(const char *jid, size_t *len)
{
	struct parts p = split(jid);

	*len = p.domain_len;
	return p.domain;
}

static bool same(char a, char b)
{
	return a == b || ((unsigned char)(a | b) < 0x80 &&
	                  tolower((unsigned char)a) == tolower((unsigned char)b));
}

/* Behind the character at s, which may be several bytes of UTF-8. */
static const char *behind(const char *s)
{
	do
		s++;
	while (((unsigned char)*s & 0xc0) == 0x80);
	return s;
}

bool jid_glob(const char *glob, const char *bare)
{
	const char *star = NULL, *tried = NULL;

	/* After a mismatch the newest '*' takes one character more. An older one
	 * need not be tried again: no '*' passes the '@', which parts the two. */
	while (*bare != '\0') {
		if (*glob == '*') {
			star = ++glob;
			tried = bare;
		} else if (*glob == '?' && *bare != '@') {
			glob++;
			bare = behind(bare);
		} else if (*glob != '\0' && *glob != '?' && same(*glob, *bare)) {
			glob++;
			bare++;
		} else if (star != NULL && *tried != '@') {
			glob = star;
			bare = tried = behind(tried);
		} else {
			return false;
		}
	}
	while (*glob == '*')
		glob++;
	return *glob == '\0';
}
