/* libstrophe in a thread of its own, for xmpp.c alone: it blocks in the TLS
 * handshake, so the loop only ever sees a mailbox. */
#ifndef COMMON_STROPHE_H
#define COMMON_STROPHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/finder.h"
#include "common/mailbox.h"
#include "common/xmpp.h"

/* What a letter to the loop holds: the JID, the stanza, or why it ended (its
 * detail is the enum xmpp_end). */
enum strophe_kind { STROPHE_ONLINE, STROPHE_STANZA, STROPHE_ENDED };

struct strophe;

/* Starts the thread, which connects to this target: the options' own is not looked at.
 * wake() is called in the thread when letters wait. Strings are copied. */
struct strophe *strophe_start(const struct xmpp_options *options,
                              const struct finder_target *target, void (*wake)(void *arg),
                              void *arg);

/* All waiting letters as a list, the oldest first; the caller frees each. ENDED
 * is the last one ever. */
struct letter *strophe_letters(struct strophe *s);

void strophe_send(struct strophe *s, const char *text, size_t len);
void strophe_close(struct strophe *s);

/* Breaks the connection under libstrophe's feet, whatever it is waiting for;
 * ENDED comes with this reason. */
void strophe_break(struct strophe *s, enum xmpp_end end, const char *why);

int64_t strophe_idle_s(struct strophe *s);
int strophe_local_port(struct strophe *s);
/* As of xmpp_has_path(). */
bool strophe_has_path(struct strophe *s);

/* Breaks, waits for the thread (it has nothing left to block on), frees. */
void strophe_free(struct strophe *s);

#endif
