#include "operator/command.h"

#include <stdint.h>
#include <string.h>

#define SUBMIT_OPTIONS (ARGS_BIT(ARGS_TIMEOUT) | ARGS_BIT(ARGS_ATTEMPTS) | \
                        ARGS_BIT(ARGS_EXPIRES) | ARGS_BIT(ARGS_TOKEN) | ARGS_BIT(ARGS_NO_WAIT))
#define REQUEST_OPTIONS (SUBMIT_OPTIONS | ARGS_BIT(ARGS_SUPERSEDE) | ARGS_BIT(ARGS_PRIORITY))
#define LOGIN_OPTIONS (ARGS_BIT(ARGS_JID) | ARGS_BIT(ARGS_COMPONENT) | ARGS_BIT(ARGS_HOST) | \
                       ARGS_BIT(ARGS_PORT) | ARGS_BIT(ARGS_SECURITY) | ARGS_BIT(ARGS_CA_FILE) | \
                       ARGS_BIT(ARGS_PASSWORD_FILE))
#define ACCOUNT_OPTIONS (ARGS_BIT(ARGS_PASSWORDS) | ARGS_BIT(ARGS_YES) | ARGS_BIT(ARGS_CSV))
#define CAMPAIGN_OPTIONS (SUBMIT_OPTIONS | ARGS_BIT(ARGS_WHERE) | ARGS_BIT(ARGS_NAME) | \
                          ARGS_BIT(ARGS_RATE) | ARGS_BIT(ARGS_GROWTH) | ARGS_BIT(ARGS_RATE_MAX) | \
                          ARGS_BIT(ARGS_ABORT) | ARGS_BIT(ARGS_ABORT_AFTER) | \
                          ARGS_BIT(ARGS_DRY_RUN) | ARGS_BIT(ARGS_LIMIT))
#define LIST_OPTIONS (ARGS_BIT(ARGS_LIMIT) | ARGS_BIT(ARGS_CSV))

const struct command commands[] = {
	{ "devices", "[KEY=VALUE...]", "list the devices that are yours",
	  "A ! behind the state: there is a warning.\n",
	  LIST_OPTIONS, 0, SIZE_MAX, cmd_devices },
	{ "device", "DEVICE", "show what is known of one device, without asking it",
	  "DEVICE is its JID, such as mfp-0001@example.com.\n",
	  0, 1, 1, cmd_device },
	{ "request", "DEVICE COMMAND [KEY=VALUE...]", "ask a device, and wait for its answer",
	  "Commands that devices have, beside those of their configuration:\n"
	  "  get-supplies get-counters get-status get-information get-configuration\n"
	  "  set-configuration identify reboot install-firmware print scan\n\n"
	  "KEY=VALUE are the command's arguments. Ctrl-C ends the waiting, not the request.\n",
	  REQUEST_OPTIONS, 2, SIZE_MAX, cmd_request },
	{ "requests", "[KEY=VALUE...]", "list requests, newest first",
	  "A TIME is such as 2026-01-02T03:04:05Z, and is compared with the creation.\n",
	  LIST_OPTIONS, 0, SIZE_MAX, cmd_requests },
	{ "status", "ID", "show one request", "", 0, 1, 1, cmd_status },
	{ "cancel", "ID", "cancel a request that has not ended",
	  "What its device has begun may come to its end all the same; --wait waits for it.\n",
	  ARGS_BIT(ARGS_WAIT), 1, 1, cmd_cancel },
	{ "watch", "[UNIT]", "show each change of requests and devices, until Ctrl-C",
	  "A lost connection is made again; what happened meanwhile is not shown.\n",
	  ARGS_BIT(ARGS_DEVICE), 0, 1, cmd_watch },
	{ "stats", "[KEY=VALUE...]", "count requests by their ends, and how fast they were",
	  "A TIME is such as 2026-01-02T03:04:05Z, and is compared with the creation.\n",
	  LIST_OPTIONS, 0, SIZE_MAX, cmd_stats },
	{ "campaign", "start|list|show|pause|resume|cancel|retry ...",
	  "ask many devices, some a minute, and see what becomes of it",
	  "  start COMMAND [KEY=VALUE...] --where KEY=VALUE [--where KEY=VALUE...]\n"
	  "  list [KEY=VALUE...]\n"
	  "  show ID, pause ID, resume ID, cancel ID, retry ID\n"
	  "--where takes unit, model, manufacturer, firmware, domain (the host's name without\n"
	  "its first label), device (a JID with * and ?) and online (true or false).\n"
	  "A campaign ends early when too many fail. retry asks those that failed again.\n"
	  "Filters of list: id, status, command, operator, since, until, order.\n"
	  "Ctrl-C ends the waiting, not the campaign.\n",
	  CAMPAIGN_OPTIONS, 1, SIZE_MAX, cmd_campaign },
	{ "audit", "[KEY=VALUE...]", "list what operators did and were denied, newest first",
	  "For administrators: it takes the right admin in the unit. request is an id, a TIME\n"
	  "is such as 2026-01-02T03:04:05Z.\n",
	  LIST_OPTIONS, 0, SIZE_MAX, cmd_audit },
	{ "decommission", "DEVICE", "take a device out of use",
	  "It gets no more requests, and those that wait for it are cancelled.\n"
	  "What is known of it stays. DEVICE is its JID, or what names one device.\n",
	  0, 1, 1, cmd_administer },
	{ "commission", "DEVICE", "take a device into use again",
	  "After decommission, and after rename: that is undone.\n", 0, 1, 1, cmd_administer },
	{ "rename", "DEVICE JID", "give a device another account, with its history",
	  "The old account works until the device is there under the new one, JID.\n"
	  "Then the old one is decommissioned.\n", 0, 2, 2, cmd_administer },
	{ "acknowledge", "DEVICE", "clear a device's warnings", "", 0, 1, 1, cmd_administer },
	{ "unassigned", "", "list who presents itself as a device and has no unit",
	  "And devices that are decommissioned, and yet try to come.\n", LIST_OPTIONS, 0, 0,
	  cmd_unassigned },
	{ "login", "", "make the configuration: account, server, component",
	  "Asks for what no option gives, logs in to check it, then writes the\n"
	  "configuration and the password, each to a file that only you can read.\n"
	  "The password is read from the terminal, or from standard input.\n",
	  LOGIN_OPTIONS, 0, 0, cmd_login },
	{ "account", "add FILE | delete JID... | password JID...",
	  "make or delete accounts at the XMPP server",
	  "Your own account has to be an administrator of that server.\n"
	  "FILE is CSV with a first line that names its columns: device (a JID, or a name\n"
	  "in your own domain) and, if you like, password; what has none gets a random one.\n"
	  "Each password is kept in DIR/JID before the server is asked.\n",
	  ACCOUNT_OPTIONS, 2, SIZE_MAX, cmd_account },
	{ "help", "[COMMAND]", "explain a command", "", 0, 0, 1, cmd_help },
	{ 0 }
};

