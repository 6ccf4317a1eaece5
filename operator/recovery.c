#include "operator/recovery.h"

#include "common/backoff.h"
#include "common/clock.h"

#define AGAIN_MS 500
#define CAP_MS 10000
#define GIVE_UP_MS 60000

void recovery_over(struct recovery *r, struct fault *f)
{
	r->since = 0;
	r->tries = 0;
	fault_clear(f);
}

int recovery_wait(struct recovery *r, const struct session *s, recovery_show *show, void *arg,
                  struct fault *f)
{
	enum link_result result;

	if (r->since == 0)
		r->since = clock_mono_ms();
	while (clock_mono_ms() - r->since < GIVE_UP_MS) {
		show(arg, link_is_online(s->link) ? "the component is away" : "connecting again");
		result = link_sleep(s->link, backoff_ms(r->tries++, AGAIN_MS, CAP_MS, backoff_random()));
		if (result == LINK_INTERRUPTED)
			return EXIT_INTERRUPTED;
		if (link_is_online(s->link))
			return 0;
		result = link_connect(s->link, s->password, f);
		if (result == LINK_OK)
			return 0;
		if (result == LINK_INTERRUPTED)
			return EXIT_INTERRUPTED;
		if (f->exit != EXIT_NO_CONNECTION)
			return f->exit;
	}
	return f->exit;
}
