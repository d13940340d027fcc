"""Tables about the data: the distribution of the variables, and the account of each sample."""

import pandas as pd

from beleidsvrijheid.numbers import format_number
from beleidsvrijheid.publication import Labels, Result
from beleidsvrijheid.sentences import sentence
from beleidsvrijheid.tables.model import (
    DESCRIPTIVE_DECIMALS,
    Cell,
    Column,
    Group,
    Origin,
    Row,
    Table,
    closing_notes,
    digits_for,
    number_cell,
)
from beleidsvrijheid.words import word, word_or

DROPS = ("outlier rule", "missing outcome", "missing predictor", "not positive", "singletons")
REMARKS = ("predictor", "categories", "absorbed", "collinear")
MOST_CHAINS = 2
MOMENTS = ("n", "mean", "sd", "min", "median", "max")


def reason_words(reason: str, labels: Labels) -> str:
    """A reason of the sample's account in the run's language, ids as labels."""
    return labels.indicator(reason) if reason in labels.indicators else sentence(reason, labels)


def sample_sentence(result: Result, labels: Labels) -> str:
    """How many rows the sample began and ended with, and what was dropped why; empty without an account."""
    steps, language = result.samples, labels.language
    if steps.empty:
        return ""
    # A specification by field begins its account anew for every field: no one chain of rows. One of municipalities and then
    # of their rows has two.
    starts = int((steps["step"] == "start").sum())
    if starts > MOST_CHAINS:
        return word("sample.several", language, n=starts, name=result.name)
    if starts > 1:
        chains = (steps["step"] == "start").cumsum()
        return " ".join(_chain(chain, labels) for _, chain in steps.groupby(chains))
    lost = (steps["rows_in"] - steps["rows_out"]).astype(float)
    ends = {
        "rows_in": format_number(float(steps["rows_in"].iloc[0]), 0, language),
        "rows_out": format_number(float(steps["rows_out"].iloc[-1]), 0, language),
    }
    drops = [
        word(
            "sample.drop",
            language,
            n=format_number(count, 0, language),
            step=word_or(f"step.{step}", language, step),
            reason=reason_words(reason, labels),
        )
        for step, reason, count in zip(steps["step"], steps["reason"], lost, strict=True)
        if count > 0
    ]
    if not drops:
        return word("sample.whole", language, **ends)
    return word("sample.dropped", language, drops="; ".join(drops), **ends)


def _chain(steps: pd.DataFrame, labels: Labels) -> str:
    """One chain of rows, its losses added up by step."""
    language = labels.language
    lost = (steps["rows_in"] - steps["rows_out"]).astype(float).groupby(steps["step"], sort=False).sum()
    drops = "; ".join(
        word(
            "sample.drop_step", language, n=format_number(n, 0, language), step=word_or(f"step.{step}", language, step)
        )
        for step, n in lost[lost > 0].items()
    )
    return word(
        "sample.chain",
        language,
        what=reason_words(str(steps["reason"].iloc[0]), labels),
        rows_in=format_number(float(steps["rows_in"].iloc[0]), 0, language),
        rows_out=format_number(float(steps["rows_out"].iloc[-1]), 0, language),
        drops=word("sample.drops", language, drops=drops) if drops else "",
    )


def attrition_table(results: dict[str, Result], labels: Labels, data_source: str) -> Table:
    """Every step of every specification's sample: rows in, rows out, rows lost, reason."""
    language = labels.language
    heads = ("rows_in", "rows_out", "lost", "reason")
    reasons = {reason for result in results.values() for reason in result.samples["reason"]}
    said = {reason: reason_words(reason, labels) for reason in reasons}  # most are those of many specifications
    return Table(
        title=word("title.attrition", language),
        stub=word("stub.step", language),
        columns=tuple(Column(head, word(f"head.{head}", language), is_text=head == "reason") for head in heads),
        groups=tuple(_attrition_group(result, labels, said) for result in results.values()),
        notes=(word("note.attrition", language), *closing_notes(language, data_source, [])[1:]),
        language=language,
        data_source=data_source,
    )


def _attrition_group(result: Result, labels: Labels, said: dict[str, str]) -> Group:
    language = labels.language
    rows = []
    for step, rows_in, rows_out, reason in _told(result.samples):
        origin = (result.name, "", step)
        counts = (
            number_cell(rows_in, 0, language, Origin(*origin, "rows_in")),
            number_cell(rows_out, 0, language, Origin(*origin, "rows_out")),
            number_cell(rows_in - rows_out, 0, language, Origin(*origin, "rows_in-rows_out")),
        )
        texts = _joined([said[one] for one in reason])
        rows.append(Row(step, word_or(f"step.{step}", language, step), (*counts, Cell(texts)), "rows"))
    if result.refused:
        cells = (Cell(), Cell(), Cell(), Cell(labels.reason(result)))
        rows.append(Row("refused", word("refused", language), cells, "status"))
    return Group(result.name, labels.specification(result), tuple(rows))


