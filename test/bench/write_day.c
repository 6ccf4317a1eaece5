// link: component/request.o component/columns.o component/record.o
/* Writes a day of requests as platend does, many: for the measurements of bench_scale.py.
 *
 *   write_day BASE FIRST_MS LAST_MS REQUESTS DEVICE UNIT OPERATOR
 *
 * BASE.tsv gets three rows for each: accepted (with a token), transmitted, responded with
 * an outcome of half a KiB, as they come when eight are under way at a time. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "common/uuid7.h"
#include "component/record.h"
#include "component/request.h"

#define UNDER_WAY 8

struct plan {
	FILE *out;
	int64_t first, last;
	long requests;
	const char *device, *unit, *operator_;
	char *outcome;
};

static void put(const struct plan *p, const struct record *rec)
{
	size_t len;
	char *line = table_row(&request_schema, rec->values, &len);

	if (fwrite(line, 1, len, p->out) < len)
		exit(EXIT_FAILURE);
	free(line);
}

/* The number is in the last group, so that the reader can make the id, too. */
static int64_t begin(const struct plan *p, struct record *rec, long n, char id[UUID7_STRING])
{
	int64_t ms = p->first + (p->last - p->first) * n / p->requests;

	memset(rec, 0, sizeof *rec);
	snprintf(id, UUID7_STRING, "%08x-%04x-7000-8000-%012x", (unsigned)(ms >> 16),
	         (unsigned)(ms & 0xffff), (unsigned)n);
	record_text(rec, REQ_ID, id);
	record_time(rec, REQ_TIME, ms);
	return ms;
}

static void accept_it(const struct plan *p, long n)
{
	char id[UUID7_STRING], token[32];
	struct record rec;
	int64_t ms = begin(p, &rec, n, id);

	snprintf(token, sizeof token, "token-%ld", n);
	record_text(&rec, REQ_STATUS, "queued");
	record_text(&rec, REQ_CAUSE, "submitted");
	record_text(&rec, REQ_COMMAND, "get-supplies");
	record_text(&rec, REQ_DEVICE, p->device);
	record_text(&rec, REQ_OPERATOR, p->operator_);
	record_text(&rec, REQ_ASKED_BY, p->operator_);
	record_text(&rec, REQ_UNIT, p->unit);
	record_time(&rec, REQ_CREATED, ms);
	record_time(&rec, REQ_EXPIRES, ms + 300000);
	record_int(&rec, REQ_TIMEOUT, 30);
	record_int(&rec, REQ_MAX_ATTEMPTS, 3);
	record_int(&rec, REQ_ATTEMPTS, 0);
	record_int(&rec, REQ_TRANSMISSION, 0);
	record_text(&rec, REQ_TOKEN, token);
	put(p, &rec);
}

static void transmit_it(const struct plan *p, long n)
{
	char id[UUID7_STRING];
	struct record rec;
	int64_t ms = begin(p, &rec, n, id);

	record_text(&rec, REQ_STATUS, "transmitted");
	record_text(&rec, REQ_CAUSE, "sent");
	record_time(&rec, REQ_TRANSMITTED, ms);
	record_int(&rec, REQ_TRANSMISSION, 1);
	record_int(&rec, REQ_ATTEMPTS, 1);
	put(p, &rec);
}

static void end_it(const struct plan *p, long n)
{
	char id[UUID7_STRING];
	struct record rec;
	int64_t ms = begin(p, &rec, n, id);

	record_text(&rec, REQ_STATUS, "responded");
	record_text(&rec, REQ_CAUSE, "outcome");
	record_time(&rec, REQ_RESPONDED, ms + 41);
	record_time(&rec, REQ_ENDED, ms + 41);
	record_int(&rec, REQ_RESPONSE_MS, 41);
	record_text(&rec, REQ_ERROR, NULL);
	record_text(&rec, REQ_OUTCOME, p->outcome);
	put(p, &rec);
}

static char *make_outcome(void)
{
	char *text = mem_strdup("");

	for (int i = 1; i <= 4; i++) {
		char *more = mem_printf("%s<supply index='1.%d' description='Toner %d' "
		                        "class='supplyThatIsConsumed' type='toner' unit='percent' "
		                        "capacity='100' level='4%d' percent='4%d'/>", text, i, i, i, i);

		free(text);
		text = more;
	}
	return mem_printf("<outcome xmlns='urn:platen:operation:1' status='done'><supplies "
	                  "xmlns='urn:platen:mfp:1' source='snmp' taken='2026-01-02T03:04:05.678Z'>%s"
	                  "</supplies></outcome>", text);
}

int main(int argc, char **argv)
{
	struct plan p;
	size_t len;
	char *path, *header;

	if (argc != 8)
		return 2;
	p = (struct plan){ .first = atoll(argv[2]), .last = atoll(argv[3]), .requests = atol(argv[4]),
	                   .device = argv[5], .unit = argv[6], .operator_ = argv[7],
	                   .outcome = make_outcome() };
	path = table_segment_path(argv[1], 0);
	p.out = fopen(path, "w");
	if (p.out == NULL) {
		perror(path);
		return EXIT_FAILURE;
	}
	header = table_header(&request_schema, &len);
	fwrite(header, 1, len, p.out);
	for (long n = 0; n < p.requests + UNDER_WAY; n++) {
		if (n < p.requests) {
			accept_it(&p, n);
			transmit_it(&p, n);
		}
		if (n >= UNDER_WAY)
			end_it(&p, n - UNDER_WAY);
	}
	return fclose(p.out) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
