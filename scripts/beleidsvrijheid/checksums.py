"""Checksums of choices: the same for the same choices, however they are written."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

_TEXTS = ("label", "because")  # words for readers decide nothing


def canonical(value: Any) -> str:
    """The value as JSON in one form: sorted keys, no words for readers, nothing that is empty; 1 and 1.0 are the same.

    What is empty says nothing, so that a key which a later version adds, and a plan does not use, changes no plan.
    """
    return json.dumps(_content(value), sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def _content(value: Any) -> Any:
    if isinstance(value, Mapping):
        kept = {str(key): _content(item) for key, item in value.items() if key not in _TEXTS}
        return {key: item for key, item in kept.items() if item is not None and item not in ("", [], {})}
    if isinstance(value, list | tuple):
        return [_content(item) for item in value]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def sha256_of(value: Any) -> str:
    """Checksum of the canonical form."""
    return hashlib.sha256(canonical(value).encode("utf-8")).hexdigest()


def overall(hashes: Mapping[str, str]) -> str:
    """Checksum of all checksums with their keys, in sorted order."""
    lines = "".join(f"{sha}  {key}\n" for key, sha in sorted(hashes.items()))
    return hashlib.sha256(lines.encode("utf-8")).hexdigest()
