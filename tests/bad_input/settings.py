"""The tiny study's configuration, edited, and checked as every command of the pipeline does before a job starts."""

import copy
import os
from functools import cache
from pathlib import Path
from typing import Any
from unittest import mock

import yaml

from beleidsvrijheid import catalogue, study
from beleidsvrijheid.configuration import Configuration

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "tests/study/config.yaml").read_text(encoding="utf-8")
PLAIN = yaml.load(TEXT, Loader=yaml.CSafeLoader)
SCHEMA = Configuration.model_json_schema()

# The project's own catalogues are the same each time; reading them is most of what a check takes.
SOURCES, INDICATORS = cache(catalogue.read_sources), cache(catalogue.read_indicators)


def edited(old: str, new: str) -> str:
    assert TEXT.count(old) >= 1, f"{old!r} is not in the configuration"
    return TEXT.replace(old, new, 1)


def written(content: Any) -> str:
    return yaml.dump(content, Dumper=yaml.CSafeDumper, allow_unicode=True, sort_keys=False)


def with_value(path: tuple[Any, ...], value: Any) -> str:
    """The configuration with another value at a place, or with a key that was not there."""
    content = copy.deepcopy(PLAIN)
    place = content
    for part in path[:-1]:
        place = place[part]
    place[path[-1]] = value
    return written(content)


def places(content: Any = PLAIN, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place of a configuration, inner ones included."""
    inner = content.items() if isinstance(content, dict) else enumerate(content) if isinstance(content, list) else []
    own = [path] if path else []
    return own + [place for key, value in inner for place in places(value, (*path, key))]


def value_at(path: tuple[Any, ...]) -> Any:
    place = PLAIN
    for part in path:
        place = place[part]
    return place


def warm() -> None:
    """Read the catalogues: a test that looks at the clock has them before."""
    for kept, file in ((SOURCES, "sources"), (INDICATORS, "indicators")):
        kept((ROOT / f"workflow/{file}.yaml").read_text(encoding="utf-8"))


def checked(text: str | bytes, folder: Path, arguments: tuple[str, ...] = ()) -> tuple[str, str]:
    """Read a configuration as a run does. Raises what a run would print."""
    folder.mkdir(parents=True, exist_ok=True)
    content = text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass")
    (folder / "config.yaml").write_bytes(content)
    before = sorted(folder.rglob("*"))
    here = Path.cwd()
    os.chdir(folder)
    try:
        with mock.patch.multiple(study, read_sources=SOURCES, read_indicators=INDICATORS):
            study.load_study(ROOT, folder, {}, arguments=arguments)
    finally:
        os.chdir(here)
        assert sorted(folder.rglob("*")) == before, "something was written"
    return "silent", "accepted"
