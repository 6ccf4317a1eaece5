/* Whether a connection still has a way: asks the kernel's routes, sends nothing. */
#ifndef COMMON_PATH_H
#define COMMON_PATH_H

#include <stdbool.h>
#include <sys/socket.h>

/* The local address is on this machine, and there is a route from it to the peer. True, too,
 * where that cannot be found out. */
bool path_is_there(const struct sockaddr_storage *local, const struct sockaddr_storage *peer);

#endif
