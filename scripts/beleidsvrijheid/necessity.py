"""Necessary-condition analysis: ceilings, effect size, permutation test and bottleneck table.

Dul (2016, 10.1177/1094428115584005): the outcome is at most what the condition allows, so one corner of the scatter stays
empty. CE-FDH is the step function over the highest cases, CR-FDH the least-squares line through its corners (the peers);
the effect size d is the empty zone over the scope, the rectangle that values span. Permutation test: Dul, van der Laan &
Kuik (2020, 10.1177/1094428118795272), p with one added to both counts (North, Curtis & Sham 2002, 10.1086/341527).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from beleidsvrijheid.cases import Cases, Variable, build_cases
from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.models.fit import Refusal
from beleidsvrijheid.models.sample import LEDGER_COLUMNS

CEILINGS = ("ce_fdh", "cr_fdh")
# Corner -> signs of condition and outcome that turn it into the upper left one.
CORNERS = {"upper_left": (1, 1), "upper_right": (-1, 1), "lower_left": (1, -1), "lower_right": (-1, -1)}
EFFECT_COLUMNS = [
    "condition",
    "ceiling",
    "effect_size",
    "p_value",
    "zone",
    "scope",
    "accuracy",
    "fit",
    "n_peers",
    "n_above",
    "intercept",
    "slope",
    "condition_inefficiency",
    "outcome_inefficiency",
    "n_obs",
    "draws",
]
BOTTLENECK_COLUMNS = [
    "ceiling",
    "outcome_percent",
    "outcome_value",
    "condition",
    "required_percent",
    "required_value",
    "n_lacking",
    "status",
]
CEILING_COLUMNS = ["condition", "ceiling", "x", "y"]
CASES = "cases"  # rows of the drawn points that are no ceiling
NECESSARY, NOT_NECESSARY, NOT_ATTAINED = "necessary", "NN", "NA"
ROWS_AT_ONCE = 1000


@dataclass(frozen=True)
class Scope:
    """The rectangle in which values can lie: observed extremes, or wider theoretical ones."""

    x_low: float
    x_high: float
    y_low: float
    y_high: float

    @property
    def area(self) -> float:
        """Area of the rectangle."""
        return (self.x_high - self.x_low) * (self.y_high - self.y_low)

    def turned(self, corner: str) -> "Scope":
        """The rectangle with `corner` in its upper left."""
        across, up = CORNERS[corner]
        xs, ys = sorted((across * self.x_low, across * self.x_high)), sorted((up * self.y_low, up * self.y_high))
        return Scope(*xs, *ys)


@dataclass(frozen=True)
class Ceiling:
    """One ceiling over one condition, in the units of the data.

    zone: area of the empty corner within the scope. accuracy, fit and the inefficiencies in per cent, NaN where there is no
    ceiling: accuracy is the share of cases on or below it, fit its zone against that of CE-FDH, an inefficiency the part
    of an axis on which condition or outcome is not constrained. intercept, slope: of CR-FDH. peers: m x 2, its corner cases.
    """

    kind: str
    corner: str
    scope: Scope
    peers: np.ndarray
    zone: float
    accuracy: float = 100.0
    fit: float = 100.0
    n_above: int = 0
    intercept: float = np.nan
    slope: float = np.nan
    condition_inefficiency: float = np.nan
    outcome_inefficiency: float = np.nan

    @property
    def effect_size(self) -> float:
        """d, from 0 (no empty corner) to 1."""
        return self.zone / self.scope.area


@dataclass(frozen=True)
class NecessityAnalysis:
    """What one analysis gives; a refused one has a reason and empty tables.

    effects: EFFECT_COLUMNS. bottlenecks: BOTTLENECK_COLUMNS. ceilings: CEILING_COLUMNS, what to draw: cases
    (ceiling CASES, without their names) and corners of the lines.
    ledger: of the sample.
    """

    ledger: pd.DataFrame
    effects: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=EFFECT_COLUMNS))
    bottlenecks: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=BOTTLENECK_COLUMNS))
    ceilings: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=CEILING_COLUMNS))
    n_obs: int | None = None
    covariance: str = ""
    sample_sha256: str = ""
    reason: str = ""


def observed_scope(
    x: np.ndarray, y: np.ndarray, limits: Mapping[str, Sequence[float]] | None = None, names: Sequence[str] = ("x", "y")
) -> Scope:
    """The scope of n cases: observed extremes, or theoretical `limits` (low, high) of the condition or outcome by name.

    Raises StudyError where a value lies outside its limits.
    """
    ends: list[float] = []
    for name, values in zip(names, (x, y), strict=True):
        low, high = (limits or {}).get(name) or (float(values.min()), float(values.max()))
        if low > values.min() or high < values.max():
            raise StudyError(
                f"scope.{name}: [{low:g}, {high:g}]; allowed: limits at or beyond the observed {values.min():g} and "
                f"{values.max():g}; widen them or drop the key"
            )
        ends += [low, high]
    return Scope(*ends)


def _peers(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Corner cases of the upper left ceiling, by rising x: each higher than all before; equal cases all count."""
    order = np.lexsort((y, x))
    x, y = x[order], y[order]
    highest = np.maximum.accumulate(y)
    last = np.append(x[1:] != x[:-1], True)
    top = highest[last][np.cumsum(last) - last]  # highest up to and with the own x
    before = np.r_[-np.inf, highest[last][:-1]][np.cumsum(last) - last]
    return np.column_stack([x, y])[(y == top) & (top > before)]


