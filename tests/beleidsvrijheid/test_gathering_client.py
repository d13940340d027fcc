"""One body at a time: what is survived, what is refused, how often the server is asked."""

import errno
import hashlib
import io
import json
import os
import socket
import time
import zipfile
from dataclasses import replace
from email.utils import formatdate
from functools import partial

import openpyxl
import pytest

from beleidsvrijheid.configuration import Download
from beleidsvrijheid.gathering.archives import check_archive
from beleidsvrijheid.gathering.client import Client, Wanted
from beleidsvrijheid.gathering.failures import Failure, Unusable
from beleidsvrijheid.gathering.journal import Journal
from beleidsvrijheid.gathering.routes import Route

from ..publisher import Publisher, Reply

SETTINGS = Download(
    attempts=4, first_wait_seconds=0.01, longest_wait_seconds=0.05, timeout_seconds=0.3, deadline_seconds=20.0
)
ROWS = b"nis;naam;inwoners\n" + b"".join(b"%05d;Gemeente \xc3\xa9;%d\n" % (n, n * 7) for n in range(500))
CSV = Wanted("https://data.example/a.csv", "csv", 1_000_000)
PLACE = "/data.example/a.csv"


@pytest.fixture
def publisher():
    with Publisher() as server:
        yield server


@pytest.fixture
def log():
    return io.StringIO()


@pytest.fixture
def fetch(publisher, log, tmp_path):
    """fetch(wanted, **settings): the body as received; nothing but it is left in the folder."""

    def run(wanted=CSV, **settings):
        chosen = SETTINGS.model_copy(update=settings)
        client = Client(chosen, Route(publisher.base), Journal(io.StringIO(), log))
        target = tmp_path / "body"
        target.unlink(missing_ok=True)
        try:
            body = client.fetch(wanted, target)
        finally:
            assert {path.name for path in tmp_path.iterdir()} <= {"body"}
        content = target.read_bytes()
        assert (body.sha256, body.size) == (hashlib.sha256(content).hexdigest(), len(content))
        return content

    return run


def refused(fetch, reason, wanted=CSV, **settings):
    with pytest.raises(Failure, match=reason):
        fetch(wanted, **settings)


LATIN1 = ROWS.decode().encode("latin-1")
PAGE = b"<!doctype html><title>Onderhoud</title>\n<p>Even geduld, a; b\n"


@pytest.mark.parametrize(
    "fault",
    [
        Reply(b"unavailable", 503),
        Reply(b"slow down", 429, {"Retry-After": "0"}),
        Reply(b"oops", 500),
        Reply(b"late", 408),
        Reply(ways="reset"),
        Reply(ROWS, ways="cut"),
        Reply(ROWS, ways="stall"),
        Reply(ways="drip_head"),
        Reply(PAGE, headers={"Content-Type": "text/csv"}),
        Reply(b"\xef\xbb\xbf  <html>\n<body>a;b\n"),
        Reply(b"<?xml version='1.0'?>\n<a;b/>\n"),
        Reply(b""),
        Reply(b"\n \n"),
        Reply(LATIN1),
        Reply(b"one line; and no more"),
        Reply(b"busy\ntry again later\n"),
        Reply(b"a;b\n\0\0;\0\n"),
        Reply(ROWS, length=len(ROWS) + 7),
        Reply(ROWS, 206),
        Reply(b"not gzip at all", headers={"Content-Encoding": "gzip"}),
    ],
    ids=lambda one: f"{one.status}-{one.ways or one.body[:12]}",
)
def test_a_fault_that_goes_over_is_survived(publisher, fetch, fault):
    publisher.put(PLACE, fault, fault, Reply(ROWS))
    assert fetch() == ROWS
    assert publisher.count(PLACE) == 3


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 418])
def test_a_refusal_is_not_asked_again(publisher, fetch, status):
    publisher.put(PLACE, Reply(b"no", status), Reply(ROWS))
    refused(fetch, f"^HTTP {status}")
    assert publisher.count() == 1


def test_after_the_last_attempt_the_reason_is_told_with_their_number(publisher, fetch):
    publisher.put(PLACE, Reply(b"", 503))
    refused(fetch, r"^HTTP 503 \(given up after 4 attempts\)$")
    assert publisher.count() == 4


