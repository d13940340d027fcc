"""Which municipalities each outlier rule leaves out, as the job of the panel wrote it down."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def with_exclusions(settings: Mapping[str, Any], path: str | Path) -> dict[str, Any]:
    """Settings with `exclusions`: outlier rule -> nis codes, from data/processed/exclusions.json."""
    return {**settings, "exclusions": read_exclusions(path)}


def read_exclusions(path: str | Path) -> dict[str, list[str]]:
    """Outlier rule -> nis codes."""
    return json.loads(Path(path).read_text(encoding="utf-8"))
