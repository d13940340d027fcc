"""Other software on the specifications of measure_multiverse.py, and the environment that is made for it and removed.

Each function takes a Universe and its Cells (all subsets of a set of controls) and gives slopes of the focal column and
standard errors, in the order of the cells; no errors (None) where the software has no clustered ones. Numbers of rows and
columns of a frame are those of the Universe.
"""

import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy_floor import within

OURS = ("numpy", "pandas", "scipy", "linearmodels", "statsmodels")  # the same versions on both sides
PINS = {"pyfixest": ">=0.60,<0.70", "specification_curve": "==0.3.9", "robustipy": "==1.0.4"}
INSTALL_SECONDS = 900
REASON_CHARACTERS = 160
Found = tuple[np.ndarray, np.ndarray | None]


def frame(universe, values: np.ndarray) -> pd.DataFrame:
    """Columns of `values` by their names, with unit and year."""
    table = pd.DataFrame(values.reshape(len(universe.units), -1), columns=list(universe.names))
    return table.assign(unit=universe.units, year=universe.times)


def regressors(universe, cell) -> list[str]:
    """Names of the focal column and the controls of a cell."""
    return [universe.names[column] for column in (cell.focal, *cell.others)]


def controls(universe, cells) -> list[str]:
    """Names of all controls of any cell."""
    return [universe.names[column] for column in sorted({column for cell in cells for column in cell.others})]


def in_order(universe, cells, found: dict[frozenset, float | tuple[float, float]]) -> np.ndarray:
    """What was found by names of regressors, in the order of the cells."""
    return np.array([found[frozenset(regressors(universe, cell))] for cell in cells])


# Loops: one call a specification


def by_pyfixest(universe, cells) -> Found:
    """One feols a specification; its conventions are ours."""
    feols, table, found = import_module("pyfixest").feols, frame(universe, universe.values), []
    for cell in cells:
        formula = f"outcome ~ {' + '.join(regressors(universe, cell))} | unit + year"
        fit = feols(formula, table, vcov={"CRV1": "unit"}, copy_data=False, store_data=False, lean=True)
        found.append((fit.coef()["focal"], fit.se()["focal"]))
    return tuple(np.array(found).T)


def by_linearmodels(universe, cells) -> Found:
    """One PanelOLS a specification; its errors divide by N - k without the year effects, and are brought to ours."""
    from linearmodels.panel.model import PanelOLS

    table, found = frame(universe, universe.values).set_index(["unit", "year"]), []
    for cell in cells:
        names = regressors(universe, cell)
        model = PanelOLS(table["outcome"], table[names].assign(const=1.0), entity_effects=True, time_effects=True)
        options = {"cov_type": "clustered", "cluster_entity": True, "group_debias": True}
        fit = model.fit(**options, auto_df=False, count_effects=False)
        n, k = len(table), len(names) + 1
        factor = (n - k) / (n - k - universe.times.max())
        found.append((fit.params["focal"], fit.std_errors["focal"] * np.sqrt(factor)))
    return tuple(np.array(found).T)


def by_statsmodels(universe, cells) -> Found:
    """One OLS a specification on arrays without their effects; its errors divide by N - k, and are brought to ours."""
    from statsmodels.regression.linear_model import OLS

    data, found = within(universe).reshape(len(universe.units), -1), []
    for cell in cells:
        columns = data[:, [cell.focal, *cell.others]]
        options = {"groups": universe.units, "use_correction": True}
        fit = OLS(data[:, 0], columns).fit(cov_type="cluster", cov_kwds=options)
        n, k = columns.shape
        factor = (n - k) / (n - k - 1 - universe.times.max())
        found.append((fit.params[0], fit.bse[0] * np.sqrt(factor)))
    return tuple(np.array(found).T)


# One call for all specifications


def by_pyfixest_at_once(universe, cells) -> Found:
    """One feols with mvsw() over the controls."""
    formula = f"outcome ~ focal + mvsw({', '.join(controls(universe, cells))}) | unit + year"
    options = {"vcov": {"CRV1": "unit"}, "copy_data": False, "store_data": False, "lean": True}
    fits = import_module("pyfixest").feols(formula, frame(universe, universe.values), **options).to_list()
    slopes = [fit.coef() for fit in fits]
    found = {
        frozenset(slope.index): (slope["focal"], fit.se()["focal"]) for slope, fit in zip(slopes, fits, strict=True)
    }
    return tuple(in_order(universe, cells, found).T)


