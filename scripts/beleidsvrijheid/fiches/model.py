"""The facts of every fiche, from panel, units, register of gaps and the model of the ceiling. No words, no formats.

Values are worked out for all municipalities at once and then cut into one `Fiche` each.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from beleidsvrijheid.catalogue import Indicator
from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.fiches.asked import ALL, BINARY, CLUSTER, SECTIONS, SIZE, Asked
from beleidsvrijheid.fiches.ceiling import Ceiling, CeilingModel
from beleidsvrijheid.fiches.peers import Place, bands, percentiles, shares
from beleidsvrijheid.geography import normalised

GROUPS = (CLUSTER, SIZE, ALL)
SHORTEST = 2  # years that make a trend


@dataclass(frozen=True)
class Trend:
    """Figures by year, NaN where there is none; low, middle, high: quartiles of the cluster, empty where it has no cluster."""

    years: tuple[int, ...]
    own: tuple[float, ...]
    low: tuple[float, ...]
    middle: tuple[float, ...]
    high: tuple[float, ...]


@dataclass(frozen=True)
class Variant:
    """Another measure of the same, or the same in one year: value, and place among all municipalities."""

    indicator: str
    beleidsveld: str
    year: int | None
    value: float
    percent: float | None


@dataclass(frozen=True)
class Measure:
    """One line. value: None where there is none. places: by GROUPS. before: the same before the reform."""

    indicator: str
    beleidsveld: str
    period: str
    year: int | None
    value: float | None
    places: tuple[Place, ...]
    trend: Trend | None
    variants: tuple[Variant, ...]
    before: float | None


@dataclass(frozen=True)
class Gap:
    """indicators that lack a value. source: the one that the study has no file of, or empty.

    Where every source is at hand: present, those that give no value. years: without a figure in a trend that has others;
    empty where there is no value at all. for_all: no municipality has one.
    """

    indicators: tuple[str, ...]
    source: str
    present: tuple[str, ...]
    years: tuple[int, ...]
    for_all: bool


@dataclass(frozen=True)
class Fiche:
    """One municipality. parts: names before its mergers, with merged: years of these. cluster: 1-16; size: 1-3."""

    nis: str
    name: str
    parts: tuple[str, ...]
    merged: tuple[int, ...]
    cluster: int | None
    is_mixed: bool
    peers: tuple[str, ...]
    size: int | None
    sections: Mapping[str, tuple[Measure, ...]]
    ceiling: Ceiling | None
    gaps: tuple[Gap, ...]


@dataclass(frozen=True)
class Settings:
    """post: first and last year of the post-period. years: of a trend. minimum: values a group needs. vintage: of the codes."""

    post: tuple[int, int]
    years: int
    minimum: int
    vintage: int


class Values:
    """Municipal values of a panel by indicator and field: by nis, and by nis and year."""

    def __init__(self, panel: pd.DataFrame, nis: Sequence[str]):
        wanted = {name for asked in SECTIONS.values() for one in asked for name in one.named()}
        wanted |= {"belfius_cluster", "size_band", "is_mixed"}
        own = panel[(panel["level"] == "municipality") & panel["indicator"].isin(wanted)]
        self.nis = pd.Index(nis, dtype=object)
        self._static = dict(list(own[own["year"].isna()].groupby(["indicator", "beleidsveld"])))
        self._yearly = dict(list(own[own["year"].notna()].groupby(["indicator", "beleidsveld"])))

    def has(self, indicator: str, beleidsveld: str) -> bool:
        """Whether anybody has a value."""
        return (indicator, beleidsveld) in self._static or (indicator, beleidsveld) in self._yearly

    def static(self, indicator: str, beleidsveld: str = "") -> pd.Series:
        """The one value of each municipality, NaN where it has none."""
        rows = self._static.get((indicator, beleidsveld))
        if rows is None:
            return pd.Series(np.nan, index=self.nis)
        return rows.set_index("nis")["value"].reindex(self.nis)

    def period(self, indicator: str, beleidsveld: str) -> str:
        """The period that the static values are of."""
        rows = self._static.get((indicator, beleidsveld))
        return "" if rows is None else str(rows["period"].iloc[0])

    def yearly(self, indicator: str, beleidsveld: str = "") -> pd.DataFrame:
        """Municipality x year; no columns where there are no yearly values."""
        rows = self._yearly.get((indicator, beleidsveld))
        if rows is None:
            return pd.DataFrame(index=self.nis)
        return rows.pivot(index="nis", columns="year", values="value").reindex(self.nis)


@dataclass(frozen=True)
class Line:
    """What `Asked` comes to for all municipalities, in the order of `Values.nis`; NaN where there is no value.

    values, before: (n,). places: n and percent (n,) of each of GROUPS. series: (n, years). bands: cluster -> three quartiles
    by year. variants: indicator, beleidsveld, year, values (n,), percent (n,). lacking: (n, years), no figure where others have.
    """

    asked: Asked
    indicator: str
    period: str
    year: int | None
    values: np.ndarray
    places: tuple[tuple[np.ndarray, np.ndarray], ...]
    years: tuple[int, ...]
    series: np.ndarray
    lacking: np.ndarray
    bands: Mapping[object, tuple[tuple[float, ...], ...]]
    variants: tuple[tuple[str, str, int | None, np.ndarray, np.ndarray], ...]
    before: np.ndarray


def build_line(
    asked: Asked, values: Values, groups: pd.DataFrame, units: Mapping[str, str], settings: Settings
) -> Line:
    """groups: nis x GROUPS. units: unit by indicator."""
    indicator = next((one for one in asked.indicators if values.has(one, asked.beleidsveld)), asked.indicators[0])
    series = values.yearly(asked.series or indicator, asked.beleidsveld)
    series = np.exp(series) if asked.series else series
    series = series.loc[:, series.columns[-settings.years :]]
    years = tuple(int(year) for year in series.columns)
    own = series[series.columns[-1]] if years else values.static(indicator, asked.beleidsveld)
    placed = shares if units[indicator] == BINARY else percentiles
    places = (placed(own, groups[name], settings.minimum) for name in GROUPS)
    return Line(
        asked=asked,
        indicator=indicator,
        period=values.period(indicator, asked.beleidsveld),
        year=years[-1] if years else None,
        values=own.to_numpy(float),
        places=tuple((one["n"].to_numpy(), one["percent"].to_numpy(float)) for one in places),
        years=years,
        series=series.to_numpy(float),
        lacking=(series.isna() & series.notna().any()).to_numpy(bool),
        bands=bands(series, groups[CLUSTER], settings.minimum) if years else {},
        variants=tuple(_variants(asked, values, groups[ALL], settings)),
        before=values.static(asked.before, asked.beleidsveld).to_numpy(float),
    )


def _variants(
    asked: Asked, values: Values, everybody: pd.Series, settings: Settings
) -> Iterator[tuple[str, str, int | None, np.ndarray, np.ndarray]]:
    found: list[tuple[str, str, int | None, pd.Series]] = [
        (indicator, beleidsveld, None, values.static(indicator, beleidsveld))
        for indicator, beleidsveld in asked.variants
    ]
    series = values.yearly(asked.yearly, asked.beleidsveld)
    first, last = settings.post
    found += [(asked.yearly, asked.beleidsveld, int(year), series[year]) for year in series if first <= year <= last]
    for *names, own in found:
        percent = percentiles(own, everybody, settings.minimum)["percent"]
        yield *names, own.to_numpy(float), percent.to_numpy(float)


def _number(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


def _trend(line: Line, at: int, cluster: object) -> Trend | None:
    own = line.series[at]
    if np.isfinite(own).sum() < SHORTEST:
        return None
    return Trend(line.years, tuple(own.tolist()), *line.bands.get(cluster, ((), (), ())))


def measure(line: Line, at: int, cluster: object) -> Measure:
    """The line of one municipality; at: its place in `Values.nis`."""
    variants = tuple(
        Variant(indicator, beleidsveld, year, float(own[at]), _number(percent[at]))
        for indicator, beleidsveld, year, own, percent in line.variants
        if math.isfinite(own[at])
    )
    return Measure(
        indicator=line.indicator,
        beleidsveld=line.asked.beleidsveld,
        period=line.period,
        year=line.year,
        value=_number(line.values[at]),
        places=tuple(Place(int(n[at]), _number(percent[at])) for n, percent in line.places),
        trend=_trend(line, at, cluster),
        variants=variants,
        before=_number(line.before[at]),
    )


class Gaps:
    """What a municipality lacks, from the register of gaps (results/data_gaps.csv) and its own lines."""

    def __init__(self, register: pd.DataFrame, indicators: Mapping[str, Indicator]):
        sources = register[register["construct"] == "source"]
        self._absent = set(sources.loc[sources["status"] == "absent", "source"])
        named = register[register["indicator"].isin(indicators) & (register["source"] != "")]
        self._sources = dict(zip(named["indicator"], named["source"], strict=True))

    def sources(self, indicator: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Sources of an indicator: absent and present. Of alternatives one is enough; where all are absent the first is named."""
        absent, present = [], []
        for one in self._sources.get(indicator, "").split("; "):
            alternatives = one.split("|") if one else []
            here = [name for name in alternatives if name not in self._absent]
            (present if here else absent).extend((here or alternatives)[:1])
        return tuple(absent), tuple(present)

    def of(self, lines: Sequence[Line], at: int) -> tuple[Gap, ...]:
        """One gap per absent source, and per set of sources that give no figure; at: place in `Values.nis`."""
        found: dict[tuple[Any, ...], list[str]] = {}
        for line in lines:
            has_value = math.isfinite(line.values[at])
            if has_value and not line.lacking[at].any():
                continue
            absent, present = self.sources(line.indicator)
            missing = tuple(np.array(line.years)[line.lacking[at]].tolist()) if has_value else ()
            for_all = not np.isfinite(line.values).any()
            keys = [(source, (), (), True) for source in absent] or [("", present, missing, for_all)]
            for key in keys:
                found.setdefault(key, []).append(line.indicator)
        return tuple(Gap(tuple(dict.fromkeys(names)), *key) for key, names in found.items())


