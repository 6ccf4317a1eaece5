/* The handlers of dispatch.c's table, one file each family: handle_submit.c … */
#ifndef COMPONENT_HANDLE_H
#define COMPONENT_HANDLE_H

#include "component/dispatch.h"

/* IQ get and set: write the result's payload to w, or say an error. */
struct reply handle_submit(struct call *call, struct xml_writer *w);
struct reply handle_requests(struct call *call, struct xml_writer *w);
struct reply handle_stats(struct call *call, struct xml_writer *w);
struct reply handle_watch(struct call *call, struct xml_writer *w);
struct reply handle_audit(struct call *call, struct xml_writer *w);
struct reply handle_devices(struct call *call, struct xml_writer *w);
struct reply handle_administer(struct call *call, struct xml_writer *w);
struct reply handle_unassigned(struct call *call, struct xml_writer *w);
struct reply handle_outcome_told(struct call *call, struct xml_writer *w);
struct reply handle_cancel(struct call *call, struct xml_writer *w);
struct reply handle_campaign(struct call *call, struct xml_writer *w);
struct reply handle_campaign_show(struct call *call, struct xml_writer *w);
struct reply handle_campaigns(struct call *call, struct xml_writer *w);
struct reply handle_keepalive(struct call *call, struct xml_writer *w);
struct reply handle_disco_info(struct call *call, struct xml_writer *w);
struct reply handle_disco_items(struct call *call, struct xml_writer *w);
struct reply handle_version(struct call *call, struct xml_writer *w);
struct reply handle_last(struct call *call, struct xml_writer *w);
struct reply handle_ping(struct call *call, struct xml_writer *w);

/* What is said of a campaign that is not there for who asks. */
struct reply campaign_unknown(const char *id);

/* Presence of a device, by its type: none, and unavailable or error. NULL, or why
 * it is forbidden (the dispatcher frees it). */
char *handle_available(struct call *call);
char *handle_unavailable(struct call *call);

/* Answers to our own IQs: true if it was one of this handler's. cut: the
 * answer broke a limit and has no content. */
bool handle_outcome(struct call *call, bool is_error, const char *cut);
bool handle_outcome_asked(struct call *call, bool is_error, const char *cut);
bool handle_commands(struct call *call, bool is_error, const char *cut);
bool handle_device_answer(struct call *call, bool is_error, const char *cut);
bool handle_unassigned_answer(struct call *call, bool is_error, const char *cut);
bool handle_pong(struct call *call, bool is_error, const char *cut);

#endif
