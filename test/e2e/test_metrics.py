"""The page of metrics, read by the parsers of Prometheus' own Python client."""
import contextlib
import http.client
import os
import pathlib
import re
import socket
import subprocess
import time
import urllib.parse

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as open_metrics
from prometheus_client.parser import text_string_to_metric_families as classic

from client import Client
from lab import Lab, wait_for
from schemas import OPERATION
from test_files import crc32c

CONNECTIONS = 16      # that are served at a time
MANY = 2000


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """The XMPP server has no part in it."""
    one = Lab(tmp_path_factory.mktemp("metrics") / "lab", devices=3)
    yield one
    one.down()


def address(lab):
    parts = urllib.parse.urlsplit(lab.env["METRICS_URL"])
    return parts.hostname, parts.port


def fetch(lab, method="GET", path="/metrics", body=None, **headers):
    """(status, headers, text) of one request."""
    connection = http.client.HTTPConnection(*address(lab), timeout=60)
    with contextlib.closing(connection):
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read().decode()


def samples(families):
    """{(name, ((label, value), …)): value}; no sample is there twice."""
    found = {}
    for family in families:
        for one in family.samples:
            key = one.name, tuple(sorted(one.labels.items()))
            assert key not in found, key
            found[key] = one.value
    return found


def metrics(lab):
    status, _, text = fetch(lab)
    assert status == 200
    return samples(open_metrics(text))


def of(found, name, **labels):
    return found.get((name, tuple(sorted(labels.items()))))


def expected_of_devices(rows):
    """What `platen --json devices` says, as samples."""
    found = {}

    def add(metric, value, row, **labels):
        labels = {"device": row["device"], "unit": row["unit"], **labels}
        labels = {key: text for key, text in labels.items() if text}
        found[metric, tuple(sorted(labels.items()))] = value

    for row in rows:
        add("platen_device_online", int(row["online"]), row)
        facts = ("manufacturer", "model", "serial", "firmware", "location", "mac", "name",
                 "address", "host")
        add("platen_device_info", 1, row, **{fact: row[fact] for fact in facts})
        for one in row["supplies"] or []:
            labels = {key: one[key] for key in ("index", "description", "type", "colorant")}
            if one["percent"] is not None:
                add("platen_device_supply_ratio", one["percent"] / 100, row, **labels)
            for figure in ("level", "capacity"):
                if one[figure] is not None:
                    add(f"platen_device_supply_{figure}", one[figure], row, counted=one["unit"],
                        **labels)
            for state in ("other", "unknown", "some-remaining") if one["state"] else ():
                add("platen_device_supply_state", int(one["state"] == state), row,
                    platen_device_supply_state=state, **labels)
        for one in row["counters"] or []:
            add("platen_device_counter_total", one["value"], row, name=one["name"],
                index=one["index"], counted=one["unit"])
    return found


def of_devices(found):
    return {key: value for key, value in found.items()
            if key[0].startswith("platen_device_") and "timestamp" not in key[0]}


def test_the_page_agrees_with_the_list_of_devices(lab):
    for name in ("mfp-0001", "mfp-0002"):
        lab.ask("request", lab.jid(name), "get-supplies")
    lab.ask("request", lab.jid("mfp-0001"), "get-counters")
    rows = lab.list("devices")
    found = metrics(lab)
    assert of_devices(found) == expected_of_devices(rows)
    assert of(found, "platen_devices") == len(rows) == 3
    names = {name for name, _ in found}
    assert {"platen_device_supply_ratio", "platen_device_supply_state",
            "platen_device_counter_total"} <= names


def test_ends_of_requests_are_counted(lab):
    before = metrics(lab)
    lab.ask("request", lab.jid("mfp-0003"), "get-status")
    lab.run("request", "nobody@localhost", "get-status")
    after = metrics(lab)

    def grown(name, **labels):
        return of(after, name, **labels) - of(before, name, **labels)

    assert grown("platen_requests_accepted_total") == 1
    assert grown("platen_requests_ended_total", status="responded") == 1
    assert grown("platen_request_response_seconds_count") == 1
    assert grown("platen_request_response_seconds_bucket", le="+Inf") == 1
    assert grown("platen_requests_refused_total", condition="item-not-found") == 1
    assert grown("platen_stanzas_received_total") >= 3
    assert of(after, "platen_link_up") == 1
    assert of(after, "platen_requests_open", status="queued") == 0


def test_the_process_is_the_one_that_runs(lab):
    found = metrics(lab)
    pid = lab.env["PLATEND_PID"]
    with open(f"/proc/{pid}/statm", encoding="ascii") as statm:
        resident = int(statm.read().split()[1]) * os.sysconf("SC_PAGESIZE")
    assert resident / 2 < of(found, "process_resident_memory_bytes") < resident * 2
    with open(f"/proc/{pid}/stat", encoding="ascii") as stat:
        started = int(stat.read().rpartition(")")[2].split()[19]) / os.sysconf("SC_CLK_TCK")
    up = time.clock_gettime(time.CLOCK_BOOTTIME) - started
    assert abs(time.time() - of(found, "process_start_time_seconds") - up) < 10
    assert of(found, "process_open_fds") > 5
    assert of(found, "process_cpu_seconds_total") > 0


