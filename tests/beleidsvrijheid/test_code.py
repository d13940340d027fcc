"""Which modules a script runs on: the same as by parsing every file to its end."""

import ast
from pathlib import Path

import pytest

from beleidsvrijheid.code import code_of, imports_of

SCRIPTS = Path(__file__).parents[2] / "scripts"
FILES = sorted(SCRIPTS.rglob("*.py"))


def parsed(path: Path) -> set[Path]:
    """The modules a file imports, by its whole syntax tree."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    stems = [SCRIPTS.joinpath(*name.split(".")) for name in names if name.startswith("beleidsvrijheid")]
    files = {file for stem in stems for file in (stem.with_suffix(".py"), stem / "__init__.py")}
    return {file for file in files if file.is_file()}


def test_every_file_imports_what_its_syntax_tree_says():
    assert len(FILES) > 200
    assert {path: set(imports_of(path, SCRIPTS)) for path in FILES} == {path: parsed(path) for path in FILES}


@pytest.mark.parametrize(
    "text",
    [
        "import beleidsvrijheid.numbers\n",
        "import beleidsvrijheid.numbers as n, os\n",
        "from beleidsvrijheid import numbers\n",
        "from beleidsvrijheid.numbers import (\n    one,  # why\n    other,\n)\n",
        "def f():\n\tfrom beleidsvrijheid import numbers  # (late)\n",
    ],
)
def test_ways_to_import(tmp_path, text):
    script = tmp_path / "script.py"
    script.write_text(text, encoding="utf-8")
    assert SCRIPTS / "beleidsvrijheid/numbers.py" in imports_of(script, SCRIPTS)


def test_what_is_imported_by_what_is_imported_belongs_to_it():
    assert str(SCRIPTS / "beleidsvrijheid/errors.py") in code_of(SCRIPTS / "make_table.py", SCRIPTS)
    assert str(SCRIPTS / "beleidsvrijheid/simulation/release.py") not in code_of(SCRIPTS / "make_table.py", SCRIPTS)
