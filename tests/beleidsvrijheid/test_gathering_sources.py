"""Sources of a small catalogue: which files appear, which are kept, in which order addresses are tried, what is told."""

import hashlib
import io
import json
import os
import signal
import socket
import threading
import time
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest

from beleidsvrijheid.catalogue import read_sources
from beleidsvrijheid.configuration import Data, Download
from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.gathering import receipts
from beleidsvrijheid.gathering.account import as_page, as_table
from beleidsvrijheid.gathering.collecting import newest_name
from beleidsvrijheid.gathering.failures import Failure
from beleidsvrijheid.gathering.journal import Journal
from beleidsvrijheid.gathering.receipts import Workplace, alone, read_receipts
from beleidsvrijheid.gathering.routes import Route
from beleidsvrijheid.gathering.run import gather, keys_of
from beleidsvrijheid.gathering.sources import Line
from beleidsvrijheid.rawfiles import RECEIPTS

from ..publisher import Publisher, Reply

ROWS = b"nis;naam\n11001;Aartselaar\n11002;Antwerpen\n"
MERGERS = "valid_from,nis_old,name_old,nis_new,name_new\n2019-01-01,95001,Aalbeke,95010,Aalhout\n"
MERGERS += "2019-01-01,95002,Berkhout,95010,Aalhout\n"
CROSSWALK = "nis_2018,naam_2018,nis_2019,naam_2019,nis_2025,naam_2025,prov_2018,prov_2025\n"
CROSSWALK += (
    "95001,Aalbeke,95010,Aalhout,95010,Aalhout,90000,90000\n95002,Berkhout,95010,Aalhout,95010,Aalhout,90000,90000\n"
)
CROSSWALK += "95003,Cleve,95003,Cleve,95003,Cleve,90000,90000\n"
QUERY = "PREFIX a: <http://a/>\nSELECT ?x WHERE { ?x a:b 5 }\nORDER BY ?x\nLIMIT 3 OFFSET 0\n"


def entry(name, *addresses, patterns='["*.csv", "*.json", "*.zip"]', more=""):
    head = f"""
- id: {name}
  publisher: P
  measures: things that {name} measures
  parser: {name}
  table: units
  geography: 308
  years: [2000, null]
  aggregate: none
  file_patterns: {patterns}
  manual: [Open the page., Put the file in data/raw/{name}/.]
  licence: free
  citation: P
{more}"""
    return head + (
        "  addresses:\n" + "".join(f"    - {{{one}, verified: never}}\n" for one in addresses) if addresses else ""
    )


def address(path, file="a.csv", content="csv", **more):
    extra = "".join(f", {key}: {json.dumps(value)}" for key, value in more.items())
    return f'url: "https://data.example/{path}", file: "{file}", content: {content}{extra}'


@dataclass
class Country:
    """A study folder, a publisher and what is gathered from the one into the other."""

    publisher: Publisher
    folder: Path
    log: io.StringIO
    terminal: io.StringIO

    def gather(self, *entries, keys=None, files=None, **settings):
        sources = read_sources("".join(entries))
        chosen = {"attempts": 3, "first_wait_seconds": 0.01, "longest_wait_seconds": 0.02, "timeout_seconds": 0.5}
        data = Data(
            source="open", mirror=self.publisher.base, files=files or {}, download=Download(**(chosen | settings))
        )
        mergers = self.folder / "mergers.csv"
        mergers.write_text(MERGERS)
        journal = Journal(self.terminal, self.log, (keys or {}).values())
        queries = {"workflow/queries/small.sparql": QUERY}
        with alone(Path("data/raw")):
            outcome = gather(sources, data, queries, keys or {}, mergers, journal)
        self.page = as_page(outcome.lines, sources, outcome.probes, simulated=False, offline=outcome.offline)
        self.table = as_table(outcome.lines)
        return {(line.source, line.file): line.status for line in outcome.lines}

    def put(self, path, *bodies):
        self.publisher.put(f"/data.example/{path}", *(one if callable(one) else as_reply(one) for one in bodies))

    def tree(self):
        return sorted(str(path.relative_to("data/raw")) for path in Path("data/raw").rglob("*") if path.is_file())

    def receipts(self, source):
        return read_receipts(Path("data/raw", source, RECEIPTS))


def as_reply(one):
    return one if isinstance(one, Reply) else Reply(one if isinstance(one, bytes) else json.dumps(one).encode())


class Publishers(Route):
    """The publishers themselves, as far as the pipeline knows, though one on loopback answers for them."""

    def contacted(self, url, form_name=None):
        return Route(self.stand_in).contacted(url, form_name)


@pytest.fixture
def no_mirror(country, monkeypatch):
    """What is asked is sent to the publisher on loopback, but not as to a mirror."""
    monkeypatch.setattr(Publishers, "stand_in", country.publisher.base, raising=False)
    monkeypatch.setattr("beleidsvrijheid.gathering.run.Route", lambda mirror: Publishers(None))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


