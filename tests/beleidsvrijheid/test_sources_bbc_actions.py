"""Layout F of the BBC exports: goals, plans and actions with their spending."""

import pytest

from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.sources.bbc_actions import described

from .bbc_exports import ACTIONS, FOOTER, dropped, failing, parse_actions


def test_actions_are_read_as_printed(tmp_path):
    parsed = parse_actions(tmp_path, ACTIONS)
    columns = [
        "nis",
        "report_year",
        "goal",
        "plan",
        "action",
        "label",
        "year",
        "spending_eur",
        "spending_per_inhabitant",
    ]
    assert parsed.table[columns].to_numpy().tolist() == [
        ["95001", 2026, "BD000001", "AP000001", "AC000001", "Een nieuwe sporthal", 2026, 688120.0, 68.81],
        ["95002", 2026, "BD000001", "AP000001", "AC000002", "Fietspad", 2026, 25000.0, 10.0],
        ["95002", 2026, "BD000001", "AP000001", "AC000002", "Fietspad", 2027, -5000.0, -2.0],
    ]
    assert set(parsed.table["vintage"]) == {285} and not failing(parsed)
    counts = dropped(parsed)
    assert counts == {"subtotal rows dropped": 1, "district rows dropped": 1, "rows without action dropped": 1}


def test_the_footer_goes_into_the_notes(tmp_path):
    footer = FOOTER.replace("is Jaarrekening", "is Meerjarenplan")
    parsed = parse_actions(tmp_path, ACTIONS + footer)
    assert len(parsed.table) == 3
    assert parsed.notes["acties 2026.csv"]["filters"]["Type rapport"] == "Meerjarenplan"


@pytest.mark.parametrize("name", ["acties.csv", "acties 2020 en 2026.csv"])
def test_the_plan_must_be_in_the_name_of_the_file(tmp_path, name):
    with pytest.raises(StudyError, match="must hold one year, that of the plan"):
        parse_actions(tmp_path, ACTIONS, name)


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("Code: AC1\nKorte omschrijving: Een\nLange omschrijving: Twee", ("AC1", "Een")),
        ("Code: 1.2.3\r\nKorte omschrijving: Een  \r\nCommentaar: x", ("1.2.3", "Een")),
        ("Code: AC1\nKorte omschrijving: \nLange omschrijving: ", ("AC1", "")),
        ("Code: AC1", ("AC1", "")),
        ("  ", ("", "")),
    ],
)
def test_code_and_short_description(cell, expected):
    assert described(cell, "file") == expected
