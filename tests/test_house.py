"""The house rules, read from the code itself. Each check is first tried on bad code."""

import ast
import hashlib
import re
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parent.parent
LIBRARY = ROOT / "scripts" / "beleidsvrijheid"
MAXIMUM_BYTES = 1_000_000
NAMELESS = {"utils", "util", "helpers", "helper", "misc", "common"}
CALLS_THAT_RUN_DATA = {"eval", "exec", "compile", "__import__"}
METHODS_THAT_RUN_DATA = {"eval", "read_pickle", "to_pickle", "from_formula", "unsafe_load", "full_load"}
MODULES_THAT_RUN_DATA = {
    *("pickle", "cPickle", "dill", "cloudpickle", "joblib", "shelve", "marshal"),
    *("patsy", "formulaic", "statsmodels.formula"),
}


def scripts() -> list[Path]:
    return sorted((ROOT / "scripts").glob("*.py"))


def library() -> list[Path]:
    return sorted(LIBRARY.rglob("*.py"))


def running_code() -> list[Path]:
    return [
        *scripts(),
        *library(),
        *sorted((ROOT / "workflow").glob("*.py")),
        *sorted((ROOT / "benchmarks").glob("*.py")),
    ]


def rule_files() -> list[Path]:
    return sorted((ROOT / "workflow" / "rules").glob("*.smk"))


def repository_files() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-coz", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True)
    if listed.returncode != 0:
        pytest.skip("not a git checkout, so what belongs to the repository is not known")
    return [path for name in listed.stdout.split("\0") if name and (path := ROOT / name).is_file()]


def read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def complaints(paths: list[Path], check) -> list[str]:
    """What `check(tree)` yields as (line, complaint), with the file before it."""
    return [
        f"{path.relative_to(ROOT)}:{line}: {complaint}"
        for path in paths
        for line, complaint in check(ast.parse(read(path)))
    ]


# Size and names


def long_functions(tree: ast.AST) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = node.end_lineno - node.lineno + 1
            if length >= 40:
                yield node.lineno, f"{node.name} has {length} lines; functions stay under 40"


def test_functions_are_short():
    bad = "def long():\n" + "    pass\n" * 39
    assert list(long_functions(ast.parse(bad)))
    assert not list(long_functions(ast.parse(bad.replace("    pass\n", "", 1))))
    assert complaints(running_code(), long_functions) == []


@pytest.mark.parametrize(
    ("pattern", "maximum"), [("Snakefile", 49), ("workflow/rules/common.smk", 150), ("scripts/*.py", 59)]
)
def test_files_are_short(pattern, maximum):
    paths = sorted(ROOT.glob(pattern))
    assert paths, f"no {pattern}"
    lengths = {path.name: len(read(path).splitlines()) for path in paths}
    assert {name: lines for name, lines in lengths.items() if lines > maximum} == {}


def test_modules_are_named_for_their_topic():
    assert [path for path in running_code() if path.stem in NAMELESS] == []


# Snakemake and the library stay apart