@pytest.fixture
def country(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with Publisher() as publisher:
        yield Country(publisher, tmp_path, io.StringIO(), io.StringIO())


# Files and receipts


def test_a_file_and_its_receipt(country):
    country.put("a.csv", ROWS)
    assert country.gather(entry("one", address("a.csv"))) == {("one", "a.csv"): "gathered"}
    assert country.tree() == ["one/a.csv", "one/gathered.json"]
    assert Path("data/raw/one/a.csv").read_bytes() == ROWS
    (receipt,) = json.loads(Path("data/raw/one/gathered.json").read_text()).values()
    assert receipt.pop("retrieved").endswith("Z")
    assert receipt == {
        "address": "https://data.example/a.csv",
        "sha256": hashlib.sha256(ROWS).hexdigest(),
        "bytes": len(ROWS),
        "verified": "never",
        "mirror": country.publisher.base,
    }
    assert "one: a.csv, 0.0 kB" in country.terminal.getvalue()


def test_what_is_there_is_not_asked_for_again_until_it_is_deleted(country):
    country.put("a.csv", ROWS, ROWS + b"1;2\n")
    country.gather(entry("one", address("a.csv")))
    assert country.gather(entry("one", address("a.csv"))) == {("one", "a.csv"): "kept"}
    assert country.publisher.count() == 1
    Path("data/raw/one/a.csv").unlink()
    assert country.gather(entry("one", address("a.csv"))) == {("one", "a.csv"): "gathered"}
    assert Path("data/raw/one/a.csv").read_bytes() == ROWS + b"1;2\n"


def test_an_edited_file_is_kept_and_told(country):
    country.put("a.csv", ROWS)
    country.gather(entry("one", address("a.csv")))
    Path("data/raw/one/a.csv").write_bytes(ROWS.replace(b"A", b"B"))
    assert country.gather(entry("one", address("a.csv"))) == {("one", "a.csv"): "edited"}
    assert "one: a.csv: no longer what was downloaded; kept as it is" in country.page
    assert Path("data/raw/one/a.csv").read_bytes() == ROWS.replace(b"A", b"B") and country.publisher.count() == 1


@pytest.mark.parametrize("name", ["b.csv", "a.csv", "tidy.csv"])
def test_files_put_there_by_hand_are_left_alone(country, name):
    country.put("a.csv", ROWS)
    Path("data/raw/one").mkdir(parents=True)
    Path("data/raw/one", name).write_text("mine")
    assert country.gather(entry("one", address("a.csv"))) == {("one", name): "present by hand"}
    assert country.tree() == [f"one/{name}"] and country.publisher.count() == 0


def test_a_source_given_in_the_configuration_is_left_alone(country):
    files = {"one": "elsewhere/*.csv"}
    assert country.gather(entry("one", address("a.csv")), files=files) == {
        ("one", "elsewhere/*.csv"): "given in config.yaml"
    }
    assert country.publisher.count() == 0 and country.tree() == []


def test_a_source_without_addresses_is_told_with_its_steps(country):
    assert country.gather(entry("one")) == {("one", ""): "to be dropped by hand"}
    assert "one: things that one measures\n  1. Open the page.\n  2. Put the file in data/raw/one/." in country.page
    assert not Path("data/raw/one").exists()


def test_unreadable_receipts_fail_that_source_alone(country):
    country.put("a.csv", ROWS)
    Path("data/raw/one").mkdir(parents=True)
    Path("data/raw/one/gathered.json").write_text("{")
    statuses = country.gather(entry("one", address("a.csv")), entry("two", address("a.csv")))
    assert statuses == {("one", ""): "failed", ("two", "a.csv"): "gathered"}
    assert "gathered.json: not readable as receipts" in country.page


def test_a_folder_that_cannot_be_written_is_told(country):
    Path("data/raw").mkdir(parents=True)
    Path("data/raw/one").write_text("a file where a folder should be")
    country.put("a.csv", ROWS)
    assert country.gather(entry("one", address("a.csv"))) == {("one", ""): "failed"}
    assert "data/raw/one" in country.page and Path("data/raw/one").is_file()


@pytest.mark.parametrize("links", [True, False])
@pytest.mark.parametrize("moment", ["while it downloads", "at the last moment"])
def test_a_file_dropped_by_hand_meanwhile_is_kept(country, monkeypatch, moment, links):
    """Also where the file system has no links."""
    mine = Path("data/raw/one/b.csv")

    def drop():
        mine.write_bytes(b"mine")

    def late(asked):
        if moment == "while it downloads":
            drop()
        return Reply(ROWS)

    real = receipts._place
    if moment == "at the last moment":

        def place(waiting, path):
            drop() if path.name == "b.csv" else None
            real(waiting, path)

        monkeypatch.setattr(receipts, "_place", place)
    if not links:
        monkeypatch.setattr(os, "link", lambda *_: (_ for _ in ()).throw(OSError(95, "Operation not supported")))
    country.put("a.csv", ROWS)
    country.put("b.csv", late)
    parts = address("a.csv", part="a"), address("b.csv", "b.csv", part="b")
    assert country.gather(entry("one", *parts)) == {("one", ""): "failed"}
    assert "b.csv was put there meanwhile; it is kept" in country.page
    assert mine.read_bytes() == b"mine" and not Path("data/raw/one/a.csv").exists() and not country.receipts("one")
    assert country.gather(entry("one", *parts)) == {("one", "a.csv"): "gathered", ("one", "b.csv"): "present by hand"}
    assert mine.read_bytes() == b"mine" and sorted(country.receipts("one")) == ["a.csv"]


# Order of addresses, parts


def test_the_first_address_that_gives_wins(country):
    country.put("a.csv", Reply(b"", 404))
    country.put("b.csv", ROWS)
    first, second = address("a.csv"), address("b.csv", "b.csv")
    assert country.gather(entry("one", first, second)) == {("one", "b.csv"): "gathered"}
    assert "one: not from https://data.example/a.csv: HTTP 404, not found" in country.terminal.getvalue()
    # And stays so: a part is never told twice.
    country.put("a.csv", ROWS)
    assert country.gather(entry("one", first, second)) == {("one", "b.csv"): "kept"}


def test_all_parts_or_nothing(country):
    country.put("a.csv", ROWS)
    country.put("b.csv", Reply(b"", 404))
    parts = address("a.csv", part="a"), address("b.csv", "b.csv", part="b")
    assert country.gather(entry("one", *parts), entry("two", address("a.csv"))) == {
        ("one", ""): "failed",
        ("two", "a.csv"): "gathered",
    }
    assert country.tree() == ["two/a.csv", "two/gathered.json"] and not Path("data/raw/one").exists()
    message = (
        "one: failed, nothing was written\n"
        "  part b: HTTP 404, not found: https://data.example/b.csv\n"
        "  Put by hand in data/raw/one/ under these names, they count; the rest is then gathered: b.csv (b)\n"
    )
    assert country.page.count("one: failed") == 1 and message in country.page
    assert country.page.index("gathered  ") < country.page.index(message) < country.page.index("1. Open the page.")
    country.put("b.csv", ROWS)
    country.gather(entry("one", *parts))
    assert sorted(country.receipts("one")) == ["a.csv", "b.csv"]


@pytest.mark.parametrize("name", ["b.csv", "c.csv"])
def test_a_file_by_hand_with_the_name_of_a_part_counts_as_that_part(country, name):
    country.put("a.csv", ROWS)
    Path("data/raw/one").mkdir(parents=True)
    Path("data/raw/one", name).write_text("mine")
    parts = address("a.csv", part="a"), address("b.csv", "b.csv", part="b"), address("c.csv", "c.csv", part="b")
    expected = {("one", "a.csv"): "gathered", ("one", name): "present by hand"}
    assert country.gather(entry("one", *parts)) == expected
    assert Path("data/raw/one", name).read_text() == "mine" and country.publisher.count() == 1
    assert country.gather(entry("one", *parts)) == expected | {("one", "a.csv"): "kept"}
    # A file of any other name may be anything: then nothing is gathered beside it.
    Path("data/raw/one/a.csv").unlink()
    Path("data/raw/one/x.csv").write_text("mine too")
    assert set(country.gather(entry("one", *parts)).values()) == {"present by hand"}
    assert country.publisher.count() == 1


def test_reasons_are_told_once_for_all_parts(country):
    parts = [address(f"{name}.csv", f"{name}.csv", part=name) for name in ("a", "b", "c")]
    country.gather(entry("one", *parts))
    assert "  parts a, b, c: HTTP 404, not found: 3 addresses of data.example\n" in country.page
    assert "https://data.example/c.csv: HTTP 404" in country.table.loc[2, "message"]


def test_sources_with_nearly_the_same_steps_are_told_once(project_root):
    sources = read_sources((project_root / "workflow/sources.yaml").read_text(encoding="utf-8"))
    family = [name for name in sources if name.startswith("bbc_")]
    page = as_page([Line(name, "", "", "to be dropped by hand") for name in family], sources, {}, simulated=False)
    steps = page.partition("To be dropped by hand:")[2]
    assert steps.count("Open the BBC-analysetool") == 1 and "Type rapport = <A>, Type bestuur" in steps
    for name in family:
        (row,) = [line for line in steps.splitlines() if line.startswith(f"  {name}: ")]
        told = dict(one.split(" = ", 1) for one in row.partition(": ")[2].split("; "))
        for step in sources[name].manual:
            for letter, word in told.items():
                assert f"<{letter}>" in steps and any(word in one for one in sources[name].manual), step
    assert len(steps.splitlines()) < 25


def test_a_file_of_each_year(country):
    for year in (2009, 2010, 2011):
        country.put(f"a_{year}.csv", ROWS + f"{year};x\n".encode())
    one = address("a_{year}.csv", "p_{year}.csv", years=[2009, 2011])
    assert set(country.gather(entry("one", one)).values()) == {"gathered"}
    assert country.tree() == ["one/gathered.json", *(f"one/p_{year}.csv" for year in (2009, 2010, 2011))]
    assert country.receipts("one")["p_2010.csv"].address == "https://data.example/a_2010.csv"
    Path("data/raw/one/p_2010.csv").unlink()
    country.gather(entry("one", address("other.csv"), one))
    assert country.publisher.count() == 4 and Path("data/raw/one/p_2010.csv").exists()
    assert not Path("data/raw/one/a.csv").exists()


# Many requests, exports, pages


def municipalities():
    return entry("municipalities", address("units.csv", "units.csv"))


def test_a_request_per_municipality_bundled_in_one_archive(country):
    country.put("units.csv", CROSSWALK.encode())
    members = {}
    for nis in ("95003", "95010"):
        for member in ("lists.json", "votes.json"):
            members[f"gemeente/{nis}/{member}"] = {"nis": nis, "member": member}
            country.put(f"v/{nis}/{member}", Reply(b"", 503), members[f"gemeente/{nis}/{member}"])
    one = address("v/{nis}/{member}", "v.zip", "json", each=300, members=["lists.json", "votes.json"])
    assert country.gather(municipalities(), entry("one", one))["one", "v.zip"] == "gathered"
    with zipfile.ZipFile("data/raw/one/v.zip") as archive:
        assert archive.namelist() == sorted(members)
        assert {name: json.loads(archive.read(name)) for name in members} == members
    first = Path("data/raw/one/v.zip").read_bytes()
    Path("data/raw/one/v.zip").unlink()
    country.gather(municipalities(), entry("one", one))
    assert Path("data/raw/one/v.zip").read_bytes() == first
    assert "one: v.zip: 1 of 4" in country.terminal.getvalue()


def test_no_request_per_municipality_without_municipalities(country):
    one = address("v/{nis}/{member}", "v.zip", "json", each=300, members=["lists.json"])
    country.put("units.csv", CROSSWALK.replace("95010,Aalhout,95010", "95011,Aalhout,95010").encode())
    assert country.gather(municipalities(), entry("one", one))["one", ""] == "failed"
    assert "the codes of the municipalities are needed first" in country.page and country.publisher.count() == 1


def test_a_dead_host_is_not_asked_for_every_municipality(country):
    rows = "".join(f"9{number:04d},A,9{number:04d},A,9{number:04d},A,90000,90000\n" for number in range(300))
    country.put("units.csv", (CROSSWALK.splitlines()[0] + "\n" + rows).encode())
    one = address("v/{nis}/{member}", "v.zip", "json", each=308, members=["lists.json"])
    assert country.gather(municipalities(), entry("one", one))["one", ""] == "failed"
    assert country.publisher.count() <= 1 + 2 * 2


def export(*names):
    return {"data": [{"type": "exports", "attributes": {"filename": name, "format": "text/csv"}} for name in names]}


def test_the_newest_export_is_followed_on_its_host(country):
    country.put("exports", export("mandaten-20260412031500084.csv"))
    country.put("files/mandaten-20260412031500084.csv", ROWS)
    one = address("exports?filter[format]=text/csv&page[size]=1", "mandaten.csv", follow="export")
    assert country.gather(entry("one", one)) == {("one", "mandaten.csv"): "gathered"}
    assert (
        country.receipts("one")["mandaten.csv"].address == "https://data.example/files/mandaten-20260412031500084.csv"
    )
    assert country.publisher.asked[0].query == {"filter[format]": "text/csv", "page[size]": "1"}


def test_the_newest_name():
    names = ["mandaten-20260412031500084.csv", "mandaten-20260413031500084.csv", "mandaten-20260414031500084.ttl"]
    assert newest_name(export(*names), ".csv") == names[1]
    for bad in ([], {}, {"data": []}, export("x.csv"), export("../../evil-20260412.csv"), export("a/b-20260412.csv")):
        with pytest.raises(Failure, match=r"names no dated \.csv file"):
            newest_name(bad, ".csv")


FEATURES = [{"type": "Feature", "id": f"r.{number}", "properties": {"NISCODE": f"{number:05d}"}} for number in range(7)]


def wfs(cap=1000, matched=True, ignores_start=False):
    def answer(asked):
        first, count = int(asked.query["startIndex"]), min(cap, int(asked.query["count"]))
        rows = FEATURES[:count] if ignores_start else FEATURES[first : first + count]
        told = {"numberMatched": len(FEATURES) if matched else "unknown", "timeStamp": str(asked.at)}
        return as_reply({"type": "FeatureCollection", "features": rows, **told})

    return answer


@pytest.mark.parametrize(
    ("cap", "matched", "requests"), [(1000, True, 1), (1000, False, 1), (3, True, 3), (7, True, 1)]
)
def test_features_in_pages(country, cap, matched, requests):
    country.put("wfs", wfs(cap, matched))
    one = address("wfs?service=WFS&request=GetFeature", "a.geojson", "json", paging="wfs")
    assert country.gather(entry("one", one, patterns='["*.geojson"]')) == {("one", "a.geojson"): "gathered"}
    content = Path("data/raw/one/a.geojson").read_bytes()
    assert json.loads(content) == {"type": "FeatureCollection", "features": FEATURES} and b"timeStamp" not in content
    assert country.publisher.count() == requests


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (wfs(3, True, ignores_start=True), "a feature that was there already"),
        (lambda asked: as_reply({"features": [], "numberMatched": 0}), "0 features"),
        (lambda asked: as_reply({"features": [FEATURES[0]] if asked.query["startIndex"] == "0" else [], "numberMatched": 9}),
         "1 features where 9 are expected"),
        (lambda asked: as_reply({"error": "no"}), "page 1 has no list `features`"),
        (lambda asked: as_reply([]), "page 1 has no list `features`"),
    ],
)  # fmt: skip
def test_features_that_do_not_add_up_are_refused(country, answer, reason):
    country.put("wfs", answer)
    one = address("wfs?service=WFS", "a.geojson", "json", paging="wfs")
    assert country.gather(entry("one", one, patterns='["*.geojson"]')) == {("one", ""): "failed"}
    assert reason in country.page and country.tree() == []


