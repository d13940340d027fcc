"""Which modules of the library a script runs on, without importing it."""

import ast
import functools
import re
from pathlib import Path

# Only statements of import are parsed: whole modules take ten times as long, and every start of Snakemake waits for it.
IMPORT = re.compile(r"^[ \t]*((?:from|import)[ \t]+beleidsvrijheid\b(?:[\w. \t]+\([^)]*\)|.*))", re.MULTILINE)


@functools.cache
def imports_of(path: Path, scripts: Path) -> frozenset[Path]:
    """Files of the library under `scripts` that a Python file imports by itself, anywhere in it."""
    statements = "\n".join(IMPORT.findall(path.read_text(encoding="utf-8")))
    names = set()
    for node in ast.parse(statements, str(path)).body:
        if isinstance(node, ast.ImportFrom):
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
        else:
            names |= {alias.name for alias in node.names}
    stems = [scripts.joinpath(*name.split(".")) for name in names if name.startswith("beleidsvrijheid")]
    files = {file for stem in stems for file in (stem.with_suffix(".py"), stem / "__init__.py")}
    return frozenset(file for file in files if file.is_file())


def code_of(script: Path, scripts: Path) -> list[str]:
    """The script and every file of the library that it imports, directly or through others, sorted."""
    seen, open_ = set(), {script}
    while open_:
        path = open_.pop()
        seen.add(path)
        open_ |= imports_of(path, scripts) - seen
    return sorted(map(str, seen))