def test_a_web_page_for_ever_is_refused_whatever_it_is_called(publisher, fetch):
    publisher.put(PLACE, Reply(PAGE, headers={"Content-Type": "text/csv"}))
    refused(fetch, "a web page, not data")


def test_the_right_bytes_under_a_wrong_name_are_fine(publisher, fetch):
    publisher.put(PLACE, Reply(ROWS, headers={"Content-Type": "text/html"}))
    assert fetch() == ROWS
    assert publisher.count() == 1


def test_nobody_there(tmp_path):
    client = Client(SETTINGS, Route("http://127.0.0.1:9"), Journal(io.StringIO(), io.StringIO()))
    with pytest.raises(Failure, match=r"^the connection was refused, reset or closed \(given up after 4 attempts\)"):
        client.fetch(CSV, tmp_path / "body")


def silent(**settings):
    """A client of a host that accepts connections and says nothing."""
    host = socket.create_server(("127.0.0.1", 0))
    base, log = f"http://127.0.0.1:{host.getsockname()[1]}", io.StringIO()
    return host, Client(SETTINGS.model_copy(update=settings), Route(base), Journal(log, io.StringIO())), log


def test_a_host_that_never_answers_is_asked_for_one_address_only(tmp_path):
    host, client, terminal = silent(attempts=2)
    with host:
        with pytest.raises(Failure, match=r"^silence of 0.3 s \(given up after 2 attempts\)$"):
            client.fetch(CSV, tmp_path / "body")
        started = time.monotonic()
        with pytest.raises(Failure, match=r"^silence of 0.3 s \(not tried again\)$"):
            client.fetch(replace(CSV, url="https://data.example/b.csv"), tmp_path / "body")
        assert time.monotonic() - started < 0.1
    assert terminal.getvalue() == "data.example: silence of 0.3 s; asked again\n"


def test_a_host_that_answered_once_is_asked_for_every_address(publisher, fetch, tmp_path):
    client = Client(SETTINGS, Route(publisher.base), Journal(io.StringIO(), io.StringIO()))
    publisher.put(PLACE, Reply(ROWS))
    client.fetch(CSV, tmp_path / "a")
    publisher.put("/data.example/b.csv", *[Reply(ways="reset")] * 4, Reply(ROWS))
    other = replace(CSV, url="https://data.example/b.csv")
    with pytest.raises(Failure, match="refused, reset or closed"):
        client.fetch(other, tmp_path / "b")
    client.fetch(other, tmp_path / "b")


def test_silence_is_called_silence(publisher, fetch):
    for ways in ("drip_head", "stall"):
        publisher.put(PLACE, Reply(ROWS, ways=ways))
        refused(fetch, r"^silence of 0.3 s", attempts=2)


