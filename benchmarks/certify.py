"""How many digits of published and exact results the project's estimators give; the table of docs/certification.md.

Run with `make certify` (about a minute on one core); ARGS=--write puts the tables into docs/certification.md with command and
commit. The data, the certified values and the exact solver are those of tests/certification, whose tests run a part of it.
"""

import argparse
import subprocess
import sys
import warnings
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "scripts"))
sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

import numpy as np
from certification import anova, further, published
from certification.digits import COEFFICIENT, EASY, ERROR, Agreement, agreements
from certification.paths import NONROBUST, PATHS, applies
from certification.sets import VARIABLE, Problem, absent, doubled, grunfeld, linear_sets, weighted

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs/certification.md"
# Estimators that are no least squares: what they are held against, and the test that does it.
ELSEWHERE = {
    "dispersion_change": ("arrays resampled by hand; Pitman-Morgan by scipy", "test_models_dispersion.py"),
    "dispersion_ratio": ("arrays resampled by hand", "test_models_dispersion.py"),
    "share": ("Newcombe (1998), table I, as printed", "test_models_share.py"),
    "mean_change": ("R, t.test on Student's sleep data, as printed", "test_models_mean_change.py"),
    "location_scale": ("R package lmls and Greene's textbook, as printed", "test_models_location_scale.py"),
    "field_ols": ("least squares with every dummy, by statsmodels", "test_models_field_ols.py"),
    "rif": ("exact fractions; published Gini", "test_models_rif.py"),
    "event_study": ("differences of means by hand; dummies by statsmodels", "test_models_event_study.py"),
    "heterogeneous_adoption": ("R package DIDHAD on the same seed", "test_models_heterogeneous_adoption.py"),
    "field_permutation": ("every permutation listed", "test_models_field_permutation.py"),
    "period_coefficients": ("least squares and resampled rows", "test_models_period_coefficients.py"),
    "random_slope": ("R package lme4 on sleepstudy, as printed", "test_models_random_slope.py"),
    "common_factor": ("R, prcomp on USArrests, as printed", "test_models_common_factor.py"),
    "hurdle": ("R, glm on Spector's data, as printed", "test_models_hurdle.py"),
    "autocorrelation": ("Nickell's exact expression; dummies per resample", "test_models_autocorrelation.py"),
    "correlation": ("R, cor on Anscombe, as printed; scipy", "test_models_correlation.py"),
    "dispersion_by_group": ("R package ineq, as printed", "test_models_dispersion_by_group.py"),
    "inequality": ("R package ineq, as printed; exact decomposition", "test_models_inequality.py"),
    "published_value": ("a difference by hand", "test_models_published_value.py"),
}
HERE = ("ols", "panel_ols", "random_effects", "quantile")
INTRODUCTION = """# Certification: digits of known results

Made by `make certify ARGS=--write`, commit {commit}. Digits are log relative errors, at most 15: 7.5 means that the first seven
digits agree. *coefficient / standard error*, each the worst over the terms. Asked for: {coefficient} / {error}, and {easy} on the
easy sets (Norris, NoInt1-2, Grunfeld). A **bold** figure is below. *refused*: the path gives no number and says why.

Certified values are NIST's (https://www.itl.nist.gov/div898/strd), printed to 15 digits. The exact oracle
(`tests/certification/exact.py`) solves the same floats in whole numbers; standard errors have 80 digits. Norris ships with
scipy, Longley and Grunfeld with statsmodels, NoInt1-2 and Wampler1-5 are made by formula. Filip.dat, Pontius.dat and
Petersen's test_data.txt are read from the folder that `{variable}` names: {supplied}.

- Every path has a constant or effects: NoInt1-2 are entered with their mirror image (-x, -y), whose best constant is zero.
- *twice*: the set as a panel of two municipalities, the outcome of the second 1000 higher, for paths with municipality effects.
- *grunfeld + 1e9*: both regressors in whole numbers plus 1e9.
- *multiverse* is `multiverse.kernel.estimate_cells`, *refits* `models.sandwich` (diagnostics, power), *wild bootstrap* the
  coefficient and clustered error of `models.wild_bootstrap`.

"""


def rows() -> Iterator[Agreement]:
    """Every path on every linear set."""
    for problem in problems():
        for path in PATHS:
            for kind in path.kinds:
                if applies(path, problem, kind):
                    yield from agreements(path, problem, kind)


def problems() -> list[Problem]:
    """The linear sets, each once more as a panel, and Grunfeld."""
    once = list(linear_sets())
    return [*once, *map(doubled, once), grunfeld(), weighted(), grunfeld(1e9)]


def shown(found: Sequence[Agreement]) -> str:
    """Worst digits of some agreements in a cell: coefficient / standard error."""
    numbers = [one for one in found if not one.refusal]
    if not numbers:
        return "refused" if found else ""
    pairs = [(one.coefficient, one.target[0]) for one in numbers], [(one.error, one.target[1]) for one in numbers]
    cells = []
    for pair in pairs:
        known = [(digits, target) for digits, target in pair if not np.isnan(digits)]
        if known:
            digits, target = min(known)
            cells.append(f"**{digits:.1f}**" if digits < target else f"{digits:.1f}")
    return " / ".join(cells)


