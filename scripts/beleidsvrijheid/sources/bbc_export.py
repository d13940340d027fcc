"""What the layouts of BBC exports share: their vocabulary, the filters in the footer, boards, columns and figures."""

import csv
import io
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from beleidsvrijheid.catalogue import Source
from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.geography import NameIndex
from beleidsvrijheid.sources.reading import Reference, check

MEASURES = {
    "Uitgave": "spending_eur",
    "Uitgave per inwoner": "spending_per_inhabitant",
    "Ontvangst": "receipts_eur",
    "Ontvangst per inwoner": "receipts_per_inhabitant",
}
# Rows (or columns) that say what a figure is about; one that is not here would split figures unseen, so it is refused.
DIMENSIONS = re.compile(
    r"Type rapport|Status rapport|Rapportjaar|Boekjaar|BV_domein|BV_subdomein|Beleidsveld|Beleidsdomein|"
    r"Beleidssubdomein|Niveau \d|Alg\. rekening|Type bestuur|Type boekhouding|Meest recente"
)
CODE_ROW = {"field": "Beleidsveld", "account": "Alg. rekening"}
BOARD_KEYS = ("NIS-code", "Bestuur", "Gemeente")
SUBTOTALS = ("total", "totaal")
FILTERS = "Toegepaste filters"
_SECTIONS = {"operating": "exploitatie", "investment": "investering", "financing": "financiering"}
# ASSUME a plan covers its term of six years and at most two more (seen: plan 2020 up to 2027).
PLAN_YEARS = 8
# Flows between municipality and OCMW: they stand on both sides where the two are not consolidated.
INTERNAL = ("6190", "7090", "6941", "7941")


@dataclass(frozen=True)
class Figures:
    """The figures of one export as a block: a row is a board, a column is one year, code and measure.

    nis: (R,) codes. columns: C rows of report_year, year, code, measure. values: (R, C), NaN where the cell is blank.
    rows, numbers: row and column of each cell in the file, from 1, of shapes that broadcast to (R, C).
    """

    file: str
    nis: np.ndarray
    columns: pd.DataFrame
    values: np.ndarray
    rows: np.ndarray
    numbers: np.ndarray
    checks: list[dict[str, Any]] = field(default_factory=list)
    notes: dict[str, Any] = field(default_factory=dict)

    def place(self, row: int, column: int) -> str:
        """A cell as a message names it: file, row and column, what the column is, whose row it is."""
        shape = self.values.shape
        at = [int(np.broadcast_to(where, shape)[row, column]) for where in (self.rows, self.numbers)]
        what = self.columns.iloc[column]
        words = [next((word for word, name in MEASURES.items() if name == what["measure"]), what["measure"])]
        words += [str(what["year"]), *filter(None, [what["code"]])]
        return f"{self.file}: row {at[0]} ({self.nis[row]}), column {at[1]} ({', '.join(words)})"

    def headings(self) -> list[str]:
        """Where the year of each of the C columns is printed: a column of the file, or a row where years are in rows."""
        in_columns = self.rows.shape[1] == 1
        numbers = np.broadcast_to(self.numbers if in_columns else self.rows, self.values.shape).max(axis=0, initial=0)
        return [f"{'column' if in_columns else 'row'} {number}" for number in numbers]


def text_of(cell: Any) -> str:
    """A cell of a header as text: a whole number without decimals, blanks around it removed."""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip()


