"""Requests are rows of a plain file that ordinary tools read."""
import subprocess

import pytest

AWK = r"""
NR == 1 { for (i = 1; i <= NF; i++) column[$i] = i; next }
$column["id"] == id {
	for (name in column)
		if ($column[name] != "")
			last[name] = $column[name]
}
END { print last["status"], last["command"], last["device"], last["operator"], last["response_ms"] }
"""

COLUMNS = """id time status cause command device via operator asked_by unit created transmitted
responded ended response_ms transmission attempts max_attempts timeout expires priority late token
campaign schedule told error arguments outcome""".split()


def crc32c(data):
    """Castagnoli, bit by bit."""
    crc = 0xffffffff
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82f63b78 if crc & 1 else 0)
    return crc ^ 0xffffffff


def day_files(lab):
    return sorted((lab.dir / "data/requests").glob("*.tsv"))


def test_the_sum_is_castagnolis():
    assert crc32c(b"123456789") == 0xe3069283


def test_awk_reads_what_became_of_a_request(lab):
    row = lab.ask("request", lab.jid("mfp-0001"), "get-counters")
    done = subprocess.run(["awk", "-F", "\t", "-v", f"id={row['id']}", AWK, *day_files(lab)],
                          capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["responded", "get-counters", lab.jid("mfp-0001"),
                                   lab.env["OPERATOR"], str(row["response_ms"])]


def test_the_day_is_that_of_the_id_in_utc(lab):
    row = lab.ask("request", lab.jid("mfp-0001"), "get-counters")
    path = lab.dir / f"data/requests/{row['created'][:10]}.tsv"
    assert row["id"] in path.read_text()


def test_every_line_has_its_columns_and_a_right_sum(lab):
    lab.ask("request", lab.jid("mfp-0001"), "get-supplies")
    for path in day_files(lab):
        content = path.read_bytes()
        content.decode("utf-8")
        assert content.endswith(b"\n")
        header, *rows = content.splitlines()
        names = header.decode().split("\t")
        assert names[0] == "id"
        assert set(names[:-1]) >= set(COLUMNS) - {"priority", "campaign", "schedule", "told"}
        assert names[-1].startswith("crc32c/")
        assert rows
        for row in rows:
            body, _, crc = row.rpartition(b"\t")
            assert len(row.split(b"\t")) == len(names)
            assert crc.decode() == f"{crc32c(body):08x}", row


def test_the_answer_comes_after_the_row(lab):
    """Whoever has an id finds it on the disk, at once."""
    for _ in range(10):
        number = lab.queue("mfp-0001", "get-status")
        assert any(number in path.read_text() for path in day_files(lab))
        lab.until(number, seconds=20)


def test_a_damaged_row_is_kept_aside_and_the_rest_is_read(new_lab):
    lab = new_lab()
    ids = [lab.ask("request", lab.jid("mfp-0001"), "get-status")["id"] for _ in range(3)]
    lab.kill("platend")
    path = day_files(lab)[0]
    lines = path.read_bytes().splitlines(keepends=True)
    victim = max(n for n, line in enumerate(lines) if ids[1].encode() in line)
    lines[victim] = lines[victim].replace(b"get-status", b"get-statux").replace(
        b"responded", b"respondex")
    torn = lines[-1][:20]
    path.write_bytes(b"".join(lines) + torn)
    lab.restart("platend")
    assert lab.status(ids[0])["status"] == "responded"
    assert lab.status(ids[2])["status"] == "responded"
    damaged = path.with_name(path.name + ".damaged")
    assert damaged.exists()
    assert torn not in path.read_bytes().splitlines()[-1:]
    assert "damaged" in lab.log("platend")


@pytest.mark.parametrize("tool", [["cut", "-f1,3"], ["sort", "-t", "\t", "-k1,1"]])
def test_cut_and_sort_read_it(lab, tool):
    number = lab.ask("request", lab.jid("mfp-0002"), "get-status")["id"]
    done = subprocess.run([*tool, *day_files(lab)], capture_output=True, text=True, check=True)
    assert number in done.stdout
