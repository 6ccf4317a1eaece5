"""Finding the server in a network with a firewall that lets only out: what DNS says, servers
that are not there, IPv6."""
import json
import re

from lab import wait_for
from network import DEAD, DIRECT, DOMAIN, REFUSING, SERVERS, XMPP, fresh, network, records

FOUR, OTHER_FOUR, SIX, OTHER_SIX = SERVERS
ONE, TWO = f"one.{DOMAIN}", f"two.{DOMAIN}"
HOSTS = {ONE: [FOUR], TWO: [OTHER_FOUR]}


def test_the_lower_priority_goes_first(fresh):
    fresh.router.dns(*records(("xmpp-client", 20, 65535, XMPP, ONE),
                              ("xmpp-client", 10, 0, XMPP, TWO), hosts=HOSTS))
    fresh.start_device()
    fresh.until("stream: online")
    assert fresh.tried() == [(TWO, OTHER_FOUR)]
    assert f"mfp-0001@{DOMAIN}" in fresh.platen("devices")


def test_equal_ones_share_by_weight(fresh):
    """Of 40 draws of 9 in 10 fewer than 21 go to the heavy one once in 10^9 runs; without weights
    every second time."""
    fresh.router.dns(*records(("xmpp-client", 10, 90, XMPP, ONE),
                              ("xmpp-client", 10, 10, XMPP, TWO), hosts=HOSTS))
    drawn = [re.findall(r"connecting host=(\S+)", fresh.platen("devices"))[0] for _ in range(40)]
    assert drawn.count(ONE) > 20


def test_both_kinds_of_tls_are_one_list(fresh):
    fresh.router.dns(*records(("xmpps-client", 5, 0, DIRECT, ONE),
                              ("xmpp-client", 6, 0, XMPP, TWO), hosts=HOSTS))
    fresh.start_device()
    fresh.until("stream: online")
    assert re.search(rf"connecting host={ONE} .* port={DIRECT} security=direct-tls", fresh.log())


def test_dead_servers_are_passed_over(fresh):
    """One that is silent, one that refuses, one whose name is nobody's; then a living one."""
    dead, refusing, nobody = (f"{name}.{DOMAIN}" for name in ("dead", "refusing", "nobody"))
    fresh.router.dns(*records(
        ("xmpp-client", 1, 0, XMPP, dead), ("xmpp-client", 2, 0, REFUSING, refusing),
        ("xmpp-client", 3, 0, XMPP, nobody), ("xmpp-client", 4, 0, XMPP, TWO),
        hosts={dead: [DEAD[0]], refusing: [FOUR], TWO: [OTHER_FOUR]}))
    fresh.start_device()
    fresh.until("stream: online")
    assert fresh.tried() == [(TWO, OTHER_FOUR)]
    assert re.search(f"finder: host={nobody}: ", fresh.log())
    assert re.search(f"race: no connection host={refusing} .*: connection refused", fresh.log())


def test_the_living_address_of_a_host_is_found(fresh):
    """The first family is dead and silent, whichever getaddrinfo() has put first."""
    fresh.router.dns(*records(("xmpp-client", 1, 0, XMPP, ONE),
                              hosts={ONE: [DEAD[0], DEAD[1], SIX]}))
    fresh.start_device()
    fresh.until("stream: online")
    assert fresh.tried() == [(ONE, SIX)]
    fresh.stop_device()
    fresh.router.dns(*records(("xmpp-client", 1, 0, XMPP, ONE),
                              hosts={ONE: [DEAD[0], DEAD[1], FOUR]}))
    fresh.start_device()
    fresh.until("stream: online")
    assert fresh.tried() == [(ONE, FOUR)]


def test_a_network_with_ipv6_only(fresh):
    fresh.plug_in("fd77:1::2/64")
    fresh.router.dns(*records(("xmpp-client", 1, 0, XMPP, ONE), hosts={ONE: [FOUR, SIX]}))
    fresh.start_device()
    fresh.until("stream: online")
    assert fresh.tried() == [(ONE, SIX)]
    assert f"mfp-0001@{DOMAIN}" in fresh.platen("devices")


def test_without_records_the_domain_itself_is_tried(fresh):
    fresh.router.dns(*records(hosts={DOMAIN: [FOUR]}))
    fresh.start_device()
    fresh.until("stream: online")
    assert fresh.tried() == [(DOMAIN, FOUR)]


