/* A server for component/link.c on loopback, in the loop of the link. */
#ifndef TEST_LINK_FIXTURE_H
#define TEST_LINK_FIXTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <uv.h>

#include "component/link.h"

extern uv_loop_t link_loop;
/* What the link told. */
extern unsigned link_onlines, link_offlines, link_fatals, link_stanzas;
extern bool link_free_in_stanza;      /* as a program that ends because of one */
/* Connections that the server has taken. */
extern unsigned server_accepted;

/* A header and a handshake's acceptance. */
extern const char server_greeting[];

/* The server says this on every connection, then, if closing, ends it. Text is
 * kept by pointer. */
void link_fixture_start(const char *text, size_t len, bool closing);
void link_fixture_stop(void);

/* What the newest connection sent, as text; never NULL. */
const char *server_heard(void);
/* Sends more on the newest connection. */
void server_say(const char *text);
void server_hang_up(void);

/* Runs the loop until *counter is at least n, or for ms; whether it came to it. */
bool link_run(const unsigned *counter, unsigned n, unsigned ms);

struct link *link_under_test(void);

#endif