def odata(link):
    def answer(asked):
        number = int(asked.query.get("$skip", 0))
        rest = {"@odata.nextLink": link.format(number + 2)} if number < 4 else {}
        return as_reply({"@odata.context": "x", "value": [{"n": number}, {"n": number + 1}], **rest})

    return answer


ODATA = address("odata/V('1')/Values", "a.json", "json", paging="odata", key="SOME_KEY", key_header="apikey")


@pytest.mark.parametrize("link", ["https://data.example/odata/V('1')/Values?$skip={}", "Values?$skip={}"])
def test_rows_in_linked_pages(country, no_mirror, link):
    country.put("odata/V('1')/Values", odata(link))
    assert country.gather(entry("one", ODATA), keys={"SOME_KEY": "s3cret"}) == {("one", "a.json"): "gathered"}
    assert json.loads(Path("data/raw/one/a.json").read_text()) == {"value": [{"n": number} for number in range(6)]}
    assert {one.headers["apikey"] for one in country.publisher.asked} == {"s3cret"}


@pytest.mark.parametrize(
    ("link", "reason"),
    [
        ("https://other.example/Values?$skip={}", "another host, other.example"),
        ("http://data.example/Values?$skip={}", "not https"),
        ("Values?$skip=0&apikey=s3cret", "go round in a circle"),
    ],
)
def test_linked_pages_stay_on_the_host_and_end(country, link, reason):
    country.put("odata/V('1')/Values", odata(link))
    assert country.gather(entry("one", ODATA), keys={"SOME_KEY": "s3cret"}) == {("one", ""): "failed"}
    assert reason in country.page


