"""The regression table: specifications side by side, terms by block, fit beneath."""

from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from beleidsvrijheid.models.transforms import step_name
from beleidsvrijheid.numbers import format_number
from beleidsvrijheid.publication import INTERCEPTS, Labels, Result, covariance_label, split_level
from beleidsvrijheid.sentences import sentence
from beleidsvrijheid.tables.model import (
    COEFFICIENT_DECIMALS,
    SHARE_DECIMALS,
    STAR_LEVELS,
    Cell,
    Column,
    Group,
    Origin,
    Row,
    Spanner,
    Table,
    closing_notes,
    digits_for,
    interval_text,
    number,
    number_cell,
    per_column_notes,
    stars,
)
from beleidsvrijheid.tables.sample import sample_sentence
from beleidsvrijheid.words import word, word_or

FIT_ROWS = (
    ("n_obs", 0),
    ("n_units", 0),
    ("n_clusters", 0),
    ("r2", SHARE_DECIMALS),
    ("r2_cv", SHARE_DECIMALS),
)
FIRST_BLOCKS = ("reform", "dose")
LAST_BLOCKS = ("moderator", "controls", "", "intercept")
TRANSFORMED = {"log": "ln({})", "log1p": "ln(1 + {})"}
NAMED = ("standardise", "difference", "lag")  # transforms with a word of their own
REMOVED = "column removed"
CR3 = "(CR3)"  # as the convention of a jackknife over clusters names it


@dataclass(frozen=True)
class Ways:
    """How coefficients are shown. uncertainty: std_error, interval or both. confidence: level of the intervals."""

    uncertainty: str = "std_error"
    stars: bool = False
    confidence: float = 0.95

    @property
    def beneath(self) -> tuple[str, ...]:
        """What stands beneath a coefficient, a line each."""
        return ("std_error", "interval") if self.uncertainty == "both" else (self.uncertainty,)


@dataclass(frozen=True)
class _Fit:
    """One column: an equation of a specification, its mark in the notes, its estimates by term."""

    result: Result
    equation: str
    mark: str
    terms: pd.DataFrame


def regression_table(results: dict[str, Result], labels: Labels, data_source: str, ways: Ways) -> Table:
    """Coefficients with what is asked for beneath; a refused specification is an empty column and a note.

    Specifications stand by outcome, in the order of their first; those that share two equations or more stand side by side
    within each equation.
    """
    by_equation = bool(_shared_equations(list(results.values())))
    fits = _columns(list(results.values()), labels)
    language = labels.language
    return Table(
        title=regression_title(results, language),
        stub=word("stub.term", language),
        spanners=_equation_spanners(fits, labels) if by_equation else _spanners(fits, labels),
        columns=tuple(Column(_column_key(fit), _heading(fit, labels, by_equation)) for fit in fits),
        groups=(*_term_groups(fits, labels, ways), _fit_group(fits, language)),
        notes=tuple(_notes(fits, labels, data_source, ways)),
        language=language,
        data_source=data_source,
    )


def regression_title(results: dict[str, Result], language: str) -> str:
    """Named for the estimator where all specifications have one that has a title of its own."""
    kinds = {str(result.settings.get("estimator") or result.fit.get("estimator") or "") for result in results.values()}
    own = word_or(f"title.{kinds.pop()}", language, "") if len(kinds) == 1 else ""
    return own or word("title.regression", language)


def _equations(result: Result) -> list[str]:
    return list(dict.fromkeys(result.estimates["equation"])) if not result.refused else [""]


def _shared_equations(results: list[Result]) -> list[str]:
    """The equations of several specifications that all have the same, two at least; else none."""
    estimated = [_equations(result) for result in results if not result.refused]
    same = len(estimated) > 1 and len(estimated[0]) > 1 and all(own == estimated[0] for own in estimated)
    return estimated[0] if same else []


