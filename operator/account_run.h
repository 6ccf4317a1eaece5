/* Makes, deletes or gives new passwords to a list of accounts, 16 at a time, and prints
 * what became of each. */
#ifndef OPERATOR_ACCOUNT_RUN_H
#define OPERATOR_ACCOUNT_RUN_H

#include "operator/account_list.h"
#include "operator/admin.h"
#include "operator/passwords.h"
#include "operator/session.h"

struct account_run {
	struct session *session;
	const struct account_list *list;
	const struct passwords *passwords;    /* NULL for ADMIN_DELETE */
	enum admin_act act;
	bool csv;
};

/* Where an account of the list has a password and a file in the folder that holds another
 * one: all are written to err as FILE:LINE: what. 0, or the exit status with *f. */
int account_run_check(const struct account_run *run, const char *path, FILE *err,
                      struct fault *f);

/* The exit status, with *f where it was ended before all were asked for. */
int account_run(const struct account_run *run, struct fault *f);

#endif
