"""Answers of a SPARQL endpoint as JSON (application/sparql-results+json, W3C 2013): one row of text per binding."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pandas as pd

from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.sources.json_text import read_json


def read_bindings(path: Path, variables: Iterable[str]) -> pd.DataFrame:
    """One column per variable and one row per binding, numbered from 1; a variable that a binding lacks is empty text.

    Types and languages of literals are left aside: the values are text. Raises StudyError naming file and binding.
    """
    names = list(variables)
    bindings = _bindings(path, names)
    rows = [
        {name: _value(binding, name, f"{path.name}: binding {number}") for name in names}
        for number, binding in enumerate(bindings, start=1)
    ]
    return pd.DataFrame(rows, columns=names, index=range(1, len(rows) + 1), dtype=str)


def _bindings(path: Path, names: list[str]) -> list[Any]:
    document = read_json(path)
    try:
        known, bindings = document["head"]["vars"], document["results"]["bindings"]
    except (KeyError, TypeError):
        raise StudyError(
            f"{path.name}: head.vars or results.bindings is missing; ask the endpoint for application/sparql-results+json"
        ) from None
    if not isinstance(known, list) or not isinstance(bindings, list):
        raise StudyError(f"{path.name}: head.vars and results.bindings must be lists; download it again")
    if not bindings:
        raise StudyError(
            f"{path.name}: results.bindings is empty: the endpoint found nothing; ask again, or delete the file"
        )
    missing = [name for name in names if name not in known]
    if missing:
        raise StudyError(
            f"{path.name}: head.vars lacks {missing[0]!r} (it has: {', '.join(map(str, known)) or 'nothing'}); "
            "send the query of workflow/queries as it is"
        )
    return bindings


def _value(binding: Any, name: str, where: str) -> str:
    if not isinstance(binding, dict):
        raise StudyError(f"{where}: {binding!r} is not a set of variables; download it again")
    term = binding.get(name)
    if term is None:
        return ""
    if not isinstance(term, dict) or not isinstance(term.get("value"), str):
        raise StudyError(f"{where}: {name}: {term!r} has no value as text; download it again")
    return term["value"].strip()
