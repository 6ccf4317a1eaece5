/* The enumerations of RFC 3805 (Printer-MIB), its IANA registry and RFC 2790
 * (Host Resources) as the labels they have there. */
#ifndef DEVICE_MIB_LABELS_H
#define DEVICE_MIB_LABELS_H

#include <stddef.h>
#include <stdint.h>

enum mib_enumeration {
	MIB_SUPPLY_CLASS, MIB_SUPPLY_TYPE, MIB_SUPPLY_UNIT, MIB_COUNTER_UNIT,
	MIB_PRINTER_STATUS, MIB_DEVICE_STATUS, MIB_ALERT_SEVERITY, MIB_ALERT_GROUP, MIB_ALERT_CODE
};

/* NULL: none is registered for the number. */
const char *mib_label(enum mib_enumeration e, int64_t number);

/* hrPrinterDetectedErrorState: the label of bit number n, bit 0 being the first
 * octet's most significant; NULL: none is registered. */
const char *mib_error_label(size_t n);

/* The maker behind an enterprise number (sysObjectID 1.3.6.1.4.1.N), or NULL. */
const char *mib_maker(int64_t enterprise);

#endif