def _step_zone(peers: np.ndarray, scope: Scope) -> float:
    edges = np.r_[scope.x_low, peers[:, 0], scope.x_high]
    heights = scope.y_high - np.r_[scope.y_low, peers[:, 1]]
    return float(np.diff(edges) @ heights)


def _line_zone(intercept: Any, slope: Any, scope: Scope) -> Any:
    """Area of the scope above rising lines (vectorised)."""
    at_low = np.clip((scope.y_low - intercept) / slope, scope.x_low, scope.x_high)
    at_high = np.clip((scope.y_high - intercept) / slope, scope.x_low, scope.x_high)
    middle = scope.y_high - intercept - slope * (at_low + at_high) / 2
    return (at_low - scope.x_low) * (scope.y_high - scope.y_low) + (at_high - at_low) * middle


def ceiling(x: np.ndarray, y: np.ndarray, kind: str, scope: Scope, corner: str = "upper_left") -> Ceiling:
    """The ceiling of a kind (CEILINGS) over n cases, looking for emptiness in a corner of the scope (CORNERS).

    upper_left: a high outcome needs a high condition; upper_right: a low condition; lower_left and lower_right: the same
    for a low outcome. Raises StudyError on another kind or corner.
    """
    if kind not in CEILINGS or corner not in CORNERS:
        wrong, allowed = (kind, CEILINGS) if kind not in CEILINGS else (corner, CORNERS)
        raise StudyError(f"necessity: {wrong!r}; allowed: {', '.join(allowed)}")
    across, up = CORNERS[corner]
    x, y, turned = across * x, up * y, scope.turned(corner)
    peers = _peers(x, y)
    told = {"kind": kind, "corner": corner, "scope": scope, "peers": peers * (across, up)}
    steps = _step_zone(peers, turned)
    if kind == "ce_fdh":
        slack = _inefficiencies(peers[-1, 0], peers[0, 1], turned) if len(np.unique(peers, axis=0)) > 1 else {}
        return Ceiling(**told, zone=steps, **slack)
    if len(np.unique(peers, axis=0)) < 2:
        return Ceiling(**told, zone=0.0, fit=np.nan)
    slope, intercept = _line(peers)
    zone = float(_line_zone(intercept, slope, turned))
    above = int((y - intercept - slope * x > 1e-10 * (turned.y_high - turned.y_low)).sum())
    crossing = (turned.y_high - intercept) / slope
    return Ceiling(
        **told,
        zone=zone,
        accuracy=100 * (1 - above / len(x)),
        fit=100 * zone / steps if 0 < zone <= steps else np.nan,
        n_above=above,
        intercept=up * intercept,
        slope=across * up * slope,
        **_inefficiencies(crossing, intercept + slope * turned.x_low, turned),
    )


