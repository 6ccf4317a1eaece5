"""Devices are taken out of use, get other accounts, come without a unit; on both servers."""
import os
import pathlib
import re
import signal
import subprocess

import pytest

from client import Client, local
from conftest import SERVERS
from lab import wait_for
from schemas import DEVICE

SERIAL = "<device xmlns='urn:platen:device:1' serial='{}' client='test/1' transport='tcp'/>"


def reload_units(lab, device=None):
    """units.conf with one device more, or as it was."""
    path = lab.dir / "platend/units.conf"
    text = re.sub(r"(?m)^(devices = [^,\n]*).*", r"\1" + (f", {device}" if device else ""),
                  path.read_text())
    path.write_text(text)
    before = lab.log("platend").count("was read again")
    os.kill(int(lab.env["PLATEND_PID"]), signal.SIGHUP)
    wait_for(lambda: lab.log("platend").count("was read again") > before, 10, "units read again")


def present(client, lab, serial):
    client.send(f"<presence to='{lab.component}'>{SERIAL.format(serial)}</presence>")


def refused(client):
    """The text of the error for a presence."""
    error = client.take(lambda stanza: local(stanza) == "presence"
                        and stanza.get("type") == "error")
    return error.findtext(".//{urn:ietf:params:xml:ns:xmpp-stanzas}text")


def conditions(row):
    return {warning["condition"] for warning in row["warnings"]}


def test_what_waits_is_cancelled_and_what_is_under_way_is_answered(lab):
    name, jid = "mfp-0003", lab.jid("mfp-0003")
    lab.freeze(name)
    try:
        first = lab.queue(name, "get-status")
        lab.until(first, "transmitted")
        second = lab.queue(name, "get-counters")
        row = lab.ask("decommission", jid)
        assert (row["online"], row["decommissioned"] is None) == (False, False)
        assert lab.until(second)["cause"] == "decommissioned"
        assert lab.status(second)["status"] == "cancelled"
        assert lab.ask("status", second, status=1)["error"]["condition"] == "decommissioned"
        assert lab.status(first)["status"] == "transmitted"
    finally:
        lab.thaw(name)
    assert lab.until(first)["status"] == "responded"
    refusal = lab.ask("request", jid, "get-status", status=1)["error"]
    assert refusal["condition"] == "item-not-found"
    assert f"{jid} was decommissioned on 20" in refusal["text"]
    assert [row["device"] for row in lab.list("devices", "decommissioned=yes")] == [jid]
    assert [row["reason"] for row in lab.list("unassigned")] == ["decommissioned"]
    assert lab.ask("commission", jid)["decommissioned"] is None
    wait_for(lambda: lab.online(name), 20, "online again")
    assert lab.ask("request", jid, "get-status")["status"] == "responded"
    assert lab.list("unassigned") == []


def test_who_has_no_unit_is_listed_and_asked_when_it_has_one(lab):
    jid = lab.jid("operator")
    with Client(lab, "operator", resource="platen-a") as client:
        present(client, lab, "N1")
        assert refused(client) == f"no unit has the device {jid}"
        row = lab.list("unassigned")[0]
        assert (row["device"], row["reason"], row["serial"]) == (jid, "no-unit", "N1")
        assert jid in lab.run("unassigned").stdout
        reload_units(lab, jid)
        asked = client.take(lambda stanza: local(stanza) == "iq" and stanza.get("type") == "get"
                            and len(stanza) and stanza[0].tag == f"{{{DEVICE}}}device")
        client.reply(asked, SERIAL.format("N1"))
        wait_for(lambda: lab.ask_any("device", jid).get("online"), 10, "a device")
        assert lab.list("unassigned") == []
    lab.ask("decommission", jid)
    reload_units(lab)


def under_account(lab, name, account):
    """This device's program, with another account in its configuration."""
    folder = lab.dir / "moved"
    folder.mkdir()
    text = (lab.dir / f"devices/{name}/platen-device.conf").read_text()
    text = text.replace(f"jid = {lab.jid(name)}", f"jid = {lab.jid(account)}")
    text = re.sub("(?m)^password-file = .*", f"password-file = {folder}/password", text)
    (folder / "password").write_text(lab.password(account) + "\n")
    (folder / "platen-device.conf").write_text(text)
    with open(folder / "log", "wb") as log:
        return subprocess.Popen([pathlib.Path(lab.env["PLATEN"]).with_name("platen-device"), "-c",
                                 folder / "platen-device.conf"], stdout=log, stderr=log)


