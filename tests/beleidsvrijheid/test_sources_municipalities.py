"""The list of municipalities: from the register with its days of validity, or from a crosswalk; never against the mergers."""

import zipfile

import pandas as pd
import pytest

from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.outputs import write_parquet
from beleidsvrijheid.sources import municipalities

from . import simulated_statbel
from .small_country import write

HEADER = "LVL_REFNIS|CD_REFNIS|CD_SUP_REFNIS|TX_REFNIS_DE|TX_REFNIS_FR|TX_REFNIS_NL|DT_VLDT_START|DT_VLDT_END"
MERGERS = """valid_from,nis_old,name_old,nis_new,name_new
2019-01-01,95001,Aalbeke,95010,Aalhout
2019-01-01,95002,Berkhout,95010,Aalhout
2025-01-01,95010,Aalhout,96020,Aalhout-Dorne
2025-01-01,96004,Dorne,96020,Aalhout-Dorne
"""
REGISTER = """1|02000|-|R|Région|Gewest|01/01/1970|31/12/9999
1|04000|-|R|Région|Hoofdstad|01/01/1970|31/12/9999
2|95900|-|P|P|Oud|01/01/1970|31/12/1994
2|90000|02000|P|P|Noord|01/01/1995|31/12/9999
2|91000|02000|P|P|Zuid|01/01/1970|31/12/9999
2|93000|03000|P|P|Elders|01/01/1970|31/12/9999
3|95000|90000|A|A|Arrondissement Noord|01/01/1995|31/12/9999
3|95000|95900|A|A|Arrondissement Noord|01/01/1970|31/12/1994
3|96000|91000|A|A|Arrondissement Zuid|01/01/1970|31/12/9999
3|97000|93000|A|A|Arrondissement Elders|01/01/1970|31/12/9999
3|21000|04000|A|A|Arrondissement Hoofdstad|01/01/1970|31/12/9999
4|95001|95000|N|N|Aalbeke|01/01/1977|31/12/2018
4|95002|95000|N|N|Berkhout|01/01/1977|31/12/2018
4|95003|95000|N|N|Cleve (Noord)|01/01/1977|31/12/9999
4|95010|95000|N|N|Aalhout|01/01/2019|{end}
4|96004|96000|N|Liège|Dorne|01/01/1977|{end}
4|97001|97000|N|N|Elders|01/01/1977|31/12/9999
4|21001|21000|N|N|Hoofdstad|01/01/1970|31/12/9999
4|95099|95000|N|N|Oudekerke|01/01/1970|31/12/1976
{new}"""
OPEN = REGISTER.format(end="31/12/9999", new="")
CLOSED = REGISTER.format(end="31/12/2024", new="4|96020|96000|N|N|Aalhout-Dorne|01/01/2025|31/12/9999\n")


def refnis(path, rows, encoding="utf-8-sig", header=HEADER):
    path.write_bytes(f"{header}\n{rows}".replace("\n", "\r\n").encode(encoding))
    return path


def mergers(tmp_path, text=MERGERS):
    return write(tmp_path / "mergers.csv", text)


def test_the_register_gives_three_geographies(tmp_path):
    parsed = municipalities.read(refnis(tmp_path / "TU_COM_REFNIS.txt", CLOSED), mergers(tmp_path))
    assert parsed.table.to_dict("list") == {
        "nis_308": ["95001", "95002", "95003", "96004"],
        "nis_300": ["95010", "95010", "95003", "96004"],
        "nis_285": ["96020", "96020", "95003", "96020"],
        "naam_308": ["Aalbeke", "Berkhout", "Cleve (Noord)", "Dorne"],
        "naam_300": ["Aalhout", "Aalhout", "Cleve (Noord)", "Dorne"],
        "naam_285": ["Aalhout-Dorne", "Aalhout-Dorne", "Cleve (Noord)", "Aalhout-Dorne"],
        "province_308": ["90000", "90000", "90000", "91000"],
        "province_285": ["91000", "91000", "90000", "91000"],  # two municipalities change province by merging
    }
    account = {row["check"]: (row["n_checked"], row["n_failed"], row["reason"]) for row in parsed.checks}
    assert account["rows read"][:2] == (20, 0) and account["rows left out"][:2] == (20, 14)
    assert account["municipalities of 2018, 2019 and 2025 agree with the mergers"][2] == "2025 from the register"


