"""Belfius clusters from text and transcription, and their corrections."""

import pandas as pd
import pytest

from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.simulation.registers import belfius_tables, belfius_text
from beleidsvrijheid.sources import belfius

from .simulated_country import simulated, write_files
from .small_country import REFERENCE, SOURCES, write

SOURCE = SOURCES["belfius_clusters"]
CORRECTIONS = "nis_2018,column,printed,corrected,reason\n"
GOOD = "nis_2018,cluster\n95001,V1\n95002,V61\n95003,V16\n"
TEXT = """Typologie van de gemeenten 2018

V1  Gemeenten in de stadsrand met hoge inkomens
    en vergrijzende bevolking

AALBEKE      BERKHOUT
                      12
\fTypologie van de gemeenten 2018
V15 Kustgemeenten
CLEVE
"""


def parse(*paths):
    return belfius.parse(list(paths), SOURCE, REFERENCE)


def test_a_misprinted_cluster_needs_a_reviewed_correction(tmp_path):
    path = write(tmp_path / "belfius.csv", GOOD)
    with pytest.raises(StudyError, match="95002: cluster 'V61' does not exist"):
        parse(path)
    corrections = write(tmp_path / "corrections.csv", CORRECTIONS + "95002,cluster,V61,V16,misprint\n")
    parsed = parse(path, corrections)
    assert parsed.table["cluster"].tolist() == ["V1", "V16", "V16"]
    with pytest.raises(StudyError, match="corrections.csv lies beside belfius.csv and is not among the files"):
        parse(path)
    stale = write(tmp_path / "corrections.csv", CORRECTIONS + "95001,cluster,V61,V16,misprint\n")
    with pytest.raises(StudyError, match="95001: the source does not print 'V61'"):
        parse(path, stale)


def test_names_in_capitals_below_headings(tmp_path):
    parsed = parse(write(tmp_path / "belfius.txt", TEXT))
    assert parsed.table.values.tolist() == [["95001", 308, "V1"], ["95002", 308, "V1"], ["95003", 308, "V15"]]
    lines = next(row for row in parsed.checks if row["check"] == "lines read")
    assert (lines["n_checked"], lines["n_failed"]) == (8, 4) and lines["reason"].endswith("3 names read")


def test_a_heading_printed_twice_is_mended_by_a_correction_only(tmp_path):
    text = TEXT.replace("V15 Kust", "V1 Kust")
    path = write(tmp_path / "belfius.txt", text)
    with pytest.raises(StudyError, match="belfius.txt: line 9: the heading 'V1 Kustgemeenten' is V1 a second time"):
        parse(path)
    corrections = write(tmp_path / "corrections.csv", CORRECTIONS + ",heading,V1 Kustgemeenten,V16,misprint\n")
    assert parse(path, corrections).table["cluster"].tolist() == ["V1", "V1", "V16"]
    write(path, text.replace("V1 Kust", "V2 Kust"))
    with pytest.raises(StudyError, match="does not print 'V1 Kustgemeenten' in heading"):
        parse(path, corrections)


def test_text_and_transcription_must_agree(tmp_path):
    text = write(tmp_path / "belfius.txt", TEXT)
    same = write(tmp_path / "belfius.csv", "nis_2018,cluster\n95001,V1\n95002,V1\n95003,V15\n")
    assert {row["check"] for row in parse(text, same).checks} >= {"text and transcription agree"}
    write(same, "nis_2018,cluster\n95001,V1\n95002,V2\n95003,V15\n")
    with pytest.raises(StudyError, match="belfius.csv and belfius.txt: 95002 is V2 in one and V1 in the other"):
        parse(same, text)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("CLEVE", "KLEEF", "line 10: no municipality named 'KLEEF'.*title of the page, delete it"),
        ("CLEVE", "Cleve", r"1 of the 3 municipalities of 308 are missing: 95003 Cleve"),
        ("CLEVE", "CLEVE   AALBEKE", "95001 Aalbeke occurs twice"),
        ("V15 Kust", "V17 Kust", "cluster 'V17' does not exist"),
        ("AALBEKE      BERKHOUT", "AALBEKE BERKHOUT", "line 6: no municipality named 'AALBEKE BERKHOUT'"),
        ("AALBEKE      BERKHOUT", "V2 Kleine steden    V3 Dorpen", "line 6: two headings on one line"),
        ("V1  Gemeenten", "Gemeenten", "2 of the 3 municipalities of 308 are missing"),
        (TEXT, "Aalbeke\n", "no heading 'V1 ...' with names in capitals"),
        (TEXT, "<html>", "a web page, not data"),
    ],
)
def test_a_text_is_refused_by_line(tmp_path, old, new, message):
    with pytest.raises(StudyError, match=message):
        parse(write(tmp_path / "belfius.txt", TEXT.replace(old, new)))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (GOOD.replace("V61", "V2").replace("95003", "95002"), "belfius.csv: 95002 Berkhout occurs twice"),
        (GOOD.replace("V61", "V2").replace("95003,V16\n", ""), "belfius.csv: 1 of the 3 municipalities"),
        (GOOD.replace("cluster", "klasse"), "fits no known layout"),
    ],
)
def test_a_transcription_is_refused_by_row(tmp_path, text, message):
    with pytest.raises(StudyError, match=message):
        parse(write(tmp_path / "belfius.csv", text))


def test_one_list_of_a_kind(tmp_path):
    paths = [write(tmp_path / f"{name}.csv", GOOD) for name in ("belfius", "belfius2")]
    with pytest.raises(StudyError, match="2 lists where one is expected"):
        parse(*paths)
    with pytest.raises(StudyError, match="corrections.csv: column 'reason' is missing"):
        parse(paths[0], write(tmp_path / "corrections.csv", "nis_2018,column,printed,corrected\n"))


def test_the_simulated_lists_give_the_clusters_of_the_country(tmp_path):
    places, register, reference = simulated()
    table, corrections, misprint = belfius_tables(places.country, register)
    files = [
        ("belfius_2018.csv", table.to_csv(index=False).encode()),
        ("belfius_2018.txt", belfius_text(places.country, register)),
        ("corrections.csv", corrections.to_csv(index=False).encode()),
    ]
    parsed = belfius.parse(write_files(tmp_path, files), SOURCE, reference)
    expected = dict(zip(register.nis_2018, (f"V{number}" for number in places.country.cluster), strict=True))
    assert dict(zip(parsed.table["nis"], parsed.table["cluster"], strict=True)) == expected
    assert expected[misprint] == "V16" and len(expected) == 308


def test_families_follow_the_clusters():
    assert belfius.family(pd.Series([1, 5, 6, 8, 9, 12, 13, 14, 15, 16])).tolist() == [1, 1, 2, 2, 3, 3, 4, 4, 5, 6]
