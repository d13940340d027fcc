"""Results as printed in books and by other software, to the decimals printed."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from beleidsvrijheid.models.fit import Fit
from beleidsvrijheid.models.linear import ols, panel_ols
from beleidsvrijheid.models.random_effects import random_effects

from .sets import reference, supplied

BOTH = ("municipality", "year")
REGIONS = [f"reg66{number}" for number in range(2, 10)]


@dataclass(frozen=True)
class Published:
    """One printed table. printed: term -> coefficient and standard error as text, the latter where it is comparable."""

    set: str
    table: str
    path: str
    fit: Callable[[], Fit]

    @property
    def printed(self) -> dict[str, list[str]]:
        """From tests/reference/published.yaml."""
        return reference("published")[self.set][self.table]

    def compare(self) -> tuple[int, list[str]]:
        """How many numbers were compared, and those that are not as printed, in words."""
        table, wrong, compared = self.fit().coefficients.set_index("term"), [], 0
        for term, texts in self.printed.items():
            for name, text in zip(("estimate", "std_error"), texts, strict=False):
                value = float(table.at[term, name])
                compared += 1
                if not is_as_printed(value, text):
                    wrong.append(f"{self.set}, {self.table}: {term} {name} {value!r}, printed {text}")
        return compared, wrong


def is_as_printed(value: float, text: str) -> bool:
    """Whether the value rounds to the text; half a unit of its last decimal, and a millionth of that for ties."""
    decimals = len(text.partition(".")[2])
    return abs(value - float(text)) <= 0.5 * 10.0**-decimals * (1 + 1e-6)


def tables() -> Iterator[Published]:
    """Every printed table whose data are installed or supplied."""
    munnell = _munnell()
    for name, effects, kind in (
        ("pooled", (), "nonrobust"),
        ("within", ("municipality",), "nonrobust"),
        ("within_hc1", ("municipality",), "HC1"),
        ("two_way", BOTH, "nonrobust"),
    ):
        yield Published("munnell", name, f"panel_ols, {kind}", _panel(munnell, effects, kind))
    yield Published("munnell", "random", "random_effects", lambda: random_effects(*munnell))
    wages = _wage_panel(["educ", "black", "hisp", "exper", "expersq", "married", "union"])
    yield Published("wage_panel", "pooled", "panel_ols, nonrobust", _panel(wages, ("year",), "nonrobust"))
    yield Published("wage_panel", "random", "random_effects", lambda: random_effects(*wages, year_effects=True))
    within = _panel(_wage_panel(["expersq", "married", "union"]), BOTH, "nonrobust")
    yield Published("wage_panel", "within", "panel_ols, nonrobust", within)
    yield from _cross_sections()
    if supplied("test_data.txt"):
        yield from _petersen()


def _panel(data: tuple, effects: tuple[str, ...], kind: str) -> Callable[[], Fit]:
    return lambda: panel_ols(*data, effects, kind)


def _munnell() -> tuple:
    from linearmodels.datasets import munnell

    data = munnell.load()
    logs = {"pcap": np.log(data["P_CAP"]), "pc": np.log(data["PC"]), "emp": np.log(data["EMP"])}
    regressors = pd.DataFrame({**logs, "unemp": data["UNEMP"]})
    return np.log(data["GSP"]).to_numpy(), regressors, data["STATE"], data["YR"]


def _wage_panel(columns: list[str]) -> tuple:
    from linearmodels.datasets import wage_panel

    data = wage_panel.load()
    return data["lwage"].to_numpy(), data[columns].astype(float), data["nr"], data["year"]


def _cross_sections() -> Iterator[Published]:
    from linearmodels.datasets import card, mroz

    men, women = card.load(), mroz.load()
    earners = women.dropna(subset=["lwage"])
    main = ["educ", "exper", "expersq", "black", "smsa", "south", "smsa66", *REGIONS]
    taking_part = ["nwifeinc", "educ", "exper", "expersq", "age", "kidslt6", "kidsge6"]
    for name, table, data, outcome, columns in (
        ("card", "ols", men, "lwage", main),
        ("mroz", "participation", women, "inlf", taking_part),
        ("mroz", "wage", earners, "lwage", ["educ"]),
        ("mroz", "wage_and_experience", earners, "lwage", ["educ", "exper", "expersq"]),
    ):
        parts = data[outcome].to_numpy(float), data[columns].astype(float)
        yield Published(name, table, "ols, nonrobust", lambda parts=parts: ols(*parts, "nonrobust"))


def _petersen() -> Iterator[Published]:
    data = pd.read_csv(supplied("test_data.txt"), sep=r"\s+", header=None, names=["firm", "year", "x", "y"])
    y, x = data["y"].to_numpy(), data[["x"]]
    for table, kind, clusters in (
        ("nonrobust", "nonrobust", None),
        ("robust", "HC1", None),
        ("firm", "cluster", data["firm"]),
        ("year", "cluster", data["year"]),
        ("both", "cluster", data[["firm", "year"]]),
    ):
        yield Published("petersen", table, f"ols, {kind}", lambda kind=kind, own=clusters: ols(y, x, kind, own))