def test_a_register_that_ends_before_2025_is_completed_from_the_mergers(tmp_path):
    full = municipalities.parse(refnis(tmp_path / "new.txt", CLOSED), mergers(tmp_path))
    parsed = municipalities.read(refnis(tmp_path / "old.txt", OPEN), mergers(tmp_path))
    assert parsed.table.equals(full)
    assert "from the table of mergers" in parsed.checks[-1]["reason"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
def test_encodings_and_zip_give_the_same(tmp_path, encoding):
    plain = refnis(tmp_path / "TU_COM_REFNIS.txt", CLOSED, encoding)
    with zipfile.ZipFile(tmp_path / "TU_COM_REFNIS.zip", "w") as archive:
        archive.write(plain, "TU_COM_REFNIS.txt")
    parsed = municipalities.read(tmp_path / "TU_COM_REFNIS.zip", mergers(tmp_path))
    assert parsed.table.equals(municipalities.parse(refnis(tmp_path / "b.txt", CLOSED), mergers(tmp_path)))
    assert ("encoding" in {row["check"] for row in parsed.checks}) == (encoding == "cp1252")


def test_the_simulated_register_is_the_country_that_was_drawn(tmp_path):
    files = simulated_statbel.write_files(tmp_path)
    parsed = municipalities.read(files["municipalities/TU_COM_REFNIS.zip"], files["municipalities/mergers.csv"])
    assert [parsed.table[f"nis_{vintage}"].nunique() for vintage in (308, 300, 285)] == [308, 300, 285]
    write_parquet(parsed.table, str(tmp_path / "parsed.parquet"))
    write_parquet(simulated_statbel.units(), str(tmp_path / "drawn.parquet"))
    assert (tmp_path / "parsed.parquet").read_bytes() == (tmp_path / "drawn.parquet").read_bytes()
    assert (parsed.table["province_308"] != parsed.table["province_285"]).sum() == 1
    assert parsed.table["naam_308"].str.contains(" (", regex=False).sum() == 3


def changed(old, new, count=1):
    assert CLOSED.count(old) >= 1
    return CLOSED.replace(old, new, count)


BAD = {
    "wrong delimiter": (CLOSED.replace("|", ";"), HEADER.replace("|", ";"), r"row 1: column 'LVL_REFNIS' is missing"),
    "missing column": (CLOSED, HEADER.replace("CD_SUP", "CD_UP"), r"row 1: column 'CD_SUP_REFNIS' is missing"),
    "column twice": (CLOSED, HEADER.replace("TX_REFNIS_DE", "CD_REFNIS"), r"column 'CD_REFNIS' occurs twice"),
    "header only": ("", HEADER, r"no row below the header"),
    "ISO date": (
        changed("01/01/2019", "2019-01-01"),
        HEADER,
        r"row 16: DT_VLDT_START: '2019-01-01' is not a date as dd/mm",
    ),
    "American date": (changed("31/12/2018", "12/31/2018"), HEADER, r"row 13: DT_VLDT_END: '12/31/2018' is no day"),
    "no such day": (changed("31/12/2018", "31/02/2018"), HEADER, r"row 13: DT_VLDT_END: '31/02/2018' is no day"),
    "ends before it begins": (
        changed("01/01/2019|31/12/2024", "01/01/2019|31/12/2017"),
        HEADER,
        r"row 16: 95010 ends before",
    ),
    "short row": (changed("|N|N|Aalbeke", "|N|Aalbeke"), HEADER, r"Row #13: Expected 8 columns, got 7"),
    "code of four digits": (changed("4|96004", "4|6004"), HEADER, r"row 17: CD_REFNIS: '6004' is not a code of five"),
    "unknown level": (changed("4|95001", "5|95001"), HEADER, r"row 13: LVL_REFNIS: '5' is not a level"),
    "no name": (changed("|Aalbeke|", "||"), HEADER, r"row 13: TX_REFNIS_NL: '' is not a name"),
    "mark in the middle": (changed("4|95001", "\ufeff4|95001"), HEADER, r"row 13: a byte-order mark inside the text"),
    "garbled": (changed("Liège", "LiÃ¨ge"), HEADER, r"row 17: 'Ã¨' is a character that was saved in the wrong"),
    "valid twice": (
        CLOSED + "4|95003|96000|N|N|Cleve|01/01/2018|31/12/9999\n",
        HEADER,
        r"95003 is valid twice on 2018",
    ),
    "no arrondissement": (
        changed("3|96000|91000", "3|96001|91000"),
        HEADER,
        r"96004 lies in 96000, which is no arrond",
    ),
    "no province": (changed("2|91000|02000", "2|91001|02000"), HEADER, r"91000 is no province or region on 2018"),
    "no Flanders": (CLOSED.replace("|02000|", "|03000|"), HEADER, r"no municipality of region 02000 on 2018-01-01"),
    "not in the mergers": (
        CLOSED + "4|95011|95000|N|N|Nieuw|01/01/2019|31/12/9999\n",
        HEADER,
        r"95011 is a municipality on 2019-01-01 by the register, but not by the table of mergers",
    ),
    "not in the register": (
        changed("4|96020", "4|96021"),
        HEADER,
        r"96020 is a municipality on 2025-01-01 by the table of mergers, but not by the register",
    ),
    "ended without merging": (
        changed("Cleve (Noord)|01/01/1977|31/12/9999", "Cleve (Noord)|01/01/1977|31/12/2018"),
        HEADER,
        r"95003 is a municipality on 2019-01-01 by the table of mergers, but not by the register",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_registers_are_refused_by_file_and_place(tmp_path, case):
    rows, header, message = BAD[case]
    path = refnis(tmp_path / "TU_COM_REFNIS.txt", rows, header=header)
    with pytest.raises(StudyError, match=message) as refused:
        municipalities.parse(path, mergers(tmp_path))
    assert str(refused.value).startswith("TU_COM_REFNIS.txt: ") and "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "2019-01-01,95001",
            "2019-01-01,95005",
            r"95005 merges on 2019-01-01 by the table of mergers, but is no Flemish",
        ),
        ("2019-01-01,95002", "2019-01-01,95001", r"mergers\.csv: 95001 merges twice on 2019-01-01"),
        ("nis_new,name_new", "nis_new,name", r"mergers\.csv: column 'name_new' is missing"),
        ("2025-01-01,96004,Dorne,96020", "2025-01-01,96004,Dorne,98020", r"the province of 98020 is not known"),
    ],
)
def test_bad_mergers_are_refused_by_code(tmp_path, old, new, message):
    assert old in MERGERS
    path = refnis(tmp_path / "TU_COM_REFNIS.txt", OPEN)
    with pytest.raises(StudyError, match=message):
        municipalities.parse(path, mergers(tmp_path, MERGERS.replace(old, new)))


