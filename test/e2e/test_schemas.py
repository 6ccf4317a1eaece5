"""The schemas accept what the protocol says and refuse what it does not."""
import pathlib
import re

import pytest

from schemas import ROOT, problems

ID = "01890a5d-ac96-774b-bcce-b302099a8057"
TIME = "2026-01-02T03:04:05.678Z"
OP = "xmlns='urn:platen:operation:1'"
AUDIT = "xmlns='urn:platen:audit:1'"
MFP = f"xmlns='urn:platen:mfp:1' source='snmp' taken='{TIME}'"

GOOD = {
    "submit": f"<request {OP} device='mfp-0001@example.com' command='get-supplies' timeout='30'"
              " attempts='3' expires='300' token='b1946ac9'><argument name='media'>a4</argument>"
              "</request>",
    "accepted": f"<request {OP} id='{ID}' status='queued'/>",
    "execute": f"<operation {OP} id='{ID}' command='get-supplies' not-after='{TIME}'/>",
    "outcome with supplies":
        f"<outcome {OP} id='{ID}' status='done'><supplies {MFP}><supply index='1.1' level='40'"
        " capacity='100' percent='40' description='Black Toner' class='supplyThatIsConsumed'/>"
        "</supplies></outcome>",
    "outcome with a reason":
        f"<outcome {OP} id='{ID}' status='failed'><reason condition='printer-timeout'>no</reason>"
        "</outcome>",
    "outcome asked for": f"<outcome {OP} id='{ID}'/>",
    "progress": f"<outcome {OP} id='{ID}' status='in-progress'><progress percent='40'>Writing"
                "</progress></outcome>",
    "progress of nobody knows how much": f"<outcome {OP} id='{ID}' status='in-progress'><progress>"
                                         "Writing</progress></outcome>",
    "cancelled": f"<outcome {OP} id='{ID}' status='cancelled'/>",
    "cancel": f"<cancel {OP} id='{ID}' command='reboot'/>",
    "commands asked for": f"<commands {OP}/>",
    "commands": f"<commands {OP} hash='{'0a' * 16}'><command name='reboot' read-only='false'"
                " repeatable='false' timeout='30' attempts='3' expires='86400' limit='600'"
                " right='configure'><argument name='media' type='string' required='true'/>"
                "<argument name='copies'/></command></commands>",
    "told": f"<request {OP} id='{ID}' device='m@example.com' command='get-status' late='true'"
            f" status='failed' created='{TIME}' expires='{TIME}' attempts='0' max_attempts='3'>"
            "<error condition='printer-error'>paper</error><outcome status='failed'>"
            "<reason condition='printer-error'>paper</reason></outcome></request>",
    "requests": f"<requests {OP} since='2026-01-02T03:04:05Z'>"
                "<set xmlns='http://jabber.org/protocol/rsm'><max>50</max></set></requests>",
    "devices": f"<devices {OP} more='true'><device xmlns='urn:platen:device:1' online='true'"
               f" device='m@example.com' since='{TIME}'><counters {MFP}/></device></devices>",
    "audit": f"<audit {AUDIT} more='true'><event id='{ID}' time='{TIME}' operator='a@example.com'"
             f" asked_by='a@example.com/x' action='request' device='hall' unit='acme'"
             f" command='print' request='{ID}' result='denied' condition='forbidden'"
             " suppressed='7'>no</event></audit>",
    "audit asked for": f"<audit {AUDIT} operator='a@example.com' result='accepted' order='oldest'"
                       " since='2026-01-02T03:04:05Z'/>",
    "campaign": f"<campaign {OP} command='reboot' name='firmware 7' rate='60' growth='1.5'"
                " rate-max='600' abort='20' abort-after='10' timeout='30' attempts='3' expires='300'"
                " token='t' dry-run='true'><select unit='acme' device='mfp-*@example.com'"
                " online='true'/><argument name='media'>a4</argument></campaign>",
    "campaign ordered": f"<campaign {OP} id='{ID}' action='pause'/>",
    "campaign shown":
        f"<campaign {OP} id='{ID}' status='running' cause='started' by='a@example.com'"
        f" rate-now='90.5' created='{TIME}' estimate='{TIME}' members='3' more='true'>"
        "<select unit='acme'/><counts waiting='1' open='1' no-response='1'/><unit name='acme'/>"
        "<member device='m@example.com' unit='acme' status='waiting' attempts='0'/>"
        f"<member device='n@example.com' status='failed' request='{ID}' attempts='1'>"
        "<error condition='busy'>no</error></member></campaign>",
    "campaigns": f"<campaigns {OP} status='paused' since='2026-01-02T03:04:05Z'/>",
    "device with warnings":
        f"<device xmlns='urn:platen:device:1' device='m@example.com' decommissioned='{TIME}'"
        f" successor='n@example.com'><counters {MFP}/><warning condition='serial-changed'"
        f" since='{TIME}'>S1, now S2</warning><warning condition='duplicate-serial'>S</warning>"
        "</device>",
    "rename": "<rename xmlns='urn:platen:device:1' device='S1' to='n@example.com'/>",
    "unassigned": "<unassigned xmlns='urn:platen:device:1' more='true'><device times='2'"
                  f" device='m@example.com' first='{TIME}' last='{TIME}' reason='no-unit'/>"
                  "</unassigned>",
    "presence": "<device xmlns='urn:platen:device:1' model='Aficio' transport='tcp'"
                " commands='5827cd2af649270a8ca8b5f968fc7a42'/>",
    "keep-alive": "<keepalive xmlns='urn:platen:keepalive:1' stream='a' idle='8' interval='9'"
                  " uptime='7'/>",
    "hint": f"<keepalive xmlns='urn:platen:keepalive:1' interval='9' now='{TIME}' instance='x'/>",
    "state": "<state xmlns='urn:platen:mfp:1'><information model='x'/><supplies>"
             "<supply index='1.4' capacity='-2' level='-3'/></supplies></state>",
}

