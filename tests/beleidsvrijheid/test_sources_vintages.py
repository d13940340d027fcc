"""On which geography a file is, told by its codes."""

import pandas as pd
import pytest

from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.sources.reading import Reference
from beleidsvrijheid.sources.vintages import check_names, fitting, vintage_by_codes

from .small_country import REFERENCE
from .small_country import UNITS as SMALL

# A place that stands alone, a merger of 2019 and one of 2025 of which the largest part keeps its code.
UNITS = pd.DataFrame(
    {
        "nis_308": ["95001", "95002", "95003", "95004", "95005"],
        "nis_300": ["95001", "95102", "95102", "95004", "95005"],
        "nis_285": ["95001", "95102", "95102", "95004", "95004"],
    }
)


def vintages(*rows):
    table = pd.DataFrame(rows, columns=["nis", "year"]).assign(row=range(2, len(rows) + 2))
    return vintage_by_codes(table, UNITS, "t.xlsx").tolist()


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([("95002", 2010), ("95002", 2024)], [308, 308]),  # recast on the past
        ([("95102", 2010), ("95005", 2024)], [300, 300]),  # the two codes together are of one geography
        ([("95002", 2018), ("95102", 2019)], [308, 300]),  # each year on its own
        ([("95004", 2018), ("95004", 2020), ("95004", 2026)], [308, 300, 285]),  # of all: the one in force
        ([("95005", 2026)], [300]),  # not of the one in force: the nearest
        ([("95102", 2010)], [300]),
    ],
)
def test_the_codes_tell(rows, expected):
    assert vintages(*rows) == expected


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([("95002", 2018), ("95003", 2018), ("95102", 2018)], r"t.xlsx: 2018: NIS code 95102 \(row 4\).*300 or 285"),
        ([("95001", 2018), ("11001", 2018)], r"11001 \(row 3\) is none of the 308.*no geography has it"),
    ],
)
def test_codes_of_two_geographies_are_refused(rows, message):
    with pytest.raises(StudyError, match=message):
        vintages(*rows)


def test_fitting_is_finest_first():
    assert fitting({"95001"}, UNITS) == [308, 300, 285] and fitting({"95002", "95102"}, UNITS) == []


# Names beside the codes

ALIASES = pd.DataFrame({"alias": ["Clèves"], "name": ["Cleve"], "reason": ["French"]})


def named(*rows, reference=REFERENCE):
    table = pd.DataFrame(rows, columns=["nis", "vintage", "name"])
    return check_names(table.assign(place=[f"t.xlsx: row {number + 2}" for number in table.index]), reference)


@pytest.mark.parametrize(
    "name", ["Cleve", "CLEVE", "Stad Cleve", "Gemeente Cleve", "Gemeente en OCMW Cleve", "Cleve (Cleve)", "Clèves"]
)
def test_one_name_has_many_spellings(name):
    account = named(("95003", 308, name), ("95003", 308, name), reference=Reference(SMALL, ALIASES))
    assert (account["n_checked"], account["n_failed"]) == (2, 0) and account["reason"].endswith(": none")


def test_homonyms_and_later_names_agree():
    units = SMALL.assign(naam_308=["Ham (Noord)", "Ham (Zuid)", "Cleve"])
    reference = Reference(units, ALIASES)
    assert named(("95001", 308, "Ham"), ("95002", 308, "Ham"), reference=reference)["n_failed"] == 0
    # The code has that name in another geography only.
    assert named(("95010", 308, "Aalhout"))["n_failed"] == 0


def test_unknown_names_are_counted_and_blanks_are_not_compared():
    account = named(("95003", 308, "OCMW Cleve"), ("95001", 308, ""), ("95002", 308, "Berkhout"))
    assert (account["n_checked"], account["n_failed"]) == (2, 1)
    assert account["reason"].endswith("only the code counts: 'OCMW Cleve'; rows without a name: 1")


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (
            [("95001", 308, "Aalbeke"), ("95002", 308, "Cleve"), ("95003", 308, "Berkhout")],
            r"t.xlsx: row 3: NIS code 95002 is 'Berkhout', but the name beside it is 'Cleve', which is 95003 \(2 such",
        ),
        ([("11001", 300, "Cleve")], "row 2: NIS code 11001 is no municipality, but .* 'Cleve', which is 95003"),
    ],
)
def test_a_name_of_another_municipality_is_refused(rows, message):
    with pytest.raises(StudyError, match=message):
        named(*rows)
