"""Data quality: what was checked, how often it held, and every case in which it did not."""

from typing import Any

import pandas as pd

from beleidsvrijheid.numbers import format_number
from beleidsvrijheid.pages import html_table, page, section
from beleidsvrijheid.sources.reading import check

COLUMNS = [
    "source",
    "kind",
    "check",
    "n_checked",
    "n_failed",
    "share_held",
    "file",
    "nis",
    "year",
    "code",
    "value",
    "expected",
    "reason",
]
TOTALS_TOLERANCE = 0.001  # share of the account total
_REPORTED = ["nis", "report_year", "year"]


def as_table(checks: list[dict[str, Any]], source: str) -> pd.DataFrame:
    """Checks of one source in the columns of data_quality.csv."""
    table = pd.DataFrame(checks).reindex(columns=[name for name in COLUMNS if name not in ("source", "share_held")])
    held = 1 - table["n_failed"] / table["n_checked"].where(table["n_checked"] > 0)
    return table.assign(source=source, share_held=held)[COLUMNS].astype({"year": "Int64"})


def compare_totals(by_field: pd.DataFrame, by_account: pd.DataFrame) -> list[dict[str, Any]]:
    """Sum over fields against sum over accounts, per municipality, report and year; nothing is adjusted.

    Spending, and receipts where both tables have them. One summary row per report and year (plans) or year (accounts),
    and one row per case that differs by more than 0.1 % or that only one of the two exports has.
    """
    rows = []
    for column, name in (
        ("spending_eur", "field total = account total"),
        ("receipts_eur", "field total = account total (receipts)"),
    ):
        if column in by_field and column in by_account:
            # A row that holds the other measure only says nothing of this one.
            sums = [table.dropna(subset=[column]).groupby(_REPORTED)[column].sum() for table in (by_field, by_account)]
            both = pd.concat([sums[0].rename("field"), sums[1].rename("account")], axis=1).reset_index()
            rows += _compared(both, name) if len(both) else []
    return rows


def _compared(both: pd.DataFrame, name: str) -> list[dict[str, Any]]:
    difference = (both["field"] - both["account"]).abs()
    both["ok"] = difference <= TOTALS_TOLERANCE * both["account"].abs()
    rows = []
    for (report, year), group in both.groupby(["report_year", "year"], sort=True):
        reason = f"rapportjaar {report}; within {TOTALS_TOLERANCE:.1%} of the account total"
        rows.append(check(name, len(group), int((~group["ok"]).sum()), reason, year=int(year)))
    for report, group in both.groupby("report_year", sort=True):
        if group["year"].nunique() > 1:
            rows.append(check(name, len(group), int((~group["ok"]).sum()), f"rapportjaar {report}, all years"))
    for row in both[~both["ok"]].sort_values(_REPORTED).itertuples(index=False):
        missing = pd.isna(row.field) or pd.isna(row.account)
        reason = f"rapportjaar {row.report_year}; " + ("one of the two is absent" if missing else "kept as printed")
        rows.append(check(name, 1, 1, reason, nis=row.nis, year=int(row.year), value=row.field, expected=row.account))
    return rows


def ledger_checks(ledger: pd.DataFrame) -> list[dict[str, Any]]:
    """Lines of a source's ledger as checks: rows in, rows that did not come out."""
    return [
        check(row.step, int(row.rows_in), int(row.rows_in - row.rows_out), row.reason, kind="rows")
        for row in ledger.itertuples()
    ]


def in_one_line(table: pd.DataFrame) -> str:
    """How many checks did not hold everywhere, for the terminal."""
    checks = summary(table)
    checks = checks[checks["kind"] == "check"]
    failed = checks[checks["n_failed"] > 0]
    where = f" ({', '.join(failed['source'].unique())})" if len(failed) else ""
    return f"Data quality: {len(checks)} checks, {len(failed)} of which did not hold everywhere{where}"


def summary(table: pd.DataFrame) -> pd.DataFrame:
    """The rows that count, without the single cases."""
    return table[table["nis"].isna()].reset_index(drop=True)


