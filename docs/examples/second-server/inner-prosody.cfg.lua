-- The inner server: /etc/prosody/conf.d/platen.cfg.lua
VirtualHost "acme.example.net"
	modules_enabled = { "s2s_bidi" }
	ssl = { cafile = "certs/platen-ca.crt" }
