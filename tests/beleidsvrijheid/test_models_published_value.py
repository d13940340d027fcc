"""Figures for Flanders against published ones: the difference by hand, refusals by name."""

import pandas as pd
import pytest
import yaml

from beleidsvrijheid.models.estimation import estimate
from beleidsvrijheid.models.published_value import differences

from . import published_study as study
from .small_panel import SETTINGS

REVENUE = yaml.safe_load((study.ROOT / "tests/reference/revenue_2023.yaml").read_text(encoding="utf-8"))
PUBLISHED = {name: percent / 100 for name, percent in REVENUE["percent"].items()}
SPECIFICATION = {
    "estimator": "published_value",
    "outcome": "revenue_share_taxes",
    "published": PUBLISHED,
    "reference_year": 2023,
    "covariance": {"type": "exact"},
}
OPEN = SETTINGS | {"data_source": "open"}


def accounts(taxes, general, specific, year=2023):
    values = dict(zip(PUBLISHED, (taxes, general, specific), strict=True))
    rows = pd.DataFrame({"indicator": list(values), "value": list(values.values())})
    years = pd.array([year] * 3, dtype="Int64")
    return rows.assign(level="flanders", nis="", beleidsveld="", period="", year=years)


def test_differences_by_hand():
    rows = differences({"a": 0.43, "b": 2.0}, {"a": 0.4, "b": 2.5}).coefficients.set_index("term")
    for column in ("estimate", "ci_low", "ci_high"):
        assert rows[column].tolist() == pytest.approx([0.03, -0.5])


def test_revenue_of_a_year_is_held_against_the_published_table():
    found = estimate(accounts(0.4351, 0.2845, 0.1563), SPECIFICATION, OPEN, "g2")
    assert found.estimates["estimate"].tolist() == pytest.approx([0.0010, 0.0012, 0.0508])
    assert found.estimates["equation"].unique().tolist() == ["difference"]


def test_the_published_table_is_the_one_of_the_configuration():
    config = yaml.safe_load((study.ROOT / "config.yaml").read_text(encoding="utf-8"))
    assert config["specifications"]["g2_revenue"]["published"] == pytest.approx(PUBLISHED)
    assert REVENUE["sum_of_rows_eur_million"] == REVENUE["total_eur_million"] - 1


@pytest.mark.parametrize(
    ("panel", "settings", "reason"),
    [
        (accounts(0.4, 0.3, 0.1), SETTINGS, "simulated data are not held against published figures"),
        (accounts(0.4, 0.3, 0.1, year=2022), OPEN, "indicator revenue_share_general is not in the panel for 2023"),
    ],
)
def test_what_cannot_be_compared_is_refused(panel, settings, reason):
    found = estimate(panel, SPECIFICATION, settings, "g2")
    assert found.fit is None and found.reason == reason
