"""Results that only a table or figure asks for: kept from run to run, and gone with the last that asks."""

import pytest

pytestmark = pytest.mark.slow

COLUMNS = "sensitivity: {kind: diagnostics, columns: [r1_portfolio_shift]}"
DIAGNOSTICS, LOG = (f"{folder}/p1_staff_by_scale" for folder in ("diagnostics", "logs/diagnose_specification"))


def test_what_only_a_table_asks_for_is_kept_until_none_does(study_copy):
    asked = COLUMNS.replace("columns: [", "columns: [p1_staff_by_scale, ")
    study_copy.edit(COLUMNS, asked)
    study_copy.complete()
    made = study_copy.path(f"results/{DIAGNOSTICS}.csv"), study_copy.path(f"results/{LOG}.log")
    assert all(path.is_file() for path in made)
    # The table is made again from what is there.
    study_copy.path("results/tables/sensitivity.html").unlink()
    assert set(study_copy.reasons()) == {"Make table sensitivity", "Write the report"}
    study_copy.complete()
    assert all(path.is_file() for path in made) and study_copy.reasons() == {}
    study_copy.edit(asked, COLUMNS)
    study_copy.complete()
    assert not any(path.exists() for path in made)
    # What sections ask for by name stays, with the logs of how it was made.
    assert study_copy.path("results/diagnostics/r1_portfolio_shift.csv").is_file()
    for log in (
        "diagnose_specification/r1_portfolio_shift",
        "simulate_power/shift_by_scale",
        "simulate_mergers/random_mergers",
    ):
        assert study_copy.path(f"results/logs/{log}.log").is_file()
    assert study_copy.reasons() == {}