def test_with_records_it_is_not(fresh):
    fresh.router.dns(*records(("xmpp-client", 1, 0, REFUSING, TWO),
                              hosts={DOMAIN: [FOUR], TWO: [OTHER_FOUR]}))
    assert f"cannot connect to the server of {DOMAIN}" in fresh.platen("devices", status=5)
    fresh.router.dns(f"srv-host=_xmpps-client._tcp.{DOMAIN}", *records(hosts={DOMAIN: [FOUR]}))
    said = fresh.platen("devices", status=5)
    assert f"cannot find the server of {DOMAIN}: the domain offers no XMPP to clients" in said


def test_configured_hosts_go_before_dns(fresh):
    fresh.router.dns(*records(("xmpp-client", 1, 0, XMPP, TWO), hosts=HOSTS))
    fresh.start_device(f"host = {FOUR}:{REFUSING}, [{SIX}], {TWO}")
    fresh.until("stream: online")
    assert fresh.tried() == [(SIX, SIX)]


# It takes connections by its queue alone, and says nothing.
SILENT = "import socket, time; listening = socket.create_server(('', 5554)); time.sleep(600)"


def test_a_server_that_is_silent_is_left_for_the_next(fresh):
    folder = fresh.dir / "deaf"
    folder.mkdir()
    fresh.server.start(folder, "/usr/bin/python3", "-c", SILENT)
    wait_for(lambda: fresh.server.run("ss", "-Hltn", "sport = :5554").stdout, 20, "the silent one")
    fresh.router.dns(*records(("xmpp-client", 1, 0, 5554, ONE),
                              ("xmpp-client", 2, 0, XMPP, TWO), hosts=HOSTS))
    fresh.start_device()
    fresh.until("stream: online")
    assert fresh.tried() == [(ONE, FOUR), (TWO, OTHER_FOUR)]
    assert f"host={ONE} address={FOUR} port=5554: the server did not answer in time" in fresh.log()


# A TLS server with another domain's certificate of the same authority.
IMPOSTOR = """
import json, socket, ssl, sys
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(sys.argv[1])
context.set_alpn_protocols(["http/1.1", "xmpp-client"])
context.sni_callback = lambda sock, name, _: print(json.dumps({"sni": name}), flush=True)
listening = socket.create_server(("", 5555))
while True:
    try:
        with context.wrap_socket(listening.accept()[0], server_side=True) as peer:
            print(json.dumps({"alpn": peer.selected_alpn_protocol()}), flush=True)
            print(json.dumps({"heard": peer.recv(65536).decode(errors="replace")}), flush=True)
    except OSError as error:
        print(json.dumps({"error": str(error)}), flush=True)
"""


def test_dns_cannot_lead_to_another_certificate(fresh):
    """That the name of the record's target is in it does not help."""
    import tls
    folder = fresh.dir / "impostor"
    folder.mkdir()
    for name in ("ca.crt", "ca.key"):
        (folder / name).write_text((fresh.dir / "tls" / name).read_text())
    tls.certificate(folder, ONE)
    (folder / "impostor.py").write_text(IMPOSTOR)
    fresh.server.start(folder, "/usr/bin/python3", folder / "impostor.py", folder / f"{ONE}.pem")
    wait_for(lambda: fresh.server.run("ss", "-Hltn", "sport = :5555").stdout, 20, "the impostor")
    fresh.router.dns(*records(("xmpps-client", 1, 0, 5555, ONE),
                              ("xmpp-client", 2, 0, XMPP, TWO), hosts=HOSTS))
    fresh.start_device()
    fresh.until("stream: online")
    assert fresh.tried() == [(ONE, FOUR), (TWO, OTHER_FOUR)]
    assert re.search(f"host={ONE} .*: the server's certificate: .*trying the next", fresh.log())
    heard = [json.loads(line) for line in (folder / "log").read_text().splitlines()]
    assert {"sni": DOMAIN} in heard
    assert not any("<stream" in one.get("heard", "") for one in heard)


def test_direct_tls_says_that_it_is_for_xmpp(fresh):
    """ALPN; the impostor has the right certificate now, and is silent."""
    folder = fresh.dir / "silent"
    folder.mkdir()
    (folder / "silent.py").write_text(IMPOSTOR.replace("5555", "5556"))
    fresh.server.start(folder, "/usr/bin/python3", folder / "silent.py",
                       fresh.dir / f"tls/{DOMAIN}.pem")
    wait_for(lambda: fresh.server.run("ss", "-Hltn", "sport = :5556").stdout, 20, "the silent one")
    fresh.router.dns(*records(("xmpps-client", 1, 0, 5556, ONE), hosts=HOSTS))
    fresh.platen("devices", status=5)
    assert '{"alpn": "xmpp-client"}' in (folder / "log").read_text()