_WORDS = {
    "page": {"nl": "Kwaliteit van de gegevens", "en": "Data quality"},
    "overview": {"nl": "Overzicht per bron", "en": "Overview by source"},
    "check": {"nl": "Controles", "en": "Checks"},
    "which": {"nl": "welke controles", "en": "which checks"},
    "rows": {"nl": "Rekenschap van de rijen", "en": "Account of rows"},
    "cases": {"nl": "De afzonderlijke gevallen staan in", "en": "The single cases are in"},
    "source": {"nl": "bron", "en": "source"},
    "step": {"nl": "stap", "en": "step"},
    "test": {"nl": "controle", "en": "check"},
    "tests": {"nl": "controles", "en": "checks"},
    "file": {"nl": "bestand", "en": "file"},
    "year": {"nl": "jaar", "en": "year"},
    "checked": {"nl": "nagegaan", "en": "checked"},
    "failed": {"nl": "niet in orde", "en": "failed"},
    "held": {"nl": "in orde", "en": "held"},
    "rows_in": {"nl": "rijen in", "en": "rows in"},
    "left_out": {"nl": "weggelaten", "en": "left out"},
    "reason": {"nl": "toelichting", "en": "explanation"},
}
# Column of the table -> word above it, for each of the two parts of the page.
_SHOWN = {
    "check": {"source": "source", "check": "test", "file": "file", "n_checked": "checked", "n_failed": "failed",
              "share_held": "held", "year": "year", "reason": "reason"},
    "rows": {"source": "source", "check": "step", "n_checked": "rows_in", "n_failed": "left_out", "file": "file",
             "reason": "reason"},
}  # fmt: skip
_COUNTS = ("n_checked", "n_failed", "year")


def as_html(table: pd.DataFrame, language: str, data_source: str) -> str:
    """A page with the counts, checks apart from the account of rows; the single cases are in the CSV."""
    counted = summary(table)
    parts = [section(_WORDS["overview"][language], _overview(counted[counted["kind"] == "check"], language))]
    parts += [
        section(_WORDS[kind][language], _html_part(counted[counted["kind"] == kind], columns, language))
        for kind, columns in _SHOWN.items()
    ]
    intro = f"<p>{_WORDS['cases'][language]} <code>data_quality.csv</code>.</p>"
    return page(_WORDS["page"][language], intro + "".join(parts), data_source, language)


def _overview(checks: pd.DataFrame, language: str) -> str:
    """Per source: how many checks there are, of how many figures, how many failed, and in which checks."""
    # Where a check has a row for all years, the rows of single years say the same again.
    every = checks["year"].isna().groupby([checks["source"], checks["check"]]).transform("any")
    counted = checks[checks["year"].isna() | ~every]
    rows = []
    for source, own in counted.groupby("source", sort=False):
        sums = own.groupby("check", sort=False)[["n_checked", "n_failed"]].sum()
        failed = sums.loc[sums["n_failed"] > 0, "n_failed"]
        named = "; ".join(f"{check} ({format_number(count, 0, language)})" for check, count in failed.items())
        counts = [format_number(count, 0, language) for count in (len(sums), *sums.sum())]
        rows.append([source, *counts, named])
    shown = pd.DataFrame(rows, columns=["source", "checks", "n_checked", "n_failed", "which"])
    heads = [_WORDS[word][language] for word in ("source", "tests", "checked", "failed", "which")]
    return html_table(shown, heads, ["checks", "n_checked", "n_failed"])


def _html_part(rows: pd.DataFrame, columns: dict[str, str], language: str) -> str:
    shown = rows[list(columns)].astype(object)
    for name in {"n_checked", "n_failed"} & set(columns):
        shown[name] = rows[name].map(lambda count: format_number(count, 0, language))
    if "share_held" in columns:
        shown["share_held"] = rows["share_held"].map(
            lambda share: "" if pd.isna(share) else f"{format_number(100 * share, 1, language)} %"
        )
    return html_table(shown, [_WORDS[word][language] for word in columns.values()], [*_COUNTS, "share_held"])
