-- The outer server: /etc/prosody/conf.d/platen.cfg.lua

-- A stream on which nothing came for so many seconds is asked (by stream management); if the
-- answer is owed when as many have passed again, it is dead. More than a minute, which is how
-- often the inner server pings; less than the 90 s in which a request has used up its attempts.
network_settings = { read_timeout = 75 }

-- A stream with a rate limit, as Debian's configuration has one, is never found to be dead.
unlimited_jids = { "acme.example.net" }

VirtualHost "example.com"
	modules_enabled = { "s2s_bidi", "limits" }
	ssl = { cafile = "certs/platen-ca.crt" }

Component "devices.example.com"
	component_secret = "a long random secret"
	modules_enabled = { "s2s_bidi", "limits" }
	ssl = { cafile = "certs/platen-ca.crt" }
