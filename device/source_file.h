/* A state file (platen-state(5)) as source; read anew at each request. */
#ifndef DEVICE_SOURCE_FILE_H
#define DEVICE_SOURCE_FILE_H

#include "device/source.h"

extern const struct source_kind source_file_kind;

/* The state that goes to source_new(). path is copied. */
void *source_file_new(const char *path);

#endif
