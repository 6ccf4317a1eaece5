/* Rows as the elements that operators see: told, listed. */
#ifndef COMPONENT_VIEW_H
#define COMPONENT_VIEW_H

#include "common/xml.h"
#include "component/component.h"
#include "component/device.h"
#include "component/request.h"

/* <request/> from a merged row (text by column, NULL or "" for empty). */
void view_request(struct xml_writer *w, const char *const *row);

/* <error/> from "condition text". */
void view_error(struct xml_writer *w, const char *error);

/* <event/> of the audit, likewise. */
void view_event(struct xml_writer *w, const char *const *row);

/* <device/>, as far as this operator may know; and without its figures. */
void view_device(struct xml_writer *w, const struct component *c, const char *operator_,
                 const struct device *d);
void view_device_facts(struct xml_writer *w, const struct component *c, const char *operator_,
                       const struct device *d);

#endif