def test_the_key_is_nowhere(country, no_mirror):
    country.put("odata/V('1')/Values", Reply(b"", 503), odata("Values?$skip={}&apikey=s3cret"))
    country.gather(entry("one", ODATA), keys={"SOME_KEY": "s3cret"})
    country.put("odata/V('1')/Values", Reply(b"s3cret", 401), Reply(b"", 302, {"Location": "https://s3cret.example/"}))
    for _ in range(2):
        country.gather(entry("two", ODATA), keys={"SOME_KEY": "s3cret"})
        assert "s3cret" not in country.page + country.table.to_csv()
    assert "s3cret" not in country.log.getvalue() + country.terminal.getvalue()
    assert country.tree() and not any(
        b"s3cret" in path.read_bytes() for path in Path("data").rglob("*") if path.is_file()
    )


@pytest.mark.parametrize("keys", [{}, {"SOME_KEY": ""}, {"SOME_KEY": "two words"}])
def test_an_absent_key_is_work_by_hand(country, no_mirror, keys):
    assert country.gather(entry("one", ODATA), keys=keys) == {("one", ""): "to be dropped by hand"}
    assert "environment variable SOME_KEY" in country.page and "two words" not in country.page
    assert country.publisher.count() == 0


@pytest.mark.parametrize("keys", [{}, {"SOME_KEY": "s3cret"}])
def test_a_mirror_gets_no_key_and_needs_none(country, keys):
    country.put("odata/V('1')/Values", odata("Values?$skip={}"))
    assert country.gather(entry("one", ODATA), keys=keys) == {("one", "a.json"): "gathered"}
    assert not any("apikey" in one.headers for one in country.publisher.asked)