def is_main_guard(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and ast.unparse(node.test) == "__name__ == '__main__'"


def snakemake_names(tree: ast.AST) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node.id == "snakemake":
            yield node.lineno, "uses the snakemake object"
        if isinstance(node, ast.Import | ast.ImportFrom):
            names = [getattr(node, "module", None) or "", *(alias.name for alias in node.names)]
            if any(name.split(".")[0] == "snakemake" for name in names):
                yield node.lineno, "imports snakemake"


def snakemake_outside_main(tree: ast.Module) -> Iterator[tuple[int, str]]:
    rest = [node for node in tree.body if not is_main_guard(node)]
    yield from snakemake_names(ast.Module(body=rest, type_ignores=[]))


def config_read_in_script(tree: ast.AST) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and ast.unparse(node) == "snakemake.config":
            yield (
                node.lineno,
                "reads snakemake.config, so a change of configuration would not rerun it; use params",
            )


def test_snakemake_only_under_main():
    assert list(snakemake_outside_main(ast.parse("def main():\n    return snakemake.input")))
    assert list(snakemake_names(ast.parse("from snakemake.io import expand")))
    good = "if __name__ == '__main__':\n    main(snakemake.input)"
    assert not list(snakemake_outside_main(ast.parse(good)))
    assert complaints(scripts(), snakemake_outside_main) == []
    assert complaints(library(), snakemake_names) == []


def test_scripts_do_not_read_the_configuration():
    assert list(config_read_in_script(ast.parse("main(snakemake.config['seed'])")))
    assert complaints(scripts(), config_read_in_script) == []


def test_scripts_have_a_main_function():
    without = [path.name for path in scripts() if not re.search(r"^def main\(", read(path), re.MULTILINE)]
    assert without == []


def undocumented(tree: ast.AST) -> Iterator[tuple[int, str]]:
    for node in tree.body:
        is_public = isinstance(node, ast.FunctionDef) and not node.name.startswith("_")
        if is_public and ast.get_docstring(node) is None:
            yield node.lineno, f"{node.name} has no docstring"


def test_public_functions_say_what_they_do():
    assert list(undocumented(ast.parse("def public(): pass")))
    assert complaints(library(), undocumented) == []


# Nothing from data is run as code, no error is swallowed


def data_run_as_code(tree: ast.AST) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            module = getattr(node, "module", None) or ""
            names = {
                module,
                *(alias.name for alias in node.names),
                *(f"{module}.{a.name}" for a in node.names),
            }
            if any(name == bad or name.startswith(bad + ".") for name in names for bad in MODULES_THAT_RUN_DATA):
                yield node.lineno, f"imports {', '.join(sorted(filter(None, names)))}"
        if isinstance(node, ast.Call) and (reason := dangerous_call(node)):
            yield node.lineno, reason


def dangerous_call(call: ast.Call) -> str | None:
    name = ast.unparse(call.func)
    last = name.rsplit(".", 1)[-1]
    keywords = {keyword.arg: ast.unparse(keyword.value) for keyword in call.keywords}
    if name in CALLS_THAT_RUN_DATA or ("." in name and last in METHODS_THAT_RUN_DATA):
        return f"{name}()"
    if keywords.get("shell") == "True" or name in {"os.system", "os.popen"}:
        return f"{name}() through a shell"
    if last == "query" and keywords.get("engine") == "'python'":
        return "query(engine='python')"
    if name == "yaml.load" and keywords.get("Loader", "yaml.Loader") in {"yaml.Loader", "yaml.FullLoader"}:
        return "yaml.load without a safe loader"
    if keywords.get("allow_pickle") == "True":
        return f"{name}(allow_pickle=True)"
    if last == "extractall" and "zip" not in name.lower() and keywords.get("filter") != "'data'":
        return f"{name}() without filter='data'"
    return None


@pytest.mark.parametrize(
    "bad",
    [
        "eval('1')",
        "exec(text)",
        "import pickle",
        "from statsmodels.formula import api",
        "from statsmodels.formula.api import ols",
        "pandas.read_pickle(path)",
        "PanelOLS.from_formula('y ~ x', data)",
        "subprocess.run(line, shell=True)",
        "os.system(line)",
        "frame.query(text, engine='python')",
        "frame.eval(text)",
        "yaml.load(text)",
        "yaml.load(text, Loader=yaml.FullLoader)",
        "numpy.load(path, allow_pickle=True)",
        "archive.extractall(folder)",
    ],
)
def test_dangerous_code_is_recognised(bad):
    assert list(data_run_as_code(ast.parse(bad)))


def test_nothing_from_data_is_run_as_code():
    fine = "import re, yaml\nre.compile('x')\nyaml.safe_load(text)\nyaml.load(text, Loader=Strict)"
    assert not list(data_run_as_code(ast.parse(fine)))
    assert complaints(running_code(), data_run_as_code) == []


def swallowed_errors(tree: ast.AST) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ExceptHandler):
            wide = node.type is None or ast.unparse(node.type) in {"Exception", "BaseException"}
            if wide and all(isinstance(line, ast.Pass | ast.Continue) for line in node.body):
                yield node.lineno, "swallows every exception"


