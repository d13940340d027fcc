"""YAML without its traps, and one line per mistake."""

import difflib
import math
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from beleidsvrijheid.errors import StudyError

# The parser of libyaml, ten times as fast, where PyYAML has it.
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_DEEPEST = 100
# Control characters but line ends and tabs, halves of characters, and marks that turn the direction of writing around.
_UNPRINTED = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff\ud800-\udfff]"
)


class _StrictLoader(_Loader):
    """YAML without its traps: no duplicate keys, no octal, sexagesimal or yes/no surprises."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key_node, _ in node.value:
            key = str(key_node.value)
            if key in seen:
                raise StudyError(f"line {key_node.start_mark.line + 1}: key {key!r} occurs twice; keep one")
            if key_node.tag == "tag:yaml.org,2002:merge":
                raise StudyError(
                    f"line {key_node.start_mark.line + 1}: merge keys (<<) are not allowed; write the keys out"
                )
            seen.add(key)
        return super().construct_mapping(node, deep)


_TRAPS = {
    "tag:yaml.org,2002:int": re.compile(r"[-+]?(0|[1-9][0-9]*)"),
    "tag:yaml.org,2002:bool": re.compile(r"true|false"),
    "tag:yaml.org,2002:float": re.compile(r"[-+]?[0-9]+(\.[0-9]*)?([eE][-+]?[0-9]+)?|[-+]?\.[0-9]+"),
}


def _guarded(tag: str, construct: Any) -> Any:
    def constructor(loader: _StrictLoader, node: yaml.ScalarNode) -> Any:
        if not _TRAPS[tag].fullmatch(node.value):
            raise StudyError(
                f"line {node.start_mark.line + 1}: {node.value!r} is read by YAML as {tag.rsplit(':', 1)[1]}, "
                f"which is seldom meant; put it in quotes, or write true, false or a plain number"
            )
        value = construct(loader, node)
        if isinstance(value, float) and not math.isfinite(value):
            raise StudyError(
                f"line {node.start_mark.line + 1}: {node.value!r} is more than a number can hold; correct it"
            )
        return value

    return constructor


for _tag, _kind in (("int", "int"), ("bool", "bool"), ("float", "float")):
    _StrictLoader.add_constructor(
        f"tag:yaml.org,2002:{_tag}",
        _guarded(f"tag:yaml.org,2002:{_tag}", getattr(yaml.SafeLoader, f"construct_yaml_{_kind}")),
    )


def _check_shape(text: str) -> None:
    """Raise StudyError at an alias or too deep a nesting, before a loader follows it: a few aliases can stand for billions of
    values, and the parser of libyaml ends the process some thousands of levels down.
    """
    depth = 0
    for event in yaml.parse(text, Loader=_Loader):
        line = event.start_mark.line + 1
        if isinstance(event, yaml.ScalarEvent) and (sign := _UNPRINTED.search(event.value)):
            raise StudyError(
                f"line {line}: {sign[0]!r} is a sign that is not printed, and no text needs it; take it out"
            )
        if isinstance(event, yaml.AliasEvent):
            raise StudyError(f"line {line}: YAML aliases (*name) are not allowed; write the value out")
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > _DEEPEST:
            raise StudyError(
                f"line {line}: values nested more than {_DEEPEST} deep; a configuration needs fewer than ten"
            )


def read_text(path: Path) -> str:
    """The text of a UTF-8 file. Raises StudyError naming the byte that is not."""
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as problem:
        raise StudyError(f"{path.name}: byte {problem.start} is not UTF-8; save the file as UTF-8") from None


def read_yaml(text: str, name: str) -> Any:
    """Read YAML strictly. Raises StudyError with the file name and line."""
    try:
        _check_shape(text)
        return yaml.load(text, Loader=_StrictLoader)  # noqa: S506  a SafeLoader made stricter
    except StudyError as mistake:
        raise StudyError(f"{name}: {mistake}") from None
    except (RecursionError, ValueError) as problem:
        raise StudyError(f"{name}: not readable as a configuration: {str(problem).splitlines()[0][:120]}") from None
    except yaml.YAMLError as problem:
        mark = getattr(problem, "problem_mark", None)
        line = f"line {mark.line + 1}: " if mark else ""
        raise StudyError(f"{name}: {line}not readable as YAML: {getattr(problem, 'problem', problem)}") from None


def check_overrides(arguments: Sequence[str]) -> None:
    """Raise StudyError on a value of `--config key=value` that is not what it seems: Snakemake reads 02000 as 2000.

    arguments: the words of the command line. Values that Snakemake hands to its own jobs (base64) were checked before.
    """
    inside = False
    for word in arguments:
        if word.startswith("-"):
            inside = word in ("--config", "-C") or word.startswith("--config=")
            word = word.removeprefix("--config=")
        key, mark, value = word.partition("=")
        if inside and mark and not word.startswith("base64//"):
            read_yaml(value, f"--config {key}")


def merge(base: Any, overrides: dict[str, Any]) -> Any:
    """The mapping with values of the command line (--config) put in, section by section."""
    if not isinstance(base, dict):
        return base
    merged = dict(base)
    for key, value in overrides.items():
        merged[key] = merge(merged.get(key, {}), value) if isinstance(value, dict) else value
    return merged


def allowed_keys(schema: dict[str, Any], path: tuple[Any, ...]) -> list[str]:
    """The keys that the schema allows at a place of the configuration."""
    node: dict[str, Any] = schema
    for part in path:
        node = _section(schema, node)
        properties = node.get("properties", {})
        inner = node.get("additionalProperties") or next(iter(node.get("patternProperties", {}).values()), {})
        node = properties[part] if part in properties else inner if isinstance(inner, dict) else {}
    return sorted(_section(schema, node).get("properties", {}))


def _section(schema: dict[str, Any], node: dict[str, Any]) -> dict[str, Any]:
    if "anyOf" in node:
        node = next((one for one in node["anyOf"] if "$ref" in one), {})
    return schema["$defs"][node["$ref"].rsplit("/", 1)[1]] if "$ref" in node else node


def describe_errors(error: ValidationError, name: str, schema: dict[str, Any] | None = None) -> str:
    """One line per mistake: file, key, wrong value, what is allowed."""
    lines = []
    for item in error.errors():
        keys = [str(part) for part in item["loc"] if not str(part).startswith(("list[", "dict["))]
        value = item.get("input")
        shown = "" if item["type"] in ("missing", "extra_forbidden") or isinstance(value, dict) else f" (is: {value!r})"
        advice = item["msg"].removeprefix("Value error, ")
        if item["type"] == "missing":
            advice = "this key is required"
        if item["type"] == "extra_forbidden":
            options = allowed_keys(schema, item["loc"][:-1]) if schema else []
            near = difflib.get_close_matches(keys[-1], options, n=1)
            hint = f" (did you mean {near[0]!r}?)" if near else ""
            advice = f"this key is not known{hint}; allowed here: {', '.join(options) or 'see docs/configuration.md'}"
        lines.append(f"{name}: {'.'.join(keys) or 'top level'}: {advice}{shown}")
    return "\n".join(dict.fromkeys(lines))