def quoted_rows(text: str, file: str) -> list[tuple[int, list[str]]]:
    """Rows of a CSV with quoted cells, each with the line it begins on, blank ones left out."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=";")
    rows, first = [], 1
    try:
        for row in reader:
            if any(cell.strip() for cell in row):
                rows.append((first, row))
            first = reader.line_num + 1
    except csv.Error as problem:
        raise StudyError(
            f"{file}: line {first}: not readable as CSV ({problem}); a quote may not be closed: export it again"
        ) from None
    if not rows:
        raise StudyError(f"{file}: no table in this file; export it again")
    return rows


def is_subtotal(text: str) -> bool:
    """Whether a label stands for a sum over others."""
    return text.strip().casefold() in SUBTOTALS


def single(values: Iterable[str], label: str, file: str, expected: str | None = None) -> str:
    """The one value of a dimension. Raises StudyError on mixed values, which would double every figure."""
    found = sorted(set(values))
    if len(found) != 1:
        raise StudyError(
            f"{file}: {label}: {len(found)} different values ({', '.join(map(repr, found[:4]))}); figures would double: "
            "export one at a time"
        )
    if expected and found[0] != expected:
        raise StudyError(f"{file}: {label}: is {found[0]!r} where this source needs {expected!r}; export again")
    return found[0]


def code_of(label: str, view: str, where: str) -> str:
    """The code at the start of a label: "0740 Sport" and "0740-00 Sport" -> "0740", "REK214-0 Plannen" -> "214-0"."""
    first = re.sub(r"\s+", " ", label.strip()).split(" ")[0].removeprefix("REK")
    pattern = r"\d{4}(-\d\d)?" if view == "field" else r"\d[\d/]*(-\d)?"
    if not re.fullmatch(pattern, first):
        what = "a policy field (four digits)" if view == "field" else "an account"
        raise StudyError(
            f"{where}: {label!r} does not begin with the code of {what}; export again with {CODE_ROW[view]}"
        )
    return first[:4] if view == "field" else first


def codes_of(labels: pd.Series, view: str, where: pd.Series | str) -> pd.Series:
    """`code_of` for many labels, each label looked at once; where: place of each label, or one for all."""
    known = {}
    for position, label in labels.drop_duplicates().items():
        known[label] = code_of(label, view, where if isinstance(where, str) else where[position])
    return labels.map(known)


def parse_footer(text: str) -> dict[str, str]:
    """The filters of an export, from its footer: "[Status rapport] is Origineel" -> {"Status rapport": "Origineel"}."""
    pairs = re.findall(r"\[([^\]]+)\]\s*(?:is\s+)?([^\n\[]*(?:\n(?!\s*\[)[^\n\[]*)*)", text)
    filters: dict[str, str] = {}
    for name, value in pairs:
        words = " ".join(value.replace('"', " ").strip("; \n\r\t").split())
        filters[name] = "; ".join(filter(None, [filters.get(name), words]))
    return filters


def split_filters(text: str) -> tuple[str, dict[str, str]]:
    """A CSV without its block of filters, and the filters. The block may close the file or stand above the table."""
    start = re.search(rf'^[;"\s]*{FILTERS}', text, re.MULTILINE)
    if start is None:
        return text, {}
    after = text[start.end() :]
    # Above the table, the block ends where the table begins.
    table = re.search(rf'^"?({"|".join([*BOARD_KEYS, "Grondgebied", DIMENSIONS.pattern])})"?;', after, re.MULTILINE)
    end = table.start() if table else len(after)
    return text[: start.start()] + "\n" * (start.group() + after[:end]).count("\n") + after[end:], parse_footer(
        after[:end]
    )


def check_filters(filters: dict[str, str], source: Source, file: str, required: bool = False) -> None:
    """Refuse filters that double the figures, or that are of another report or section than the source.

    required: the export says its report status nowhere but in these filters.
    """
    report = source.options.get("report")
    if required and "Status rapport" not in filters and filters.get("Meest recente") != "Ja":
        raise StudyError(f"{file}: the footer does not say [Status rapport]; export again with its filters")
    for name, expected in (("Type rapport", report), ("Status rapport", None)):
        value = filters.get(name)
        if value is None:
            continue
        if re.search(r"\sof\s|,|;", value):
            raise StudyError(f"{file}: footer: [{name}] is {value!r}: several at once double the figures; export one")
        if expected and value != expected:
            raise StudyError(
                f"{file}: footer: [{name}] is {value!r} where this source needs {expected!r}; export again"
            )
    check_section([text for text in filters.values() if "(Niveau 1)" in text], source, f"{file}: footer")


def check_section(texts: Iterable[str], source: Source, where: str) -> None:
    """Refuse an export of another section (operating, investment, financing) than the source. texts: of Niveau 1."""
    wanted = source.options.get("section")
    for text in dict.fromkeys(texts):
        found = [section for section, word in _SECTIONS.items() if word in text.casefold()]
        if wanted and found and wanted not in found:
            raise StudyError(
                f"{where}: {text!r} is of the section {found[0]} where this source needs {wanted} "
                f"({_SECTIONS[wanted]}...); put the file where it belongs, or export again"
            )


@dataclass(frozen=True)
class Boards:
    """Which rows (or columns) of an export are municipalities: their positions and codes, and what was left out."""

    positions: list[int]
    nis: list[str]
    n_all: int
    n_subtotals: int
    n_districts: int

    def checks(self, file: str, what: str = "rows") -> list[dict[str, Any]]:
        """The account of what was left out."""
        counts = (("subtotal", self.n_subtotals, f"{what} named Total"),
                  ("district", self.n_districts, "districts are part of Antwerpen"))  # fmt: skip
        return [
            check(f"{name} {what} dropped", self.n_all, count, reason, kind="rows", file=file)
            for name, count, reason in counts
        ]


@dataclass(frozen=True)
class Register:
    """The municipalities that a source's geography has, by code and by name."""

    codes: frozenset[str]
    names: NameIndex
    vintage: int

    @classmethod
    def of(cls, reference: Reference, source: Source) -> "Register":
        vintage = int(source.geography)
        return cls(frozenset(reference.units[f"nis_{vintage}"]), reference.names(vintage), vintage)

    def nis(self, key: str, where: str, by_name: bool) -> str:
        """Code of a board. Raises StudyError on an unknown code or name, and on a name that several bear."""
        if re.fullmatch(r"\d{5}", key):
            if key not in self.codes:
                raise StudyError(
                    f"{where}: {key!r} is no municipality among the {self.vintage}; leave out sums and other boards, "
                    "or correct the geography that workflow/sources.yaml declares"
                )
            return key
        if not by_name or not key:
            raise StudyError(f"{where}: {key!r} is not a NIS code of five digits, a subtotal or a district")
        return self.names.code(key, where)

    def boards(self, keys: list[tuple[str, str]], by_name: bool, repeats: bool = False) -> Boards:
        """Sort keys into municipalities, subtotals and districts. keys: (place, key) of every row or column.

        Raises StudyError on a municipality that occurs twice, unless rows of one municipality may repeat.
        """
        positions, codes, counts, first = [], [], {"subtotal": 0, "district": 0}, {}
        known: dict[str, str] = {}
        for position, (where, key) in enumerate(keys):
            if is_subtotal(key) or key.casefold().startswith("district"):
                counts["subtotal" if is_subtotal(key) else "district"] += 1
                continue
            nis = known.setdefault(key, "") or self.nis(key, where, by_name)
            known[key] = nis
            if nis in first and not repeats:
                raise StudyError(
                    f"{where}: municipality {nis} ({key!r}) occurs twice, first at {first[nis]}; figures would double: "
                    "export again"
                )
            first.setdefault(nis, where.split(": ")[-1])
            positions.append(position)
            codes.append(nis)
        return Boards(positions, codes, len(keys), counts["subtotal"], counts["district"])


