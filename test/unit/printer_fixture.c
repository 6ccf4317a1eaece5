#include "test/unit/printer_fixture.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/clock.h"
#include "common/mem.h"

struct printer printer_start(const char *script, const char *recording)
{
	struct printer p = { 0 };
	int out[2];
	FILE *f;

	assert_int_equal(pipe(out), 0);
	p.pid = fork();
	assert_true(p.pid >= 0);
	if (p.pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGTERM);   /* a failed test leaves nothing running */
		dup2(out[1], STDOUT_FILENO);
		execl("/usr/bin/python3", "python3", script, recording, (char *)NULL);
		_exit(127);
	}
	close(out[1]);
	f = fdopen(out[0], "r");
	assert_non_null(f);
	if (fgets(p.address, sizeof p.address, f) == NULL)
		fail_msg("%s does not start", script);
	fclose(f);
	p.address[strcspn(p.address, "\n")] = '\0';
	return p;
}

void printer_stop(const struct printer *p)
{
	int status;

	kill(p->pid, SIGTERM);
	assert_int_equal(waitpid(p->pid, &status, 0), p->pid);
	assert_int_equal(status, 0);
}

struct agent_options printer_options(const char *address, const char *community)
{
	return (struct agent_options){ .address = address, .community = community,
	                               .timeout_ms = PRINTER_PATIENCE_MS };
}

char *printer_text(void *state, enum mfp_part part)
{
	struct source_failure f = { 0 };
	struct xml_writer w = { 0 };
	struct mfp m = { 0 };
	char *text;

	source_snmp_kind.read(state, part, clock_mono_ms() + 30000, &m, &f);
	if (f.condition != NULL) {
		assert_int_equal(m.parts, 0);
		text = mem_printf("%s: %s", f.condition, f.text);
	} else {
		assert_int_equal(m.parts, part);
		mfp_write(&m, part, &w);
		text = xml_take(&w, NULL);
	}
	free(f.text);
	mfp_clear(&m);
	return text;
}

char *printer_text_by(const struct agent_options *options, enum mfp_part part)
{
	static const struct vendor none;
	void *state = source_snmp_new(options, &none);
	char *text = printer_text(state, part);

	source_snmp_kind.free(state);
	return text;
}