@pytest.mark.parametrize("accept, kind, parser", ids=("Prometheus", "any", "older"), argvalues=[
    ("application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
     "application/openmetrics-text; version=1.0.0; charset=utf-8", open_metrics),
    ("*/*", "application/openmetrics-text; version=1.0.0; charset=utf-8", open_metrics),
    ("text/plain;version=0.0.4;q=1,*/*;q=0.1", "text/plain; version=0.0.4; charset=utf-8", classic),
])
def test_a_client_gets_the_format_that_it_asks_for(lab, accept, kind, parser):
    lab.ask("request", lab.jid("mfp-0001"), "get-supplies")
    status, headers, text = fetch(lab, Accept=accept)
    assert (status, headers["Content-Type"]) == (200, kind)
    found = samples(parser(text))
    assert of_devices(found) == of_devices(metrics(lab))
    assert of(found, "platen_link_up") == 1


def test_there_is_one_page_to_get(lab):
    status, _, text = fetch(lab, path="/")
    assert (status, "/metrics" in text) == (200, True)
    assert fetch(lab, path="/metrics?name=value")[0] == 200
    for path in ("/metrics/", "/metric", "//metrics", "*"):
        assert fetch(lab, path=path)[0] == 404, path
    status, headers, text = fetch(lab, "HEAD")
    assert (status, text) == (200, "")
    assert headers["Content-Type"].startswith("application/openmetrics-text")
    for method in ("POST", "PUT", "DELETE", "OPTIONS", "BREW"):
        status, headers, _ = fetch(lab, method, body=b"a=b" if method in ("POST", "PUT") else None)
        assert (status, headers["Allow"]) == (405, "GET, HEAD"), method
    assert fetch(lab, body=b"x" * 100)[0] == 200


@contextlib.contextmanager
def raw(lab, text=b"", buffer=None):
    with socket.socket() as one:
        if buffer:
            one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
        one.settimeout(60)
        one.connect(address(lab))
        one.sendall(text)
        yield one


def rest(one):
    """What comes until the end, which there must be."""
    pieces = []
    with contextlib.suppress(ConnectionError):
        while piece := one.recv(65536):
            pieces.append(piece)
    return b"".join(pieces)


HEAD = b"GET /metrics HTTP/1.1\r\nHost: x\r\n"
POST = b"POST /metrics HTTP/1.1\r\nHost: x\r\n"
GARBAGE = {
    "no address": b"GET\r\n\r\n", "words": b"hello there\r\n\r\n",
    "TLS": b"\x16\x03\x01" + b"x" * 200 + b"\r\n\r\n", "HTTP 9": b"GET /metrics HTTP/9.9\r\n\r\n",
    "a long address": b"GET /" + b"a" * 100000 + b" HTTP/1.1\r\n\r\n",
    "a long header": HEAD + b"A: " + b"b" * 100000 + b"\r\n\r\n",
    "many headers": HEAD + b"A: b\r\n" * 20000 + b"\r\n",
    "a body of endless length": POST + b"Content-Length: 99999999999999999999\r\n\r\n",
    "a bad chunk": POST + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n" + b"f" * 100000,
}


@pytest.mark.parametrize("kind", GARBAGE)
def test_garbage_is_answered_or_cut_off(lab, kind):
    with raw(lab) as one:
        with contextlib.suppress(OSError):      # it need not listen to the end
            one.sendall(GARBAGE[kind])
            one.shutdown(socket.SHUT_WR)
        answer = rest(one)
    assert answer == b"" or re.match(rb"HTTP/1\.[01] [45]\d\d ", answer), answer[:200]
    assert of(metrics(lab), "platen_link_up") == 1


