"""An operator and a device that share no code with ours, written from the schemas and
docs/protocol.md alone, against our component."""
import datetime

import pytest

from client import Client, local
from schemas import DEVICE, KEEPALIVE, MFP, OPERATION
from lab import wait_for

TIME = "%Y-%m-%dT%H:%M:%S."


def now():
    time = datetime.datetime.now(datetime.timezone.utc)
    return time.strftime(TIME) + f"{time.microsecond // 1000:03d}Z"


@pytest.fixture
def strangers(lab):
    """In the place of mfp-0003, whose own program makes room."""
    lab.kill("mfp-0003")
    wait_for(lambda: not lab.online("mfp-0003"), 10, "seen as offline")
    with Client(lab, "mfp-0003", "platen-a") as device, Client(lab, "operator", "s") as operator:
        device.send(f"<presence to='{lab.component}'><device xmlns='{DEVICE}' manufacturer='Strange'"
                    " model='One' serial='S1' client='strange/1' transport='tcp'/></presence>")
        wait_for(lambda: lab.online("mfp-0003"), 10, "seen as online")
        yield operator, device
    wait_for(lambda: not lab.online("mfp-0003"), 10, "seen as offline")
    lab.restart("mfp-0003")


def submit(lab, operator, **more):
    attributes = "".join(f" {key}='{value}'" for key, value in more.items())
    answer = operator.iq("set", lab.component,
                         f"<request xmlns='{OPERATION}' device='{lab.jid('mfp-0003')}'"
                         f" command='get-counters'{attributes}/>")
    assert answer.get("type") == "result"
    return answer[0].get("id")


def operation(device, number):
    def is_it(stanza):
        return local(stanza) == "iq" and len(stanza) and stanza[0].get("id") == number \
            and local(stanza[0]) == "operation"
    return device.take(is_it, 30)


def told(operator, number):
    message = operator.take(lambda stanza: local(stanza) == "message"
                            and stanza.get("id") == number, 30)
    return message.find(f"{{{OPERATION}}}request")


def counters(number, value=7):
    return (f"<outcome xmlns='{OPERATION}' id='{number}' status='done'><counters xmlns='{MFP}'"
            f" source='snmp' taken='{now()}'><counter name='marker-life-count' index='1.1'"
            f" value='{value}' unit='sheets'/></counters></outcome>")


def test_a_request_goes_there_and_back(lab, strangers):
    operator, device = strangers
    number = submit(lab, operator)
    iq = operation(device, number)
    assert iq.get("id").startswith(f"{number}-")
    assert iq[0].get("not-after") > now()
    device.reply(iq, counters(number))
    request = told(operator, number)
    assert request.get("status") == "responded"
    value = request.find(f"{{{OPERATION}}}outcome/{{{MFP}}}counters/{{{MFP}}}counter").get("value")
    assert value == "7"
    row = lab.ask("device", lab.jid("mfp-0003"))
    assert (row["manufacturer"], row["counters"][0]["value"]) == ("Strange", 7)


def test_a_reason_arrives_where_it_was_asked(lab, strangers):
    operator, device = strangers
    number = submit(lab, operator)
    device.reply(operation(device, number),
                 f"<outcome xmlns='{OPERATION}' id='{number}' status='failed'><reason"
                 " condition='printer-timeout'>192.0.2.7 did not answer</reason></outcome>")
    request = told(operator, number)
    assert request.get("status") == "failed"
    error = request.find(f"{{{OPERATION}}}error")
    assert (error.get("condition"), error.text) == ("printer-timeout", "192.0.2.7 did not answer")


def test_a_reason_without_a_name_keeps_its_text(lab, strangers):
    operator, device = strangers
    for wrong in ("", "a b", "\u00e9" * 100):
        number = submit(lab, operator)
        device.reply(operation(device, number), f"<outcome xmlns='{OPERATION}' id='{number}'"
                     f" status='failed'><reason condition='{wrong}'>why</reason></outcome>",
                     valid=False)
        error = told(operator, number).find(f"{{{OPERATION}}}error")
        assert (error.get("condition"), error.text) == ("undefined", "why")


def test_silence_brings_the_request_again_with_a_new_stanza_id(lab, strangers):
    operator, device = strangers
    number = submit(lab, operator, timeout=1, attempts=3)
    first, second = operation(device, number), operation(device, number)
    assert first.get("id") != second.get("id")
    device.reply(first, counters(number))    # an outcome counts from any transmission
    request = told(operator, number)
    assert (request.get("status"), request.get("attempts")) == ("responded", "2")


def test_an_error_is_no_answer(lab, strangers):
    operator, device = strangers
    number = submit(lab, operator)
    iq = operation(device, number)
    device.send(f"<iq type='error' to='{iq.get('from')}' id='{iq.get('id')}'><error type='cancel'>"
                "<service-unavailable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>")
    lab.until(number, "queued", seconds=10)
    # The device is asked whether it is there before it gets the request again.
    question = device.take(lambda stanza: local(stanza) == "iq" and stanza.get("type") == "get"
                           and local(stanza[0]) == "device", 20)
    device.reply(question, f"<device xmlns='{DEVICE}' manufacturer='Strange' model='One'/>")
    device.reply(operation(device, number), counters(number))
    request = told(operator, number)
    assert (request.get("status"), request.get("attempts")) == ("responded", "1")


