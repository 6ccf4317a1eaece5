// link: device/host_meta.o device/host_meta_fetch.o device/bosh_http.o device/url.o device/bosh_tls.o device/bosh_body.o
/* Against host_meta_server.py, to which libcurl is led whatever the domain is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/mem.h"
#include "device/host_meta_fetch.h"

static pid_t server;
static char ca_file[200], connect_to[40];
static struct curl_slist *led;
static uv_loop_t loop;
static char *got_url, *got_why;
static unsigned answers;
static struct host_meta *fetch;

static int set_up(void **state)
{
	int out[2], port = 0;
	FILE *f;

	(void)state;
	if (pipe(out) != 0 || (server = fork()) < 0)
		return -1;
	if (server == 0) {
		prctl(PR_SET_PDEATHSIG, SIGTERM);   /* a failed test leaves nothing running */
		dup2(out[1], STDOUT_FILENO);
		execl("/usr/bin/python3", "python3", "test/unit/host_meta_server.py", (char *)NULL);
		_exit(127);
	}
	close(out[1]);
	f = fdopen(out[0], "r");
	if (f == NULL || fscanf(f, "%d %199s", &port, ca_file) != 2)
		return -1;
	fclose(f);
	snprintf(connect_to, sizeof connect_to, "::127.0.0.1:%d", port);
	led = curl_slist_append(NULL, connect_to);
	return uv_loop_init(&loop);
}

static int tear_down(void **state)
{
	int status;

	(void)state;
	kill(server, SIGTERM);
	waitpid(server, &status, 0);
	mem_set(&got_url, NULL);
	mem_set(&got_why, NULL);
	curl_slist_free_all(led);
	return uv_loop_close(&loop) != 0 || status != 0;
}

static void prepare(void *arg, CURL *curl)
{
	curl_easy_setopt(curl, CURLOPT_CONNECT_TO, led);
	curl_easy_setopt(curl, CURLOPT_USERAGENT, arg);
	if (strcmp(arg, "untrusted") != 0)
		curl_easy_setopt(curl, CURLOPT_CAINFO, ca_file);
	curl_easy_setopt(curl, CURLOPT_PROXY, "");
}

static void on_done(void *arg, const char *url, const char *why)
{
	(void)arg;
	answers++;
	mem_set(&got_url, url);
	mem_set(&got_why, why);
	host_meta_free(fetch);
}

static struct host_meta_options options(const char *name, const char *domain)
{
	return (struct host_meta_options){ .domain = domain, .prepare = prepare,
	                                   .arg = (void *)(uintptr_t)name };
}

static void expect(const char *name, const char *domain, const char *url, const char *why)
{
	struct host_meta_options o = options(name, domain);

	answers = 0;
	fetch = host_meta_fetch(&loop, &o, on_done, NULL);
	assert_int_equal(answers, 0);
	uv_run(&loop, UV_RUN_DEFAULT);
	assert_int_equal(answers, 1);
	if (url != NULL) {
		assert_non_null(got_url);
		assert_string_equal(got_url, url);
		return;
	}
	assert_null(got_url);
	if (why != NULL)
		assert_string_equal(got_why, why);
	assert_true(*got_why != '\0');
}

static void test_the_domain_says_where(void **state)
{
	(void)state;
	expect("plain", "meta.example", "https://meta.example/bosh", NULL);
	expect("moved", "meta.example", "https://meta.example/bosh", NULL);
}

static void test_other_answers_are_none(void **state)
{
	(void)state;
	expect("none", "meta.example", NULL, "HTTP status 404");
	expect("long", "meta.example", NULL, "it is longer than 64 KiB");
	expect("to-plain", "meta.example", NULL, NULL);
	expect("for-ever", "meta.example", NULL, NULL);
}

static void test_the_certificate_has_to_be_the_domain_s(void **state)
{
	(void)state;
	expect("plain", "other.example", NULL, NULL);
	expect("untrusted", "meta.example", NULL, NULL);
}

static void test_what_is_no_domain_is_not_asked(void **state)
{
	(void)state;
	expect("plain", "a b", NULL, NULL);
	expect("plain", "meta.example:443", NULL, NULL);
	expect("plain", "", NULL, NULL);
}

static void test_it_can_be_left_at_any_time(void **state)
{
	struct host_meta_options o = options("plain", "meta.example");

	(void)state;
	answers = 0;
	host_meta_free(host_meta_fetch(&loop, &o, on_done, NULL));
	host_meta_free(NULL);
	uv_run(&loop, UV_RUN_DEFAULT);
	assert_int_equal(answers, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_domain_says_where),
		cmocka_unit_test(test_other_answers_are_none),
		cmocka_unit_test(test_the_certificate_has_to_be_the_domain_s),
		cmocka_unit_test(test_what_is_no_domain_is_not_asked),
		cmocka_unit_test(test_it_can_be_left_at_any_time),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
