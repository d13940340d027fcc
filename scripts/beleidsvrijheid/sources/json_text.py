"""JSON without its traps: a key twice, NaN and infinity, values nested without end."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.sources.reading import read_text


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    content = dict(pairs)
    if len(content) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"key {twice!r} occurs twice in one object")
    return content


def _no_number(word: str) -> Any:
    raise ValueError(f"{word} is no number of JSON")


STRICT: dict[str, Callable[..., Any]] = {"object_pairs_hook": _once, "parse_constant": _no_number}


def read_json(path: Path, **hooks: Callable[..., Any]) -> Any:
    """The content of a JSON file in UTF-8. hooks: further ones of json.loads. Raises StudyError naming file and place."""
    return decoded(read_text(path, is_json=True), path.name, **hooks)


def decoded(text: str, where: str, **hooks: Callable[..., Any]) -> Any:
    """The content of a JSON text. Raises StudyError on what is no JSON, on a key twice, NaN, and endless nesting."""
    try:
        return json.loads(text, **STRICT, **hooks)
    except json.JSONDecodeError as problem:
        place, reason = f"line {problem.lineno}: ", problem.msg
    except RecursionError:
        place, reason = "", "values nested without end"
    except ValueError as problem:
        place, reason = "", str(problem)
    raise StudyError(f"{where}: {place}not JSON ({reason}); the file may be cut off: download it again")
