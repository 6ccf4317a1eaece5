#include "device/netlink.h"

#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <string.h>
#include <sys/socket.h>

static struct netlink_known *find(struct netlink *n, const struct netlink_known *like)
{
	for (size_t i = 0; i < n->n; i++) {
		struct netlink_known *k = &n->known[i];

		if (k->index == like->index && k->family == like->family &&
		    memcmp(k->address, like->address, sizeof k->address) == 0)
			return k;
	}
	return NULL;
}

static struct netlink_known *add(struct netlink *n, const struct netlink_known *like)
{
	struct netlink_known *k = &n->known[n->next];

	n->next = (n->next + 1) % NETLINK_KNOWN;
	if (n->n < NETLINK_KNOWN)
		n->n++;
	*k = *like;
	return k;
}

static void note(struct netlink *n, const struct netlink_known *now, struct netlink_change *change)
{
	struct netlink_known *before = find(n, now);

	if (before != NULL && before->there == now->there)
		return;
	if (before == NULL)
		add(n, now);
	else
		before->there = now->there;
	change->came |= now->there;
	change->went |= !now->there;
}

static void take_link(struct netlink *n, const struct nlmsghdr *h, struct netlink_change *change)
{
	const struct ifinfomsg *m = NLMSG_DATA(h);
	struct netlink_known now = { .index = m->ifi_index, .family = AF_UNSPEC };

	if (m->ifi_flags & IFF_LOOPBACK)
		return;
	now.there = h->nlmsg_type == RTM_NEWLINK && (m->ifi_flags & IFF_UP) &&
	            (m->ifi_flags & IFF_RUNNING);
	note(n, &now, change);
}

/* The attribute's bytes, at least so many, or NULL. */
static const void *attribute(const struct rtattr *a, int left, unsigned short type, size_t size)
{
	for (; RTA_OK(a, left); a = RTA_NEXT(a, left)) {
		if (a->rta_type == type && RTA_PAYLOAD(a) >= size)
			return RTA_DATA(a);
	}
	return NULL;
}

/* One that is tried for duplicates (RFC 4862) cannot be used yet, and is told again then. */
static void take_address(struct netlink *n, const struct nlmsghdr *h,
                         struct netlink_change *change)
{
	const struct ifaddrmsg *m = NLMSG_DATA(h);
	const struct rtattr *first = IFA_RTA(m);
	struct netlink_known now = { .index = (int)m->ifa_index, .family = m->ifa_family };
	int left = (int)IFA_PAYLOAD(h);
	size_t size = m->ifa_family == AF_INET6 ? 16 : 4;
	unsigned flags = m->ifa_flags;
	const void *address, *more;

	if ((m->ifa_family != AF_INET && m->ifa_family != AF_INET6) || m->ifa_scope == RT_SCOPE_HOST)
		return;
	/* Of a point to point link IFA_ADDRESS is the other end. */
	address = attribute(first, left, IFA_LOCAL, size);
	if (address == NULL)
		address = attribute(first, left, IFA_ADDRESS, size);
	if (address == NULL)
		return;
	memcpy(now.address, address, size);
	more = attribute(first, left, IFA_FLAGS, sizeof flags);
	if (more != NULL)
		memcpy(&flags, more, sizeof flags);
	now.there = h->nlmsg_type == RTM_NEWADDR && !(flags & (IFA_F_TENTATIVE | IFA_F_DADFAILED));
	if (h->nlmsg_type == RTM_NEWADDR && !now.there && find(n, &now) == NULL)
		return;
	note(n, &now, change);
}

static void take_route(const struct nlmsghdr *h, struct netlink_change *change)
{
	const struct rtmsg *m = NLMSG_DATA(h);

	if (m->rtm_table != RT_TABLE_MAIN || m->rtm_type != RTN_UNICAST ||
	    (m->rtm_flags & RTM_F_CLONED))
		return;
	change->came |= h->nlmsg_type == RTM_NEWROUTE;
	change->went |= h->nlmsg_type == RTM_DELROUTE;
}

static void take(struct netlink *n, const struct nlmsghdr *h, struct netlink_change *change)
{
	size_t size = NLMSG_PAYLOAD(h, 0);

	switch (h->nlmsg_type) {
	case RTM_NEWLINK:
	case RTM_DELLINK:
		if (size >= sizeof(struct ifinfomsg))
			take_link(n, h, change);
		break;
	case RTM_NEWADDR:
	case RTM_DELADDR:
		if (size >= sizeof(struct ifaddrmsg))
			take_address(n, h, change);
		break;
	case RTM_NEWROUTE:
	case RTM_DELROUTE:
		if (size >= sizeof(struct rtmsg))
			take_route(h, change);
		break;
	}
}

void netlink_take(struct netlink *n, const void *messages, size_t len,
                  struct netlink_change *change)
{
	const struct nlmsghdr *h = messages;
	size_t step;

	/* NLMSG_NEXT() would go below zero: the last one's padding is not there. */
	while (len >= sizeof *h && h->nlmsg_len >= sizeof *h && h->nlmsg_len <= len) {
		take(n, h, change);
		step = NLMSG_ALIGN(h->nlmsg_len);
		if (step >= len)
			return;
		len -= step;
		h = (const void *)((const char *)h + step);
	}
}
