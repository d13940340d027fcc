"""Rows by municipality, field and year from the location-scale model itself, and as a panel (tests, benchmarks)."""

import numpy as np
import pandas as pd

PREDICTORS = ("staff", "size", "turnover")
BLOCKS = {"capacity": ["staff"], "scale": ["size"], "politics": ["turnover"]}


def simulate_location_scale(
    rng,
    n=150,
    fields=8,
    reformed=4,
    years=(2014, 2015, 2020, 2021),
    d=0.3,
    h=(0.2, 0.0, -0.1),
    g=(0.0, -0.3, 0.1),
    same=0.0,
):
    """A frame as field_sample.LongSample's: half the years after the reform, predictors standardised.

    d and h: as in study.md section 5, on the ln variance. g: main effects of the predictors on it. same: share of the
    variance that a municipality keeps in a field over the years, so that rows of one municipality depend.
    """
    z = rng.normal(size=(n, len(PREDICTORS)))
    z = (z - z.mean(axis=0)) / z.std(axis=0, ddof=1)
    unit, field, time = (index.ravel() for index in np.indices((n, fields, len(years))))
    treated, post = (field < reformed).astype(float), (time >= len(years) // 2).astype(float)
    log_variance = -1 + 0.1 * (field % 3) + 0.05 * time + d * treated * post
    log_variance += z[unit] @ np.array(g) + treated * post * (z[unit] @ np.array(h))
    kept, fresh = rng.normal(size=(n, fields)), rng.normal(size=len(unit))
    error = np.sqrt(same) * kept[unit, field] + np.sqrt(1 - same) * fresh
    mean = 3 + 0.5 * field + 0.1 * time + z[unit] @ np.array([0.1, 0.2, 0.0]) * (1 + 0.5 * treated * post)
    rows = {
        "nis": np.char.add("9", np.char.zfill(unit.astype(str), 4)),
        "field": np.char.add("0", (60 + field).astype(str)),
    }
    rows |= {"time": np.array(years)[time], "reformed": treated, "post": post}
    rows |= {"outcome": mean + np.exp(log_variance / 2) * error}
    return pd.DataFrame(rows | dict(zip(PREDICTORS, z[unit].T, strict=True)))


def as_panel(frame):
    """The frame as the study's panel: real_spending per field and year, predictors static, the total reported."""
    spending = frame[["nis", "field", "time", "outcome"]].set_axis(["nis", "beleidsveld", "year", "value"], axis=1)
    spending = spending.assign(value=np.exp(spending["value"]), indicator="real_spending", period="")
    total = spending.groupby(["nis", "year"], as_index=False)["value"].sum()
    total = total.assign(beleidsveld="total", indicator="real_spending", period="")
    units = frame.drop_duplicates("nis")
    static = units.melt("nis", list(PREDICTORS), "indicator", "value").assign(beleidsveld="", period="pre")
    panel = pd.concat([spending, total, static], ignore_index=True).astype({"year": "Int64"})
    return panel.assign(level="municipality")


def groups_of(frame):
    """The groups of fields that the settings of a study name."""
    by = frame.drop_duplicates("field").set_index("field")["reformed"]
    return {"reformed": sorted(by.index[by == 1]), "comparison": sorted(by.index[by == 0])}


def settings_of(frame, **changes):
    """Settings of a study for these rows."""
    years = sorted(frame["time"].unique())
    half = len(years) // 2
    plain = {
        "inference": {"draws": 199, "confidence": 0.95},
        "equivalence": {"r2_bounds": [0.1], "coefficient_bounds": [0.2, 0.1], "alpha": 0.05},
        "windows": {"pre": years[:half], "post": years[half:]},
        "groups": groups_of(frame),
        "exclusions": {"coast": ["90001", "90002"]},
        "categorical": ["family"],
        "minimum_municipalities": 50,
    }
    return plain | changes


def specification(**changes):
    """The location-scale specification of these rows."""
    plain = {"estimator": "location_scale", "outcome": "real_spending", "transform": "log", "dispersion": "yearly"}
    plain |= {"fields": ["reformed", "comparison"], "blocks": BLOCKS, "controls": [], "covariance": {"type": "cluster"}}
    return plain | changes