def test_keys_are_those_that_the_catalogue_names():
    sources = read_sources(entry("one", ODATA))
    assert keys_of(sources, {"SOME_KEY": " k \n", "OTHER_KEY": "x"}) == {"SOME_KEY": "k"}
    assert keys_of(sources, {"SOME_KEY": " "}) == {}


def sparql(total, ignores_offset=False):
    def answer(asked):
        head, limits = asked.fields["query"].rsplit("LIMIT", 1)
        assert asked.method == "POST" and head == QUERY.rsplit("LIMIT", 1)[0]
        size, _, first = limits.split()
        rows = [{"x": {"type": "uri", "value": f"http://x/{n}"}} for n in range(total)]
        start = 0 if ignores_offset else int(first)
        return as_reply({"head": {"link": [], "vars": ["x"]}, "results": {"bindings": rows[start : start + int(size)]}})

    return answer


SPARQL = address("sparql", "a.json", "json", paging="sparql", query="workflow/queries/small.sparql")


@pytest.mark.parametrize(("total", "requests"), [(1, 1), (3, 2), (7, 3)])
def test_rows_of_a_query_in_pages(country, total, requests):
    country.put("sparql", sparql(total))
    assert country.gather(entry("one", SPARQL)) == {("one", "a.json"): "gathered"}
    content = json.loads(Path("data/raw/one/a.json").read_text())
    assert [row["x"]["value"] for row in content["results"]["bindings"]] == [f"http://x/{n}" for n in range(total)]
    assert content["head"] == {"vars": ["x"]} and country.publisher.count() == requests
    assert country.publisher.asked[-1].query == {"query": "small", "page": str(requests)}
    assert country.publisher.asked[0].headers["accept"].startswith("application/sparql-results+json")


