"""The municipal values of a panel: an indicator of one field, by municipality (and year)."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from beleidsvrijheid.errors import StudyError


def values_of(panel: pd.DataFrame, indicator: str, beleidsveld: str, yearly: bool) -> pd.DataFrame:
    """Rows of one municipal indicator: nis(, year), value; an error where a municipality counts twice."""
    wanted = (panel["indicator"] == indicator) & (panel["level"] == "municipality")
    wanted &= (panel["beleidsveld"] == beleidsveld) & (panel["year"].notna() == yearly)
    return _once(panel[wanted], indicator, beleidsveld, yearly)


def _once(found: pd.DataFrame, indicator: str, beleidsveld: str, yearly: bool) -> pd.DataFrame:
    keys = ["nis", "year"] if yearly else ["nis"]
    rows = found[[*keys, "value"]]
    twice = rows.duplicated(keys)
    if twice.any():
        where = ", ".join(f"{key} {rows.loc[twice, key].iloc[0]}" for key in keys)
        raise StudyError(f"panel: {indicator} ({beleidsveld or 'no field'}) has more than one value for {where}")
    return rows.astype({"year": "int64"}) if yearly else rows


class PanelValues:
    """A panel that is asked for the same indicators many times: each is looked up once, and kept.

    panel: long, see sample.build_sample. municipalities: every nis of level municipality, sorted.
    """

    def __init__(self, panel: pd.DataFrame, municipalities: Sequence[str] | None = None):
        self.panel = panel
        own = panel.loc[panel["level"] == "municipality", "nis"] if municipalities is None else municipalities
        self.municipalities = pd.Index(sorted(pd.unique(own)), dtype=object)
        self.indicators = frozenset(panel["indicator"].unique())
        self._own = panel[panel["level"] == "municipality"]
        keys = [self._own["indicator"], self._own["beleidsveld"], self._own["year"].notna()]
        self._places = self._own.groupby(keys, sort=False).indices
        self._rows: dict[tuple[str, str, bool], pd.DataFrame] = {}
        self._dense: dict[tuple[str, str, bool], tuple[np.ndarray, np.ndarray]] = {}
        self._periods: dict[str, str] = {}

    def rows(self, indicator: str, beleidsveld: str, yearly: bool) -> pd.DataFrame:
        """As `values_of`."""
        key = indicator, beleidsveld, yearly
        if key not in self._rows:
            self._rows[key] = _once(self._own.take(self._places.get(key, [])), *key)
        return self._rows[key]

    def column(self, indicator: str, beleidsveld: str, yearly: bool, places: np.ndarray, years: np.ndarray | None):
        """Values at rows: places among the municipalities, years where the indicator is yearly; NaN where there is none."""
        table, known = self._table(indicator, beleidsveld, yearly)
        if not yearly:
            return table[places, 0]
        at = np.minimum(np.searchsorted(known, years), len(known) - 1)
        return np.where(known[at] == years, table[places, at], np.nan)

    def _table(self, indicator: str, beleidsveld: str, yearly: bool) -> tuple[np.ndarray, np.ndarray]:
        """Municipalities x years (one column where there are none), and the years."""
        key = indicator, beleidsveld, yearly
        if key not in self._dense:
            rows = self.rows(*key)
            years = np.unique(rows["year"].to_numpy()) if yearly else np.zeros(1, int)
            table = np.full((len(self.municipalities), len(years)), np.nan)
            at = np.searchsorted(years, rows["year"].to_numpy()) if yearly else np.zeros(len(rows), int)
            table[self.municipalities.get_indexer(rows["nis"]), at] = rows["value"].to_numpy(float)
            self._dense[key] = table, years
        return self._dense[key]

    def period(self, indicator: str) -> str:
        """When a static value was measured, in brackets; empty where the panel does not say."""
        if indicator not in self._periods:
            static = self.panel[(self.panel["indicator"] == indicator) & self.panel["year"].isna()]
            periods = sorted(set(static["period"]) - {""})
            self._periods[indicator] = f" (period {', '.join(periods)})" if periods else ""
        return self._periods[indicator]
