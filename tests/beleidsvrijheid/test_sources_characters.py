"""Characters that no publisher's text has are refused by row; text with accents, tabs and line ends is left alone."""

import pytest

from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.sources.characters import damaged_at, refuse_damaged

FINE = "naam\tBrügge\r\nCafé “Ãh” – 50 €\n\u00a0Sint-Niklaas\x0c"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a\nb\0c", r"x\.csv: row 2: a null character"),
        ("a\x1b[2J", r"x\.csv: row 1: the control character '\\x1b'"),
        ("a\n\n\ufeffb", r"x\.csv: row 3: a byte-order mark inside"),
        ("a\nBrÃ¼ssel", r"x\.csv: row 2: 'Ã¼' is a character that was saved in the wrong encoding"),
        ("Br\ufffdssel", r"x\.csv: row 1: '\ufffd'"),
    ],
)
def test_a_damaged_text_is_refused_by_row(text, message):
    with pytest.raises(StudyError, match=message):
        refuse_damaged(text, "x.csv")


def test_a_text_with_accents_is_left_alone():
    refuse_damaged(FINE, "x.csv")
    assert damaged_at([FINE, 7, None, ""]) is None


def test_the_first_damaged_cell_is_found():
    assert damaged_at(["a", 3.5, "b\x07", "c\0"]) == 2
    assert damaged_at(["a", "Ã", "â€œquoted"]) == 2
    assert damaged_at(["x\ufeff"]) == 0


@pytest.mark.parametrize("escaped", [r'"a\u0000b"', r'"\u001B[2J"', r'"\\\u007f"'])
def test_control_characters_that_json_escapes_are_refused_in_json_only(escaped):
    refuse_damaged(escaped, "x.csv")
    with pytest.raises(StudyError, match="control character"):
        refuse_damaged(escaped, "x.json", is_json=True)


def test_an_escaped_backslash_is_no_control_character():
    refuse_damaged(r'"a\\u0000b" "\u0009 \u000a \u00e9"', "x.json", is_json=True)