def test_what_an_older_stream_bounces_goes_to_the_newer_one(lab, strangers):
    operator, device = strangers
    number = submit(lab, operator)
    iq = operation(device, number)
    with Client(lab, "mfp-0003", "platen-b") as newer:
        newer.send(f"<presence to='{lab.component}'><device xmlns='{DEVICE}' serial='S2'/>"
                   "</presence>")
        wait_for(lambda: lab.ask("device", lab.jid("mfp-0003"))["serial"] == "S2", 10, "seen")
        device.send(f"<iq type='error' to='{iq.get('from')}' id='{iq.get('id')}'>"
                    "<error type='cancel'>"
                    "<service-unavailable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>")
        newer.reply(operation(newer, number), counters(number))
        assert told(operator, number).get("status") == "responded"


def test_an_outcome_from_somebody_else_counts_for_nothing(lab, strangers):
    operator, device = strangers
    number = submit(lab, operator)
    iq = operation(device, number)
    with Client(lab, "mfp-0002", "thief") as thief:
        thief.send(f"<iq type='result' to='{lab.component}' id='{iq.get('id')}'>"
                   f"{counters(number, 666)}</iq>")
        assert thief.iq("get", lab.component, "<ping xmlns='urn:xmpp:ping'/>") is not None
    assert lab.status(number)["status"] == "transmitted"
    device.reply(iq, counters(number, 7))
    assert told(operator, number).get("status") == "responded"


def test_an_outcome_that_is_none_does_not_stay_open(lab, strangers):
    operator, device = strangers
    number = submit(lab, operator, timeout=1, attempts=1)
    iq = operation(device, number)
    device.reply(iq, f"<outcome xmlns='{OPERATION}' id='{number}' status='well'/>", valid=False)
    assert told(operator, number).get("status") in ("no-response", "failed", "unknown")


@pytest.mark.parametrize("inner", ["<a>" * 15 + "</a>" * 15, "<a/>" * 5000],
                         ids=["deep", "wide"])
def test_an_outcome_of_too_much_markup_fails(lab, strangers, inner):
    """Else no page that holds it could be read."""
    operator, device = strangers
    number = submit(lab, operator)
    device.reply(operation(device, number), f"<outcome xmlns='{OPERATION}' id='{number}'"
                 f" status='done'><x xmlns='urn:x'>{inner}</x></outcome>", valid=False)
    request = told(operator, number)
    assert request.get("status") == "failed"
    assert request.find(f"{{{OPERATION}}}error").get("condition") == "too-large"


def test_an_outcome_that_comes_late_is_taken_and_marked(lab, strangers):
    operator, device = strangers
    number = submit(lab, operator, timeout=1, attempts=1)
    iq = operation(device, number)
    assert told(operator, number).get("status") == "no-response"
    device.reply(iq, counters(number))
    request = told(operator, number)
    assert (request.get("status"), request.get("late")) == ("responded", "true")
    device.reply(iq, counters(number, 8))   # the end is final now
    assert device.iq("get", lab.component, "<ping xmlns='urn:xmpp:ping'/>").get("type") == "result"
    assert lab.status(number)["outcome"]["counters"][0]["value"] == 7


def test_a_keep_alive_is_answered_with_the_next_interval(lab, strangers):
    _, device = strangers
    answer = device.iq("get", lab.component, f"<keepalive xmlns='{KEEPALIVE}' stream='a' idle='8'"
                       " interval='300' uptime='60'/>")
    hint = answer[0]
    assert int(hint.get("interval")) >= 1
    assert abs(parse(hint.get("now")) - parse(now())) < 5
    again = device.iq("get", lab.component, f"<keepalive xmlns='{KEEPALIVE}' stream='a' idle='8'"
                      " interval='300' uptime='61'/>")[0]
    assert again.get("instance") == hint.get("instance") != ""


def parse(time):
    return datetime.datetime.fromisoformat(time.replace("Z", "+00:00")).timestamp()


def test_a_long_tag_does_not_hold_back_what_follows(lab, strangers):
    """A server parses again what a read has cut only when as much again has come."""
    _, device = strangers
    names = ("model", "serial", "location", "name", "host", "firmware", "manufacturer")
    facts = "".join(f" {name}='{chr(34) * 200}'" for name in names)
    device.send(f"<presence to='{lab.component}'><device xmlns='{DEVICE}'{facts}/></presence>")
    wait_for(lambda: lab.ask("device", lab.jid("mfp-0003"))["model"] == '"' * 200, 20, "seen")
    for _ in range(20):
        assert lab.run("devices", timeout=10).returncode == 0


def test_an_operator_pages_through_a_list(lab, strangers):
    operator, _ = strangers
    ids = {lab.ask("request", lab.jid("mfp-0001"), "get-status")["id"] for _ in range(5)}
    seen, after, pages = [], "", 0
    while True:
        answer = operator.iq("get", lab.component,
                             f"<requests xmlns='{OPERATION}' device='{lab.jid('mfp-0001')}'><set"
                             f" xmlns='http://jabber.org/protocol/rsm'><max>2</max>{after}</set>"
                             "</requests>")
        page = answer[0]
        rows = [row.get("id") for row in page if local(row) == "request"]
        assert len(rows) <= 2
        seen += rows
        pages += 1
        if page.get("more") != "true":
            break
        last = page.findtext("{*}set/{*}last")
        assert last == rows[-1]
        after = f"<after>{last}</after>"
    assert ids <= set(seen)
    assert len(seen) == len(set(seen))
    assert pages >= 3
