"""A made-up country of twelve squares on 308, 300 and 285 municipalities, for the tests of figures drawn from the panel."""

import json

import numpy as np
import pandas as pd

from beleidsvrijheid.configuration.shown import Figure
from beleidsvrijheid.figures.maps import EVERY_SHAPE, SHAPES, UNITS

NIS = [f"9{place:04d}" for place in range(12)]
# Of the twelve squares the last two are one municipality from 2019 on, the two before them from 2025 on.
UNITS_TABLE = pd.DataFrame(
    {
        "nis_308": NIS,
        "nis_300": [*NIS[:11], NIS[10]],
        "nis_285": [*NIS[:9], NIS[8], NIS[10], NIS[10]],
    }
)
AXES = ["vte_per_1000", "staff_ambition", "staff_realisation"]
VALUES = dict(zip(NIS[:9], [0.11, 0.12, 0.2, 0.25, 0.31, 0.37, 0.4, 0.55, 0.7], strict=True))  # NIS[10] has none


def shapes(vintage: int) -> pd.DataFrame:
    """nis, vintage, geometry: squares four by three, merged ones as boxes."""
    codes = UNITS_TABLE[f"nis_{vintage}"]
    rows = []
    for nis in codes.unique():
        places = [place for place, code in enumerate(codes) if code == nis]
        rows.append({"nis": nis, "vintage": vintage, "geometry": _box(places)})
    return pd.DataFrame(rows)


def _box(places: list[int]) -> str:
    """Squares beside each other: west, south, east, north in degrees around 51 north."""
    west, south = 4 + 0.1 * min(place % 4 for place in places), 51 + 0.1 * (places[0] // 4)
    east, north = west + 0.1 * len(places), south + 0.1
    # Corners of neighbours are points of a long side too, as in a publisher's file.
    xs = np.linspace(west, east, len(places) + 1).round(6).tolist()
    ring = [*([x, south] for x in xs), *([x, north] for x in reversed(xs)), [west, south]]
    return json.dumps({"type": "Polygon", "coordinates": [[[round(x, 6), round(y, 6)] for x, y in ring]]})


def extra() -> dict[str, pd.DataFrame]:
    """What `publication.read_extra` gives a map that also has the borders of another vintage."""
    every = pd.concat([shapes(vintage) for vintage in (285, 308)], ignore_index=True)
    return {SHAPES: shapes(285).drop(columns="vintage"), EVERY_SHAPE: every, UNITS: UNITS_TABLE}


def rows(indicator: str, values: dict[str, float], field: str = "", year: int | None = None) -> pd.DataFrame:
    """Rows of a panel."""
    known = {"level": "municipality", "nis": list(values), "beleidsveld": field, "period": "", "indicator": indicator}
    return pd.DataFrame(known | {"value": list(values.values())}).assign(
        year=pd.array([year] * len(values), dtype="Int64")
    )


def panel() -> pd.DataFrame:
    """Portfolio shift (static) and spending (yearly) to map; three axes of staff, one municipality without the third."""
    rng = np.random.default_rng(5)
    units = UNITS_TABLE["nis_285"].unique()
    staff = [rows(name, dict(zip(units, rng.normal(1, 0.3, len(units)), strict=True))) for name in AXES[:2]]
    staff.append(rows(AXES[2], dict(zip(units[1:], rng.normal(1, 0.1, len(units) - 1), strict=True))))
    kinds = dict(zip(units, [1.0, 2.0, 3.0, 1.0, 1.0, 3.0, 2.0, 1.0, 1.0, 3.0], strict=True))
    yearly = rows("real_spending", {nis: 10 * value - 3 for nis, value in VALUES.items()}, "074", 2020)
    parts = [rows("portfolio_shift", VALUES, "domains"), yearly, *staff, rows("staff_investor_type", kinds)]
    return pd.concat(parts, ignore_index=True)


def settings(kind: str, **own: object) -> dict[str, object]:
    """A whole entry of `figures`."""
    given = {
        "map": {"indicator": "portfolio_shift", "beleidsveld": "domains"},
        "capacity": {"axes": AXES},
        "quantile": {"term": "log_population"},
    }
    named = {"specifications": ["one"]} if kind not in ("map", "capacity") else {}
    return Figure(kind=kind, **named, **given.get(kind, {}) | own).model_dump()
