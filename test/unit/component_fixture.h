/* A whole component in memory, without a server: link.h is played by the
 * fixture, which takes what is sent and hands in what "arrives". Its tables are
 * real ones, in a directory of their own. Both clocks stand still. */
#ifndef TEST_COMPONENT_FIXTURE_H
#define TEST_COMPONENT_FIXTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "component/component.h"

/* Noon of 2026-01-02, and a monotonic time that is no multiple of anything. */
#define FIXTURE_WALL INT64_C(1767355200000)
#define FIXTURE_MONO INT64_C(1000003)

extern struct component fixture;
/* Of the configuration; the next start takes it. */
extern int64_t fixture_reserve;
/* Where the next start has its directory, which then stays, and what time it is;
 * NULL: one of its own; 0: FIXTURE_WALL. */
extern const char *fixture_directory;
extern int64_t fixture_began;
/* Hears what is sent, as it leaves. May be NULL. */
extern void (*fixture_on_send)(const char *text, size_t len);

/* Two units: acme has mfp-*@example.com, bolt has bolt-*@example.com; alice may
 * all in acme, bob may view in acme, carol may all in bolt. */
void fixture_start(void);
void fixture_stop(void);
/* As fixture_stop() and fixture_start(), with the same data directory. */
void fixture_restart(void);
/* What happens to the files meanwhile: dir holds data/ and units.conf. NULL: nothing. */
extern void (*fixture_between)(const char *dir);

/* units.conf is this, as after SIGHUP: with a mistake nothing changes. And what it is at
 * the start. */
extern const char fixture_units_text[];
void fixture_units(const char *text);

/* For cmocka: started with the link up, and stopped. state is not touched. */
int fixture_setup(void **state);
int fixture_teardown(void **state);

/* The link comes up, or is lost. */
void fixture_online(bool is_online);
void fixture_backlog(size_t bytes);

/* Stanzas as the server would send them; each is a text of whole stanzas. A
 * stream that these break is opened anew. */
void fixture_receive(const char *stanzas, size_t len);
/* The same, then everything is brought to disk. */
void fixture_say(const char *stanzas);
void fixture_settle(void);
/* Both clocks, and what is then due. */
void fixture_pass(int64_t ms);
/* The wall clock is set, by so much. */
void fixture_step(int64_t ms);

/* Whether an address is in the component's domain. */
bool fixture_is_ours(const char *jid);

/* All that was sent since the last fixture_forget(); never NULL. */
const char *fixture_sent(void);
void fixture_forget(void);
/* How often it holds this text. */
unsigned fixture_count(const char *text);
/* The id of the newest <operation/> stanza that was sent: "UUID-NUMBER"; and of
 * the newest <device/> asked. "" for none. */
const char *fixture_operation(void);
const char *fixture_ask(void);

/* The device's answer (or what the server says in its place: type "error") to the
 * newest execute stanza; from: FROM_A … What was sent before is forgotten. */
void fixture_answer(const char *type, const char *from, const char *inner);

/* What they say. */
#define DEVICE "<device xmlns='urn:platen:device:1' model='M1' serial='S1' client='c/1'/>"
#define FROM_A "from='mfp-1@example.com/platen-a' to='devices.example.com'"
#define FROM_B "from='mfp-1@example.com/platen-b' to='devices.example.com'"
#define ARRIVE_A "<presence " FROM_A ">" DEVICE "</presence>"
#define ARRIVE_B "<presence " FROM_B ">" DEVICE "</presence>"
#define FROM_ALICE "from='alice@example.com/cli' to='devices.example.com'"
#define SUBMIT_REST "><request xmlns='urn:platen:operation:1' device='mfp-1@example.com' " \
                    "command='get-supplies'/></iq>"
#define SUBMIT "<iq type='set' id='s1' " FROM_ALICE SUBMIT_REST

#endif
