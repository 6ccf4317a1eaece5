/* What standard clients ask: XEP-0030 disco#info, XEP-0092 version, XEP-0199
 * ping, XEP-0012 last activity (of a program: how long it has run). Each writes
 * the payload of the answer; el is the question. */
#ifndef DEVICE_ABOUT_H
#define DEVICE_ABOUT_H

#include "device/answer.h"

#define DISCO_NS "http://jabber.org/protocol/disco#info"
#define VERSION_NS "jabber:iq:version"
#define PING_NS "urn:xmpp:ping"
#define LAST_NS "jabber:iq:last"

/* Begins to count the time. */
void about_init(void);

enum answer about_disco(const struct xml *el, struct xml_writer *w);
enum answer about_version(struct xml_writer *w);
enum answer about_last(struct xml_writer *w);

#endif
