"""Result files of diagnostics, families and power of a made-up study, for the tests of tables and figures."""

import numpy as np
import pandas as pd

from beleidsvrijheid.diagnostics.refits import DIAGNOSTIC_COLUMNS
from beleidsvrijheid.multiplicity import MULTIPLICITY_COLUMNS
from beleidsvrijheid.power import POWER_COLUMNS

TERMS = ["vte_per_1000", "log_population"]
LABEL = {"label_nl": "Verschuiving", "label_en": "Shift"}


def _coefficients(test, variant, shift=0.0, note=""):
    rows = []
    for place, term in enumerate(TERMS):
        value = 0.0123 * (place + 1) + shift
        ends = {"ci_low": value - 0.02, "ci_high": value + 0.02, "p_value": 0.0312}
        rows.append(
            {"test": test, "variant": variant, "term": term, "estimate": value, "standardised": 4 * value, **ends}
        )
    return [row | {"n": 1279, "note": note} for row in rows]


def diagnostics() -> pd.DataFrame:
    """Every test once; one variant that could not be had."""
    rows = _coefficients("baseline", "as_specified")
    rows += _coefficients("influence", "lowest", -0.004, "without 11001")
    rows += [{"test": "influence", "variant": "flips", "term": term, "estimate": 2.0, "n": 1279} for term in TERMS]
    rows += _coefficients("outliers", "coast_applied", 0.001, "coast: 8 municipalities")
    rows += _coefficients("denominators", "ratio") + _coefficients("denominators", "log", 0.002)
    note = "recoding_flag is not in the panel"
    rows.append({"test": "recoding", "variant": "without_flagged", "note": note})
    spatial = {"estimate": 0.0432, "p_value": 0.1234, "n": 1279}
    rows.append({"test": "spatial", "variant": "moran_residuals", **spatial})
    rows.append({"test": "missing", "variant": "any", "term": "", "n": 12})
    rows += [{"test": "omitted_variable", "variant": "robustness_value", "term": t, "estimate": 0.0712} for t in TERMS]
    frame = pd.DataFrame(rows, columns=DIAGNOSTIC_COLUMNS)
    texts = {name: frame[name].astype(object).fillna("") for name in ("term", "note")}
    return frame.assign(**texts, **LABEL, confidence=0.95)


def family() -> pd.DataFrame:
    """Four tests of two specifications, and one specification that was not estimated."""
    rows = [
        {
            "specification": name,
            "equation": "mean",
            "term": term,
            "test": "coefficient",
            "estimate": 0.0123,
            "p_value": p,
        }
        for name, p in (("r1_portfolio_shift", 0.0312), ("r1_own_change", 0.2))
        for term in TERMS
    ]
    rows = [row | {"holm_p": min(1.0, 6 * row["p_value"]), "romano_wolf_p": 4 * row["p_value"]} for row in rows]
    rows.append({"specification": "r1_gone", "test": "coefficient", "note": "not estimated"})
    frame = pd.DataFrame(rows, columns=MULTIPLICITY_COLUMNS)
    return frame.assign(**LABEL, family_nl="Kern", family_en="Core")


def power() -> pd.DataFrame:
    """Curves on a coarse grid."""
    frames = []
    for test, terms, bounds, grid in (
        ("r2_non_inferiority", ["blocks"], [0.1, 0.05], np.linspace(0, 0.2, 5)),
        ("equivalence", TERMS, [0.2, 0.1], np.linspace(-0.4, 0.4, 9)),
        ("t_test", TERMS, [np.nan], np.linspace(-0.4, 0.4, 9)),
    ):
        for term in terms:
            for bound in bounds:
                value = np.exp(-20 * np.abs(grid)) if test != "t_test" else 1 - np.exp(-20 * np.abs(grid))
                ends = {"mc_low": 0.97 * value, "mc_high": np.minimum(1.03 * value, 1), "analytic": value}
                one = {"test": test, "term": term, "bound": bound, "true_value": grid, "power": value, **ends}
                frames.append(pd.DataFrame(one).assign(specification="r1", simulations=2000, alpha=0.05))
    return pd.concat(frames, ignore_index=True).reindex(columns=POWER_COLUMNS).assign(**LABEL)


def no_power() -> pd.DataFrame:
    """A specification that could not be simulated."""
    row = {"specification": "r2", "test": "", "term": "", "note": "12 municipalities, fewer than 100"}
    return pd.DataFrame([row], columns=POWER_COLUMNS).assign(**LABEL)


def deviations() -> pd.DataFrame:
    """One of each kind."""
    rows = [(kind, "claims", f"F{n}", "a" * 64, "b" * 64) for n, kind in enumerate(("changed", "added", "removed"))]
    rows += [("changed", "equivalence", "", "c" * 64, "d" * 64)]
    return pd.DataFrame(rows, columns=["kind", "section", "key", "frozen_sha256", "current_sha256"])


def mergers() -> pd.DataFrame:
    """Two draws and the row over them of three statistics."""
    rows = []
    for statistic, basis, size in (
        ("additive_shares", "population", 0.0),
        ("segment_total", "council_seats", -167.3),
        ("rank_stability", "centre_function_largest", 0.0268),
    ):
        for draw in (1, 2, None):
            one = {"draw": draw, "statistic": statistic, "basis": basis, "before": 0.07, "after": 0.07 + size}
            ends = {"ci_low": size - 0.01, "ci_high": size + 0.01} if draw is None else {}
            rows.append(one | {"difference": size, "largest_deviation": abs(size)} | ends)
    return pd.DataFrame(rows)


def no_mergers() -> pd.DataFrame:
    """An entry without a statistic."""
    return mergers()[:0]


def extra() -> dict[str, pd.DataFrame]:
    """As publication.read_extra reads them."""
    files = {"diagnostics/r1_portfolio_shift": diagnostics(), "multiplicity/core": family()}
    files |= {"deviations": deviations(), "mergers/random": mergers(), "mergers/gone": no_mergers()}
    return files | {"power/main": power(), "power/gone": no_power()}
