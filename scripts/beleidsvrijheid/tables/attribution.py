"""The attribution table: what part of the residual R2 each block carries, and the test that it is small."""

import re

import pandas as pd

from beleidsvrijheid.numbers import format_number
from beleidsvrijheid.publication import Labels, Result
from beleidsvrijheid.sentences import sentence
from beleidsvrijheid.tables.model import (
    SHARE_DECIMALS,
    Cell,
    Column,
    Group,
    Origin,
    Row,
    Table,
    closing_notes,
    interval_text,
    number,
    number_cell,
    p_text,
)
from beleidsvrijheid.words import word

_FIGURES = r"(\d[\d.]*(?:-\d[\d.]*)?)"  # a number or a range
SHARES = ("r2_share", "interval", "unique", "shared", "cv_share", "cv_unique", "cv_shared")


def attribution_table(results: dict[str, Result], labels: Labels, data_source: str, confidence: float) -> Table:
    """Rows by specification and block; the last row of each specification is its whole residual R2."""
    language = labels.language
    bounds = r2_bounds(results)
    estimated = [result for result in results.values() if not result.refused]
    notes = [
        word("note.attribution", language),
        *_interval_note(estimated, language),
        *_status_notes(results, labels),
        word("note.observational", language),
    ]
    return Table(
        title=word("title.attribution", language),
        stub=word("stub.block", language),
        columns=_columns(bounds, confidence, language),
        groups=tuple(_group(result, bounds, labels) for result in results.values()),
        notes=(
            *notes,
            *closing_notes(language, data_source, [result.fit.get("seed") for result in estimated]),
        ),
        language=language,
        data_source=data_source,
    )


def r2_rows(result: Result) -> pd.DataFrame:
    """The R2 non-inferiority tests of a specification that were applicable, one row per bound."""
    rows = result.inference[result.inference["test"] == "r2_non_inferiority"]
    return rows[rows["p_value"].notna()]


def r2_bounds(results: dict[str, Result]) -> list[float]:
    """The bounds tested in any of the specifications, largest first."""
    return sorted({float(bound) for result in results.values() for bound in r2_rows(result)["bound"]}, reverse=True)


def _columns(bounds: list[float], confidence: float, language: str) -> tuple[Column, ...]:
    heads = {key: f"head.{key}" for key in SHARES}
    columns = [
        Column(
            key,
            word(head, language, confidence=f"{100 * confidence:g}") if key == "interval" else word(head, language),
        )
        for key, head in heads.items()
    ]
    for bound in bounds:
        text = word("head.non_inferiority", language, bound=format_number(bound, 2, language))
        columns.append(Column(f"p_{bound:g}", text))
    return tuple(columns)


def _group(result: Result, bounds: list[float], labels: Labels) -> Group:
    name, width = labels.specification(result), len(SHARES) + len(bounds)
    if result.refused or result.attribution.empty:
        status = "refused" if result.refused else "not_applicable"
        cells = (Cell(word(status, labels.language)), *(Cell() for _ in range(width - 1)))
        return Group(result.name, name, (Row(status, word("status", labels.language), cells, "status"),))
    rows = [_block_row(result, share, len(bounds), labels) for _, share in result.attribution.iterrows()]
    return Group(result.name, name, (*rows, _total_row(result, bounds, labels.language)))


def _block_row(result: Result, share: pd.Series, blanks: int, labels: Labels) -> Row:
    language, block = labels.language, str(share["block"])

    def cell(column: str) -> Cell:
        return number_cell(share[column], SHARE_DECIMALS, language, Origin(result.name, "", block, column))

    interval = Cell(
        interval_text(share["ci_low"], share["ci_high"], SHARE_DECIMALS, language),
        origin=Origin(result.name, "", block, "ci_low; ci_high"),
    )
    cells = (cell("r2_share"), interval, *(cell(column) for column in SHARES[2:]))
    return Row(block, labels.block(block), cells + (Cell(),) * blanks, "share")


def _total_row(result: Result, bounds: list[float], language: str) -> Row:
    total = result.fit.get("residual_r2") or {}
    r2 = number_cell(total.get("r2"), SHARE_DECIMALS, language, Origin(result.name, "", "", "residual_r2"))
    interval = Cell(
        interval_text(total.get("ci_low"), total.get("ci_high"), SHARE_DECIMALS, language),
        origin=Origin(result.name, "", "", "residual_r2 ci_low; ci_high"),
    )
    tests = r2_rows(result).set_index("bound")["p_value"]
    cells = [r2, interval, *(Cell() for _ in SHARES[2:])]
    for bound in bounds:
        p = number(tests.get(bound))
        cells.append(
            Cell(p_text(p, language), p, Origin(result.name, "", f"{bound:g}", "p_value")) if p is not None else Cell()
        )
    return Row("total", word("total_r2", language), tuple(cells), "total")


def _interval_note(estimated: list[Result], language: str) -> list[str]:
    """How the intervals of the parts are made and what they were measured to cover, as the fits say it: one note."""
    told = dict.fromkeys(str(result.fit.get("attribution_interval") or "") for result in estimated)
    texts = [_interval_words(text, language) for text in told if text]
    return [word("note.interval", language, words="; ".join(texts))] if texts else []


def _interval_words(text: str, language: str) -> str:
    """The text of a fit in the language of the table, its numbers unchanged; English where it is not the known one."""
    keys = ("interval.method", "interval.coverage")
    known, wanted = ("; ".join(word(key, tongue) for key in keys) for tongue in ("en", language))
    found = re.fullmatch(re.escape(known).replace(re.escape("{}"), _FIGURES), text)
    if not found or language == "en":
        return text
    return wanted.format(*(figure.replace(".", ",") for figure in found.groups()))


def _status_notes(results: dict[str, Result], labels: Labels) -> list[str]:
    notes = []
    for result in results.values():
        tests = result.inference
        # A test that does not apply says why in its column `term`.
        reasons = tests.loc[tests["verdict"] == "not applicable", "term"]
        status = "refused" if result.refused else "not_applicable"
        told = (sentence(reason, labels) for reason in dict.fromkeys(reasons))
        reason = labels.reason(result) if result.refused else "; ".join(told)
        if result.refused or (result.attribution.empty and reason):
            name = labels.specification(result)
            notes.append(word(f"note.{status}", labels.language, columns=name, reason=reason))
    return notes
