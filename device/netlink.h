/* What the kernel tells of links, addresses and routes (rtnetlink(7)): which of it is a change
 * that a connection may live or die by. Most is a repetition: a router's announcements
 * refresh addresses, a radio tells its strength. */
#ifndef DEVICE_NETLINK_H
#define DEVICE_NETLINK_H

#include <stdbool.h>
#include <stddef.h>

#define NETLINK_KNOWN 64      /* of links and addresses; then the oldest is forgotten */

struct netlink {
	struct netlink_known {
		int index, family;    /* the interface; AF_UNSPEC: it is a link */
		bool there;           /* a link: it runs */
		unsigned char address[16];
	} known[NETLINK_KNOWN];
	size_t n, next;
};

struct netlink_change {
	bool came, went;          /* something that one can go over */
};

/* Takes the messages of one datagram; adds to *change. { 0 } knows nothing: then what is
 * repeated the first time counts as new. */
void netlink_take(struct netlink *n, const void *messages, size_t len,
                  struct netlink_change *change);

#endif