def _line(peers: np.ndarray) -> tuple[float, float]:
    """Least squares through the peers: slope, intercept."""
    centre = peers.mean(axis=0)
    dx, dy = (peers - centre).T
    slope = float(dx @ dy / (dx @ dx))
    return slope, float(centre[1] - slope * centre[0])


def _inefficiencies(x_at_top: float, y_at_left: float, scope: Scope) -> dict[str, float]:
    x_rest = scope.x_high - min(scope.x_high, x_at_top)
    y_rest = max(scope.y_low, y_at_left) - scope.y_low
    return {
        "condition_inefficiency": 100 * x_rest / (scope.x_high - scope.x_low),
        "outcome_inefficiency": 100 * y_rest / (scope.y_high - scope.y_low),
    }


def permuted_effects(
    x: np.ndarray, outcomes: np.ndarray, scope: Scope, corner: str = "upper_left"
) -> dict[str, np.ndarray]:
    """Effect sizes of both ceilings for every row of `outcomes` (draws x n), x staying where it is: kind -> draws."""
    across, up = CORNERS[corner]
    scope, x = scope.turned(corner), across * x
    order = np.argsort(x, kind="stable")
    x, outcomes = x[order], up * outcomes[:, order]
    last = np.append(x[1:] != x[:-1], True)
    group = np.cumsum(last) - last
    top = np.maximum.accumulate(outcomes, axis=1)[:, last]  # highest up to and with each distinct x
    edges = np.diff(np.r_[scope.x_low, x[last], scope.x_high])
    steps = edges[0] * (scope.y_high - scope.y_low) + (scope.y_high - top) @ edges[1:]
    risen = np.column_stack([np.ones(len(top), bool), top[:, 1:] > top[:, :-1]])
    peers = ((outcomes == top[:, group]) & risen[:, group]).astype(float)
    return {"ce_fdh": steps / scope.area, "cr_fdh": _line_zones(x, outcomes, peers, risen, scope) / scope.area}


def _line_zones(x: np.ndarray, outcomes: np.ndarray, peers: np.ndarray, risen: np.ndarray, scope: Scope) -> np.ndarray:
    """Zones above the lines through the peers (draws x n, 1 where a case is one); 0 with a single distinct peer."""
    x_middle, y_middle = x.mean(), scope.y_low  # centred, so that sums of squares keep their digits
    x, y = x - x_middle, peers * (outcomes - y_middle)
    n, sx, sy = peers.sum(axis=1), peers @ x, y.sum(axis=1)
    sxx, sxy = peers @ x**2 - sx**2 / n, y @ x - sx * sy / n
    is_line = risen.sum(axis=1) > 1
    slope = np.divide(sxy, sxx, out=np.ones_like(sxy), where=is_line)
    intercept = sy / n - slope * sx / n - slope * x_middle + y_middle
    return np.where(is_line, _line_zone(intercept, slope, scope), 0.0)


def permutation_p(
    conditions: Mapping[str, np.ndarray],
    outcome: np.ndarray,
    scopes: Mapping[str, Scope],
    observed: Mapping[tuple[str, str], float],
    draws: int,
    rng: np.random.Generator,
    corner: str = "upper_left",
) -> dict[tuple[str, str], float]:
    """p of each effect size: how often a permuted outcome leaves a corner at least as empty, own value included.

    conditions: name -> n values. observed: effect size by (condition, kind). The permutations are the same for every
    condition and ceiling.
    """
    reached = dict.fromkeys(observed, 0)
    for start in range(0, draws, ROWS_AT_ONCE):
        rows = min(ROWS_AT_ONCE, draws - start)
        shuffled = rng.permuted(np.tile(outcome, (rows, 1)), axis=1)
        effects = {name: permuted_effects(x, shuffled, scopes[name], corner) for name, x in conditions.items()}
        for (name, kind), value in observed.items():
            reached[name, kind] += int((effects[name][kind] >= value - 1e-12).sum())
    return {key: (count + 1) / (draws + 1) for key, count in reached.items()}