const struct command *command_find(const char *name)
{
	const struct command *c = commands;

	while (c->name != NULL && strcmp(c->name, name) != 0)
		c++;
	return c->name != NULL ? c : NULL;
}

static void print_filters(const char *name, FILE *out)
{
	static const struct { const char *name; const struct list_filter *filters; } known[] = {
		{ "devices", devices_filters }, { "requests", requests_filters },
		{ "stats", stats_filters }, { "audit", audit_filters },
	};

	for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
		if (strcmp(known[i].name, name) != 0)
			continue;
		list_query_help(known[i].filters, out);
		putc('\n', out);
	}
}

static void print_options(uint64_t options, FILE *out)
{
	char names[64];

	for (int i = 0; i < ARGS_OPTIONS; i++) {
		const struct args_description *d = &args_descriptions[i];

		if ((options & ARGS_BIT(i)) == 0)
			continue;
		snprintf(names, sizeof names, "%c%c%s--%s%s%s", d->letter ? '-' : ' ',
		         d->letter ? d->letter : ' ', d->letter ? ", " : "  ", d->name,
		         d->value ? " " : "", d->value ? d->value : "");
		fprintf(out, "  %-28s %s\n", names, d->help);
	}
}

void command_help_all(FILE *out)
{
	fputs("usage: platen [-c FILE] [--json] COMMAND ...\n\n"
	      "Asks printers and multifunction devices behind firewalls, over XMPP.\n\n", out);
	for (const struct command *c = commands; c->name != NULL; c++)
		fprintf(out, "  %-13s %s\n", c->name, c->summary);
	fputs("\nOptions stand anywhere; -- ends them.\n", out);
	print_options(ARGS_COMMON, out);
}

void command_help(const struct command *c, FILE *out)
{
	fprintf(out, "usage: platen %s%s%s\n\n  %s\n\n", c->name, *c->words ? " " : "", c->words,
	        c->summary);
	if (*c->more != '\0')
		fprintf(out, "%s\n", c->more);
	print_filters(c->name, out);
	print_options(ARGS_COMMON | c->options, out);
}
