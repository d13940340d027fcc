"""In what two specifications differ, in words."""

from collections.abc import Iterator, Mapping
from typing import Any

from beleidsvrijheid.publication import Labels, Result, covariance_label
from beleidsvrijheid.words import word, word_or

# Told in sentences of their own, or of no interest here.
TOLD = ("label", "extends", "outcome", "beleidsveld", "transform", "blocks", "controls", "sample", "covariance")


def differences(first: Result, other: Result, labels: Labels) -> str:
    """What `other` has that `first` has not, or otherwise; that there is nothing where their settings are the same."""
    told = [*_outcome(first, other, labels), *_predictors(first, other, labels), *_sample(first, other, labels)]
    told += [*_covariance(first, other, labels), *_others(first, other, labels)]
    return "; ".join(told) or word("robustness.same", labels.language)


def _said(key: str, labels: Labels, **values: str) -> str:
    return word(f"robustness.{key}", labels.language, **values)


def _outcome(first: Result, other: Result, labels: Labels) -> Iterator[str]:
    keys = ("outcome", "beleidsveld")
    if any((first.settings.get(key) or "") != (other.settings.get(key) or "") for key in keys):
        yield _said("outcome", labels, words=labels.outcome(other))
    scales = [one.settings.get("transform") or "none" for one in (first, other)]
    if scales[0] != scales[1]:
        yield _said("scale", labels, words=scales[1])


def _named(result: Result) -> dict[str, str]:
    """Block by indicator, "controls" for what is held constant."""
    blocks = result.settings.get("blocks") or {}
    named = {name: block for block, names in blocks.items() for name in names}
    return named | dict.fromkeys(result.settings.get("controls") or [], "controls")


def _predictors(first: Result, other: Result, labels: Labels) -> Iterator[str]:
    before, after = _named(first), _named(other)
    changes = {
        "without": _by_block({name: block for name, block in before.items() if name not in after}, before, labels),
        "with": _by_block({name: block for name, block in after.items() if name not in before}, after, labels),
        "as_control": [
            labels.indicator(name) for name in after if before.get(name, "controls") != "controls" == after[name]
        ],
    }
    for key, words in changes.items():
        if words:
            yield _said(key, labels, words=", ".join(words))


def _by_block(names: Mapping[str, str], every: Mapping[str, str], labels: Labels) -> list[str]:
    """Labels of indicators; that of their block for all of it, where it has several."""
    whole = {block for block in names.values() if [*names.values()].count(block) == [*every.values()].count(block) > 1}
    words = [
        _said("block", labels, words=labels.block(block)) if block in whole else labels.indicator(name)
        for name, block in names.items()
    ]
    return list(dict.fromkeys(words))


def _sample(first: Result, other: Result, labels: Labels) -> Iterator[str]:
    rules, years = zip(*(_rules(one) for one in (first, other)), strict=True)
    for key, one, two in (("rows_without", rules[1], rules[0]), ("rows_with", rules[0], rules[1])):
        names = [word_or(f"rule.{name}", labels.language, name) for name in one if name not in two]
        if names:
            yield _said(key, labels, words=", ".join(names))
    if years[0] != years[1]:
        ends = [str(year) for year in years[1]]
        yield _said("years", labels, words="-".join(ends)) if ends else _said("all_years", labels)


def _rules(result: Result) -> tuple[list[str], list[int]]:
    sample = result.settings.get("sample") or {}
    return list(sample.get("exclude") or []), list(sample.get("years") or [])


def _covariance(first: Result, other: Result, labels: Labels) -> Iterator[str]:
    if (first.settings.get("covariance") or {}) != (other.settings.get("covariance") or {}):
        yield _said("covariance", labels, words=covariance_label(other, labels.language))


def _others(first: Result, other: Result, labels: Labels) -> Iterator[str]:
    """Every other key whose value is another, by its name."""
    for key in dict.fromkeys([*first.settings, *other.settings]):
        if key not in TOLD and (first.settings.get(key) or None) != (other.settings.get(key) or None):
            name = word_or(f"explain.key.{key}", labels.language, key).lower()
            yield f"{name}: {_plain(key, other.settings.get(key), labels)}"


def _plain(key: str, value: Any, labels: Labels) -> str:
    """A value as text, ids as labels."""
    if not value:
        return word("explain.none", labels.language)
    if isinstance(value, Mapping):
        return ", ".join(f"{labels.term(one)} ({_plain(key, own, labels)})" for one, own in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(_plain(key, one, labels) for one in value)
    if key == "effects":
        return word_or(f"effect.{value}", labels.language, str(value))
    return labels.place(str(value)) if key in ("fields", "treated") else labels.term(str(value))
