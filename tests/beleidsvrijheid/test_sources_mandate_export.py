"""The bulk CSV of mandates, read in blocks: what is kept, how rows are numbered, what is refused."""

import pytest

from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.sources import mandate_export
from beleidsvrijheid.sources.mandate_export import read_rows_of

from .small_country import write

COLUMNS = ["id", "functie", "partij"]
TEXT = """id,naam,functie,partij
1,Janssens,Burgemeester, Samen
2,"Peeters, Jan",schepen,"Sa""men
aan zee"
3,Claes,Raadslid,Samen
4,Maes, SCHEPEN ,
"""


def rows(path, wanted=("burgemeester", "schepen")):
    return read_rows_of(path, COLUMNS, {"functie": wanted})


@pytest.fixture(params=[16_000_000, 64], ids=["one block", "many blocks"], autouse=True)
def block(request, monkeypatch):
    monkeypatch.setattr(mandate_export, "_BLOCK_BYTES", request.param)


@pytest.mark.parametrize("change", [str, lambda text: "\ufeff" + text, lambda text: text.replace("\n", "\n\n", 1)])
def test_wanted_rows_as_text_with_their_numbers(tmp_path, change):
    table, n_rows = rows(write(tmp_path / "m.csv", change(TEXT)))
    assert n_rows == 4 and table.index.tolist() == [2, 3, 5] and list(table) == COLUMNS
    assert table.values.tolist() == [
        ["1", "Burgemeester", "Samen"], ["2", "schepen", 'Sa"men\naan zee'], ["4", "SCHEPEN", ""],
    ]  # fmt: skip


def test_no_wanted_row_is_an_empty_table(tmp_path):
    table, n_rows = rows(write(tmp_path / "m.csv", TEXT), wanted=("gouverneur",))
    assert table.empty and list(table) == COLUMNS and n_rows == 4


BAD = {
    "empty": ("", "the file is empty"),
    "blanks": (" \n\n", "the file is empty"),
    "web page": ("<!DOCTYPE html><html></html>", "this is a web page"),
    "no column": (TEXT.replace("functie", "rol"), "column 'functie' is missing; needed: id, functie, partij"),
    "another delimiter": (TEXT.replace(",", ";"), "column 'id' is missing"),
    "a column twice": (TEXT.replace("naam", "partij"), "column 'partij' occurs twice in the header"),
    "header only": (TEXT.splitlines()[0] + "\n", "no row below the header"),
    "header without an end": (TEXT.splitlines()[0], "no row below the header"),
    "short row": (TEXT + "5,Janssens\n", r"Row #6: Expected 4 columns, got 2"),
    "cut off": (TEXT[: TEXT.index("Raadslid")], r"Row #4: Expected 4 columns, got 3"),
}


@pytest.mark.parametrize("case", BAD)
def test_a_bad_export_is_refused_by_name_and_row(tmp_path, case, block):
    text, message = BAD[case]
    with pytest.raises(StudyError, match=rf"^m\.csv: {message}") as refused:
        rows(write(tmp_path / "m.csv", text))
    assert "Janssens" not in str(refused.value) and "\n" not in str(refused.value)


def test_an_open_quote_and_another_encoding_are_refused(tmp_path):
    path = write(tmp_path / "m.csv", TEXT.replace("3,Claes", '3,"Claes'))
    with pytest.raises(StudyError, match=r"^m\.csv: (Row #4: Expected 4 columns|not readable as CSV)"):
        rows(path)
    path.write_bytes(TEXT.replace("Samen", "Samèn").encode("latin-1"))
    with pytest.raises(StudyError, match=r"^m\.csv: text that is not UTF-8 below row \d"):
        rows(path)