# Rounding of the printed figures (cents per inhabitant, whole euros), and 0.2 % for the population used by the publisher.
PER_INHABITANT_ROUNDING, EURO_ROUNDING, POPULATION_TOLERANCE = 0.005, 0.5, 0.002


def rounding(expected: Any, people: Any) -> Any:
    """How far a printed total may be from per inhabitant x population, in EUR."""
    return PER_INHABITANT_ROUNDING * people + EURO_ROUNDING + POPULATION_TOLERANCE * np.abs(expected)


def measures_of(source: Source) -> dict[str, str]:
    """Words of the measures that a source's exports carry -> our columns."""
    return source.options.get("measures", MEASURES)


def check_measures(found: Iterable[str], source: Source, where: str) -> None:
    """Refuse a measure that is not known."""
    allowed = measures_of(source)
    for word in dict.fromkeys(found):
        if word not in allowed:
            raise StudyError(f"{where}: measure {word!r} is not known; allowed: {', '.join(allowed)}")


def years_outside_plan(years: pd.DataFrame) -> pd.Series:
    """Which years are not of their plan. years: year and report_year, whole numbers."""
    return (years["year"] < years["report_year"]) | (years["year"] >= years["report_year"] + PLAN_YEARS)


def year_columns(keys: pd.DataFrame, source: Source, places: pd.Series, file: str) -> pd.DataFrame:
    """Report year, year and code of figures, from the texts of their dimensions.

    keys: Boekjaar, Rapportjaar and, where the source has a view, its code row, as texts; Rapportjaar may be lacking for
    accounts, which then are of the year itself. Raises StudyError on what is no year, and on a year outside its plan.
    """
    report = source.options.get("report", "Jaarrekening")
    texts = {"year": keys["Boekjaar"], "report_year": keys.get("Rapportjaar", keys["Boekjaar"])}
    if "Rapportjaar" not in keys and report == "Meerjarenplan":
        raise StudyError(
            f"{file}: 'Rapportjaar' is missing, so of which plan these figures are is not known; export with it"
        )
    for name, label in (("report_year", "Rapportjaar"), ("year", "Boekjaar")):
        bad = texts[name][~texts[name].str.fullmatch(r"[12]\d{3}").astype(bool)]
        if len(bad):
            raise StudyError(f"{file}: {places[bad.index[0]]}: {label}: {bad.iloc[0]!r} is not a year")
    years = pd.DataFrame({name: text.astype(int) for name, text in texts.items()})[["report_year", "year"]]
    if report == "Meerjarenplan":
        outside = years_outside_plan(years)
        if outside.any():
            at = outside.index[outside][0]
            plan, year = years.loc[at]
            raise StudyError(
                f"{file}: {places[at]}: Boekjaar {year} lies outside the plan of {plan} ({plan} to {plan + PLAN_YEARS - 1}); "
                "export again with the right Rapportjaar"
            )
    view = source.options.get("view")
    years["code"] = codes_of(keys[CODE_ROW[view]], view, file + ": " + places) if view else ""
    if view == "field":
        check_domains(keys, years["code"], places, file)
    return years


