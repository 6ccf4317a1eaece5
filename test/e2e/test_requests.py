"""An operator asks, a device answers; on both servers."""
from lxml import etree

from client import local
from schemas import MFP, OPERATION
from lab import wait_for

DEVICE = "mfp-0002"


def state(lab, name=DEVICE):
    """What the device's own state file says."""
    root = etree.parse(str(lab.dir / f"devices/{name}/state.xml")).getroot()
    return {local(child): child for child in root}


def numbers(element):
    return {key: int(value) if value.isdigit() else value for key, value in element.items()}


def test_counters_are_those_of_the_device(lab):
    row = lab.ask("request", lab.jid(DEVICE), "get-counters")
    assert row["status"] == "responded"
    wanted = [numbers(counter) for counter in state(lab)["counters"]]
    assert row["outcome"]["counters"] == wanted
    assert row["outcome"]["source"] == "file"


def test_supplies_tell_a_figure_from_a_state(lab):
    supplies = lab.ask("request", lab.jid(DEVICE), "get-supplies")["outcome"]["supplies"]
    written = [numbers(supply) for supply in state(lab)["supplies"]]
    assert [s["description"] for s in supplies] == [w["description"] for w in written]
    black, cyan, fuser, waste = supplies
    assert (black["level"], black["capacity"], black["percent"]) == (14, 100, 14)
    assert (cyan["level"], cyan["capacity"], cyan["percent"]) == (1500, 6000, 25)
    for supply, means in ((fuser, "unknown"), (waste, "some-remaining")):
        assert (supply["level"], supply["capacity"], supply["percent"]) == (None, None, None)
        assert supply["state"] == means
    assert black["state"] is None
    assert waste["class"] == "receptacleThatIsFilled"


def test_status_and_information(lab):
    status = lab.ask("request", lab.jid(DEVICE), "get-status")["outcome"]
    assert status["state"] == "idle"
    assert status["errors"] == ["lowToner"]
    assert status["console"] == ["Ready"]
    assert status["power_on_s"] == int(state(lab)["status"].get("power_on_s"))
    facts = lab.ask("request", lab.jid(DEVICE), "get-information")["outcome"]
    for name, value in state(lab)["information"].items():
        assert facts[name] == value


def test_a_change_at_the_device_is_in_the_next_answer(lab):
    path = lab.dir / "devices/mfp-0003/state.xml"
    before = path.read_text()
    path.write_text(before.replace("level='21'", "level='99'"))
    try:
        supplies = lab.ask("request", lab.jid("mfp-0003"), "get-supplies")["outcome"]["supplies"]
    finally:
        path.write_text(before)
    assert supplies[0]["level"] == 99


def test_an_answer_with_a_long_tag_is_there_at_once(lab):
    """A server's parser must not keep what the end of its read has cut."""
    path = lab.dir / "devices/mfp-0003/state.xml"
    before = path.read_text()
    root = etree.fromstring(before.encode())
    for name in ("index", "description", "colorant"):
        root.find(f"{{{MFP}}}supplies")[-1].set(name, '"' * 1000)
    path.write_text(etree.tostring(root, encoding="unicode"))
    try:
        row = lab.ask("request", lab.jid("mfp-0003"), "get-supplies", "--timeout", "5")
    finally:
        path.write_text(before)
        lab.ask("request", lab.jid("mfp-0003"), "get-supplies")
    assert row["attempts"] == 1


def test_a_broken_state_file_fails_the_request_and_says_where(lab):
    path = lab.dir / "devices/mfp-0003/state.xml"
    before = path.read_text()
    path.write_text(before.replace("</state>", ""))
    try:
        row = lab.ask("request", lab.jid("mfp-0003"), "get-supplies", status=1)
    finally:
        path.write_text(before)
    assert row["status"] == "failed"
    assert row["error"]["condition"] == "bad-state-file"
    assert "state.xml" in row["error"]["text"]
    assert lab.ask("request", lab.jid("mfp-0003"), "get-supplies")["status"] == "responded"


def test_the_answer_is_there_at_once(lab):
    row = lab.ask("request", lab.jid(DEVICE), "get-counters")
    assert 0 <= row["response_ms"] < 2000
    assert row["created"] <= row["transmitted"] <= row["responded"] <= row["ended"]
    assert row["attempts"] == 1
    assert row["late"] is False


def test_requests_are_listed_newest_first_and_filtered(lab):
    ids = [lab.ask("request", lab.jid("mfp-0001"), command)["id"]
           for command in ("get-counters", "get-status", "get-counters")]
    listed = [row["id"] for row in lab.list("requests", f"device={lab.jid('mfp-0001')}")]
    assert listed[:3] == ids[::-1]
    assert sorted(listed, reverse=True) == listed
    status = lab.list("requests", f"device={lab.jid('mfp-0001')}", "command=get-status")
    assert {row["command"] for row in status} == {"get-status"}
    assert ids[1] in [row["id"] for row in status]
    assert lab.list("requests", f"id={ids[0]}")[0]["outcome"] is not None
    assert lab.list("requests", "status=no-response") == []


