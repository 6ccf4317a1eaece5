/* An index of the device table by what names a device to people: the local part of
 * its JID, serial, mac, name, address and host. Case, blanks around a name and a dot
 * at its end make no difference, nor does how a MAC is written. No name is kept: a
 * look-up asks the device. */
#ifndef COMPONENT_NAMES_H
#define COMPONENT_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NAMES_KEYS 6

struct device;
struct devices;
struct index;

/* What one device is found by, each once; { 0 } is nothing. */
struct names_keys {
	uint32_t hashes[NAMES_KEYS];
	unsigned n;
};

/* For device.c alone: d had these keys (was), and has others now. */
void names_keys(struct names_keys *keys, const struct device *d);
void names_change(struct index *by_name, const struct device *d, const struct names_keys *was);

/* Whether a row changes what names its device. */
bool names_in_row(const char *const *row);

/* Whether a text can be a name: else it names nothing, though a fact may say it. */
bool names_is_name(const char *text);

/* Whether this names the device, be it among others. */
bool names_is(const struct device *d, const char *text);

/* Each device that a text names, once, in no order; then NULL. The table must not
 * change meanwhile, and text stay. */
struct names_walk {
	const struct devices *all;
	const char *text;
	uint32_t hashes[2];
	unsigned n, which;
	size_t at;
};
void names_begin(struct names_walk *w, const struct devices *all, const char *text);
struct device *names_next(struct names_walk *w);

#endif