def test_other_files_are_refused(tmp_path):
    for name, content, message in (
        ("TU_COM_REFNIS.xlsx", b"PK", r"TU_COM_REFNIS\.xlsx: a workbook; download the text"),
        ("TU_COM_REFNIS.zip", b"<html>", r"TU_COM_REFNIS\.zip: this is a web page"),
        ("TU_COM_REFNIS.txt", b"<!DOCTYPE html>", r"TU_COM_REFNIS\.txt: this is a web page"),
        ("TU_COM_REFNIS.txt", b"", r"TU_COM_REFNIS\.txt: the file is empty"),
        ("TU_COM_REFNIS.txt", b"\xff\xfeL\x00V\x00", r"TU_COM_REFNIS\.txt: row 1: a null character"),
        ("TU_COM_REFNIS.txt", b"a\nb\x81\n", r"TU_COM_REFNIS\.txt: row 2: byte 3 is neither UTF-8 nor Windows-1252"),
    ):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(StudyError, match=message):
            municipalities.parse(tmp_path / name, mergers(tmp_path))


def test_the_file_that_is_read_is_never_the_table_of_mergers(tmp_path):
    def chosen(*names):
        return municipalities.choose([tmp_path / name for name in names]).name

    assert chosen("TU_COM_REFNIS.zip", "mergers.csv") == "TU_COM_REFNIS.zip"
    assert chosen("gemeenten.csv", "mergers.csv", "tu_com_refnis.txt") == "tu_com_refnis.txt"
    assert chosen("mergers.csv", "crosswalk.csv") == "crosswalk.csv"
    with pytest.raises(StudyError, match=r"2 files \(a_REFNIS\.txt, b_REFNIS\.zip\) where one is expected"):
        chosen("a_REFNIS.txt", "b_REFNIS.zip")
    with pytest.raises(StudyError, match=r"0 files \(none\) where one is expected"):
        chosen("mergers.csv")


def test_a_crosswalk_must_agree_with_the_mergers(tmp_path):
    columns = "nis_2018,naam_2018,nis_2019,naam_2019,nis_2025,naam_2025,prov_2018,prov_2025\n"
    path = write(tmp_path / "g.csv", columns + "95001,A,95010,AB,95010,AB,1,1\n95002,B,95010,AB,95010,AB,1,1\n")
    table = mergers(tmp_path, "".join(MERGERS.splitlines(keepends=True)[:3]))
    assert municipalities.parse(path, table)["nis_285"].tolist() == ["95010", "95010"]
    empty = mergers(tmp_path, MERGERS.splitlines(keepends=True)[0])
    with pytest.raises(StudyError, match="95001 becomes 95010 on 2019-01-01"):
        municipalities.parse(path, empty)


def test_the_register_is_the_crosswalk_of_the_drawn_country(tmp_path):
    units = simulated_statbel.units()
    names = {"308": "2018", "300": "2019", "285": "2025"}
    renamed = units.rename(columns=lambda name: name.replace("province", "prov"))
    for ours, theirs in names.items():
        renamed = renamed.rename(columns=lambda name, ours=ours, theirs=theirs: name.replace(ours, theirs))
    renamed.to_csv(tmp_path / "crosswalk.csv", index=False)
    files = simulated_statbel.write_files(tmp_path)
    table = municipalities.parse(tmp_path / "crosswalk.csv", files["municipalities/mergers.csv"])
    pd.testing.assert_frame_equal(table[units.columns], units, check_dtype=False)
