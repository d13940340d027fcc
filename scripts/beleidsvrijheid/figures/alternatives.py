"""What stands for a figure that cannot be seen: a title, and sentences written from the run itself."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd

from beleidsvrijheid.figures.canvas import Alternative, Frame
from beleidsvrijheid.figures.capacity import capacity_values, rank_correlation, type_label
from beleidsvrijheid.figures.coefficients import NOT_SHOWN, standardised_row
from beleidsvrijheid.figures.coefficients import SCALE as VARIANCE
from beleidsvrijheid.figures.maps import class_labels, mapped, note, title
from beleidsvrijheid.figures.multiverse import EXPECTED, REVERSED, curves, kinds_of
from beleidsvrijheid.figures.quantile import path_of, terms_of
from beleidsvrijheid.figures.scale_ceiling import SCALE, points_of
from beleidsvrijheid.figures.words import FIGURE_WORDS
from beleidsvrijheid.outputs import data_source_label
from beleidsvrijheid.publication import Result
from beleidsvrijheid.tables.model import number, p_relation
from beleidsvrijheid.words import word


@dataclass(frozen=True)
class Given:
    """What a figure was drawn from, as `figures.draw_figure` takes it."""

    settings: Mapping[str, Any]
    panel: pd.DataFrame | None
    extra: Mapping[str, pd.DataFrame]
    excluded: Mapping[str, Sequence[str]]
    vintage: int


def alternative(kind: str, frame: Frame, results: Mapping[str, Result], given: Given) -> Alternative:
    """The text that stands for the figure of one kind, in the run's language."""
    told = [
        one
        for result in results.values()
        if result.refused
        for one in [_say("refused", frame, label=_name(frame, result))]
    ]
    estimated = [result for result in results.values() if not result.refused]
    if kind in BY_RESULT:
        told = [sentence for result in estimated for sentence in BY_RESULT[kind](frame, result, given)] + told
    else:
        told = BY_FILES[kind](frame, given) + told
    if kind in WITH_INTERVALS and estimated:
        told.append(_say("interval", frame, confidence=frame.percent))
    heading = word(f"figure.{kind}", frame.language)
    return Alternative(heading, " ".join(told), data_source_label(frame.data_source))


def _say(key: str, frame: Frame, **values: object) -> str:
    return word(f"alt.{key}", frame.language, of=FIGURE_WORDS, **values)


def _name(frame: Frame, result: Result) -> str:
    return frame.labels.specification(result)


def _digits(frame: Frame, value: float) -> str:
    """A number with two significant digits, none of them dropped before the decimal mark."""
    value = float(value)
    decimals = 1 - math.floor(math.log10(abs(value))) if value else 0
    return frame.number(value, min(max(decimals, 0), 8))


def _with_interval(frame: Frame, row: Mapping[str, Any]) -> str:
    if number(row["ci_low"]) is None or number(row["ci_high"]) is None:
        return _digits(frame, row["estimate"])
    ends = {"low": _digits(frame, row["ci_low"]), "high": _digits(frame, row["ci_high"])}
    return _say("number", frame, estimate=_digits(frame, row["estimate"]), **ends)


def _leaves_out_zero(rows: pd.DataFrame) -> int:
    return int(((rows["ci_low"] > 0) | (rows["ci_high"] < 0)).sum())


def _coefficients(frame: Frame, result: Result, given: Given) -> list[str]:
    rows = result.estimates[~result.estimates["block"].isin(NOT_SHOWN)]
    if not rows["equation"].eq(VARIANCE).any():
        rows = rows.drop_duplicates("term")  # as drawn: of several equations the first
    terms = [(row["term"], standardised_row(row)) for row in rows.to_dict("records")]
    drawn = [(term, scaled) for term, scaled in terms if scaled is not None]
    if not drawn:
        return []
    far, value = max(drawn, key=lambda one: abs(one[1]["estimate"]))
    away = sum(min(one["ci_low"], one["ci_high"]) > 0 or max(one["ci_low"], one["ci_high"]) < 0 for _, one in drawn)
    told = {"term": frame.labels.term(far), "value": _with_interval(frame, value)}
    return [_say("coefficients", frame, label=_name(frame, result), n=len(drawn), away=away, **told)]


