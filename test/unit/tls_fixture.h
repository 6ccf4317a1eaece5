/* A certificate and its key, made anew. */
#ifndef TEST_TLS_FIXTURE_H
#define TEST_TLS_FIXTURE_H

/* Writes both in PEM; the caller frees *pin, the key's. */
void make_certificate(const char *certificate_path, const char *key_path, char **pin);

#endif