def _groups(values: Values) -> pd.DataFrame:
    columns = {CLUSTER: values.static("belfius_cluster"), SIZE: values.static("size_band")}
    return pd.DataFrame(columns).assign(**{ALL: 1.0})


def _history(units: pd.DataFrame, vintage: int) -> dict[str, tuple[tuple[str, ...], tuple[int, ...]]]:
    """nis -> names of its parts of 2018, years of its mergers; none of either where it never merged."""
    found = {}
    for nis, parts in units.groupby(f"nis_{vintage}"):
        counts = [parts[f"nis_{one}"].nunique() for one in (308, 300, 285)]
        years = [year for year, before, after in ((2019, 0, 1), (2025, 1, 2)) if counts[after] < counts[before]]
        merged = counts[0] > 1
        found[nis] = (
            (tuple(sorted(parts["naam_308"], key=normalised)), tuple(years if vintage == 285 else years[:1]))
            if merged
            else ((), ())
        )
    return found


def names_of(units: pd.DataFrame, vintage: int) -> dict[str, str]:
    """Name by nis in alphabetical order. Raises StudyError on a code that is not five digits: it becomes the name of a file."""
    pairs = units[[f"nis_{vintage}", f"naam_{vintage}"]].drop_duplicates(f"nis_{vintage}").to_numpy()
    for nis, name in pairs:
        if not (len(nis) == 5 and nis.isascii() and nis.isdigit()):
            raise StudyError(
                f"municipalities: {nis!r} ({name}) is no NIS code: five digits; correct the list of municipalities"
            )
    return dict(sorted(pairs, key=lambda pair: (normalised(pair[1]), pair[0])))