def test_connections_that_say_nothing_hold_nothing_up(lab):
    with contextlib.ExitStack() as stack:
        silent = [stack.enter_context(raw(lab, b"GET /metr" if n % 2 else b""))
                  for n in range(CONNECTIONS - 1)]
        assert of(metrics(lab), "platen_link_up") == 1
        # More than are served: one after the other gets the last place.
        more = [stack.enter_context(raw(lab, b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"))
                for _ in range(20)]
        assert lab.ask("request", lab.jid("mfp-0001"), "get-status")["status"] == "responded"
        for one in more:
            assert rest(one).startswith(b"HTTP/1.1 200 ")
    assert of(metrics(lab), "platen_link_up") == 1


def test_more_half_open_connections_than_places_are_gone_soon(lab):
    """While they are open: nobody closes them but platend."""
    with contextlib.ExitStack() as stack:
        silent = [stack.enter_context(raw(lab, b"GET /metr" if n % 2 else b""))
                  for n in range(CONNECTIONS + 8)]
        connection = http.client.HTTPConnection(*address(lab), timeout=20)
        with contextlib.closing(connection):
            connection.request("GET", "/metrics")
            assert connection.getresponse().status == 200
        for one in silent:
            assert not rest(one).startswith(b"HTTP/1.1 200 ")


def test_only_the_loopback_is_listened_at(lab):
    port = f"{address(lab)[1]:04X}"
    listening = [line.split()[1] for line in open("/proc/net/tcp", encoding="ascii")
                 if line.split()[3] == "0A" and line.split()[1].endswith(":" + port)]
    assert listening == [f"0100007F:{port}"]


def test_platend_does_not_start_where_somebody_else_listens(lab, tmp_path):
    program = pathlib.Path(lab.env["PLATEN"]).with_name("platend")
    done = subprocess.run([program, "-c", lab.dir / "platend/platend.conf"], timeout=60,
                          capture_output=True, text=True,
                          env={**os.environ, "PLATEND_DATA_DIRECTORY": str(tmp_path)})
    assert done.returncode == 1
    assert "metrics: cannot listen at 127.0.0.1:" in done.stderr
    assert "online" not in done.stderr


# A fleet in the table: as many devices as nobody could start here.

def row_of(names, values):
    body = "\t".join(values.get(name, "") for name in names[:-1]).encode()
    return body + b"\t" + f"{crc32c(body):08x}".encode() + b"\n"


def write_fleet(lab):
    """Devices that are away; every second one has figures."""
    path = lab.dir / "data/devices/devices.tsv"
    names = path.read_bytes().split(b"\n")[0].decode().split("\t")
    with path.open("ab") as out:
        for n in range(MANY):
            figures = "".join(
                f"<supply index='1.{i}' description='Toner {i}' type='toner' unit='percent' "
                f"capacity='100' level='{(n + i) % 101}'/>" for i in range(4))
            out.write(row_of(names, {
                "device": f"mfp-t{n:06d}@{lab.env['DOMAIN']}", "time": "2026-01-02T03:04:05.678Z",
                "unit": "lab", "online": "false", "since": "2026-01-02T03:04:05.678Z",
                "serial": f"S{n}", "taken": "2026-01-02T03:04:05.678Z" if n % 2 else "",
                "supplies": f"<supplies xmlns='urn:platen:mfp:1' source='snmp'>{figures}</supplies>"
                            if n % 2 else "",
            }))


@pytest.fixture(scope="module")
def fleet(tmp_path_factory):
    one = Lab(tmp_path_factory.mktemp("fleet") / "lab", devices=1)
    one.kill("platend")
    write_fleet(one)
    one.restart("platend")
    yield one
    # Who has only begun to read keeps platend neither from ending nor from ending well.
    with raw(one, b"GET /metrics HTTP/1.0\r\n\r\n", buffer=4096) as reader, raw(one, b"GET /"):
        assert reader.recv(5) == b"HTTP/"
        one.down()


def check_fleet(found):
    away = [key for key, value in found.items() if key[0] == "platen_device_online" and not value]
    assert len(away) == MANY == of(found, "platen_devices") - 1
    ratios = {key: value for key, value in found.items()
              if key[0] == "platen_device_supply_ratio" and "mfp-t" in dict(key[1])["device"]}
    assert len(ratios) == MANY // 2 * 4
    for (_, labels), value in ratios.items():
        labels = dict(labels)
        number, index = int(labels["device"][5:11]), int(labels["index"][2:])
        assert value == (number + index) % 101 / 100


def test_a_fleet_is_there_while_requests_go_on(fleet):
    submit = (f"<request xmlns='{OPERATION}' command='get-supplies' "
              f"device='{fleet.jid('mfp-0001')}'/>")
    with Client(fleet, "operator", "load") as operator:
        questions = [operator.ask("set", fleet.component, submit) for _ in range(100)]
        found = metrics(fleet)
        for question in questions:
            assert operator.answer(question, fleet.component).get("type") == "result"
        check_fleet(found)
        wait_for(lambda: of(metrics(fleet), "platen_requests_ended_total",
                            status="responded") == 100, 60, "the requests ended")


def test_a_slow_reader_does_not_hold_the_loop_up_and_its_page_is_made_as_it_reads(fleet):
    last = re.compile(rb"platen_device_counter_total\{device=.mfp-0001@")
    assert not last.search(fetch(fleet)[2].encode())
    with contextlib.ExitStack() as stack:
        slow = [stack.enter_context(raw(fleet, b"GET /metrics HTTP/1.0\r\n\r\n", buffer=4096))
                for _ in range(CONNECTIONS - 1)]
        for one in slow:
            assert one.recv(5) == b"HTTP/"
        assert fleet.ask("request", fleet.jid("mfp-0001"), "get-counters")["status"] == "responded"
        other = fetch(fleet)[2]
        page = rest(slow[0]).partition(b"\r\n\r\n")[2]
    # Had it been kept for the reader, it would not have what came only afterwards.
    assert last.search(page)
    for text in (page.decode(), other):
        check_fleet(samples(open_metrics(text)))
    # Those that went away in the midst of it have left no descriptor behind.
    files = of(samples(open_metrics(other)), "process_open_fds")
    wait_for(lambda: of(metrics(fleet), "process_open_fds") <= files - CONNECTIONS + 2, 20,
             "their descriptors are closed")