def _columns(results: list[Result], labels: Labels) -> list[_Fit]:
    outcomes = list(dict.fromkeys(_outcome(result, labels) for result in results))
    results = sorted(results, key=lambda result: outcomes.index(_outcome(result, labels)))
    pairs = [(result, equation) for result in results for equation in _equations(result)]
    order = _shared_equations(results)
    if order:
        pairs.sort(key=lambda pair: order.index(pair[1]) if pair[1] in order else len(order))
    fits: list[_Fit] = []
    for result, equation in pairs:
        rows = result.estimates[result.estimates["equation"] == equation]
        terms = rows.drop_duplicates("term").set_index("term")
        fits.append(_Fit(result, equation, f"({len(fits) + 1})", terms))
    return fits


def _column_key(fit: _Fit) -> str:
    return f"{fit.result.name}/{fit.equation}" if fit.equation else fit.result.name


def _heading(fit: _Fit, labels: Labels, by_equation: bool) -> str:
    several = fit.result.estimates["equation"].nunique() > 1 and not by_equation
    name = labels.specification(fit.result)
    return f"{fit.mark} {name}, {_equation(fit, labels)}" if several else f"{fit.mark} {name}"


def _equation(fit: _Fit, labels: Labels, mean: str = "equation.mean") -> str:
    return word(mean, labels.language) if fit.equation == "mean" else labels.equation(fit.equation)


def _outcome(result: Result, labels: Labels) -> str:
    """What is explained, on the scale on which it is."""
    name, transform = (
        result.settings.get("outcome") or result.fit.get("outcome") or "",
        result.settings.get("transform"),
    )
    if transform in NAMED:
        return labels.term(step_name(transform, name))
    return TRANSFORMED.get(str(transform or ""), "{}").format(labels.indicator(name))


def _equation_spanners(fits: list[_Fit], labels: Labels) -> tuple[Spanner, ...]:
    return tuple(
        Spanner(_equation(group[0], labels, "term.mean") if equation else "", len(group))
        for equation in dict.fromkeys(fit.equation for fit in fits)
        for group in [[fit for fit in fits if fit.equation == equation]]
    )


def _spanners(fits: list[_Fit], labels: Labels) -> tuple[Spanner, ...]:
    spanners: list[Spanner] = []
    for fit in fits:
        outcome = _outcome(fit.result, labels)
        if spanners and spanners[-1].label == outcome:
            spanners[-1] = Spanner(outcome, spanners[-1].span + 1)
        else:
            spanners.append(Spanner(outcome, 1))
    return tuple(spanners)


def _block_of(term: str, block: str) -> str:
    return "intercept" if term in INTERCEPTS else block


def _term_groups(fits: list[_Fit], labels: Labels, ways: Ways) -> list[Group]:
    blocks: dict[str, dict[str, None]] = {}
    for fit in fits:
        for term, block in zip(fit.terms.index, fit.terms["block"], strict=True):
            # The levels of a categorical control share one row that says it is in.
            row = split_level(term)[0] if labels.is_categorical(term) else term
            blocks.setdefault(_block_of(term, block), {})[row] = None
    rest = [block for block in blocks if block not in (*FIRST_BLOCKS, *LAST_BLOCKS)]
    order = [block for block in FIRST_BLOCKS if block in blocks] + rest
    order += [block for block in LAST_BLOCKS if block in blocks]
    return [_term_group(block, list(blocks[block]), fits, labels, ways) for block in order]


def _term_group(block: str, terms: list[str], fits: list[_Fit], labels: Labels, ways: Ways) -> Group:
    rows: list[Row] = []
    for term in terms:
        if labels.is_categorical(term):
            rows.append(_included_row(term, fits, labels))
        else:
            rows += _estimate_rows(term, fits, labels, ways)
    shares = [_share(fit, block) for fit in fits]
    if any(share is not None for share in shares):
        rows += _share_rows(block, fits, shares, labels.language)
    return Group(block or "other", "" if block == "intercept" else labels.block(block), tuple(rows))