@pytest.mark.parametrize(
    ("answer", "reason"),
    [(sparql(7, ignores_offset=True), "a page that was there already"), (sparql(0), "an answer without rows")],
)
def test_a_query_that_does_not_page_is_refused(country, answer, reason):
    country.put("sparql", answer)
    assert country.gather(entry("one", SPARQL)) == {("one", ""): "failed"}
    assert reason in country.page


@pytest.mark.parametrize(
    "query", [QUERY[:-19], QUERY + "#", QUERY.replace("OFFSET 0", "OFFSET 5"), "LIMIT 3\n" + QUERY]
)
def test_a_query_without_its_last_line_is_refused(query):
    from beleidsvrijheid.gathering import paging

    with pytest.raises(Failure, match="must end in one line `LIMIT n OFFSET 0`"):
        paging.sparql("https://data.example/sparql", query, None)


def test_the_projects_queries_can_be_paged(project_root):
    from beleidsvrijheid.gathering import paging

    queries = sorted((project_root / "workflow/queries").glob("*.sparql"))
    assert queries
    for path in queries:
        rows = [{"x": number} for number in range(5)]
        text = path.read_text(encoding="utf-8")
        got = paging.sparql(
            "https://a.example/", text, lambda *_, rows=rows: {"head": {}, "results": {"bindings": rows}}
        )
        assert got["results"]["bindings"] == rows


# Pins


def pin(content):
    return hashlib.sha256(content).hexdigest()


def test_pins_of_members_and_pages_heal_what_a_pin_of_the_whole_only_notices(country):
    right = as_reply({"type": "FeatureCollection", "features": FEATURES, "numberMatched": 7})
    wrong = as_reply({"type": "FeatureCollection", "features": [*FEATURES[:6], {"id": "r.9"}], "numberMatched": 7})
    whole = b'{"features":' + json.dumps(FEATURES, sort_keys=True, separators=(",", ":")).encode()
    whole += b',"type":"FeatureCollection"}\n'
    pins = {"a.geojson": pin(whole)}
    country.put("wfs", wrong)
    patterns = '["*.geojson"]'
    one = address("wfs", "a.geojson", "json", paging="wfs", sha256=pins)
    assert country.gather(entry("one", one, patterns=patterns)) == {("one", ""): "failed"}
    assert "put together from its parts: sha256" in country.page and country.tree() == []
    country.put("wfs", wrong, right)
    one = address("wfs", "a.geojson", "json", paging="wfs", sha256=pins | {"a.geojson#1": pin(right.body)})
    assert country.gather(entry("one", one, patterns=patterns)) == {("one", "a.geojson"): "gathered"}
    assert Path("data/raw/one/a.geojson").read_bytes() == whole


def test_another_pin_than_that_of_a_kept_file_is_told(country):
    country.put("a.csv", ROWS)
    country.gather(entry("one", address("a.csv")))
    statuses = country.gather(entry("one", address("a.csv", sha256={"a.csv": "0" * 64})))
    assert statuses == {("one", "a.csv"): "kept"} and "pins another checksum; delete the file" in country.page


# Interrupted