def bottleneck(line: Ceiling, x: np.ndarray, steps: int) -> pd.DataFrame:
    """What each level of the outcome needs: rows of BOTTLENECK_COLUMNS but `condition`, `steps` + 1 levels.

    Levels run over the range of the outcome, in per cent (from the other end for the lower corners). status: NN where
    the level asks nothing of the condition, NA where no value within the scope allows it. n_lacking: cases that do not
    have what is needed.
    """
    across, up = CORNERS[line.corner]
    scope, turned = line.scope, line.scope.turned(line.corner)
    shares = np.linspace(0, 1, steps + 1)
    levels = turned.y_low + shares * (turned.y_high - turned.y_low)
    needed = _needed(line, levels, turned)
    free, beyond = needed <= turned.x_low, needed > turned.x_high * (1 + 1e-12 * np.sign(turned.x_high))
    asked = ~free & ~beyond
    value = np.where(asked, across * needed, np.nan)
    lacking = (across * x[None, :] < needed[:, None]).sum(axis=1)
    percent = 100 * (value - scope.x_low) / (scope.x_high - scope.x_low)
    status = np.select([free, beyond], [NOT_NECESSARY, NOT_ATTAINED], NECESSARY)
    columns = [line.kind, 100 * shares, up * levels, percent, value, np.where(free, 0, lacking), status]
    names = [name for name in BOTTLENECK_COLUMNS if name != "condition"]
    return pd.DataFrame(dict(zip(names, columns, strict=True)))


def _needed(line: Ceiling, levels: np.ndarray, turned: Scope) -> np.ndarray:
    """Least x (turned) that allows each level; the low end of the scope where the ceiling says nothing."""
    across, up = CORNERS[line.corner]
    if line.kind == "cr_fdh":
        if np.isnan(line.slope):
            return np.full(len(levels), turned.x_low)
        return (levels - up * line.intercept) / (across * up * line.slope)
    peers = line.peers * (across, up)
    slack = 1e-12 * (turned.y_high - turned.y_low)  # a level computed from shares may miss its peer by rounding
    first = np.searchsorted(peers[:, 1], levels - slack)
    return np.append(peers[:, 0], np.inf)[first]


def line_points(line: Ceiling) -> np.ndarray:
    """Corners of the ceiling within the scope, m x 2, in order along the condition; none without a ceiling."""
    across, up = CORNERS[line.corner]
    turned = line.scope.turned(line.corner)
    if line.kind == "cr_fdh":
        if np.isnan(line.slope):
            return np.empty((0, 2))
        ends = np.array([turned.y_low, turned.y_high])
        xs = np.clip((ends - up * line.intercept) / (across * up * line.slope), turned.x_low, turned.x_high)
        points = np.column_stack([xs, up * line.intercept + across * up * line.slope * xs])
    else:
        peers = line.peers * (across, up)
        xs = np.repeat(np.r_[peers[:, 0], turned.x_high], 2)[:-1]
        points = np.column_stack([xs, np.r_[turned.y_low, np.repeat(peers[:, 1], 2)]])
    return points * (across, up)