def _estimate_rows(term: str, fits: list[_Fit], labels: Labels, ways: Ways) -> list[Row]:
    columns = [_term_cells(term, fit, labels.language, ways) for fit in fits]
    kinds = ("estimate", *ways.beneath)
    lines = zip(kinds, zip(*columns, strict=True), strict=True)
    label = labels.term(term)
    return [
        Row(term, "" if place else label, cells, kind, is_beneath=place > 0)
        for place, (kind, cells) in enumerate(lines)
    ]


def _term_cells(term: str, fit: _Fit, language: str, ways: Ways) -> list[Cell]:
    """The coefficient of one column, and what stands beneath it."""
    if term not in fit.terms.index:
        return [Cell() for _ in range(1 + len(ways.beneath))]
    found, origin = fit.terms.loc[term], (fit.result.name, fit.equation, term)
    decimals = digits_for(found["std_error"], 2, *COEFFICIENT_DECIMALS)
    estimate = number_cell(found["estimate"], decimals, language, Origin(*origin, "estimate"))
    if ways.stars and estimate.text:
        estimate = replace(estimate, text=estimate.text + stars(found.get("p_value")))
    error = number_cell(found["std_error"], decimals, language, Origin(*origin, "std_error"))
    text = interval_text(found["ci_low"], found["ci_high"], decimals, language)
    below = {
        "std_error": replace(error, text=f"({error.text})") if error.text else Cell(),
        "interval": Cell(text, None, Origin(*origin, "ci_low; ci_high")) if text else Cell(),
    }
    return [estimate, *(below[kind] for kind in ways.beneath)]


def _included_row(term: str, fits: list[_Fit], labels: Labels) -> Row:
    included = [any(split_level(name)[0] == term for name in fit.terms.index) for fit in fits]
    cells = tuple(Cell(word("yes", labels.language) if is_in else "") for is_in in included)
    return Row(term, labels.indicator(term), cells, "included")


def _share(fit: _Fit, block: str) -> pd.Series | None:
    # Attribution belongs to the specification; with several equations it has no one column.
    shares = fit.result.attribution
    rows = shares[shares["block"] == block]
    applies = not fit.result.refused and fit.result.estimates["equation"].nunique() == 1
    return rows.iloc[0] if applies and block and len(rows) else None


def _share_rows(block: str, fits: list[_Fit], shares: list[pd.Series | None], language: str) -> list[Row]:
    parts, intervals = [], []
    for fit, share in zip(fits, shares, strict=True):
        if share is None:
            parts.append(Cell())
            intervals.append(Cell())
            continue
        part = Origin(fit.result.name, "", block, "r2_share")
        parts.append(number_cell(share["r2_share"], SHARE_DECIMALS, language, part))
        ends = Origin(fit.result.name, "", block, "ci_low; ci_high")
        text = interval_text(share["ci_low"], share["ci_high"], SHARE_DECIMALS, language)
        intervals.append(Cell(text, None, ends))
    key = f"{block}.r2_share"
    beneath = Row(key, "", tuple(intervals), "r2_share_interval", is_beneath=True)
    return [Row(key, word("fit.r2_share", language), tuple(parts), "r2_share"), beneath]


def _fit_group(fits: list[_Fit], language: str) -> Group:
    rows = [_effects_row(fits, language)] if any(fit.result.settings.get("effects") for fit in fits) else []
    for key, decimals in FIT_ROWS:
        cells = tuple(_fit_cell(fit, key, decimals, language) for fit in fits)
        if any(cell.text for cell in cells):
            rows.append(Row(key, word(f"fit.{key}", language), cells, key))
    covariance = tuple(Cell(_errors(fit.result, language)) for fit in fits)
    rows.append(Row("covariance", word("fit.covariance", language), covariance, "covariance"))
    return Group("fit", word("block.fit", language), tuple(rows))


