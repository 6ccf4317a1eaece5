/* The accounts that a file or the command line names. */
#ifndef OPERATOR_ACCOUNT_LIST_H
#define OPERATOR_ACCOUNT_LIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "operator/fault.h"

#define ACCOUNT_LIST_MAX 100000

struct account {
	char *jid;                /* bare */
	char *password;           /* NULL: none was given */
	unsigned line;            /* of the file; 0: of the command line */
};

/* { 0 } is empty. */
struct account_list {
	struct account *accounts;
	size_t n;
};

/* From a CSV file with the columns device and, if it likes, password; a device without
 * a domain is one of this domain. All mistakes are written to err as FILE:LINE: what, and
 * so is which columns are not used. False with *f if there is one; account_list_clear()
 * it all the same. */
bool account_list_read(struct account_list *list, const char *path, const char *domain, FILE *err,
                       struct fault *f);

/* From the command line, the same. */
bool account_list_words(struct account_list *list, const char *const *words, size_t n,
                        const char *domain, struct fault *f);

/* Wipes the passwords. */
void account_list_clear(struct account_list *list);

/* What can be no password that a file of one line keeps, or NULL. */
const char *account_password_mistake(const char *password);

#endif