def _told(steps: pd.DataFrame) -> list[tuple[str, int, int, list[str]]]:
    """Steps worth a line: the start, every loss, and remarks that cost no row, those of one kind on one line."""
    told: list[tuple[str, int, int, list[str]]] = []
    for step, rows_in, rows_out, reason in steps[["step", "rows_in", "rows_out", "reason"]].itertuples(False):
        if rows_in == rows_out and step in DROPS:
            continue
        if step == "start" and told and told[-1][0] == "start":
            told.pop()  # of a field that lost nothing there is nothing to tell
        if told and step in REMARKS and told[-1][0] == step:
            told[-1][3].append(reason)
        else:
            told.append((step, rows_in, rows_out, [reason]))
    return told


def _joined(reasons: list[str]) -> str:
    """Reasons after one another; of those that say the same of several, what they are about first."""
    about: dict[str, list[str]] = {}
    for reason in reasons:
        name, colon, said = reason.partition(": ")
        about.setdefault(said if colon else "", []).append(name)
    parts = [", ".join(names) + (f": {said}" if said else "") for said, names in about.items()]
    return "; ".join(parts)


def descriptives_table(results: dict[str, Result], labels: Labels, data_source: str, panel: pd.DataFrame) -> Table:
    """N, mean, sd, minimum, median, maximum of every outcome and predictor that the specifications use."""
    language = labels.language
    chosen = _variables(results, labels)
    used = {indicator for variables in chosen.values() for indicator, _ in variables}
    own = panel[(panel["level"] == "municipality") & panel["indicator"].isin(used)]
    found = dict(iter(own.groupby(["indicator", "beleidsveld"], sort=False)))
    groups = []
    for group, variables in chosen.items():
        rows = [_moments(found.get((indicator, field)), indicator, field, labels) for indicator, field in variables]
        groups.append(Group(group, labels.block(group), tuple(row for row in rows if row is not None)))
    return Table(
        title=word("title.descriptives", language),
        stub=word("stub.term", language),
        columns=tuple(Column(moment, word(f"head.{moment}", language)) for moment in MOMENTS),
        groups=tuple(group for group in groups if group.rows),
        notes=(word("note.descriptives", language), *closing_notes(language, data_source, [])),
        language=language,
        data_source=data_source,
    )


def _variables(results: dict[str, Result], labels: Labels) -> dict[str, list[tuple[str, str]]]:
    """Group -> (indicator, field) in order of first use, each once; categorical controls have no moments."""
    groups: dict[str, dict[tuple[str, str], None]] = {"outcomes": {}}
    for result in results.values():
        settings = result.settings
        place = settings.get("beleidsveld") or ""
        if settings.get("outcome") and not settings.get("fields"):
            groups["outcomes"][(settings["outcome"], place)] = None
        for block, indicators in (settings.get("blocks") or {}).items():
            own = {(indicator, ""): None for indicator in indicators if not labels.is_categorical(indicator)}
            groups.setdefault(block, {}).update(own)
    for result in results.values():
        place = result.settings.get("beleidsveld") or ""
        for control in result.settings.get("controls") or []:
            if not labels.is_categorical(control):
                field = place if control == "lagged_spending" else ""
                groups.setdefault("controls", {})[(control, field)] = None
    return {group: list(variables) for group, variables in groups.items()}


def _moments(rows: pd.DataFrame | None, indicator: str, field: str, labels: Labels) -> Row | None:
    if rows is None:
        return None
    static = rows[rows["year"].isna()]
    values = (static if len(static) else rows)["value"].dropna()
    if values.empty:
        return None
    figures = {"n": len(values), "mean": values.mean(), "sd": values.std(), "median": values.median()}
    figures |= {"min": values.min(), "max": values.max()}
    decimals = digits_for(figures["sd"], 3, 0, DESCRIPTIVE_DECIMALS)
    cells = tuple(
        number_cell(
            figures[moment],
            0 if moment == "n" else decimals,
            labels.language,
            Origin("panel", field, indicator, moment),
        )
        for moment in MOMENTS
    )
    label = labels.indicator(indicator) + (f" ({labels.place(field)})" if field else "")
    return Row(f"{indicator}/{field}" if field else indicator, label, cells, "moments")