def test_no_error_is_swallowed():
    assert list(swallowed_errors(ast.parse("try:\n    go()\nexcept Exception:\n    pass")))
    assert complaints(running_code(), swallowed_errors) == []


# Rules


def parse_rules(text: str) -> dict[str, dict[str, str]]:
    """Every rule with the text of its directives: {rule: {directive: text}}."""
    found = re.findall(r"^\s*(?:rule|checkpoint) (\w+):\n((?:(?:[ \t].*)?\n)+)", text + "\n", re.MULTILINE)
    return {name: parse_directives(body) for name, body in found}


def parse_derived_rules(text: str) -> dict[str, tuple[str, dict[str, str]]]:
    """Every rule made from another, with that other and the text of the directives that it replaces."""
    found = re.findall(r"^use rule (\w+) as (\w+) with:\n((?:(?:[ \t].*)?\n)+)", text + "\n", re.MULTILINE)
    return {name: (base, parse_directives(body)) for base, name, body in found}


def parse_directives(body: str) -> dict[str, str]:
    directives = re.split(r"^    (\w+):", body, flags=re.MULTILINE)[1:]
    return dict(zip(directives[::2], directives[1::2], strict=True))


def unnamed_items(directive: str) -> list[str]:
    """Lines that begin an item without a name."""
    items = [line for line in directive.split("\n") if re.match(r" {8}[^\s)\]}#]", line)]
    return [line.strip() for line in items if not re.match(r"\s+(\w+=|\*\*|#)", line)]


# Run whenever they are asked for: what is fetched must never be an output, which Snakemake deletes when a job fails, and an
# explanation is printed.
WITHOUT_OUTPUT = {"gather", "explain"}
# Only gather what other rules make.
TARGETS = {"fiches"}


def rule_complaints(name: str, rule: dict[str, str], base: str = "") -> Iterator[str]:
    """base: the rule that this one is made from, and whose script it runs."""
    if name in TARGETS:
        unfit = set(rule) - {"input", "localrule", "message"}
        yield from (f"{name}: has {directive}; a target has input and message only" for directive in sorted(unfit))
        return
    for directive in ("output", "log", "message", "script"):
        if directive not in rule and (directive, name) not in {("output", one) for one in WITHOUT_OUTPUT}:
            yield f"{name}: has no {directive}"
    if name in WITHOUT_OUTPUT and "output" in rule:
        yield f"{name}: has an output, and should have none"
    for directive in ("run", "shell"):
        if directive in rule:
            yield f"{name}: has {directive}; a rule calls its script"
    for directive in ("input", "output"):
        for item in unnamed_items(rule.get(directive, "")):
            yield f"{name}: {directive} {item} has no name"
    if not re.search(r"^\s+code=code\(", rule.get("input", ""), re.MULTILINE):
        yield f"{name}: its script is not among its inputs (code=code(...))"
    script = re.search(r'"([^"]+)"', rule.get("script", ""))
    if script and Path(script[1]).stem != (base or name):
        yield f"{name}: its script is {script[1]}; rule and script have one name"
    if "log" in rule and f"results/logs/{name}" not in rule["log"]:
        yield f"{name}: its log is not results/logs/{name}..."


GOOD_RULE = """
rule build_panel:
    input:
        indicators="a.csv",
        code=code("build_panel.py"),
    output:
        panel="b.csv",
    log:
        "results/logs/build_panel.log",
    message:
        "Build the panel"
    script:
        "../../scripts/build_panel.py"
"""


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("    log:\n", "    benchmark:\n", "no log"),
        ("    message:\n", "    threads:\n", "no message"),
        ("    output:\n", "    resources:\n", "no output"),
        ("    script:\n", "    run:\n", "has run"),
        ('panel="b.csv"', '"b.csv"', "has no name"),
        ("scripts/build_panel", "scripts/make_panel", "one name"),
        ("        code=code", "        program=code", "among its inputs"),
    ],
)
def test_bad_rules_are_recognised(old, new, complaint):
    (rule,) = parse_rules(GOOD_RULE.replace(old, new)).values()
    assert complaint in " ".join(rule_complaints("build_panel", rule))