def test_a_proxy_is_called_a_proxy(tmp_path, monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    client = Client(SETTINGS, Route(), Journal(io.StringIO(), io.StringIO()))
    with pytest.raises(Failure, match=r"^the proxy of the environment \(HTTPS_PROXY\) gives no connection"):
        client.fetch(CSV, tmp_path / "body")


def test_certificates_that_are_not_there_are_told_at_once(tmp_path, monkeypatch):
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/nonexistent")
    client = Client(SETTINGS, Route(), Journal(io.StringIO(), io.StringIO()))
    with pytest.raises(Failure, match="^the request cannot be made: .*/nonexistent"):
        client.fetch(CSV, tmp_path / "body")
    assert "/nonexistent" in client.ask("https://data.example/")


def test_connecting_takes_no_longer_than_ten_seconds():
    for seconds, expected in ((30.0, 10.0), (5.0, 5.0)):
        settings = SETTINGS.model_copy(update={"timeout_seconds": seconds})
        assert Client(settings, Route(), Journal(io.StringIO(), io.StringIO())).connecting == expected


def test_a_body_that_takes_long_is_told(publisher, tmp_path, monkeypatch):
    monkeypatch.setattr("beleidsvrijheid.gathering.client.TELL_EVERY", 0.1)
    terminal, log = io.StringIO(), io.StringIO()
    client = Client(SETTINGS, Route(publisher.base), Journal(terminal, log))
    publisher.put(PLACE, Reply(b"nis;naam\n1;2\n", ways="trickle"))
    client.fetch(CSV, tmp_path / "body")
    assert "https://data.example/a.csv: 0.0 of 0.0 MB" in terminal.getvalue() and log.getvalue() == ""


# A flipped byte


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_flipped_byte_in_an_archive_is_damage_and_nothing_else(tmp_path, method):
    """Every byte, every bit: taken (a byte that does not matter) or Unusable, which is asked for again."""
    buffer, path, seen = io.BytesIO(), tmp_path / "a.zip", set()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        archive.writestr("a.txt", b"a|b\n1|2\n")
        archive.writestr("b.txt", b"c|d\n" * 40)
    for place, byte in enumerate(content := buffer.getvalue()):
        for bit in range(8):
            path.write_bytes(content[:place] + bytes([byte ^ 1 << bit]) + content[place + 1 :])
            try:
                check_archive(path, 1_000_000)
                seen.add("taken")
            except Unusable:
                seen.add("refused")
    assert seen == {"taken", "refused"}


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EACCES, errno.EIO])
def test_trouble_with_the_disk_is_no_damage(tmp_path, monkeypatch, number):
    (tmp_path / "a.zip").write_bytes(GOOD_ZIP)

    def fail(*_):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr("beleidsvrijheid.gathering.archives._read_through", fail)
    with pytest.raises(OSError, match=os.strerror(number)):
        check_archive(tmp_path / "a.zip", 1_000_000)


def test_a_pinned_checksum_notices_a_flipped_byte(publisher, fetch):
    flipped = ROWS[:300] + bytes([ROWS[300] ^ 1]) + ROWS[301:]
    pinned = replace(CSV, pinned=hashlib.sha256(ROWS).hexdigest())
    publisher.put(PLACE, Reply(flipped), Reply(b"\xef\xbb\xbf" + ROWS), Reply(ROWS))
    assert fetch(pinned) == ROWS
    publisher.put(PLACE, Reply(flipped))
    refused(fetch, "sha256 .* not .* as pinned", pinned)


def test_without_a_pin_a_flipped_byte_goes_through(publisher, fetch):
    flipped = ROWS.replace(b"00003;", b"00013;")
    publisher.put(PLACE, Reply(flipped))
    assert fetch() == flipped  # docs/gathering.md says so


# Waiting


def waits(publisher):
    times = [one.at for one in publisher.asked]
    return [later - earlier for earlier, later in zip(times, times[1:], strict=False)]


def test_waits_are_doubled_and_bounded(publisher, fetch, log):
    publisher.put(PLACE, *[Reply(b"", 503)] * 4, Reply(ROWS))
    fetch(attempts=5, first_wait_seconds=0.05, longest_wait_seconds=0.12)
    assert [line.rsplit("again in ")[1] for line in log.getvalue().splitlines()] == ["0.05 s", "0.1 s"] + 2 * ["0.12 s"]
    assert all(wait >= least for wait, least in zip(waits(publisher), (0.05, 0.1, 0.12, 0.12), strict=True))


@pytest.mark.parametrize(
    ("headers", "least", "most"),
    [
        ({"Retry-After": "1"}, 1.0, 1.9),
        (
            {"Retry-After": formatdate(1_700_000_001, usegmt=True), "Date": formatdate(1_700_000_000, usegmt=True)},
            1,
            1.9,
        ),
        ({"Retry-After": formatdate(1_700_000_000, usegmt=True)}, 0, 0.9),
        ({"Retry-After": "soon"}, 0, 0.9),
        ({"Retry-After": "-5"}, 0, 0.9),
    ],
)
def test_retry_after_is_honoured(publisher, fetch, headers, least, most):
    publisher.put(PLACE, Reply(b"", 429, headers), Reply(ROWS))
    fetch(longest_wait_seconds=5.0)
    assert least <= waits(publisher)[0] <= most


def test_retry_after_is_capped(publisher, fetch):
    publisher.put(PLACE, Reply(b"", 503, {"Retry-After": "86400"}), Reply(ROWS))
    fetch()
    assert waits(publisher)[0] < 1


# Deadline and size