def analyse_necessity(
    panel: pd.DataFrame, analysis: Mapping[str, Any], settings: Mapping[str, Any], rng: np.random.Generator
) -> NecessityAnalysis:
    """One necessary-condition analysis of the configuration (see configuration.Necessity), every condition by itself.

    panel: see cases.build_cases. settings: inference (draws), exclusions, minimum_municipalities. rng: the analysis' own
    stream. Data that cannot carry it give a refusal.
    """
    try:
        cases = _cases(panel, analysis, settings)
    except Refusal as refusal:
        ledger = refusal.ledger if refusal.ledger is not None else pd.DataFrame(columns=LEDGER_COLUMNS)
        return NecessityAnalysis(ledger, reason=refusal.reason)
    draws = analysis.get("draws") or settings["inference"]["draws"]
    corner, limits = analysis["corner"], analysis.get("scope") or {}
    columns = {name: cases.frame[name].to_numpy(float) for name in cases.conditions}
    ends = {name: (name, analysis["outcome"]) for name in columns}
    scopes = {name: observed_scope(x, cases.outcome, limits, ends[name]) for name, x in columns.items()}
    lines = {
        (name, kind): ceiling(x, cases.outcome, kind, scopes[name], corner)
        for name, x in columns.items()
        for kind in analysis["ceilings"]
    }
    observed = {key: line.effect_size for key, line in lines.items()}
    p_values = permutation_p(columns, cases.outcome, scopes, observed, draws, rng, corner)
    return NecessityAnalysis(
        ledger=cases.ledger.frame(),
        effects=_effects(lines, p_values, len(cases.frame), draws),
        bottlenecks=_bottlenecks(lines, columns, analysis["bottleneck_steps"]),
        ceilings=_points(lines, columns, cases.outcome),
        n_obs=len(cases.frame),
        covariance=f"permutation of the outcome over municipalities, {draws} draws",
        sample_sha256=cases.sha256,
    )


def necessity_cases(
    panel: pd.DataFrame, analysis: Mapping[str, Any], exclusions: Mapping[str, Sequence[str]], minimum: int
) -> Cases:
    """The sample of an analysis. Raises as cases.build_cases."""
    outcome = Variable("outcome", analysis["outcome"], analysis.get("beleidsveld") or "")
    conditions = [Variable(name, name) for name in analysis["conditions"]]
    exclude = (analysis.get("sample") or {}).get("exclude") or []
    return build_cases(panel, outcome, conditions, exclude, exclusions, minimum)


def _cases(panel: pd.DataFrame, analysis: Mapping[str, Any], settings: Mapping[str, Any]) -> Cases:
    return necessity_cases(panel, analysis, settings["exclusions"], settings["minimum_municipalities"])


def _effects(lines: dict[tuple[str, str], Ceiling], p_values: Mapping, n: int, draws: int) -> pd.DataFrame:
    rows = []
    for (name, kind), line in lines.items():
        shown = {column: getattr(line, column) for column in EFFECT_COLUMNS if hasattr(line, column)}
        shown |= {"condition": name, "ceiling": kind, "p_value": p_values[name, kind], "scope": line.scope.area}
        rows.append(shown | {"n_peers": len(line.peers), "n_obs": n, "draws": draws})
    return pd.DataFrame(rows, columns=EFFECT_COLUMNS)


def _bottlenecks(lines: dict[tuple[str, str], Ceiling], columns: Mapping[str, np.ndarray], steps: int) -> pd.DataFrame:
    tables = [bottleneck(line, columns[name], steps).assign(condition=name) for (name, _), line in lines.items()]
    return pd.concat(tables, ignore_index=True)[BOTTLENECK_COLUMNS]


def _points(
    lines: dict[tuple[str, str], Ceiling], columns: Mapping[str, np.ndarray], outcome: np.ndarray
) -> pd.DataFrame:
    """Cases without their names, in order of value, then the corners of every line."""
    rows = [(name, CASES, *point) for name, x in columns.items() for point in sorted(zip(x, outcome, strict=True))]
    rows += [(name, kind, *point) for (name, kind), line in lines.items() for point in line_points(line)]
    return pd.DataFrame(rows, columns=CEILING_COLUMNS)
