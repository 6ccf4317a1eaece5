#include "common/path.h"

#include <netinet/in.h>
#include <unistd.h>

static socklen_t size_of(const struct sockaddr_storage *address)
{
	return address->ss_family == AF_INET6 ? sizeof(struct sockaddr_in6)
	                                      : sizeof(struct sockaddr_in);
}

bool path_is_there(const struct sockaddr_storage *local, const struct sockaddr_storage *peer)
{
	struct sockaddr_storage from = *local;
	int fd = socket(local->ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool there;

	if (fd < 0)
		return true;
	/* The port is another one than the connection's. */
	if (from.ss_family == AF_INET6)
		((struct sockaddr_in6 *)&from)->sin6_port = 0;
	else
		((struct sockaddr_in *)&from)->sin_port = 0;
	there = bind(fd, (struct sockaddr *)&from, size_of(&from)) == 0 &&
	        connect(fd, (const struct sockaddr *)peer, size_of(peer)) == 0;
	close(fd);
	return there;
}
