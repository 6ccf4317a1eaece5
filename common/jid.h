/* JIDs (RFC 7622), as far as a program that lets the server check them needs. */
#ifndef COMMON_JID_H
#define COMMON_JID_H

#include <stdbool.h>
#include <stddef.h>

#define JID_MAX 3071      /* bytes, RFC 7622 section 3.1 */

/* [local@]domain[/resource], each part 1 to 1023 bytes, none of the forbidden
 * characters, also when folded. */
bool jid_valid(const char *jid);

/* The bare JID, folded: the form in which servers and we compare and store it. Local
 * part by nodeprep (RFC 6122 appendix A), domain by nameprep (RFC 3491); what is no valid
 * JID has its ASCII letters in lower case. The caller frees it. */
char *jid_bare(const char *jid);

/* The part behind the first '/', or NULL. Points into jid. */
const char *jid_resource(const char *jid);
/* The domain: a pointer into jid, its length in *len. */
const char *jid_domain(const char *jid, size_t *len);

/* Whether a bare JID matches a glob: '*' is any run of characters but '@', '?'
 * one such. A glob without '@' matches domains only. Case is ignored (ASCII; beyond
 * that glob and JID must be folded). */
bool jid_glob(const char *glob, const char *bare);

#endif