BAD = {
    "negative level on the wire":
        f"<supplies {MFP}><supply index='1.1' level='-3'/></supplies>",
    "data without its source": f"<supplies xmlns='urn:platen:mfp:1' taken='{TIME}'/>",
    "time without milliseconds":
        "<supplies xmlns='urn:platen:mfp:1' source='snmp' taken='2026-01-02T03:04:05Z'/>",
    "unknown attribute": GOOD["submit"].replace("token=", "tokin="),
    "too many attempts": GOOD["submit"].replace("attempts='3'", "attempts='101'"),
    "unknown status": GOOD["accepted"].replace("queued", "waiting"),
    "id that is no UUID version 7": GOOD["accepted"].replace("-774b-", "-474b-"),
    "device with a resource": GOOD["submit"].replace("example.com'", "example.com/x'"),
    "bad data inside an outcome":
        GOOD["outcome with supplies"].replace("level='40'", "level='-40'"),
    "operation without its end of validity":
        f"<operation {OP} id='{ID}' command='get-supplies'/>",
    "more than 100 rows": f"<requests {OP}>" + GOOD["accepted"] * 101 + "</requests>",
    "event without a time": GOOD["audit"].replace(f"time='{TIME}'", ""),
    "result that there is not": GOOD["audit"].replace("denied", "lost"),
    "rename to nowhere": "<rename xmlns='urn:platen:device:1' device='S1'/>",
    "decommission with a reason": "<decommission xmlns='urn:platen:device:1' device='S1'>why"
                                  "</decommission>",
    "campaign that grows by a word": GOOD["campaign"].replace("1.5", "much"),
    "campaign's action that there is not": GOOD["campaign ordered"].replace("pause", "stop"),
    "campaign's status that there is not": GOOD["campaigns"].replace("paused", "open"),
    "unknown warning": "<device xmlns='urn:platen:device:1'><warning condition='odd'/></device>",
    "progress beyond the end": GOOD["progress"].replace("40", "101"),
    "progress without an end": GOOD["progress"].replace("Writing", "x" * 1025),
    "cancel of nothing": f"<cancel {OP} command='reboot'/>",
    "a hash of another length": GOOD["commands"].replace("0a0a", "0a"),
    "a right that there is not": GOOD["commands"].replace("'configure'", "'anything'"),
    "too many commands": f"<commands {OP}>" + "<command name='a' read-only='true'"
                         " repeatable='true'/>" * 257 + "</commands>",
    "namespace without a schema": "<x xmlns='urn:platen:unheard-of:1'/>",
}


@pytest.mark.parametrize("name", GOOD)
def test_accepts(name):
    assert problems(f"<iq xmlns='jabber:client' type='set'>{GOOD[name]}</iq>") == []


@pytest.mark.parametrize("name", BAD)
def test_refuses(name):
    assert problems(f"<iq xmlns='jabber:client' type='set'>{BAD[name]}</iq>") != []


def test_examples_of_the_protocol_are_valid():
    """The page shortens ids and times to an ellipsis; filled in, each example holds."""
    page = pathlib.Path(ROOT / "docs/protocol.md").read_text()
    blocks = re.findall(r"(?:^    <.*\n(?:^    .*\n|^\n(?=    ))*)", page, re.M)
    checked = 0
    for block in blocks:
        text = re.sub(r"(?m)^    ", "", block)
        text = re.sub(r"\b(id='|request='|<after>)019[ab]…", rf"\g<1>{ID}", text)
        text = text.replace("…Z", TIME).replace(f"{ID}-4", "t-4").replace("taken='…'", "")
        text = re.sub(r"(<(?:supplies|counters) xmlns='urn:platen:mfp:1') …/>",
                      rf"\1 source='snmp' taken='{TIME}'/>", text)
        text = re.sub(r"(<request [^>]*) …>…", r"\1>", text).replace("…", "")
        assert problems(f"<stream xmlns='jabber:client'>{text}</stream>") == [], text
        checked += 1
    assert checked >= 12
