"""What a specification will estimate, in words: the equation, every default, rows before and after, the tests that follow."""

import difflib
import textwrap
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from beleidsvrijheid.configuration.specification import STATED_DEFAULTS
from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.estimators import ESTIMATORS
from beleidsvrijheid.models.fit import Refusal
from beleidsvrijheid.models.panel_covariance import CLUSTERED_CONVENTION, KERNEL_CONVENTION, TWO_WAY_CONVENTION
from beleidsvrijheid.models.sample import YEARLY
from beleidsvrijheid.models.task import Task
from beleidsvrijheid.models.transforms import column_name, step_name
from beleidsvrijheid.numbers import format_number
from beleidsvrijheid.publication import Labels
from beleidsvrijheid.sentences import sentence
from beleidsvrijheid.words import word, word_or

# Their equation is written out; that of others is in the sentence of the estimator.
LINEAR = ("ols", "panel_ols", "random_effects", "quantile")
CONVENTIONS = {
    "cluster": CLUSTERED_CONVENTION,
    "wild_cluster": CLUSTERED_CONVENTION,
    "two_way": TWO_WAY_CONVENTION,
    "driscoll_kraay": KERNEL_CONVENTION,
}
# Keys with a line of their own; the others an estimator reads are printed as they are.
TOLD = (
    "beleidsveld", "blocks", "controls", "transform", "splines", "interactions", "transforms", "missing", "weights",
    "effects", "predictors", "interact_with", "sample.years", "windows",
)  # fmt: skip
FEW_DRAWS = 99  # enough where a sample is only known once the estimator has run
REMOVED = ("absorbed", "collinear")
INDENT, WIDTH = 26, 120


@dataclass(frozen=True)
class Account:
    """What the data do to a specification. ledger: None without data. covariance: as the fit says, empty where not fitted."""

    ledger: pd.DataFrame | None = None
    units: int | None = None
    warnings: tuple[str, ...] = ()
    reason: str = ""
    covariance: str = ""


def check_name(name: str, names: Collection[str]) -> None:
    """Raise StudyError, with near names, where `name` is no specification."""
    if name in names:
        return
    near = difflib.get_close_matches(name, list(names), n=3)
    hint = f" (did you mean {' or '.join(near)}?)" if near else ""
    raise StudyError(
        f"explain: specification {name!r} is not known{hint}; allowed: {', '.join(names)}; "
        "next step: snakemake explain --config specification=NAME"
    )


def explain(
    panel: pd.DataFrame | None,
    name: str,
    specification: Mapping[str, Any],
    settings: Mapping[str, Any],
    labels: Labels,
) -> str:
    """The specification in words of `labels.language`, plain text, one matter a line.

    panel: None where the data are not there yet. specification: resolved. settings: see models.estimation.estimate;
    exclusions may be absent without a panel. Nothing of a result is told: where rows are only known once the estimator has
    run, it runs on few draws and its ledger is read. Raises StudyError where the specification is wrong.
    """
    teller = _Teller(name, specification, settings, labels)
    account = Account() if panel is None else account_of(panel, name, specification, settings)
    return "\n".join([*teller.lines(), *teller.data_lines(account), *teller.closing_lines()]) + "\n"


def account_of(
    panel: pd.DataFrame, name: str, specification: Mapping[str, Any], settings: Mapping[str, Any]
) -> Account:
    """Rows, columns and refusals of a specification, without its results."""
    from beleidsvrijheid.models.estimation import estimate

    if specification["estimator"] in LINEAR:
        try:
            sample = Task(panel, specification, settings, np.random.default_rng(0), name).sample()
        except Refusal as refusal:
            return Account(refusal.ledger, reason=refusal.reason)
        return Account(sample.ledger, sample.frame["nis"].nunique(), tuple(sample.warnings))
    few = {**settings, "inference": {**settings["inference"], "draws": FEW_DRAWS}}
    found = estimate(panel, specification, few, name)
    if found.fit is None:
        return Account(found.ledger, reason=found.reason)
    draws = f"{settings['inference']['draws']} draws"
    words = "; ".join(part for part in (found.fit.covariance, found.fit.clustered_convention) if part)
    words = words.replace(f"{FEW_DRAWS} draws", draws)
    return Account(found.ledger, found.fit.n_units, tuple(found.fit.warnings), covariance=words)