@pytest.mark.parametrize("length", [-1, None])
def test_a_trickle_is_ended(publisher, fetch, length):
    publisher.put(PLACE, Reply(ROWS, length=length, ways="trickle"))
    started = time.monotonic()
    refused(fetch, "not complete within 0.5 s", deadline_seconds=0.5)
    assert time.monotonic() - started < 3
    assert publisher.count() == 1


def test_the_deadline_holds_for_all_attempts_together(publisher, fetch):
    publisher.put(PLACE, Reply(b"", 503))
    started = time.monotonic()
    refused(fetch, "HTTP 503", attempts=100, longest_wait_seconds=0.2, deadline_seconds=0.6)
    assert time.monotonic() - started < 1.5 and 3 < publisher.count() < 20


def test_a_body_that_says_it_is_too_large_is_not_received(publisher, fetch):
    publisher.put(PLACE, Reply(ROWS, length=2_000_001))
    refused(fetch, "larger than 1 MB; raise `largest_mb`")
    assert publisher.count() == 1


def test_a_body_that_turns_out_too_large_is_dropped(publisher, fetch):
    publisher.put(PLACE, Reply(length=-1, ways="endless"))
    refused(fetch, "larger than 1 MB")
    bomb = Reply(_gzip(b"a;b\n" * 3_000_000), headers={"Content-Encoding": "gzip"})
    publisher.put(PLACE, bomb)
    refused(fetch, "larger than 1 MB")


def _gzip(content):
    import gzip

    return gzip.compress(content)


def test_a_compressed_answer_is_unpacked_though_it_was_not_asked_for(publisher, fetch):
    publisher.put(PLACE, Reply(_gzip(ROWS), headers={"Content-Encoding": "gzip"}))
    assert fetch() == ROWS
    assert publisher.asked[0].headers["accept-encoding"] == "identity"


# Going on where it stopped


def test_a_body_cut_off_is_resumed(publisher, fetch):
    whole = Reply(ROWS, headers={"ETag": '"v1"'}, ranged=True)
    publisher.put(PLACE, replace(whole, ways="cut"), Reply(b"", 503), whole)
    assert fetch() == ROWS
    assert [one.headers.get("range") for one in publisher.asked] == [None] + 2 * [f"bytes={len(ROWS) // 2}-"]
    assert publisher.asked[2].headers["if-range"] == '"v1"'


def test_a_body_cut_off_is_asked_again_where_it_cannot_be_resumed(publisher, fetch):
    publisher.put(PLACE, Reply(ROWS, ways="cut"), Reply(ROWS))
    assert fetch() == ROWS


@pytest.mark.parametrize(
    "part",
    [
        Reply(ROWS, headers={"Content-Range": f"bytes 0-{len(ROWS) - 1}/{len(ROWS)}"}, ranged=True),
        Reply(ROWS, headers={"Content-Range": f"bytes {len(ROWS) // 2}-{len(ROWS)}/{len(ROWS) + 1}"}, ranged=True),
        Reply(ROWS, headers={"Content-Range": "bytes */5"}, ranged=True),
        Reply(ROWS, headers={"Content-Range": f"bytes {'9' * 5000}-{'9' * 5000}/{'9' * 5000}"}, ranged=True),
        Reply(ROWS, headers={"Last-Modified": "Tue, 01 Jan 2019 00:00:00 GMT"}, ranged=True),
        Reply(b"", 416),
    ],
)
def test_a_part_that_does_not_fit_starts_the_body_anew(publisher, fetch, part):
    first = Reply(ROWS, headers={"Last-Modified": "Mon, 01 Jan 2018 00:00:00 GMT"}, ways="cut")
    stubborn = replace(part, headers={**part.headers, "ETag": '"v2"'})

    def ignore_condition(asked):
        asked.headers.pop("if-range", None)
        return stubborn

    publisher.put(PLACE, first, ignore_condition, Reply(ROWS))
    assert fetch() == ROWS
    assert [bool(one.headers.get("range")) for one in publisher.asked] == [False, True, False]


def test_two_states_of_a_file_are_never_joined(publisher, fetch):
    new = ROWS.replace(b";7\n", b";8\n")
    publisher.put(
        PLACE, Reply(ROWS, headers={"ETag": '"v1"'}, ways="cut"), Reply(new, headers={"ETag": '"v2"'}, ranged=True)
    )
    assert fetch() == new


