/* Campaigns in the component that component_fixture.h holds. */
#ifndef TEST_CAMPAIGN_FIXTURE_H
#define TEST_CAMPAIGN_FIXTURE_H

#include "component/campaign.h"
#include "test/unit/component_fixture.h"

#define ACME "<select device='mfp-*@example.com'/>"
#define DONE "<outcome xmlns='urn:platen:operation:1' status='done'/>"
#define FAILS "<outcome xmlns='urn:platen:operation:1' status='failed'>" \
              "<reason condition='busy'>no</reason></outcome>"

/* mfp-1@ to mfp-N@example.com are there; up to 9. */
void campaign_devices(unsigned n);

/* What alice says of get-supplies; the answer is all that was sent. */
void campaign_order(const char *attributes, const char *inside);
/* The same, which is accepted: its id, until the next one. */
const char *campaign_started(const char *attributes, const char *inside);
/* The one that there is. */
const struct campaign *campaign_one(void);
void campaign_act(const char *from, const char *id, const char *action);
void campaign_show(const char *from, const char *id, const char *page);

/* The device that was asked last answers so. */
void campaign_answer(const char *outcome);
/* So many devices one second after the other, which answer so. */
void campaign_answers(unsigned n, const char *outcome);

/* Its members: all of them are there, and so many are this. */
void campaign_counts(const char *words);

#endif
