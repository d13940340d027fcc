"""What no line of the project may do with text from outside, read from the code as a tree: scripts, workflow, benchmarks."""

import ast
import io
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("scripts", "workflow", "benchmarks")
RUN_TEXT = {"eval", "exec", "compile", "__import__", "execfile"}
RUN_TEXT_METHODS = {"eval", "read_pickle", "to_pickle", "from_formula", "unsafe_load", "full_load", "load_module"}
PICKLES = {"pickle", "cPickle", "_pickle", "dill", "cloudpickle", "joblib", "shelve", "marshal", "patsy", "formulaic"}
SHELLS = {"os.system", "os.popen", "subprocess.getoutput", "subprocess.getstatusoutput", "commands.getoutput"}
SAFE_LOADERS = ("SafeLoader", "CSafeLoader", "_StrictLoader", "BaseLoader")


def trees() -> list[tuple[Path, ast.AST]]:
    """Every Python file of the folders."""
    files = [path for folder in FOLDERS for path in sorted((ROOT / folder).rglob("*.py"))]
    return [(path, ast.parse(path.read_text(encoding="utf-8"))) for path in files]


def rule_files() -> list[Path]:
    return [ROOT / "Snakefile", *sorted((ROOT / "workflow/rules").glob("*.smk"))]


def runs_in_rules(text: str) -> Iterator[tuple[int, str]]:
    """The same of a rules file, which is no Python but has its words: names that run text, and directives that do."""
    words = [one for one in tokenize.generate_tokens(io.StringIO(text).readline) if one.type != tokenize.NL]
    for before, word, after in zip([None, *words], words, [*words[1:], None], strict=False):
        is_directive = word.string in ("shell", "run") and after is not None and after.string == ":"
        is_name = word.string in RUN_TEXT | RUN_TEXT_METHODS | PICKLES or word.string in (
            "system",
            "popen",
            "extractall",
        )
        is_shell = word.string == "shell" and after is not None and after.string in ("=", "(")
        if word.type == tokenize.NAME and before is not None and (is_directive or is_name or is_shell):
            yield word.start[0], word.string


def runs_text(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Line and name of what runs text as code, unpickles, or hands text to a shell."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            modules = [node.module or ""] if isinstance(node, ast.ImportFrom) else [one.name for one in node.names]
            modules += [f"{node.module}.{one.name}" for one in node.names] if isinstance(node, ast.ImportFrom) else []
            if any(one.split(".")[0] in PICKLES or one.startswith("statsmodels.formula") for one in modules):
                yield node.lineno, f"import {modules[0]}"
        if isinstance(node, ast.Attribute) and node.attr in RUN_TEXT_METHODS:
            yield node.lineno, node.attr
        if isinstance(node, ast.Name) and node.id in RUN_TEXT:
            yield node.lineno, node.id
        if isinstance(node, ast.Call):
            yield from unsafe_call(node)


def unsafe_call(call: ast.Call) -> Iterator[tuple[int, str]]:
    name = ast.unparse(call.func)
    last = name.rpartition(".")[2]
    words = {one.arg: ast.unparse(one.value) for one in call.keywords}
    if name in SHELLS or words.get("shell", "False") != "False":
        yield call.lineno, f"{name} through a shell"
    if last == "query" and "engine" in words and words["engine"] != "'numexpr'":
        yield call.lineno, "query(engine=...)"
    if name in ("yaml.load", "yaml.load_all"):
        loader = words.get("Loader") or (ast.unparse(call.args[1]) if len(call.args) > 1 else "")
        if loader.rpartition(".")[2] not in SAFE_LOADERS:
            yield call.lineno, f"{name} with {loader or 'no loader'}"
    if words.get("allow_pickle", "False") != "False":
        yield call.lineno, f"{name}(allow_pickle)"
    if last in ("extractall", "unpack_archive") and words.get("filter") != "'data'":
        yield call.lineno, f"{name} without filter='data'"
    if last == "shell" and isinstance(call.func, ast.Name):
        yield call.lineno, "a shell directive"


BAD = [
    "eval(text)",
    "exec(text)",
    "run = eval",
    "__import__(name)",
    "compile(text, '', 'exec')",
    "import pickle",
    "import dill as d",
    "from joblib import load",
    "import patsy",
    "from statsmodels.formula.api import ols",
    "frame.eval(text)",
    "frame.query(text, engine='python')",
    "frame.query(text, engine=engine)",
    "pd.read_pickle(path)",
    "Model.from_formula(text, data)",
    "yaml.load(text)",
    "yaml.load(text, yaml.Loader)",
    "yaml.load(text, Loader=yaml.FullLoader)",
    "yaml.unsafe_load(text)",
    "subprocess.run(text, shell=True)",
    "subprocess.run(text, shell=flag)",
    "os.system(text)",
    "os.popen(text)",
    "np.load(path, allow_pickle=True)",
    "archive.extractall(folder)",
    "shutil.unpack_archive(path)",
]
GOOD = [
    "re.compile(text)",
    "yaml.load(text, Loader=yaml.CSafeLoader)",
    "subprocess.run([a, b])",
    "frame.query(text, engine='numexpr')",
]


@pytest.mark.parametrize("line", BAD)
def test_what_runs_text_is_recognised(line):
    assert list(runs_text(ast.parse(line)))


def test_what_does_not_is_left_alone():
    assert [line for line in GOOD if list(runs_text(ast.parse(line)))] == []


def test_no_line_of_the_project_runs_text():
    read = trees()
    found = [f"{path.relative_to(ROOT)}:{line}: {what}" for path, tree in read for line, what in runs_text(tree)]
    assert len(read) > 200
    assert found == []


@pytest.mark.parametrize(
    "line", ["    shell:", "    run:", "x = eval(y)", "shell('a')", "subprocess.run(a, shell=True)", "import pickle"]
)
def test_what_runs_text_is_recognised_in_rules(line):
    assert list(
        runs_in_rules(
            f'rule a:\n    input:\n        a="b",\n{line}\n        "c"\n' if ":" in line else f"a = 1\n{line}\n"
        )
    )


def test_no_rule_runs_text():
    assert len(rule_files()) > 5
    found = [(path.name, *one) for path in rule_files() for one in runs_in_rules(path.read_text(encoding="utf-8"))]
    assert found == []
