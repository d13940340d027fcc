"""More layouts of BBC exports: B (tidy workbook), D (boards across), E (territory and board) and F (actions)."""

import csv
import io

import numpy as np

from beleidsvrijheid.simulation.layouts import Report
from beleidsvrijheid.simulation.parameters import SIMULATED, YEARS
from beleidsvrijheid.simulation.workbook import xlsx_bytes

_DUTCH = str.maketrans(",.", ".,")


def filters(report: Report, *more: str) -> str:
    """The block "Toegepaste filters" of an export, which here also says that its figures are simulated."""
    lines = [
        "[Type boekhouding] is Budgettaire Boekhouding",
        "[Type bestuur] is Gemeente en OCMW",
        *more,
        f"[Type rapport] is {report.kind}",
        "[Status rapport] is Origineel",
        f"[Opmerking] {SIMULATED}",
    ]
    return "Toegepaste filters: \n " + "\n ".join(lines)


def inhabitants(people: np.ndarray, year: int) -> np.ndarray:
    """(U,) inhabitants on 1 January of a year. people: (U, 17)."""
    return people[:, YEARS.index(year)].astype(np.int64)


def tidy_workbook(
    amounts: dict[int, np.ndarray], labels: dict[str, list[str]], report: Report, nis: np.ndarray, people: np.ndarray
) -> bytes:
    """Layout B: the filters above the table, one row per municipality, year and code. amounts: {year: (U, C) EUR}."""
    header = ["NIS-code", "Type rapport", "Rapportjaar", "Boekjaar", *labels, "Uitgave", "Uitgave per inwoner"]
    rows: list[list] = [[filters(report)], [None], header]
    for unit in np.argsort(nis.astype(str)):
        for year in report.years:
            living = int(inhabitants(people, year)[unit])
            for code, amount in enumerate(amounts[year][unit].tolist()):
                if amount:
                    words = [values[code] for values in labels.values()]
                    dimensions = [nis[unit], report.kind, report.report_year or year, year, *words]
                    rows.append([*dimensions, amount, round(amount / living, 2)])
    return xlsx_bytes({"Export": rows})


def transposed_workbook(
    amounts: dict[int, np.ndarray], labels: dict[str, list[str]], report: Report, names: np.ndarray, people: np.ndarray
) -> bytes:
    """Layout D: boards across the columns, EUR per inhabitant, subtotals in rows and a column named Total."""
    order = np.argsort(names.astype(str))
    dimensions = ["Type rapport", "Rapportjaar", "Boekjaar", *labels]
    blanks = [None] * (len(dimensions) - 1)
    rows = [
        ["Bestuur", *blanks, *(f"Gemeente en OCMW {names[unit]}" for unit in order), "Total"],
        [*dimensions, *["Uitgave per inwoner"] * (len(order) + 1)],
    ]
    for year in report.years:
        living, own = inhabitants(people, year)[order], amounts[year][order]
        above = [report.kind, report.report_year or year, year]
        rows.append([*above, "Total", *blanks[3:], *_rates(own.sum(axis=1), living)])
        for code in range(own.shape[1]):
            rows.append([*above, *(values[code] for values in labels.values()), *_rates(own[:, code], living)])
    return xlsx_bytes({"Export": [*rows, [None], [filters(report, "[RijhoofdingNaarKeuze] is Bestuur")]]})


def _rates(amounts: np.ndarray, living: np.ndarray) -> list[float | None]:
    """Per inhabitant, then that of all together; blank where nothing was spent."""
    rates = [
        amount / people if amount else None for amount, people in zip(amounts.tolist(), living.tolist(), strict=True)
    ]
    return [*rates, int(amounts.sum()) / int(living.sum())]


def territory_csv(
    levels: dict[str, np.ndarray], measure: str, report: Report, names: np.ndarray, people: np.ndarray
) -> bytes:
    """Layout E: two keys, one row per level of Bestuur, the filters below. levels: Bestuur -> (U, years) EUR."""
    years = report.years
    lines = [
        *(f"{label};;" + ";".join([word] * 2 * len(years)) for label, word in
          (("Type rapport", report.kind), ("Status rapport", "Origineel"))),
        "Boekjaar;;" + ";".join(f"{year};{year}" for year in years),
        "Grondgebied;Bestuur;" + ";".join([measure, f"{measure} per inwoner"] * len(years)),
    ]  # fmt: skip
    living = np.stack([inhabitants(people, year) for year in years], axis=1)
    for unit in np.argsort(names.astype(str)):
        for board, amounts in levels.items():
            pairs = zip(amounts[unit].tolist(), living[unit].tolist(), strict=True)
            cells = [
                f"{amount:,};{amount / people:,.2f}".translate(_DUTCH) if amount else ";" for amount, people in pairs
            ]
            lines.append(f"{names[unit]};{board};" + ";".join(cells))
    return ("\n".join([*lines, filters(report)]) + "\n").encode("utf-8")


def actions_csv(
    actions: list[tuple[str, list[tuple[str, str]], dict[int, int], dict[int, int]]], years: tuple[int, ...]
) -> bytes:
    """Layout F. actions: board, (code, short description) of goal, plan and action, EUR and inhabitants by year."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=";", lineterminator="\n")
    levels = ["Beleidsdoelst. totaaloverzicht", "Actieplan totaaloverzicht", "Actie totaaloverzicht"]
    figures = [f"{year},{measure}" for year in years for measure in ("Uitgave", "Uitgave per inwoner")]
    writer.writerow(["Bestuur", *levels, *figures])
    for board, texts, amounts, living in actions:
        described = [
            f"Code: {code}\nKorte omschrijving: {label}\nLange omschrijving: {SIMULATED}" for code, label in texts
        ]
        cells = []
        for year in years:
            amount = amounts.get(year, 0)
            cells += [f"{amount:,}", f"{amount / living[year]:,.2f}"] if amount else ["", ""]
        writer.writerow([board, *described, *(cell.translate(_DUTCH) for cell in cells)])
    return buffer.getvalue().encode("utf-8")
