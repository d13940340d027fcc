"""Numbers and texts of the report: each is read from a result file by one method, which writes down where it stands there.

An origin reads results/estimates/r1.csv?equation=mean&term=log_population#estimate: file, row, column. A condition may
name several values (a|b) or a comparison (>0, <0.05); column `count` is the number of rows that meet them. In JSON and YAML
the part after # is the path of keys: results/fits/r1.json#/residual_r2/r2. `data-form` says how the value is written: 3
(decimals), %1 (times 100, decimals), p (a p-value after the letter p), text (as it stands), sentence (in the run's language).
"""

import csv
import io
import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import yaml
from markupsafe import Markup

from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.numbers import format_number
from beleidsvrijheid.tables.model import COEFFICIENT_DECIMALS, SHARE_DECIMALS, digits_for, number, p_relation

FOLDER = "results"
COUNT = "count"
MOST_DECIMALS = 9


class Results:
    """Result files of a study, each read once when it is first asked for.

    paths: of files under a folder `results`. translate: a sentence of a model in the run's language.
    """

    def __init__(self, paths: Iterable[str], language: str, translate: Callable[[str], str]):
        self._paths = {_name(path): path for path in paths}
        self._read: dict[str, Any] = {}
        self.language = language
        self._translate = translate

    def __contains__(self, name: str) -> bool:
        """Whether there is such a file; name: as in estimates/r1.csv."""
        return name in self._paths

    def names(self, folder: str) -> list[str]:
        """Names of the files of a folder, in the order they were given."""
        return [name for name in self._paths if name.startswith(f"{folder}/")]

    def text(self, name: str) -> str:
        """Content of a file."""
        return Path(self._paths[name]).read_text(encoding="utf-8")

    def tree(self, name: str) -> Any:
        """Content of a JSON or YAML file."""
        if name not in self._read:
            text = self.text(name)
            self._read[name] = json.loads(text) if name.endswith(".json") else yaml.load(text, Loader=yaml.CSafeLoader)
        return self._read[name]

    def rows(self, name: str, **where: object) -> list[dict[str, str]]:
        """Rows of a CSV that meet the conditions, every cell as text; none where the file or a column is not there."""
        if name not in self._paths:
            return []
        if name not in self._read:
            rows = list(csv.DictReader(io.StringIO(self.text(name))))
            # A row with the kind of data alone stands for none.
            self._read[name] = [row for row in rows if any(row[key] for key in row if key != "data_source")]
        rows = self._read[name]
        for column, wanted in where.items():
            condition = _condition(str(wanted))
            rows = [row for row in rows if column in row and condition(row[column])]
        return rows

    def value(self, name: str, column: str, **where: object) -> Any:
        """The one value at a place; None where it is missing. Raises StudyError where several rows meet the conditions."""
        if not name.endswith(".csv"):
            return _at(self.tree(name), column)
        rows = self.rows(name, **where)
        if column == COUNT:
            return len(rows)
        if len(rows) > 1:
            raise StudyError(f"{FOLDER}/{name}: {len(rows)} rows are {where}, where the report shows one; run again")
        return rows[0].get(column) or None if rows else None

    def figure(self, name: str, column: str, **where: object) -> float | None:
        """The one number at a place, as `value`."""
        return number(self.value(name, column, **where))

    def show(self, name: str, column: str, form: str, **where: object) -> Markup:
        """The value at a place as a reader sees it, in a span that says where it stands. Empty where it is missing."""
        value = self.value(name, column, **where)
        if value is None:
            return Markup("")
        query = f"?{urlencode({key: str(one) for key, one in where.items()})}" if where else ""
        mark = Markup('<span data-origin="{}" data-form="{}">{}</span>')
        return mark.format(f"{FOLDER}/{name}{query}#{column}", form, self._written(value, form))

    def _written(self, value: Any, form: str) -> str:
        if form == "text":
            return str(value)
        if form == "sentence":
            return self._translate(str(value))
        if form == "p":
            return p_relation(value, self.language)
        scale = 100 if form.startswith("%") else 1
        figure = number(value)
        return format_number(None if figure is None else scale * figure, int(form.lstrip("%")), self.language)

    def exact(self, name: str, column: str, **where: object) -> Markup:
        """A number that somebody chose, such as a threshold, with as many decimals as it was written with."""
        value = self.figure(name, column, **where)
        _, _, decimals = f"{value or 0:.{MOST_DECIMALS}f}".rstrip("0").partition(".")
        return self.show(name, column, str(len(decimals)), **where)

    def count(self, name: str, **where: object) -> Markup:
        """How many rows meet the conditions."""
        return self.show(name, COUNT, "0", **where)

    def interval(self, name: str, column: str = "estimate", **where: object) -> dict[str, Markup]:
        """An estimate and the ends of its interval, with as many decimals as the interval's width asks for."""
        low, high = (self.figure(name, end, **where) for end in ("ci_low", "ci_high"))
        decimals = digits_for(self.value(name, column, **where), 3, SHARE_DECIMALS, SHARE_DECIMALS)
        if low is not None and high is not None and low != high:
            decimals = digits_for((high - low) / 4, 2, *COEFFICIENT_DECIMALS)
        ends = {"estimate": column, "low": "ci_low", "high": "ci_high"}
        return {key: self.show(name, one, str(decimals), **where) for key, one in ends.items()}


def _name(path: str) -> str:
    parts = Path(path).parts
    return "/".join(parts[len(parts) - parts[::-1].index(FOLDER) :])


def _condition(wanted: str) -> Callable[[str], bool]:
    """What a cell must be: one of several texts or numbers, or a number above or below another."""
    if wanted[:1] in ("<", ">"):
        bound, sign = float(wanted[1:]), 1 if wanted[0] == ">" else -1
        return lambda cell: (figure := number(cell)) is not None and sign * figure > sign * bound
    texts = set(wanted.split("|"))
    figures = {figure for text in texts if "." in text and (figure := number(text)) is not None}
    return lambda cell: cell in texts or (bool(figures) and number(cell) in figures)


def _at(tree: Any, place: str) -> Any:
    for key in place.split("/")[1:]:
        if isinstance(tree, list):
            tree = tree[int(key)] if int(key) < len(tree) else None
        else:
            tree = tree.get(key) if isinstance(tree, dict) else None
    return tree
