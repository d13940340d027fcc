"""Numbers as publishers print them."""

import math

import pandas as pd
import pytest

from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.numbers import format_number, parse_either, parse_numbers, read_cells


@pytest.mark.parametrize(
    ("text", "form", "value"),
    [
        ("688.120", "nl", 688120),
        ("25.000", "nl", 25000),
        ("48,32", "nl", 48.32),
        ("-1.234,5", "nl", -1234.5),
        ("1.179.813", "nl", 1179813),
        ("3", "nl", 3),
        ("14,304", "en", 14304),
        ("14 293", "en", 14293),
        ("1,234.5", "en", 1234.5),
        ("688.120", "plain", 688.12),
        ("1e3", "plain", 1000),
    ],
)
def test_a_declared_format_decides(text, form, value):
    assert parse_numbers(pd.Series([text]), form, "file")[0] == value


@pytest.mark.parametrize(
    ("text", "form"),
    [("1.23", "nl"), ("1.2345", "nl"), ("12.34.567", "nl"), ("1,2,3", "nl"), ("nan", "plain"), ("1,23", "en"),
     ("--3", "nl"), ("1 000", "nl"), ("EUR 3", "nl"), ("inf", "plain"), ("0x10", "plain"), ("1.234,5", "en"),
     ("1e400", "plain"), ("9" * 400, "nl")],
)  # fmt: skip
def test_what_does_not_fit_is_refused_with_its_row(text, form):
    with pytest.raises(StudyError, match=r"export\.csv: Uitgave: row 7") as refusal:
        parse_numbers(pd.Series(["1", text], index=[6, 7]), form, "export.csv: Uitgave")
    assert text in str(refusal.value) and f"'{form}'" in str(refusal.value)


def test_empty_is_absent_not_zero():
    values = parse_numbers(pd.Series(["", " ", "0"]), "nl", "file")
    assert math.isnan(values[0]) and math.isnan(values[1]) and values[2] == 0


def test_a_text_of_two_formats_stays_open_unless_they_agree():
    agreed, candidates = parse_either(pd.Series(["25.000", "7", "48,32"]), ["nl", "plain"], "file")
    assert math.isnan(agreed[0]) and agreed[1] == 7 and agreed[2] == 48.32
    assert candidates.loc[0].tolist() == [25000, 25]


def test_a_text_of_no_format_is_refused():
    with pytest.raises(StudyError, match="fits none"):
        parse_either(pd.Series(["1;2"]), ["nl", "plain"], "file")


@pytest.mark.parametrize(
    ("value", "decimals", "language", "text"),
    [(1234.5, 2, "nl", "1.234,50"), (1234.5, 2, "en", "1,234.50"), (-0.0001, 2, "en", "0.00"), (None, 2, "nl", ""),
     (float("nan"), 1, "en", "")],
)  # fmt: skip
def test_numbers_as_readers_see_them(value, decimals, language, text):
    assert format_number(value, decimals, language) == text


def test_many_cells_at_once_give_their_values_or_the_first_that_does_not_fit():
    values, wrong = read_cells(["1.234", "", None, " -5,5 ", "+3", "1\u00a0"], "nl")
    assert wrong is None and values.tolist()[:1] + values.tolist()[3:] == [1234, -5.5, 3, 1]
    assert math.isnan(values[1]) and math.isnan(values[2])
    assert read_cells(["1", "x", "y"], "nl")[1] == 1
    assert read_cells(["\u0661"], "plain")[1] == 0  # a digit, but of no format here
    assert read_cells(["1", "2", "-1e999"], "plain")[1] == 2  # infinite
    assert len(read_cells([], "nl")[0]) == 0
