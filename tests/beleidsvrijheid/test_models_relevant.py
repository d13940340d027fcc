"""The rows a multiplicity test needs, without losing a municipality."""

import pandas as pd

from beleidsvrijheid.models.relevant import relevant_rows


def test_named_rows_are_kept_and_all_where_a_municipality_would_be_lost():
    rows = [("a", "staff"), ("a", "debt"), ("a", "log_population"), ("b", "staff"), ("b", "debt")]
    panel = pd.DataFrame(rows, columns=["nis", "indicator"]).assign(level="municipality", value=1.0)
    named = relevant_rows(panel, [{"outcome": "staff", "blocks": {"x": ["income"]}}])
    assert named["indicator"].tolist() == ["staff", "log_population", "staff"]
    lost = relevant_rows(panel, [{"outcome": "log_population"}])  # b has none
    assert len(lost) == len(panel)
    assert relevant_rows(panel, [], more=["staff", "debt"])["nis"].tolist() == list("aaabb")
