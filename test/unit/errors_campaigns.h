/* The mistakes of campaigns, for test_errors.c. */
#ifndef TEST_ERRORS_CAMPAIGNS_H
#define TEST_ERRORS_CAMPAIGNS_H

void mistakes_of_campaigns(void **state);
void what_a_campaign_meets(void **state);

#endif