@pytest.mark.parametrize("server", SERVERS)
def test_a_device_gets_a_new_account(new_lab, server):
    lab = new_lab(server=server, devices=1)
    old, new = lab.jid("mfp-0001"), lab.jid("operator")
    counters = lab.ask("request", old, "get-counters")["outcome"]["counters"]
    refusal = lab.ask("rename", old, new, status=1)["error"]
    assert f"no unit of yours has {new}" in refusal["text"]
    reload_units(lab, new)
    assert lab.ask("rename", "LAB000001", new)["successor"] == new
    assert lab.ask("request", old, "get-status")["status"] == "responded"
    row = lab.ask("device", new)
    assert (row["online"], row["predecessor"], row["counters"]) == (False, old, counters)
    moved = under_account(lab, "mfp-0001", "operator")
    try:
        wait_for(lambda: lab.ask("device", new)["online"], 20, "there under its new account")
        row = lab.ask("device", old)
        assert (row["online"], row["successor"]) == (False, new)
        assert row["decommissioned"] is not None
        assert lab.ask("request", "LAB000001", "get-status")["device"] == new
        assert lab.ask("device", new)["counters"] == counters
        text = lab.run("request", old, "get-status").stderr
        assert f"{old} was decommissioned on " in text and f"its successor is {new}" in text
        assert [row["device"] for row in lab.list("unassigned")] == [old]
        assert lab.list("devices", "warning=true") == []
    finally:
        moved.terminate()
        moved.wait(20)


def test_a_counter_that_runs_backwards_is_told(lab):
    name, jid = "mfp-0002", lab.jid("mfp-0002")
    path = lab.dir / f"devices/{name}/state.xml"
    before = path.read_text()
    had = lab.ask("request", jid, "get-counters")["outcome"]["counters"][0]["value"]
    path.write_text(before.replace(f"value='{had}'", "value='12'"))
    try:
        lab.ask("request", jid, "get-counters")
    finally:
        path.write_text(before)
    row = lab.list("devices", "warning=true")[0]
    assert (row["device"], row["counters"][0]["value"]) == (jid, 12)
    assert row["warnings"][0]["text"] == f"marker-life-count 1.1: {had}, now 12"
    text = lab.run("device", jid).stdout
    assert f"marker-life-count 1.1: {had}, now 12" in text
    assert re.search(r"figures taken  .*(ago|just now)", text)
    assert "online !" in lab.run("devices").stdout
    assert lab.ask("acknowledge", "LAB000002")["warnings"] == []
    assert lab.list("devices", "warning=true") == []


def test_two_devices_with_one_account_are_told(lab):
    """Each takes the stream from the other, as servers do with one resource."""
    name, jid = "mfp-0002", lab.jid("mfp-0002")
    lab.kill(name)
    clients = []
    for n in range(8):
        clients.append(Client(lab, name, resource="platen-a"))
        present(clients[-1], lab, f"TWIN{n % 2}")
        wait_for(lambda n=n: lab.ask("device", jid)["serial"] == f"TWIN{n % 2}", 10, "its serial")
    row = lab.ask("device", jid)
    assert conditions(row) == {"serial-changed", "shared-account"}
    assert "warn warning: it logs in again and again device=" + jid in lab.log("platend")
    for client in clients:
        client.close()
    lab.restart(name)
    assert lab.ask("device", jid)["serial"] == "LAB000002"
    lab.ask("acknowledge", jid)


def test_one_serial_number_under_two_accounts_is_told(lab):
    with Client(lab, "mfp-0001", resource="platen-b") as client:
        client.send(f"<presence to='{lab.component}'>"
                    + SERIAL.format("LAB000002").replace("client", "manufacturer='Platen' client")
                    + "</presence>")
        wait_for(lambda: lab.ask("device", lab.jid("mfp-0001"))["warnings"], 10, "the warning")
        row = lab.ask("device", lab.jid("mfp-0002"))
        assert conditions(row) == {"duplicate-serial"}
        assert lab.jid("mfp-0001") in row["warnings"][0]["text"]
        assert row["warnings"][0]["since"] is None
        client.send(f"<presence to='{lab.component}'>{SERIAL.format('LAB000001')}</presence>")
        wait_for(lambda: not lab.ask("device", lab.jid("mfp-0002"))["warnings"], 10, "no warning")
    lab.ask("acknowledge", lab.jid("mfp-0001"))


def test_who_may_not_is_told_so(lab):
    path = lab.dir / "platend/units.conf"
    before = path.read_text()
    path.write_text(before.replace(" admin", ""))
    reload_units(lab)
    try:
        for words in (("decommission", lab.jid("mfp-0001")), ("unassigned",)):
            done = lab.run("--json", *words)
            assert (done.returncode, "admin" in done.stdout) == (4, True), done.stdout
    finally:
        path.write_text(before)
        reload_units(lab)
    assert subprocess.run([lab.env["PLATEN"], "rename", "x"], capture_output=True,
                          check=False).returncode == 2