def _dispersion(frame: Frame, result: Result, given: Given) -> list[str]:
    rows = result.estimates[result.estimates["term"].isin(("sd_log_pre", "sd_log_post"))]
    table = rows.pivot_table(index="equation", columns="term", values="estimate").dropna()
    if set(table.columns) != {"sd_log_pre", "sd_log_post"} or table.empty:
        return []
    rise = table["sd_log_post"] - table["sd_log_pre"]
    most = str(rise.idxmax())
    ends = {key: _digits(frame, table.at[most, f"sd_log_{key}"]) for key in ("pre", "post")}
    return [_say("dispersion", frame, n=len(table), up=int((rise > 0).sum()), most=frame.labels.place(most), **ends)]


def _attribution(frame: Frame, result: Result, given: Given) -> list[str]:
    shares = result.attribution.rename(columns={"r2_share": "estimate"}).to_dict("records")
    parts = [f"{frame.labels.block(share['block'])} {_with_interval(frame, share)}" for share in shares]
    total = number((result.fit.get("residual_r2") or {}).get("r2"))
    parts += [f"{word('total_r2', frame.language)} {_digits(frame, total)}"] if total is not None else []
    return [_say("attribution", frame, label=_name(frame, result), parts="; ".join(parts))] if parts else []


def _slopes(frame: Frame, result: Result, term: str) -> list[str]:
    path = path_of(result, term)
    parts = [
        f"{word('legend.quantile', frame.language, quantile=frame.plain(row['quantile']))} {_with_interval(frame, row)}"
        for row in path.to_dict("records")
    ]
    told = {"label": _name(frame, result), "term": frame.labels.term(term), "parts": "; ".join(parts)}
    return [_say("slopes", frame, **told)] if parts else []


def _quantile(frame: Frame, result: Result, given: Given) -> list[str]:
    return [one for term in terms_of(result, given.settings.get("term")) for one in _slopes(frame, result, term)]


def _scale_ceiling(frame: Frame, result: Result, given: Given) -> list[str]:
    dots = [] if given.panel is None else points_of(result, given.panel, given.excluded)
    told = {"n": frame.number(len(dots), 0), "outcome": frame.labels.outcome(result)}
    return [_say("dots", frame, **told), *_slopes(frame, result, SCALE)]


def _event_study(frame: Frame, result: Result, given: Given) -> list[str]:
    rows = result.estimates[result.estimates["equation"].eq("event") & result.estimates["term"].str.isdigit()]
    if rows.empty:
        return []
    far = rows.loc[rows["estimate"].abs().idxmax()]
    reference = result.settings["reference_year"]
    years = sorted([*rows["term"].astype(int), int(reference)])
    counts = {"n": len(rows), "away": _leaves_out_zero(rows)}
    told = {"first": years[0], "last": years[-1], "reference": reference, "year": far["term"]}
    value = _with_interval(frame, far)
    return [_say("event_study", frame, label=_name(frame, result), value=value, **told, **counts)]


def _necessity(frame: Frame, result: Result, given: Given) -> list[str]:
    rows = result.inference[result.inference["test"] == "necessity_ce_fdh"].to_dict("records")
    return [
        _say(
            "necessity", frame, term=frame.labels.term(row["term"]), d=frame.number(row["estimate"], 2),
            p=p_relation(row["p_value"], frame.language),
        )
        for row in rows
    ]  # fmt: skip


def _power(frame: Frame, given: Given) -> list[str]:
    """Per specification the chance of each test at a true value of nothing, of the t-test at the largest value run."""
    told = []
    for key, rows in given.extra.items():
        if not key.startswith("power/") or rows["power"].isna().all():
            continue
        parts = [
            _power_part(frame, own)
            for _, own in rows.dropna(subset=["test"]).groupby(["term", "test", "bound"], sort=False, dropna=False)
        ]
        label = str(rows[f"label_{frame.language}"].iloc[0])
        told.append(_say("power", frame, label=label, parts="; ".join(part for part in parts if part)))
    return told


def _power_part(frame: Frame, rows: pd.DataFrame) -> str:
    term, test, bound = rows[["term", "test", "bound"]].iloc[0]
    words = {"r2_non_inferiority": "legend.smaller", "equivalence": "legend.equivalent", "t_test": "legend.t_test"}
    if test not in words:
        return ""
    row = rows.loc[rows["true_value"].idxmax() if test == "t_test" else rows["true_value"].abs().idxmin()]
    figures = {} if test == "t_test" else {"bound": frame.number(bound, 2)}
    name = word(words[test], frame.language, **figures)
    whose = name if test == "r2_non_inferiority" else f"{frame.labels.term(term)} {name}"
    return _say("power_one", frame, test=whose, at=frame.plain(row["true_value"]), power=frame.number(row["power"], 2))