def test_a_killed_run_is_taken_up(country):
    """What a kill leaves: parts, answers in pages, complete files without a place, a receipt without its file."""
    country.put("a.csv", ROWS)
    country.put("b.csv", Reply(b"", 404))
    one = entry("one", address("a.csv", part="a"), address("b.csv", "b.csv", part="b"))
    country.gather(one)
    assert country.tree() == []
    # The state just before the failure is put back by hand: the first part staged, the second under way.
    from beleidsvrijheid.gathering.client import Body
    from beleidsvrijheid.gathering.receipts import Receipt, Workplace

    work = Workplace(Path("data/raw/one"))
    work.path("a.csv").write_bytes(ROWS)
    work.stage("a.csv", Receipt.of("https://data.example/a.csv", Body(pin(ROWS), len(ROWS)), "never", None))
    work.path("b.csv.part").write_bytes(b"half")
    Path("data/raw/one/gathered.json").write_bytes(Path("data/raw/one/.gather/staged.json").read_bytes())
    asked = country.publisher.count("/data.example/a.csv")
    country.put("b.csv", ROWS + b"3;4\n")
    assert set(country.gather(one).values()) == {"gathered"}
    assert country.publisher.count("/data.example/a.csv") == asked
    assert sorted(os.listdir("data/raw/one")) == ["a.csv", "b.csv", "gathered.json"]
    assert sorted(country.receipts("one")) == ["a.csv", "b.csv"]


def test_a_spoiled_leftover_is_asked_for_again(country):
    country.put("a.csv", ROWS)
    from beleidsvrijheid.gathering.client import Body
    from beleidsvrijheid.gathering.receipts import Receipt, Workplace

    work = Workplace(Path("data/raw/one"))
    work.path("a.csv").write_bytes(b"a;b\n1;2\n")
    work.stage("a.csv", Receipt.of("https://data.example/a.csv", Body(pin(ROWS), len(ROWS)), "never", None))
    assert country.gather(entry("one", address("a.csv"))) == {("one", "a.csv"): "gathered"}
    assert Path("data/raw/one/a.csv").read_bytes() == ROWS and not Path("data/raw/one/.gather").exists()


def test_stopped_from_the_keyboard(country):
    """What is complete is kept for the next run; the user reads a sentence."""
    country.put("a.csv", ROWS)

    def stop(asked):
        signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)
        return Reply(b"", 503)

    country.put("b.csv", stop)
    one = entry("one", address("a.csv", part="a"), address("b.csv", "b.csv", part="b"))
    with pytest.raises(StudyError, match="^stopped; `snakemake gather` goes on where it stopped"):
        country.gather(one, attempts=100)
    assert Path("data/raw/one/.gather/a.csv").is_file() and not Path("data/raw/one/a.csv").exists()
    country.put("b.csv", ROWS + b"3;4\n")
    assert set(country.gather(one).values()) == {"gathered"}
    assert country.publisher.count("/data.example/a.csv") == 1


def test_stopped_while_the_first_source_is_silent(country):
    """Nobody waits for the silence to end."""

    def stop(asked):
        signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)
        time.sleep(20)
        return Reply(ROWS)

    country.put("units.csv", stop)
    started = time.monotonic()
    with pytest.raises(StudyError, match="^stopped; `snakemake gather` goes on where it stopped"):
        country.gather(municipalities(), entry("one", address("a.csv")), timeout_seconds=60.0)
    assert time.monotonic() - started < 5 and country.publisher.count() == 1


def test_one_gathering_at_a_time(country):
    with alone(Path("data/raw")), pytest.raises(StudyError, match="another `snakemake gather` is at work here"):
        country.gather(entry("one", address("a.csv")))
    country.put("a.csv", ROWS)
    assert country.gather(entry("one", address("a.csv"))) == {("one", "a.csv"): "gathered"}


def test_what_is_no_folder_of_raw_files(tmp_path):
    (tmp_path / "raw").write_text("a file")
    with pytest.raises(StudyError, match="raw: cannot be used as the folder of raw files: "), alone(tmp_path / "raw"):
        pass


def test_what_a_killed_run_left_goes_when_files_are_configured(country):
    Path("data/raw/one/.gather").mkdir(parents=True)
    Path("data/raw/one/.gather/a.csv").write_bytes(ROWS)
    country.gather(entry("one", address("a.csv")), files={"one": "elsewhere.csv"})
    assert not Path("data/raw/one").exists()


# Answers that nobody expects


LINKED = address("a", content="json", paging="odata")
ASKED = address("a", content="json", paging="sparql", query="workflow/queries/small.sparql")
ODD = [
    (address("a"), Reply(status=302, headers={"Location": "https://[bad/x"}), "refers to what is no address, 'https://[bad"),
    (address("a"), Reply(status=302, headers={"Location": "https://data.example:99999/x"}), "refers to what is no address"),
    (LINKED, {"value": [1], "@odata.nextLink": "https://[bad/x"}, "refers to what is no address, 'https://[bad/x'"),
    (LINKED, b'{"value": ["\\ud800"]}', "half a character"),
    (ASKED, {"head": ["x"], "results": {"bindings": [{"x": 1}]}}, "page 1 has a `head` that is no object"),
    (ASKED, {"head": {}, "results": ["x"]}, "page 1 has no list `bindings`"),
]  # fmt: skip


