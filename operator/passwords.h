/* A folder of passwords: each in a file of its account's JID, mode 0600. A file is there
 * whole and on the disk before its account is asked for, so that no account exists whose
 * password nobody has. All calls but open: 0 or -1 with errno. */
#ifndef OPERATOR_PASSWORDS_H
#define OPERATOR_PASSWORDS_H

#include <stdbool.h>

#include "operator/fault.h"

struct passwords;

/* Makes the folder if it is not there (0700) and locks it: one program at a time works
 * in it. NULL with *f. */
struct passwords *passwords_open(const char *folder, struct fault *f);
void passwords_close(struct passwords *p);

/* 160 random bits as 32 letters and digits. NULL if there is no randomness. Free it with
 * mem_wipe(), as the next call's. */
char *passwords_make(void);

/* The account's password; -1 with ENOENT if it has no file. */
int passwords_read(const struct passwords *p, const char *jid, char **password);

/* Makes the account's file, which must not be there. It is durable after
 * passwords_sync(). */
int passwords_keep(const struct passwords *p, const char *jid, const char *password);
int passwords_sync(const struct passwords *p);
void passwords_remove(const struct passwords *p, const char *jid);

/* A password that is to take the place of the account's: beside it, as next:JID, which
 * is no JID. Made unless one is there, of which nobody knows whether the server has it;
 * passwords_next() gives it. Then it takes the place, or, if it was made now, is
 * forgotten where the server refuses. */
int passwords_next(const struct passwords *p, const char *jid, char **password, bool *made);
int passwords_replace(const struct passwords *p, const char *jid);
void passwords_forget(const struct passwords *p, const char *jid);

#endif
