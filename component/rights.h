/* Who may do what: the one table of rights. platen-units.conf(5) has the same. */
#ifndef COMPONENT_RIGHTS_H
#define COMPONENT_RIGHTS_H

#include <stdbool.h>

/* RIGHTS_ANYWHERE: in any one unit, for what is of none. */
enum rights_kind { RIGHTS_QUESTION, RIGHTS_ANYWHERE, RIGHTS_COMMAND, RIGHTS_CHANGE };

struct rights_row {
	enum rights_kind kind;
	const char *name;             /* of the question's or change's element, or the command */
	unsigned needs;               /* all of these: a set of enum unit_right */
};

/* Ends with a name of NULL. */
extern const struct rights_row rights_table[];

/* What an operator needs in the unit that it is about; the table must have it. */
unsigned rights_needed(enum rights_kind kind, const char *name);

/* The same of a command that it need not have, for what devices have beside: the right
 * "request" if for_requesters, else "configure". */
unsigned rights_of_command(const char *name, bool for_requesters);

#endif
