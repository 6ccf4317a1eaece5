/* What is said of URLs. */
#ifndef DEVICE_URL_H
#define DEVICE_URL_H

/* Users and passwords in URLs within the text become asterisks. Returns text. */
char *url_hide(char *text);

#endif
