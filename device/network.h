/* Which network this machine is in, as far as can be told apart: by its default router. */
#ifndef DEVICE_NETWORK_H
#define DEVICE_NETWORK_H

#define NETWORK_NAME 80

/* The router's address and the interface; "-" where there is no default route. No blanks. */
void network_name(char name[static NETWORK_NAME]);

/* The same from the text of /proc/net/route and of /proc/net/ipv6_route, "" for none. */
void network_name_of(const char *route, const char *ipv6_route, char name[static NETWORK_NAME]);

#endif
