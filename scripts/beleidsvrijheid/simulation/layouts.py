"""The publisher's layouts of BBC exports: A (wide CSV) and C (workbook of boards by year and account)."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from beleidsvrijheid.simulation.accounts import Book, regime_column
from beleidsvrijheid.simulation.parameters import SIMULATED, YEARS
from beleidsvrijheid.simulation.workbook import xlsx_bytes

WITHOUT_RATE = 0.01  # share of cells without a figure per inhabitant
_DUTCH = str.maketrans(",.", ".,")


@dataclass(frozen=True)
class Report:
    """One export: kind (Meerjarenplan or Jaarrekening), years, rapportjaar (None: the book year itself)."""

    kind: str
    years: tuple[int, ...]
    report_year: int | None = None


def field_labels(fields: pd.DataFrame, stable_fields: pd.DataFrame, domains: pd.DataFrame) -> dict[str, list[str]]:
    """BV_domein, BV_subdomein and Beleidsveld per code, "code label" as the publisher prints them."""
    names = stable_fields.set_index("stable_code")["label_nl"].str.replace(";", ",")
    domain_names = domains.set_index("domain")["label_nl"].str.replace(";", ",")
    subdomain = fields["stable_code"].where(fields["stable_code"] != "0902", "090")
    return {
        "BV_domein": [f"{domain} {domain_names[domain]}" for domain in fields["domain"]],
        "BV_subdomein": [f"{code} {names[code]}" for code in subdomain],
        "Beleidsveld": [
            f"{code} {names[stable]}" for code, stable in zip(fields["code"], fields["stable_code"], strict=True)
        ],
    }


def account_labels(levels: tuple[str, str], accounts: tuple) -> dict[str, list[str]]:
    """Niveau 1-3 and Alg. rekening per account."""
    return {
        "Niveau 1": [levels[0]] * len(accounts),
        "Niveau 2": [levels[1]] * len(accounts),
        "Niveau 3": [account[1] for account in accounts],
        "Alg. rekening": [account[0] for account in accounts],
    }


def wide_csv(
    amounts: dict[int, np.ndarray],
    labels: dict[str, list[str]],
    report: Report,
    nis: np.ndarray,
    people: np.ndarray,
    rng: np.random.Generator,
    measure: str = "Uitgave",
) -> bytes:
    """Layout A: amounts {year: (U, C) EUR}, people (U, 17), measure Uitgave or Ontvangst; columns empty everywhere are left out."""
    kept = {year: np.flatnonzero((amounts[year] != 0).any(axis=0)) for year in report.years}
    years = np.concatenate([np.full(len(kept[year]), year) for year in report.years])
    columns = np.concatenate([kept[year] for year in report.years])
    money = np.concatenate([amounts[year][:, kept[year]] for year in report.years], axis=1)
    inhabitants = people[:, [YEARS.index(year) for year in years]].astype(np.int64)
    hidden = rng.random(money.shape) < WITHOUT_RATE
    lines = _metadata(report, years, columns, labels, measure)
    order = np.argsort(nis.astype(str))
    lines += [nis[unit] + _cells(money[unit], inhabitants[unit], hidden[unit]) for unit in order]
    if report.kind == "Jaarrekening":
        total = money.sum(axis=0)
        lines.append("Total" + _cells(total, inhabitants.sum(axis=0), np.zeros(len(total), bool)))
    return ("\n".join(lines) + "\n").encode("utf-8")


def _metadata(report: Report, years: np.ndarray, columns: np.ndarray, labels: dict, measure: str) -> list[str]:
    rows = {"Type rapport": [report.kind] * len(years)}
    if report.kind == "Jaarrekening":
        rows["Status rapport"] = ["Origineel"] * len(years)
    rows["Rapportjaar"] = [str(report.report_year or year) for year in years]
    rows["Boekjaar"] = [str(year) for year in years]
    rows |= {name: [values[column] for column in columns] for name, values in labels.items()}
    lines = [";".join([name, *(f"{value};{value}" for value in values)]) for name, values in rows.items()]
    return [*lines, "NIS-code" + f";{measure};{measure} per inwoner" * len(years)]


def _cells(money: np.ndarray, people: np.ndarray, hidden: np.ndarray) -> str:
    """ ";total;per inhabitant" per column, empty where absent; nothing per inhabitant below a cent."""
    cells = []
    for amount, inhabitants, hide in zip(money.tolist(), people.tolist(), hidden.tolist(), strict=True):
        if amount == 0:
            cells.append(";;")
            continue
        rate = amount / inhabitants
        text = "" if hide or abs(rate) < 0.005 else f"{rate:.2f}"
        cells.append(f";{amount:,};{text}")
    return "".join(cells).translate(_DUTCH)


def field_csv(book: Book, labels: dict, fields: pd.DataFrame, report: Report, nis, people, rng) -> bytes:
    """Layout A by policy field; codes that the regime of a year does not know are absent."""
    amounts = {
        year: book.by_field[year] * (fields[regime_column(year)].astype(int) == 1).to_numpy() for year in report.years
    }
    return wide_csv(amounts, labels, report, nis, people, rng)


def board_workbook(by_account: dict[int, np.ndarray], accounts: tuple, names: np.ndarray, people: np.ndarray) -> bytes:
    """Layout C: EUR per inhabitant of the book year, one row per board, the filters in the footer."""
    labels = [account[0] for account in accounts]
    header = [
        ["Boekjaar", *(year for year in by_account for _ in labels)],
        ["Alg. rekening", *(label for _ in by_account for label in labels)],
    ]
    rates = np.concatenate([amounts / people[:, [YEARS.index(year)]] for year, amounts in by_account.items()], axis=1)
    rows = [
        [f"Gemeente en OCMW {names[unit]}", *(value if value else None for value in rates[unit].tolist())]
        for unit in np.argsort(names.astype(str))
    ]
    return xlsx_bytes({"Export": [*header, *rows, [None], [_footer(labels)]]})


def _footer(labels: list[str]) -> str:
    accounts = ", ".join(label.removeprefix("REK") for label in labels[:-1])
    filters = [
        "[Type boekhouding] is Budgettaire Boekhouding",
        "[Type bestuur] is Gemeente en OCMW of District",
        "[Opgenomen (1)] I Investeringsverrichtingen (Niveau 1) + I.1 Investeringsuitgaven (Niveau 2)",
        "[Type rapport] is Jaarrekening",
        f"[Niveau 7] is {accounts} of {labels[-1].removeprefix('REK')}",
        "[Status rapport] is Origineel",
        "[RijhoofdingNaarKeuze] is Bestuur",
        "[Opgenomen (1)] 1) Budget. boekhouding (Value4) + Uitgave per inwoner (WaardeNaarKeuze)",
        f"[Opmerking] {SIMULATED}",
    ]
    return "Toegepaste filters: \n " + "\n ".join(filters)