def _errors(result: Result, language: str) -> str:
    if result.refused:
        return word("refused", language)
    is_jackknife = CR3 in str(result.fit.get("clustered_convention") or "")
    return word("covariance.cr3", language) if is_jackknife else covariance_label(result, language)


def _fit_cell(fit: _Fit, key: str, decimals: int, language: str) -> Cell:
    value: Any = None if fit.result.refused else fit.result.fit.get(key)
    origin = Origin(fit.result.name, fit.equation, "", key) if number(value) is not None else None
    return number_cell(value, decimals, language, origin)


def _effects_row(fits: list[_Fit], language: str) -> Row:
    named = [[word_or(f"effect.{e}", language, e) for e in fit.result.settings.get("effects") or []] for fit in fits]
    cells = tuple(Cell(", ".join(effects)) for effects in named)
    return Row("effects", word("fit.effects", language), cells, "effects")


def _notes(fits: list[_Fit], labels: Labels, data_source: str, ways: Ways) -> list[str]:
    language = labels.language
    estimated = {fit.mark: fit.result for fit in fits if not fit.result.refused}
    notes = _dependent(fits, labels)
    notes += uncertainty_notes(ways, language)
    if any(result.fit.get("estimator") == "location_scale" for result in estimated.values()):
        notes.append(word("note.location_scale", language))
    if any(not result.attribution.empty for result in estimated.values()):
        notes.append(word("note.shapley", language))
    notes += [
        word("note.refused", language, columns=fit.mark, reason=labels.reason(fit.result))
        for fit in fits
        if fit.result.refused
    ]
    notes += per_column_notes({m: sample_sentence(r, labels) for m, r in estimated.items()}, "note.plain", language)
    words = {mark: labels.covariance(result) for mark, result in estimated.items()}
    notes += per_column_notes(words, "note.covariance", language)
    conventions = {
        mark: sentence(str(result.fit.get("clustered_convention") or ""), labels) for mark, result in estimated.items()
    }
    notes += per_column_notes({mark: _sentence(text) for mark, text in conventions.items()}, "note.plain", language)
    notes += per_column_notes(
        {mark: _warnings(result, labels) for mark, result in estimated.items()}, "note.plain", language
    )
    notes.append(word("note.observational", language))
    return notes + closing_notes(language, data_source, [result.fit.get("seed") for result in estimated.values()])


def uncertainty_notes(ways: Ways, language: str) -> list[str]:
    """What the brackets beneath a coefficient hold, and what its stars say."""
    notes = [word(f"note.beneath.{ways.uncertainty}", language, confidence=f"{100 * ways.confidence:g}")]
    if ways.stars:
        levels = [f"{'*' * n} p < {format_number(level, 3, language)}" for n, level in enumerate(STAR_LEVELS, start=1)]
        notes.append(word("note.stars", language, levels="; ".join(levels)))
    return notes


def _dependent(fits: list[_Fit], labels: Labels) -> list[str]:
    """The outcome of each column, where the headings above have equations instead."""
    if not _shared_equations(list({fit.result.name: fit.result for fit in fits}.values())):
        return [word("note.dependent", labels.language)]
    outcomes = {fit.mark: _outcome(fit.result, labels) for fit in fits}
    return per_column_notes(outcomes, "note.outcome", labels.language)


def _warnings(result: Result, labels: Labels) -> str:
    """What a model warns of, each once; columns that were removed are in the account of the sample."""
    told = [str(warning) for warning in result.fit.get("warnings") or [] if REMOVED not in str(warning)]
    return " ".join(_sentence(sentence(one.rstrip("."), labels)) for one in dict.fromkeys(told))


def _sentence(text: str) -> str:
    # "ln inhabitants" and "p-values" keep their small letter.
    first = text[:1].upper() if text[1:2].isalpha() and not text.startswith("ln ") else text[:1]
    return f"{first}{text[1:].rstrip('.')}." if text else ""