@pytest.mark.parametrize(("one", "answer", "reason"), ODD)
def test_an_odd_answer_fails_its_source_alone(country, one, answer, reason):
    country.put("a", answer)
    country.put("b.csv", ROWS)
    statuses = country.gather(entry("one", one), entry("two", address("b.csv", "b.csv")))
    assert statuses == {("one", ""): "failed", ("two", "b.csv"): "gathered"}
    assert reason in country.page


def test_an_answer_that_nobody_thought_of_fails_its_source_alone(country, monkeypatch):
    real = Workplace.stage

    def fail(self, name, receipt):
        if self.folder.name == "one":
            raise LookupError("a secret s3cret")
        real(self, name, receipt)

    monkeypatch.setattr(Workplace, "stage", fail)
    country.put("a.csv", ROWS)
    statuses = country.gather(entry("one", address("a.csv")), entry("two", address("a.csv")), keys={"K": "s3cret"})
    assert statuses == {("one", ""): "failed", ("two", "a.csv"): "gathered"}
    assert "LookupError: a secret ***" in country.page and "Traceback" not in country.page + country.terminal.getvalue()
    assert "Traceback" in country.log.getvalue() and "s3cret" not in country.log.getvalue()


def test_without_a_network(country, no_mirror, monkeypatch):
    """Told in one line, and soon."""
    asked = []

    def unknown(host, *_, **__):
        asked.append(host)
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    monkeypatch.setattr(Publishers, "stand_in", "http://nowhere.example")
    started = time.monotonic()
    statuses = country.gather(
        municipalities(), entry("one", address("a.csv"), address("b.csv", "b.csv")), attempts=6, first_wait_seconds=0.1
    )
    assert set(statuses.values()) == {"failed"} and time.monotonic() - started < 2
    assert country.page.startswith("no network: ") and "Open the page." not in country.page
    assert asked == 2 * ["nowhere.example"]
    assert country.terminal.getvalue().count("asked again") == 1


# The catalogue and the account


def test_probes_are_asked_once_and_only_told(country):
    country.put("probe", Reply(b"<html>", 200, {"Content-Type": "text/html"}))
    more = '  probes: ["https://data.example/probe"]\n'
    country.gather(entry("one", more=more), entry("two", more=more))
    assert "Asked, answer not used: https://data.example/probe: HTTP 200, text/html" in country.page
    assert country.publisher.count() == 1 and country.tree() == []


def test_the_table_has_a_row_per_file(country):
    country.put("a.csv", ROWS)
    country.gather(entry("two", address("a.csv")), entry("one"))
    assert country.table["source"].tolist() == ["one", "two"]
    assert country.table.loc[1, ["file", "status", "bytes"]].tolist() == ["a.csv", "gathered", len(ROWS)]
    assert country.table["sha256"].tolist() == ["", pin(ROWS)]


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (address("a.csv", years=[2000, 2001]), "`years` needs {year}"),
        (address("{nis}", each=308), "`each` needs {nis} and {member}"),
        (address("a", content="json", paging="sparql"), "`paging: sparql` needs query"),
        (address("a", paging="wfs"), "`paging` needs content: json"),
        (address("a", key="K"), "`key` needs key_header"),
        (address("a", content="json", paging="wfs", follow="export"), "only one of"),
        (address("a", "../a.csv"), "file"),
        (address("a", ".hidden"), "file"),
        (address("a", sha256={"a.csv": "abc"}), "sha256"),
        (address("a", redirects=["https://x.example"]), "redirects"),
        (address("a", content="json", paging="sparql", query="/etc/passwd"), "query"),
        ('url: "http://data.example/a", file: a.csv, content: csv', "url"),
    ],
)
def test_a_wrong_address_is_told(wrong, message):
    with pytest.raises(StudyError, match=r"workflow/sources.yaml: .*" + message):
        read_sources(entry("one", wrong))


def test_two_parts_may_not_name_one_file():
    parts = address("a.csv", "a_{year}.csv", part="a"), address("b.csv", "a_2001.csv", part="b")
    parts = (parts[0].replace("a.csv", "a_{year}.csv", 1) + ", years: [2000, 2001]", parts[1])
    with pytest.raises(StudyError, match="parts a and b both name the file a_2001.csv"):
        read_sources(entry("one", *parts))


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("mirror", "http://[::1"),
        ("mirror", "http://127.0.0.1:99999"),
        ("mirror", "http://x:0"),
        ("mirror", "http://x:y"),
        ("mirror", "ftp://x"),
        ("mirror", "http://x/?a"),
        ("mirror", "http://u:p@x"),
        ("mirror", "127.0.0.1"),
    ],
)
def test_a_mirror_is_an_address(key, value):
    with pytest.raises(ValueError, match="mirror"):
        Data(source="open", **{key: value})