def test_rules_are_complete():
    assert not list(rule_complaints(*parse_rules(GOOD_RULE).popitem()))
    found = {name: rule for path in rule_files() for name, rule in parse_rules(read(path)).items()}
    assert found, "no rules in workflow/rules"
    assert [complaint for name, rule in found.items() for complaint in rule_complaints(name, rule)] == []
    derived = {name: rule for path in rule_files() for name, rule in parse_derived_rules(read(path)).items()}
    assert derived, "no rule is made from another"
    told = [rule_complaints(name, found[base] | own, base) for name, (base, own) in derived.items()]
    assert [complaint for complaints_ in told for complaint in complaints_] == []
    # What it makes, where it logs and what it says are its own.
    assert all({"input", "output", "log", "message"} <= set(own) for _, own in derived.values())


def test_every_script_has_its_rule():
    rules = {name for path in rule_files() for name in parse_rules(read(path))}
    for_rules = {path.stem for path in scripts() if list(snakemake_names(ast.parse(read(path))))}
    assert for_rules
    assert for_rules - rules == set()


def test_rules_are_unconditional_and_say_what_they_make():
    for path in rule_files():
        text = read(path)
        assert not re.search(r"^[ \t]+(use rule|rule|checkpoint) ", text, re.MULTILINE), (
            f"{path.name}: conditional rule"
        )
        if path.name == "common.smk":
            assert not parse_rules(text), "common.smk has functions only"
        else:
            header = ast.get_docstring(
                ast.parse(re.split(r"^(?:use rule|rule|checkpoint) ", text, maxsplit=1, flags=re.MULTILINE)[0])
            )
            assert header and "Needs" in header and "Makes" in header, f"{path.name}: no contract at its top"


# The repository


def test_no_real_data_in_the_repository(real_data):
    real = {digest(path): path.name for path in real_data.rglob("*") if path.is_file()}
    copies = [str(path) for path in repository_files() if path.stat().st_size and digest(path) in real]
    assert real
    assert copies == []


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_no_large_files():
    sizes = {str(path): path.stat().st_size for path in repository_files()}
    assert sizes
    assert {name: size for name, size in sizes.items() if size > MAXIMUM_BYTES} == {}


def test_nothing_is_left_to_do():
    # Put together here, so that this file does not find itself.
    marks = re.compile(r"\b(" + "|".join(["TO" + "DO", "FIX" + "ME", "XX" + "X"]) + r")\b")
    assert marks.search("# TO" + "DO: later")
    suffixes = {".py", ".smk", ".md", ".yaml", ".toml", ".rst", ""}
    texts = {path: read(path) for path in repository_files() if path.suffix in suffixes}
    assert [str(path) for path, text in texts.items() if marks.search(text)] == []


def test_one_version():
    from beleidsvrijheid import __version__

    project = tomllib.loads(read(ROOT / "pyproject.toml"))["project"]
    assert "version" not in project and project["dynamic"] == ["version"]
    assert yaml.safe_load(read(ROOT / "CITATION.cff"))["version"] == __version__
    newest = re.search(r"^## \[(\d[^\]]*)\]", read(ROOT / "CHANGELOG.md"), re.MULTILINE)
    assert newest and newest[1] == __version__


def test_licence_is_stated_the_same_everywhere():
    project = tomllib.loads(read(ROOT / "pyproject.toml"))["project"]
    assert project["license"] == yaml.safe_load(read(ROOT / "CITATION.cff"))["license"] == "MIT"
    assert read(ROOT / "LICENSE").startswith("MIT License")
