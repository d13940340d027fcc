"""Replication packages: what may go, the manifest, the zip, the README."""

import io
import zipfile
from dataclasses import replace
from pathlib import Path

from beleidsvrijheid.catalogue import read_indicators, read_sources
from beleidsvrijheid.package import (
    differences,
    manifest,
    may_go,
    sha256,
    withheld_indicators,
    without_indicators,
    zipped,
)
from beleidsvrijheid.package_readme import Exhibit, Package, readme
from beleidsvrijheid.rawfiles import OWN

ROOT = Path(__file__).resolve().parents[2]
SOURCES = read_sources((ROOT / "workflow/sources.yaml").read_text(encoding="utf-8"))
INDICATORS = read_indicators((ROOT / "workflow/indicators.yaml").read_text(encoding="utf-8"))
# The headings of the template, version 1.1.
SECTIONS = [
    "## Overview",
    "## Data Availability and Provenance Statements",
    "### Statement about Rights",
    "### License for Data",
    "### Summary of Availability",
    "### Details on each Data Source",
    "## Dataset list",
    "## Computational requirements",
    "### Software Requirements",
    "### Controlled Randomness",
    "### Memory, Runtime, Storage Requirements",
    "## Description of programs/code",
    "### License for Code",
    "## Instructions to Replicators",
    "### Details",
    "## List of tables and programs",
    "## References",
]


def test_every_source_says_whether_it_may_go_and_why():
    for source in SOURCES.values():
        assert source.redistribution_reason, source.id
        open_licence = source.licence.startswith("CC BY")
        assert source.redistribution == open_licence, source.id


def test_what_is_not_known_may_not_go():
    entry = SOURCES["population"]
    assert may_go(entry, simulated=False)
    assert not type(entry).model_fields["redistribution"].default
    assert not may_go(SOURCES["belfius_clusters"], simulated=False)
    assert may_go(SOURCES["belfius_clusters"], simulated=True)
    assert not may_go(SOURCES[OWN], simulated=True)


def test_copied_classes_are_withheld_from_the_indicators():
    used = {name: SOURCES[name] for name in ("population", "belfius_clusters")}
    held = withheld_indicators(INDICATORS, used, simulated=False)
    assert {"belfius_cluster", "belfius_family"} <= set(held) and "size_band" not in held
    assert withheld_indicators(INDICATORS, used, simulated=True) == []
    content = b'nis,indicator,value\n1,belfius_family,2\n1,"a,b",3\n'
    assert without_indicators(content, held) == b'nis,indicator,value\n1,"a,b",3\n'


def test_manifest_finds_what_changed():
    files = {"package/b.txt": b"2", "package/a.txt": b"1"}
    listed = manifest(files)
    assert listed.decode().splitlines() == ["path,bytes,sha256", f"a.txt,1,{sha256(b'1')}", f"b.txt,1,{sha256(b'2')}"]
    assert differences(listed, {"a.txt": b"1"}.get) == {"same": ["a.txt"], "different": [], "missing": ["b.txt"]}
    assert differences(listed, {"a.txt": b"x", "b.txt": b"2"}.get)["different"] == ["a.txt"]


def test_zip_is_the_same_for_the_same_files():
    files = {"package/run": b"#!", "package/a.txt": b"1"}
    content = zipped(files, {"package/run"})
    assert content == zipped(dict(reversed(files.items())), {"package/run"})
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.namelist() == ["package/a.txt", "package/run"]
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert [oct(entry.external_attr >> 16) for entry in archive.infolist()] == ["0o100644", "0o100755"]


def raw_file(source: str, name: str) -> dict:
    return {"source": source, "file": name, "sha256": sha256(name.encode()), "retrieved": "2026-01-02"}


REAL = Package(
    title="A | study",
    provenance={
        "data_source": "open",
        "seed": 7,
        "packages": {"numpy": "2.4.6"},
        "raw_files": [raw_file("population", "Bevolking.xlsx"), raw_file("debt", "schuld.csv")],
    },
    sources={name: SOURCES[name] for name in ("debt", "population")},
    folder="study",
    commit="c0ffee",
    changed=["config.yaml"],
    draws=99,
    benchmark={"Wall time, from nothing": "100 s"},
    n_files=3,
    n_bytes=1024**3,
    exhibits=[Exhibit("table", "main", "Estimates", "make_table", ["results/tables/main.csv"])],
    withheld=["belfius_family"],
    outside={"debt": "../elsewhere/*.csv"},
)


def test_readme_has_the_sections_of_the_template_in_order():
    for package in (REAL, replace(REAL, provenance=REAL.provenance | {"data_source": "simulated"}, folder="")):
        text = readme(package)
        assert [line for line in text.splitlines() if line in SECTIONS] == SECTIONS


def test_readme_says_how_to_get_what_may_not_go():
    text = readme(REAL)
    debt = text[text.index("#### debt") : text.index("#### population")]
    assert "Not in this package: the licence was inferred" in debt and "1. Open the BBC-analysetool" in debt
    assert "../elsewhere/*.csv" in debt and "Retrieved 2026-01-02" in debt
    assert f"| `project/study/data/raw/debt/schuld.csv` | `debt` | no | `{sha256(b'schuld.csv')}` |" in text
    assert (
        f"| `project/study/data/raw/population/Bevolking.xlsx` | `population` | yes | `{sha256(b'Bevolking.xlsx')}` |"
        in text
    )
    assert "make clean STUDY=study && make study STUDY=study" in text
    assert "not committed and not in it: `config.yaml`" in text
    assert "1 source **not** in this package" in text and "`belfius_family`" in text
    assert "# A \\| study" in text and "SIMULATED" not in text
    assert "seed: 7" in text and "Wall time, from nothing: 100 s" in text


def test_readme_of_simulated_data_says_so():
    text = readme(replace(REAL, provenance=REAL.provenance | {"data_source": "simulated"}, withheld=[]))
    assert "SIMULATED DATA / GESIMULEERDE DATA" in text and "no number says anything about a real municipality" in text
    assert "All data **are** in this package." in text
