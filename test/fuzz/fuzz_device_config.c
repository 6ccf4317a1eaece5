// link: test/fuzz/config_fixture.o device/config.o device/config_bosh.o device/transport.o device/network.o device/url.o device/vendor.o device/agent_account.o
// link: device/source.o device/watch.o
/* Any platen-device.conf behind the keys that are required. */
#include "device/config.h"
#include "test/fuzz/config_fixture.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int read_config(void *config, const char *path, FILE *errors)
{
	return config_read(config, path, errors);
}

static void print_config(const void *config, FILE *out)
{
	config_print(config, out);
}

static void free_config(void *config)
{
	config_free(config);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct config_fixture fixture = {
		.head = "[account]\njid = mfp-0001@example.com\npassword-file = secret\n"
		        "[component]\nobey = devices.example.com\n",
		.size = sizeof(struct config), .read = read_config, .print = print_config,
		.free = free_config,
	};

	config_fixture_run(&fixture, data, size);
	return 0;
}
