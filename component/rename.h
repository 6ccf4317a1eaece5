/* A device gets a new account and keeps its history: the new account's row has what
 * is known, and once the device is there under it, the old one is decommissioned. */
#ifndef COMPONENT_RENAME_H
#define COMPONENT_RENAME_H

#include "component/component.h"
#include "component/stanza.h"

/* d goes on as to (as an operator wrote it). The ticket of the rows; 0 with
 * *error if that cannot be, or if the operator may not. */
uint64_t rename_device(struct component *c, const char *operator_, struct device *d,
                       const char *to, struct stanza_error *error);

/* Whether he may, as that changes the successor's row: element ("commission") is what he
 * orders. False with *error if he lacks its right in that one's unit. */
bool rename_may_undo(const struct component *c, const char *operator_, const struct device *d,
                     const char *element, struct stanza_error *error);

/* Ends the link to a successor, if there is one: d's column is in rec, the other
 * row is changed. One that was never there is decommissioned. */
void rename_undo(struct component *c, const struct device *d, struct record *rec);

#endif