def test_lists_longer_than_a_page_are_paged(lab, operator):
    questions = [operator.ask("set", lab.component,
                              f"<request xmlns='{OPERATION}' command='get-counters'"
                              f" device='{lab.jid(f'mfp-000{n % 3 + 1}')}'/>") for n in range(105)]
    ids = {operator.answer(question, lab.component)[0].get("id") for question in questions}
    assert len(ids) == 105
    for number in ids:
        # Longer than its timeout: a device on BOSH may lose a session, and is asked again then.
        operator.take(lambda stanza: local(stanza) == "message" and stanza.get("id") == number, 90)
    listed = [row["id"] for row in lab.list("requests")]
    assert len(listed) == len(set(listed))
    assert ids <= set(listed)


def test_devices_are_listed_with_their_newest_figures(lab):
    lab.ask("request", lab.jid(DEVICE), "get-supplies")
    lab.ask("request", lab.jid(DEVICE), "get-counters")
    rows = lab.list("devices")
    assert [row["device"] for row in rows] == sorted(lab.jid(f"mfp-000{n}") for n in (1, 2, 3))
    row = lab.ask("device", lab.jid(DEVICE))
    assert row["supplies"][0]["level"] == 14
    assert row["counters"][0]["name"] == "marker-life-count"
    assert (row["online"], row["unit"], row["serial"]) == (True, "lab", "LAB000002")
    assert lab.list("devices", "serial=LAB000003")[0]["device"] == lab.jid("mfp-0003")
    assert lab.list("devices", "online=false") == []


def test_who_asked_is_told_the_outcome(lab, operator):
    answer = operator.iq("set", lab.component,
                         f"<request xmlns='{OPERATION}' device='{lab.jid(DEVICE)}'"
                         " command='get-counters'/>")
    number = answer[0].get("id")
    assert answer[0].get("status") == "queued"
    told = operator.take(lambda stanza: local(stanza) == "message" and stanza.get("id") == number)
    assert told.get("type") == "headline"
    assert lab.jid(DEVICE) in told.findtext("{*}body")
    request = told.find(f"{{{OPERATION}}}request")
    assert request.get("status") == "responded"
    assert request.get("asked_by") == operator.jid
    assert request.find(f"{{{OPERATION}}}outcome/{{{MFP}}}counters") is not None


def test_lists_come_in_the_order_that_is_asked_for(lab):
    for command in ("get-counters", "get-status", "get-supplies"):
        lab.ask("request", lab.jid(DEVICE), command)
    newest = [row["id"] for row in lab.list("requests", "--limit", "3")]
    assert newest == sorted(newest, reverse=True)
    assert [row["id"] for row in lab.list("requests", "order=oldest")][-3:] == newest[::-1]
    by_age = [(row["since"], row["device"]) for row in lab.list("devices", "sort=since")]
    assert by_age == sorted(by_age) and len(by_age) > 1
    assert lab.run("devices", "sort=taste").returncode == 2


def test_a_list_is_paged_from_its_end_and_counted(lab, operator):
    def page(rsm):
        return operator.iq("get", lab.component, f"<devices xmlns='{OPERATION}'>"
                           f"<set xmlns='http://jabber.org/protocol/rsm'>{rsm}</set></devices>")[0]

    devices = [row["device"] for row in lab.list("devices")]
    assert page("<max>0</max>").findtext("{*}set/{*}count") == str(len(devices))
    rows = [row for row in page("<max>2</max><before/>") if local(row) == "device"]
    assert [row.get("device") for row in rows] == devices[-2:]


def test_a_token_gives_the_same_request_again(lab, operator):
    submit = (f"<request xmlns='{OPERATION}' device='{lab.jid(DEVICE)}' command='get-counters'"
              " token='twice'/>")
    first = operator.iq("set", lab.component, submit)[0].get("id")
    assert operator.iq("set", lab.component, submit)[0].get("id") == first
    operator.take(lambda stanza: local(stanza) == "message" and stanza.get("id") == first)
    assert operator.iq("set", lab.component, submit)[0].get("id") == first
    wait_for(lambda: lab.executions(DEVICE).count(first) == 1, 5, "executed once")


def test_standards_are_answered(lab, operator):
    info = operator.iq("get", lab.component, "<query xmlns='http://jabber.org/protocol/disco#info'/>")
    features = {child.get("var") for child in info[0] if local(child) == "feature"}
    assert OPERATION in features
    assert "urn:xmpp:ping" in features
    version = operator.iq("get", lab.component, "<query xmlns='jabber:iq:version'/>")
    assert version[0].findtext("{jabber:iq:version}name")
    assert operator.iq("get", lab.component, "<ping xmlns='urn:xmpp:ping'/>").get("type") == "result"
    last = operator.iq("get", lab.component, "<query xmlns='jabber:iq:last'/>")
    assert int(last[0].get("seconds")) >= 0