def holds_field(label: str, code: str) -> bool:
    """Whether a domain or subdomain holds a policy field, by their codes; true where its label has no code.

    "7 Vrije tijd" holds 07xx, "074 Sport" holds 074x, "02 Mobiliteit" holds 02xx, "045/9 Overige" holds 045x to 049x.
    """
    found = re.match(r"(?:(\d)|(\d\d)|(\d\d)(\d)(?:/(\d))?)(?:\s|$)", label)
    if found is None:
        return True
    domain, broad, first, low, high = found.groups()
    if first:
        return code.startswith(first) and low <= code[2] <= (high or low)
    return code[1] == domain if domain else code.startswith(broad)


def check_domains(keys: pd.DataFrame, codes: pd.Series, places: pd.Series, file: str) -> None:
    """Refuse fields that stand under another domain or subdomain than their own: a row of labels has slid.

    keys: Beleidsveld and, where the file has them, BV_domein and BV_subdomein, as texts.
    """
    for name in [one for one in ("BV_domein", "BV_subdomein") if one in keys]:
        pairs = pd.DataFrame({"label": keys[name], "code": codes}).drop_duplicates()
        for at, label, code in pairs.itertuples(name=None):
            if not holds_field(label, code):
                raise StudyError(
                    f"{file}: {places[at]}: {CODE_ROW['field']} {keys.at[at, CODE_ROW['field']]!r} does not belong to "
                    f"{name} {label!r}; the labels may have slid beside each other: export again"
                )


def series_check(columns: pd.DataFrame, file: str) -> list[dict[str, Any]]:
    """Years that one export skips, per report (plans) or over all (accounts): a summary, and a row per year lacking."""
    single_year = (columns["report_year"] == columns["year"]).all()
    rows, span_all, holes_all = [], 0, 0
    for report, years in [("", columns)] if single_year else columns.groupby("report_year", sort=True):
        present = set(years["year"])
        span = range(min(present), max(present) + 1)
        holes = [year for year in span if year not in present]
        span_all, holes_all = span_all + len(span), holes_all + len(holes)
        of = f" of rapportjaar {report}" if report else ""
        reason = f"no column{of} for this year, between {span[0]} and {span[-1]}"
        rows += [check("years of an export without a hole", 1, 1, reason, file=file, year=year) for year in holes]
    reason = "a year that is skipped is absent, not zero"
    return [check("years of an export without a hole", span_all, holes_all, reason, file=file), *rows]


def internal_flows(columns: pd.DataFrame, values: np.ndarray, file: str) -> list[dict[str, Any]]:
    """Figures on accounts of flows between municipality and OCMW: counted, kept as printed."""
    internal = columns["code"].isin(INTERNAL).to_numpy()
    if not internal.any():
        return []
    found = ", ".join(sorted(set(columns.loc[internal, "code"])))
    reason = f"accounts {found}: flows between municipality and OCMW, in both where they are not consolidated; kept"
    own = values[:, internal]
    return [
        check(
            "no internal flows",
            int((~np.isnan(values)).sum()),
            int(np.count_nonzero(~np.isnan(own))),
            reason,
            file=file,
        )
    ]