def build_fiches(
    panel: pd.DataFrame,
    units: pd.DataFrame,
    register: pd.DataFrame,
    indicators: Mapping[str, Indicator],
    ceiling: CeilingModel | None,
    settings: Settings,
) -> Iterator[Fiche]:
    """One fiche per municipality of the study, in alphabetical order.

    panel: long (indicators.inputs.COLUMNS). units: as data/processed/units.parquet. register: as results/data_gaps.csv.
    """
    names, history = names_of(units, settings.vintage), _history(units, settings.vintage)
    values = Values(panel, list(names))
    groups, mixed = _groups(values), values.static("is_mixed")
    unit = {name: entry.unit for name, entry in indicators.items()}
    lines = {
        section: [build_line(asked, values, groups, unit, settings) for asked in wanted]
        for section, wanted in SECTIONS.items()
    }
    every, gaps = [line for section in lines.values() for line in section], Gaps(register, indicators)
    members = {cluster: list(rows) for cluster, rows in groups.groupby(CLUSTER).groups.items()}
    for at, (nis, name) in enumerate(names.items()):
        cluster, size = groups.at[nis, CLUSTER], groups.at[nis, SIZE]
        yield Fiche(
            nis=nis,
            name=name,
            parts=history[nis][0],
            merged=history[nis][1],
            cluster=None if _number(cluster) is None else int(cluster),
            is_mixed=bool(mixed[nis] == 1),
            peers=tuple(names[peer] for peer in members.get(cluster, []) if peer != nis),
            size=None if _number(size) is None else int(size),
            sections={section: tuple(measure(line, at, cluster) for line in own) for section, own in lines.items()},
            ceiling=None if ceiling is None else ceiling.of(nis),
            gaps=gaps.of(every, at),
        )