# Redirects, hosts, keys


def test_a_redirect_on_the_host_is_followed(publisher, fetch):
    publisher.put(PLACE, Reply(b"", 302, {"Location": "b.csv"}))
    publisher.put("/data.example/b.csv", Reply(b"", 301, {"Location": "https://data.example:443/c/d.csv"}))
    publisher.put("/data.example/c/d.csv", Reply(ROWS))
    assert fetch() == ROWS


@pytest.mark.parametrize(
    ("location", "reason"),
    [
        ("https://other.example/a.csv", "another host, other.example: not followed; list it under `redirects`"),
        ("//other.example/a.csv", "another host, other.example"),
        ("http://data.example/a.csv", "not https, on data.example"),
        ("https://data.example:8443/a.csv", "another host, data.example"),
        ("https://data.example@other.example/a.csv", "another host"),
        ("file:///etc/passwd", "not https"),
    ],
)
def test_a_redirect_elsewhere_is_refused(publisher, fetch, location, reason):
    publisher.put(PLACE, Reply(b"", 302, {"Location": location}))
    publisher.put("/other.example/a.csv", Reply(ROWS))
    refused(fetch, reason)
    assert publisher.count() == 1


def test_a_redirect_to_a_listed_host_is_followed_without_the_key(publisher, fetch):
    publisher.put(PLACE, Reply(b"", 307, {"Location": "https://files.example/x.csv", "Set-Cookie": "a=b"}))
    publisher.put("/files.example/x.csv", Reply(ROWS))
    assert fetch(replace(CSV, hosts=("files.example",), key=("apikey", "s3cret"))) == ROWS
    assert [one.headers.get("apikey") for one in publisher.asked] == ["s3cret", None]
    assert not any("cookie" in one.headers for one in publisher.asked)


def test_the_body_of_a_redirect_is_not_read(publisher, fetch):
    publisher.put(PLACE, Reply(status=302, headers={"Location": "b.csv"}, length=-1, ways="endless"))
    publisher.put("/data.example/b.csv", Reply(ROWS))
    assert fetch() == ROWS


def test_redirects_end(publisher, fetch):
    publisher.put(PLACE, Reply(b"", 302, {"Location": "a.csv"}))
    refused(fetch, "more than 5 redirects")
    assert publisher.count() == 6


def test_a_refused_key_is_told_without_the_key(publisher, fetch, log):
    publisher.put(PLACE, Reply(b"Guest user group not found", 401))
    refused(fetch, "^HTTP 401, the key is not accepted$", replace(CSV, key=("apikey", "s3cret")))
    assert "s3cret" not in log.getvalue() and "s3cret" not in repr(replace(CSV, key=("apikey", "s3cret")))


@pytest.mark.parametrize("url", ["http://data.example/a.csv", "ftp://data.example/a", "https://u:p@data.example/a.csv"])
def test_only_https_addresses_are_opened(tmp_path, url):
    client = Client(SETTINGS, Route(), Journal(io.StringIO(), io.StringIO()))
    with pytest.raises(Failure, match="only https"):
        client.fetch(replace(CSV, url=url), tmp_path / "body")


def test_what_is_sent_along(publisher, fetch, monkeypatch, tmp_path):
    netrc = tmp_path.parent / "netrc"
    netrc.write_text("machine 127.0.0.1 login me password hidden\n")
    monkeypatch.setenv("NETRC", os.fspath(netrc))
    publisher.put(PLACE, Reply(ROWS))
    fetch(contact="someone@example.org")
    sent = publisher.asked[0].headers
    assert sent["user-agent"].startswith("beleidsvrijheid (") and "someone@example.org" in sent["user-agent"]
    assert sent["accept"].startswith("text/csv")
    assert not {"authorization", "cookie", "referer"} & set(sent)


def test_requests_at_the_same_time_are_bounded(publisher, tmp_path):
    from concurrent.futures import ThreadPoolExecutor

    publisher.put(PLACE, Reply(ROWS, ways="slow"))
    client = Client(SETTINGS, Route(publisher.base), Journal(io.StringIO(), io.StringIO()))
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: client.fetch(CSV, tmp_path / str(number)), range(16)))
    assert publisher.busiest == 2 == SETTINGS.connections_per_host