def _curve(frame: Frame, given: Given) -> list[str]:
    told = []
    for one in curves(dict(given.extra)):
        if len(one.cells):
            x, kinds = one.cells["standardised"].astype(float), kinds_of(one)
            ends = {"low": x.min(), "high": x.max(), "median": x.median()}
            figures = {key: frame.number(value, 2) for key, value in ends.items()}
            counts = {key: frame.number(int((kinds == key).sum()), 0) for key in (EXPECTED, REVERSED)}
            label = str(one.about[f"label_{frame.language}"])
            told.append(_say("curve", frame, label=label, n=frame.number(len(x), 0), **figures, **counts))
    return told


def _vibration(frame: Frame, given: Given) -> list[str]:
    told = []
    for one in curves(dict(given.extra)):
        if len(one.cells):
            x = one.cells["standardised"].to_numpy(float)
            low, high = (frame.number(float(np.quantile(x, share)), 2) for share in (0.01, 0.99))
            figures = {"n": frame.number(len(x), 0), "positive": frame.number(100 * float((x > 0).mean()), 0)}
            label = str(one.about[f"label_{frame.language}"])
            told.append(_say("vibration", frame, label=label, low=low, high=high, **figures))
    return told


def _variance_by_axis(frame: Frame, given: Given) -> list[str]:
    told = []
    for one in curves(dict(given.extra)):
        if len(one.cells):
            shares = one.axes.drop_duplicates("axis").dropna(subset=["variance_share"])
            shares = shares.sort_values("variance_share", ascending=False)
            names = shares[f"axis_{frame.language}"].astype(str)
            parts = [
                f"{name} {frame.number(max(share, 0.0), 2)}"
                for name, share in zip(names, shares["variance_share"], strict=True)
            ]
            label = str(one.about[f"label_{frame.language}"])
            told.append(_say("variance_by_axis", frame, label=label, parts="; ".join(parts)))
    return told


def _capacity(frame: Frame, given: Given) -> list[str]:
    names = given.settings["axes"]
    values = capacity_values(given.panel, names)
    parts = [
        f"{frame.labels.indicator(x)}, {frame.labels.indicator(y)}: {frame.number(rank_correlation(values, x, y), 2)}"
        for x, y in combinations(names, 2)
        if len(values[[x, y]].dropna()) > 2
    ]
    types = [
        type_label(frame, int(kind), int(n)) for kind, n in values["type"].value_counts().sort_index().items() if kind
    ]
    told = _say(
        "capacity",
        frame,
        n=frame.number(len(values), 0),
        parts="; ".join(parts) or word("capacity.no_values", frame.language, of=FIGURE_WORDS),
    )
    return [told] + (
        [f"{word('capacity.types', frame.language, of=FIGURE_WORDS)}: {'; '.join(types)}."] if types else []
    )


def _map(frame: Frame, given: Given) -> list[str]:
    shown = mapped(given.panel, given.settings, given.extra)
    if shown.classes is None:
        return [word("map.no_shapes" if shown.shapes is None else "map.no_values", frame.language, of=FIGURE_WORDS)]
    parts = "; ".join(class_labels(frame, shown))
    told = _say("map", frame, title=title(frame, given.settings), parts=parts)
    return [told, " ".join(note(frame, shown, given.settings, given.vintage).split("\n"))]


BY_RESULT: dict[str, Callable[[Frame, Result, Given], list[str]]] = {
    "coefficients": _coefficients,
    "dispersion": _dispersion,
    "attribution": _attribution,
    "scale_ceiling": _scale_ceiling,
    "event_study": _event_study,
    "necessity": _necessity,
    "quantile": _quantile,
}
BY_FILES: dict[str, Callable[[Frame, Given], list[str]]] = {
    "power": _power,
    "specification_curve": _curve,
    "variance_by_axis": _variance_by_axis,
    "vibration": _vibration,
    "capacity": _capacity,
    "map": _map,
}
WITH_INTERVALS = ("coefficients", "attribution", "scale_ceiling", "event_study", "quantile")