def pivot(found: Sequence[Agreement], against: str) -> list[str]:
    """Lines of a table: a row a set, a column a path."""
    names = [path.name for path in PATHS]
    chosen = [one for one in found if one.against == against or (one.refusal and one.kind == str(NONROBUST))]
    lines = ["| set | " + " | ".join(names) + " |", "|---" * (len(names) + 1) + "|"]
    for name in dict.fromkeys(one.set for one in chosen):
        cells = [shown([one for one in chosen if (one.set, one.path) == (name, path)]) for path in names]
        lines.append("| " + " | ".join([name, *cells]) + " |")
    return lines


def refusals(found: Iterable[Agreement]) -> list[str]:
    """Lines: each reason once, with the sets and paths that give it."""
    reasons: dict[str, dict[str, list[str]]] = {}
    for one in found:
        if one.refusal:
            paths = reasons.setdefault(one.refusal, {}).setdefault(one.set, [])
            paths += [one.path] if one.path not in paths else []
    told = []
    for reason, own in reasons.items():
        places = "; ".join(f"{name} ({', '.join(paths)})" for name, paths in own.items())
        told.append(f'- {places}: "{reason}"')
    return told or ["- none"]


def listed(found: Iterable[Agreement], heads: Sequence[str]) -> list[str]:
    """Lines of a table with a row an agreement."""
    lines = ["| " + " | ".join(heads) + " |", "|---" * len(heads) + "|"]
    return lines + [
        f"| {one.set} | {one.path} | {one.kind} | {one.against} | {shown([one])} | {one.verdict} |" for one in found
    ]


def printed() -> list[str]:
    """Lines: every printed table, how many numbers of it were compared, and those that differ."""
    lines = ["| data | table | path | numbers as printed | differ |", "|---" * 5 + "|"]
    for one in published.tables():
        compared, wrong = one.compare()
        told = f"{compared - len(wrong)} of {compared} | {'; '.join(wrong) or 'none'}"
        lines.append(f"| {one.set} | {one.table} | {one.path} | {told} |")
    return lines


def elsewhere() -> list[str]:
    """Lines: estimators whose figures are held against other software in tests of their own."""
    lines = ["| estimator | against | test |", "|---" * 3 + "|"]
    return lines + [f"| `{name}` | {against} | `{test}` |" for name, (against, test) in ELSEWHERE.items()]


def sections(found: Sequence[Agreement]) -> Iterator[tuple[str, list[str]]]:
    """Headings and lines of the page."""
    heads = ("set", "path", "quantity", "against", "digits", "verdict")
    yield "Linear sets against certified values (homoskedastic errors)", pivot(found, "certified")
    yield "Linear sets against the exact oracle (worst over all covariances of the path)", pivot(found, "exact")
    variance = list(chain.from_iterable(map(anova.agreements, anova.SETS)))
    yield "Analyses of variance", listed(variance, heads)
    others = list(chain.from_iterable(run() for run in further.OTHERS))
    yield "Random effects, wild bootstrap, quantiles, Shapley shares", listed(others, heads)
    yield "As printed", printed()
    yield "Refusals", refusals([*found, *variance])
    every = [*found, *variance, *others]
    verdicts = {name: sum(one.verdict == name for one in every) for name in ("met", "refused", "BELOW")}
    told = f"{len(every)} comparisons: {verdicts['met']} met, {verdicts['refused']} refused, {verdicts['BELOW']} below."
    below = [one for one in every if one.verdict == "BELOW"]
    yield "In all", [told, *(f"- below: {one.set}, {one.path}, {one.kind}, {one.against}" for one in below)]
    yield "Other estimators", elsewhere()


def commit() -> str:
    """The commit of the code at hand, and whether files of it differ from that commit."""
    head, changed = (
        subprocess.run(["git", "-C", str(ROOT), *asked], capture_output=True, text=True).stdout.strip()
        for asked in (["rev-parse", "HEAD"], ["status", "--porcelain", "scripts", "benchmarks", "tests/certification"])
    )
    return f"{head} with changes not yet committed" if changed else head


def page() -> str:
    """docs/certification.md."""
    lacking = absent()
    supplied = f"not there when this page was made: {', '.join(lacking)}" if lacking else "all three were there"
    targets = {"coefficient": COEFFICIENT, "error": ERROR, "easy": f"{EASY:g}"}
    head = INTRODUCTION.format(commit=commit(), variable=VARIABLE, supplied=supplied, **targets)
    parts = (f"## {heading}\n\n" + "\n".join(lines) + "\n" for heading, lines in sections(list(rows())))
    return head + "\n".join(parts)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="write docs/certification.md")
    asked = parser.parse_args()
    warnings.simplefilter("ignore")  # libraries warn of ill-conditioned sets, which is what these are
    text = page()
    print(text)
    if asked.write:
        PAGE.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
