"""Answers in pages, put together: WFS by startIndex, OData by nextLink, SPARQL by LIMIT and OFFSET."""

import hashlib
import json
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from beleidsvrijheid.gathering.failures import Failure

# Page(number, url, form): the parsed answer to request `number` (from 1). form: fields of a POST request, or None.
Page = Callable[[int, str, tuple[tuple[str, str], ...] | None], Any]
MOST_PAGES = 5000
FEATURES = 1000  # per page
_LIMITS = re.compile(r"^LIMIT ([1-9]\d{0,5}) OFFSET 0\s*\Z", re.MULTILINE)


def wfs(url: str, page: Page, size: int = FEATURES) -> dict[str, Any]:
    """All features as one collection.

    Ends when numberMatched is reached or, where that is not told, at a page that is not full. Raises Failure where
    features repeat (a server that ignores startIndex) or are fewer than matched.
    """
    features: list[Any] = []
    seen: set[str] = set()
    first: dict[str, Any] = {}
    matched: int | None = None
    for number in range(1, MOST_PAGES + 1):
        answer = page(number, _with(url, startIndex=len(features), count=size), None)
        rows = _list(answer, "features", number)
        first = first or answer
        told = answer.get("numberMatched", answer.get("totalFeatures"))
        matched = told if isinstance(told, int) else matched
        features += _new(rows, seen, number, "feature")
        if (matched is None and len(rows) < size) or (matched is not None and len(features) >= matched) or not rows:
            break
    if not features or (matched is not None and len(features) != matched):
        raise Failure(f"{len(features)} features where {matched if matched is not None else 'some'} are expected")
    kept = {key: first[key] for key in ("crs",) if first.get(key)}
    return {"type": "FeatureCollection", **kept, "features": features}


def odata(url: str, page: Page, follow: Callable[[str, str], str]) -> dict[str, Any]:
    """All rows of `value`. follow(url, link): the address a nextLink leads to; raises Failure off the host."""
    rows: list[Any] = []
    asked: set[str] = set()
    for number in range(1, MOST_PAGES + 1):
        if url in asked:
            raise Failure(f"page {number} is one that was there already: its pages go round in a circle")
        asked.add(url)
        answer = page(number, url, None)
        rows += _list(answer, "value", number)
        link = answer.get("@odata.nextLink")
        if not link:
            break
        url = follow(url, str(link))
    else:
        raise Failure(f"more than {MOST_PAGES} pages")
    if not rows:
        raise Failure("an answer without rows")
    return {"value": rows}


def sparql(url: str, query: str, page: Page) -> dict[str, Any]:
    """All rows of a query as one SPARQL JSON result. The query is sent as a field of a form, never pasted into an address.

    query: text whose last line is `LIMIT n OFFSET 0`; its numbers alone are changed. Ends at a page that is not full.
    """
    match = _LIMITS.search(query)
    if match is None or len(re.findall(r"\bLIMIT\b", query)) != 1:
        raise Failure("the query must end in one line `LIMIT n OFFSET 0`; mend it in workflow/queries")
    size, head = int(match[1]), query[: match.start()]
    rows: list[Any] = []
    pages: set[str] = set()
    names: Any = None
    for number in range(1, MOST_PAGES + 1):
        text = f"{head}LIMIT {size:d} OFFSET {(number - 1) * size:d}\n"
        answer = page(number, url, (("query", text),))
        found = _list(answer.get("results") if isinstance(answer, dict) else None, "bindings", number)
        names = names or answer.get("head")
        if not isinstance(names or {}, dict):
            raise Failure(f"page {number} has a `head` that is no object")
        if found:
            _new([found], pages, number, "page")
        rows += found
        if len(found) < size:
            break
    if not rows:
        raise Failure("an answer without rows")
    return {"head": {"vars": (names or {}).get("vars", [])}, "results": {"bindings": rows}}


def written(content: dict[str, Any]) -> bytes:
    """JSON with sorted keys: the same answers give the same bytes. Raises Failure for what is no text."""
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    try:
        return (text + "\n").encode("utf-8")
    except UnicodeEncodeError:
        raise Failure("the answer holds half a character (a lone surrogate), which no text file can hold") from None


def _with(url: str, **numbers: int) -> str:
    """The address with whole numbers among its parameters; it must not have them yet."""
    taken = {name.lower() for name, _ in parse_qsl(urlsplit(url).query, keep_blank_values=True)}
    if taken & {name.lower() for name in numbers}:
        raise Failure(f"the address says {' and '.join(numbers)} itself; leave that to the paging")
    added = "&".join(f"{name}={number:d}" for name, number in numbers.items())
    return f"{url}{'&' if urlsplit(url).query else '?'}{added}"


def _list(answer: Any, key: str, number: int) -> list[Any]:
    rows = answer.get(key) if isinstance(answer, dict) else None
    if not isinstance(rows, list):
        raise Failure(f"page {number} has no list `{key}`")
    return rows


def _new(rows: list[Any], seen: set[str], number: int, what: str) -> list[Any]:
    for row in rows:
        mark = hashlib.sha256(json.dumps(row, sort_keys=True).encode("utf-8")).hexdigest()
        if mark in seen:
            raise Failure(f"page {number} has a {what} that was there already: the server does not page as asked")
        seen.add(mark)
    return rows
