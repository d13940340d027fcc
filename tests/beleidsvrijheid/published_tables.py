"""Tables of a made-up study, for the tests of tables."""

from dataclasses import replace
from functools import cache

import pandas as pd

from beleidsvrijheid.publication import Result
from beleidsvrijheid.tables import build_table
from beleidsvrijheid.tables.model import Table

from . import published_ceilings as ceilings
from . import published_checks as checks
from . import published_claims as ledger
from . import published_multiverse as multiverse
from . import published_study as study

HOSTILE = r'\input{/etc/passwd} & 50% of $x_1$ #1 ^~ {"<script>alert(1)</script>"} [2pt] * | `a`'


def results() -> dict[str, Result]:
    first = study.regression_result("r1_portfolio_shift", "Shift")
    second = study.regression_result("r1_own_change", "Own", 0.06, outcome="own_change", beleidsveld="reformed")
    third = study.refused(study.regression_result("r1_aitchison_shift", "Aitchison", outcome="aitchison_shift"))
    return {result.name: result for result in (first, second, third)}


def table(kind: str, language: str = "en", data_source: str = "simulated", labels=None, **more) -> Table:
    return build_table(
        kind,
        more.get("results") or results(),
        labels or study.study_labels(language),
        data_source=data_source,
        confidence=0.95,
        settings=more.get("settings") or {"term": "log_population"},
        panel=study.panel(),
        extra=extra(),
    )


@cache
def usual(kind: str, language: str = "en", data_source: str = "simulated") -> Table:
    """The table of the made-up study as it is; a table is never changed."""
    return table(kind, language, data_source)


@cache
def extra() -> dict[str, pd.DataFrame]:
    """Result files other than those of specifications."""
    return checks.extra() | ceilings.extra() | multiverse.extra() | ledger.extra() | correlations()


def correlations() -> dict[str, pd.DataFrame]:
    """Result files of the kind correlation: made-up figures for three variables."""
    names = ("portfolio_shift", "vte_per_1000", "log_population", "new_mayor")
    pairs = [(one, other) for place, one in enumerate(names) for other in names[place + 1 :]]
    figures = {"pearson": (0.123456, -0.004, 0.5, 0.62, -0.71, 0.08), "spearman": (0.2, -0.3, 0.4, 0.5, -0.6, 0.7)}
    rows = [(*pair, method, one, 279) for method, own in figures.items() for pair, one in zip(pairs, own, strict=True)]
    frame = pd.DataFrame(rows, columns=["first", "second", "method", "estimate", "n"])
    return {"correlations/r1_portfolio_shift": frame}


def hostile_labels():
    labels = study.study_labels("en")
    poisoned = {key: entry | {"label": {"nl": HOSTILE, "en": HOSTILE}} for key, entry in labels.indicators.items()}
    return replace(labels, indicators=poisoned)


def expected_rows(shown: Table) -> list[list[str]]:
    rows = [[cell.text for cell in row.cells if cell.text] for group in shown.groups for row in group.rows]
    return [row for row in rows if row]
