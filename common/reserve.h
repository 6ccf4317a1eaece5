/* A file that only holds room on the disk, to be given up when the disk is full. */
#ifndef COMMON_RESERVE_H
#define COMMON_RESERVE_H

#include <stdbool.h>
#include <stdint.h>

/* Makes path size bytes of allocated room: 0, or -1 with errno; then nothing
 * of it is left there, so that what it could get is not lost to others. */
int reserve_take(const char *path, uint64_t size);

/* Gives the room back. */
void reserve_give_up(const char *path);

#endif