# Kinds of content


def zipped(entries):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries:
            archive.writestr(name, content)
    return buffer.getvalue()


def link(name):
    entry = zipfile.ZipInfo(name)
    entry.create_system, entry.external_attr = 3, 0o120777 << 16
    return entry


def workbook():
    buffer = io.BytesIO()
    openpyxl.Workbook().save(buffer)
    return buffer.getvalue()


GOOD_ZIP = zipped([("a.txt", b"a|b\n1|2\n" * 400)])
TURTLE = '@prefix a: <http://a/> .\n<http://b> a a:List ; a:name "Één" .\n'.encode()


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("json", b'{"a": [1, 2]}'),
        ("json", b"[]"),
        ("json", b'\xef\xbb\xbf{"a": 1}'),
        ("xlsx", workbook()),
        ("zip", GOOD_ZIP),
        ("turtle", TURTLE),
        ("turtle", TURTLE.split(b"\n", 1)[1] + b"<http://c> a <http://d> .\n"),
        ("text", LATIN1),
        ("csv", b"\xef\xbb\xbf" + ROWS),
    ],
)
def test_good_content_is_taken(publisher, fetch, kind, body):
    publisher.put(PLACE, Reply(body))
    assert fetch(replace(CSV, content=kind)) == body


@pytest.mark.parametrize(
    ("kind", "body", "reason"),
    [
        ("json", b'{"a": [1, 2', "not readable as JSON"),
        ("json", b'"just text"', "neither an object nor a list"),
        ("json", '{"a": "é"}'.encode("latin-1"), "not readable as JSON"),
        ("json", b"[" * 200_000, "not readable as JSON"),
        ("json", PAGE, "a web page"),
        ("xlsx", b"nis;naam\n1;2\n", "not a zip archive"),
        ("xlsx", GOOD_ZIP, "not readable as a workbook"),
        ("zip", b"\xef\xbb\xbf" + GOOD_ZIP, "not a zip archive"),
        ("zip", GOOD_ZIP[: len(GOOD_ZIP) // 2], "a damaged zip"),
        ("zip", GOOD_ZIP[:45] + bytes([GOOD_ZIP[45] ^ 1]) + GOOD_ZIP[46:], "a damaged zip"),
        ("zip", zipped([("../../evil.txt", b"x")]), r"leads outside it, '../../evil.txt'"),
        ("zip", zipped([("/etc/evil.txt", b"x")]), "leads outside it"),
        ("zip", zipped([("C:\\evil.txt", b"x")]), "leads outside it"),
        ("zip", zipped([(link("data.txt"), b"/etc/passwd")]), "a symbolic link"),
        ("zip", partial(zipped, [(f"{number}", b"") for number in range(20_001)]), "20001 members"),
        ("zip", partial(zipped, [("bomb", bytes(31_000_000))]), "unpacks to more than 30000000 bytes"),
        ("turtle", TURTLE[:-4], "ends in the middle"),
        ("turtle", PAGE, "a web page"),
        ("turtle", TURTLE.decode().encode("latin-1"), "not UTF-8"),
    ],
    ids=lambda one: one[:24] if isinstance(one, str) else "",
)
def test_bad_content_is_refused(publisher, fetch, kind, body, reason):
    publisher.put(PLACE, Reply(body() if callable(body) else body))
    refused(fetch, reason, replace(CSV, content=kind, largest=3_000_000), attempts=2)
    assert publisher.count() == 2


def test_an_address_is_probed_once_and_its_answer_only_told(publisher):
    client = Client(SETTINGS, Route(publisher.base), Journal(io.StringIO(), io.StringIO()))
    publisher.put("/data.example/api", Reply(json.dumps({}).encode(), 503, {"Content-Type": "application/json; a=b"}))
    assert client.ask("https://data.example/api?x=1") == "HTTP 503, application/json"
    assert "refused" in Client(SETTINGS, Route("http://127.0.0.1:9"), client.journal).ask("https://data.example/")
    assert publisher.count() == 1