@dataclass(frozen=True)
class _Teller:
    name: str
    specification: Mapping[str, Any]
    settings: Mapping[str, Any]
    labels: Labels

    # Words

    def say(self, key: str, **values: Any) -> str:
        """A fixed text of this module."""
        return word(f"explain.{key}", self.labels.language, **values)

    def line(self, key: str, text: str) -> str:
        """Name of a key, then what there is to say."""
        whole = f"{self.say(f'key.{key}') + ':':<{INDENT}}{text}"
        return textwrap.fill(whole, WIDTH, subsequent_indent=" " * INDENT, break_on_hyphens=False)

    def given(self, key: str) -> Any:
        """A key of the specification; None where it is empty."""
        return self.specification.get(key) or None

    def reads(self, key: str) -> bool:
        """Whether the estimator reads a key."""
        estimator = ESTIMATORS[self.specification["estimator"]]
        return key in estimator.keys(bool(self.given("fields")))[0]

    # What is estimated

    def lines(self) -> Iterator[str]:
        """Everything that needs no data."""
        specification, labels = self.specification, self.labels
        head = f"{specification['label'][labels.language]} ({self.name})"
        yield from (head, "=" * len(head), "")
        estimator = specification["estimator"]
        yield self.line("estimator", f"{estimator}. {self.say(f'estimator.{estimator}')}")
        yield self.line("outcome", self._outcome())
        if estimator in LINEAR:
            yield self.line("equation", self._equation())
        yield from self._predictors()
        yield from self._other_keys()
        if self.reads("effects") and (estimator in LINEAR or self.given("effects")):
            yield self.line("effects", self._effects())
        yield self.line("covariance", self._covariance())
        if self.reads("weights"):
            weights = self.given("weights")
            yield self.line("weights", self.say("weighted", weights=weights) if weights else self.say("none"))

    def _outcome(self) -> str:
        name, place = self.specification["outcome"], self.given("beleidsveld")
        where = f", {self.labels.place(place)}" if place else ""
        return f"{self._left()}: {self.labels.indicator(name)}{where}{self._unit(name)}"

    def _left(self) -> str:
        transform = self.given("transform") or "none"
        name = self.specification["outcome"]
        return name if transform == "none" else step_name(transform, name)

    def _unit(self, name: str) -> str:
        unit = (self.labels.indicators.get(name) or {}).get("unit")
        return f" ({self.say('unit', unit=unit)})" if unit else ""

    def _equation(self) -> str:
        estimator, effects = self.specification["estimator"], self.given("effects") or []
        panel = estimator in YEARLY
        index, parts = "_it" if panel else "_i", []
        parts += ["municipality_i"] if "municipality" in effects else []
        parts += ["year_t"] if "year" in effects else []
        parts = parts or ["constant"]
        parts += ["random municipality_i"] if estimator == "random_effects" else []
        parts += [f"{block}({' + '.join(map(self._column, ids))})" for block, ids in self._blocks() if ids]
        moderator = self.given("interact_with")
        parts += [f"{moderator}_t", f"{moderator}_t x (blocks)"] if moderator else []
        parts += [f"{self._column(a)} x {self._column(b)}" for a, b in self.given("interactions") or []]
        controls = self.given("controls")
        parts += [f"controls({' + '.join(map(self._column, controls))})"] if controls else []
        left = f"{self._left()}{index}"
        if estimator == "quantile":
            return f"Q_tau[{left}] = {' + '.join(parts)}, tau = {', '.join(map(str, self.given('quantiles') or []))}"
        return f"{left} = {' + '.join(parts)} + e{index}"

    def _column(self, name: str) -> str:
        column = column_name(name, self.specification.get("transforms"))
        return f"spline({column})" if name in (self.given("splines") or {}) else column

    def _blocks(self) -> list[tuple[str, list[str]]]:
        return list((self.specification.get("blocks") or {}).items())

    def _predictors(self) -> Iterator[str]:
        """A line per block and its columns, then controls and what is done to them."""
        for block, ids in [*self._blocks(), ("controls", self.given("controls") or [])]:
            if ids:
                yield f"{self.labels.block(block)}:"
                yield from (f"  - {self._predictor(name)}" for name in ids)
        name = self.given("interact_with")
        if name:
            yield self.line("interact_with", self.say("products", name=self.labels.term(name)))
        for first, second in self.given("interactions") or []:
            yield self.line("interactions", f"{self.labels.term(first)} × {self.labels.term(second)}")

    def _predictor(self, name: str) -> str:
        column = column_name(name, self.specification.get("transforms"))
        told = f"{column}: {self.labels.term(column)}{self._unit(name)}"
        if name in self.settings["categorical"]:
            told += f"; {self.say('categories')}"
        knots = (self.given("splines") or {}).get(name)
        return told + (f"; {self.say('spline', knots=', '.join(f'{k:g}' for k in knots))}" if knots else "")

    def _other_keys(self) -> Iterator[str]:
        if self.reads("predictors") and self.given("predictors"):
            yield self.line("predictors", self.say(f"predictors.{self.given('predictors')}"))
        reads = ESTIMATORS[self.specification["estimator"]].keys(bool(self.given("fields")))[0]
        for key in (one for one in reads if one not in TOLD and self.specification.get(one) not in (None, "", [], {})):
            yield self.line(key, self._plain(key, self.specification[key]))

    def _plain(self, key: str, value: Any) -> str:
        if isinstance(value, Mapping):
            return ", ".join(f"{self.labels.term(one)} {other}" for one, other in value.items())
        if isinstance(value, list | tuple):
            return ", ".join(self.labels.place(one) if key in ("fields", "treated") else str(one) for one in value)
        return self.labels.term(value) if key in ("dose", "groups") else str(value)

    def _effects(self) -> str:
        effects = self.given("effects")
        if effects:
            return ", ".join(effects)
        return self.say("effects.random" if self.specification["estimator"] == "random_effects" else "none")

    def _covariance(self) -> str:
        covariance = self.specification["covariance"]
        kind = "two_way" if isinstance(covariance.get("by"), list | tuple) else covariance["type"]
        figures = {"draws": self.settings["inference"]["draws"]}
        figures |= {key: value for key, value in covariance.items() if value is not None}
        parts = [self.say(f"covariance.{kind}", **figures)]
        if kind in CONVENTIONS and self.specification["estimator"] in LINEAR:
            parts.append(sentence(CONVENTIONS[kind], self.labels))
        percent = format_number(100 * self.settings["inference"]["confidence"], 0, self.labels.language)
        return "; ".join([*parts, self.say("confidence", percent=percent)])

    # Rows and columns

    def data_lines(self, account: Account) -> Iterator[str]:
        """Rules of the sample, rows before and after, columns removed, warnings."""
        yield self.line("missing", self._missing())
        yield self.line("sample", self._rules())
        years = (self.given("sample") or {}).get("years")
        if years:
            yield self.line("sample.years", f"{years[0]}-{years[1]}")
        if account.ledger is None:
            yield self.line("rows", self.say("no_panel"))
            return
        if account.covariance:
            yield self.line("in_full", sentence(account.covariance, self.labels))
        yield self.line("rows", self._rows(account))
        yield from (f"  - {text}" for text in self._steps(account.ledger))
        removed = account.ledger[account.ledger["step"].isin(REMOVED)]
        gone = [sentence(text, self.labels) for text in removed["reason"]]
        yield self.line("columns", "; ".join(gone) or self.say("none"))
        others = [text for text in account.warnings if text not in set(removed["reason"])]
        if others:
            yield self.line("warnings", "; ".join(sentence(text, self.labels) for text in others))

    def _missing(self) -> str:
        if not self.reads("missing"):
            return self.say("missing.own")
        rule = self.given("missing") or STATED_DEFAULTS["missing"]
        told = "" if self.given("missing") else f" {self.say('default')}"
        return f"{rule}{told}: {self.say(f'missing.{rule}')}"

    def _rules(self) -> str:
        rules, known = (self.given("sample") or {}).get("exclude") or [], self.settings.get("exclusions") or {}
        named = [(word_or(f"rule.{rule}", self.labels.language, rule), known.get(rule)) for rule in rules]
        return ", ".join(name if nis is None else f"{name} ({len(nis)})" for name, nis in named) or self.say("none")

    def _rows(self, account: Account) -> str:
        if account.reason:
            return self.say("refused", reason=sentence(account.reason, self.labels))
        ledger = account.ledger
        if (ledger["step"] == "start").sum() > 1:
            return self.say("rows_in_parts", units=format_number(account.units, 0, self.labels.language))
        figures = {"first": ledger["rows_in"].iloc[0], "last": ledger["rows_out"].iloc[-1], "units": account.units}
        shown = {key: format_number(value, 0, self.labels.language) for key, value in figures.items() if value}
        return self.say("rows" if account.units else "rows_only", **shown)

    def _steps(self, ledger: pd.DataFrame) -> Iterator[str]:
        for row in ledger[~ledger["step"].isin(REMOVED)].itertuples():
            if row.rows_in != row.rows_out or row.step in ("categories", "spline", "weights", "predictor", "start"):
                name = word_or(f"step.{row.step}", self.labels.language, row.step)
                lost = f": -{row.rows_in - row.rows_out}" if row.rows_in != row.rows_out else ""
                known = row.reason in self.labels.indicators
                why = self.labels.indicator(row.reason) if known else sentence(row.reason, self.labels)
                yield f"{name}{lost} ({why})"

    # What follows

    def closing_lines(self) -> Iterator[str]:
        """Windows, random numbers, tests."""
        if self.reads("windows") or self.given("interact_with"):
            windows = self.given("windows") or self.settings["windows"]
            ends = {name: f"{min(years)}-{max(years)}" for name, years in windows.items() if name in ("pre", "post")}
            yield self.line("windows", self.say("windows", **ends))
        inference = self.settings["inference"]
        figures = {"seed": self.settings["seed"], "draws": inference["draws"], "weights": inference["weights"]}
        yield self.line("seed", self.say("seed", **figures))
        yield self.line("tests", self._tests())

    def _tests(self) -> str:
        estimator, bounds = self.specification["estimator"], self.settings["equivalence"]
        key = estimator if estimator in ("ols", "panel_ols", "random_effects") else "other"
        if self.given("weights"):
            key = "weighted"
        lists = {"r2": bounds["r2_bounds"], "b": bounds["coefficient_bounds"], "alpha": [bounds["alpha"]]}
        language = self.labels.language
        shown = {name: ", ".join(format_number(one, 2, language) for one in many) for name, many in lists.items()}
        return self.say(f"tests.{key}", **shown)