def by_specification_curve(universe, cells) -> Found:
    """Its own subsets of the controls, on columns without their effects; it has no clustered errors."""
    table = frame(universe, within(universe))
    curve = import_module("specification_curve").SpecificationCurve(
        table, "outcome", "focal", controls(universe, cells)
    )
    curve.fit()
    rows = zip(curve.df_r["Specification"], curve.df_r["Coefficient"], strict=True)
    return in_order(universe, cells, {frozenset(names) - {"outcome"}: slope for names, slope in rows}), None


def by_robustipy(universe, cells) -> Found:
    """Its own subsets of the controls, on columns without their effects, with the fewest draws and folds it takes."""
    table = frame(universe, within(universe))
    model = import_module("robustipy.models").OLSRobust(y=["outcome"], x=["focal"], data=table)
    least = {"draws": 1, "kfold": 2, "n_cpu": 1, "compute_shap": False}
    model.fit(controls=controls(universe, cells), oos_metric="rmse", seed=1, **least)
    found = model.get_results()
    rows = zip(found.specs_names, found.all_b, strict=True)
    return in_order(universe, cells, {frozenset(names) | {"focal"}: float(b[0][0]) for names, b in rows}), None


class Peer(NamedTuple):
    """Software to compare with. at_least: how many times our time is wanted; note: what differs from our model."""

    package: str
    how: str
    run: Callable[[object, Sequence], Found]
    note: str = ""
    at_least: float | None = None


DEMEANED = "columns demeaned beforehand, as it has no two-way effects; iid errors, so slopes alone are compared"
PEERS = (
    Peer("pyfixest", "loop", by_pyfixest, at_least=200),
    Peer("pyfixest", "multiple estimation", by_pyfixest_at_once),
    Peer("linearmodels", "loop", by_linearmodels, "errors by N - k, brought to ours"),
    Peer("statsmodels", "loop over arrays", by_statsmodels, "demeaned arrays; errors by N - k, brought to ours"),
    Peer("specification_curve", "one call", by_specification_curve, DEMEANED),
    Peer("robustipy", "one call", by_robustipy, f"{DEMEANED}; with 1 bootstrap draw and 2 folds, its least"),
)


# The environment


def reason(output: str) -> str:
    """Why a command failed, short, for a table: pip's first ERROR, else the last line that says something."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    errors = [line for line in lines if line.startswith("ERROR:")]
    return (errors[:1] or lines[-1:] or ["no message"])[0].replace("|", "/")[:REASON_CHARACTERS]


def install(python: Path, *requirements: str | Path) -> str:
    """Install packages with pip; why that failed, or nothing."""
    pip = [python, "-m", "pip", "--disable-pip-version-check", "install", "--quiet", "--retries", "1"]
    command = [*pip, "--prefer-binary", *requirements]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=INSTALL_SECONDS)
    except subprocess.TimeoutExpired:
        return f"not ready after {INSTALL_SECONDS} s"
    return reason(done.stderr) if done.returncode else ""


@contextmanager
def environment() -> Iterator[tuple[Path, dict[str, str]]]:
    """A virtual environment with the peers, removed afterwards: its Python, and why packages are not in it."""
    with TemporaryDirectory(prefix="beleidsvrijheid-peers-") as folder:
        python, constraints = Path(folder) / "peers/bin/python", Path(folder) / "constraints.txt"
        ours = [f"{name}=={version(name)}" for name in OURS]
        constraints.write_text("\n".join(ours), encoding="utf-8")
        made = subprocess.run([sys.executable, "-m", "venv", python.parents[1]], capture_output=True, text=True)
        failed = reason(made.stdout + made.stderr) if made.returncode else install(python, *ours)
        packages = dict.fromkeys(peer.package for peer in PEERS)
        if failed:
            yield python, dict.fromkeys(packages, failed)
            return
        same = ("--constraint", constraints)
        wanted = {name: install(python, *same, f"{name}{PINS[name]}") for name in packages if name in PINS}
        yield python, {name: why for name, why in wanted.items() if why}


def installed(name: str) -> str:
    """The version in this environment; empty where there is none."""
    try:
        return version(name)
    except PackageNotFoundError:
        return ""
