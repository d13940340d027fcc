"""`make verify` over the finished tiny study: every change of content is noticed and named, whatever its date.

Twelve changes, of which Snakemake passes eight in silence (an imported module, a script and an input under an older date, an
input under an equal date, an output edited by hand, an intermediate flipped or cut under an older date, its own records), and
four of the surroundings.
"""

import importlib.util
import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from beleidsvrijheid import manifest

from ..conftest import ROOT, copy_project

pytestmark = pytest.mark.slow

HOUR = 3600
MODULE = "scripts/beleidsvrijheid/inference.py"
SCRIPT = "scripts/build_panel.py"
RULES = "workflow/rules/estimate.smk"
INPUT = "data/raw/staff/personeel.csv"
SIMULATED = "data/raw/simulated/cpi/cpi.json"
OUTPUT = "results/estimates/r1_portfolio_shift.csv"
PANEL = "data/processed/panel.parquet"


def load(name: str):
    """A module of workflow/, which is no package."""
    sys.path.insert(0, str(ROOT / "workflow"))
    try:
        specification = importlib.util.spec_from_file_location(name, ROOT / "workflow" / f"{name}.py")
        module = importlib.util.module_from_spec(specification)
        specification.loader.exec_module(module)
        return module
    finally:
        sys.path.remove(str(ROOT / "workflow"))


@pytest.fixture(scope="module")
def place(finished_study, tmp_path_factory):
    """A project and the study that it finished, as the run left them; a raw file more, which no rule made."""
    parent = tmp_path_factory.mktemp("verified")
    project = copy_project(parent / "project")
    folder = parent / "study"
    shutil.copytree(finished_study.folder, folder, copy_function=shutil.copy2)
    (folder / INPUT).parent.mkdir(parents=True)
    (folder / INPUT).write_text("nis,vte\n95001,10\n", encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        tampering, verify = load("tampering"), load("verify")
        patch.setattr(tampering, "ROOT", project)
        patch.setattr(verify, "present_manifest", tampering.present_manifest)
        assert tampering.write_manifest(folder, whole=True)
        yield parent, verify, patch
    shutil.rmtree(parent)


def older(path: Path, change: Callable[[bytes], bytes], seconds: int = -HOUR) -> None:
    """Change a file and date it before (or after) what it was; 0 keeps its date."""
    before = path.stat()
    content = change(path.read_bytes())
    assert content != path.read_bytes()
    path.write_bytes(content)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns + seconds * 10**9))


def comment(content: bytes) -> bytes:
    return content + b"# edited\n"


def digit(content: bytes) -> bytes:
    """One digit is another; the size is the same."""
    at = content.rindex(b"1")
    return content[:at] + b"7" + content[at + 1 :]


def flipped(content: bytes) -> bytes:
    half = len(content) // 2
    return content[:half] + bytes([content[half] ^ 1]) + content[half + 1 :]


CHANGES = {
    "an imported module is edited": (f"project/{MODULE}", comment, HOUR, "code"),
    "a script is edited": (f"project/{SCRIPT}", comment, HOUR, "code"),
    "a script is edited, under an older date": (f"project/{SCRIPT}", comment, -HOUR, "code"),
    "a rule is edited": (f"project/{RULES}", comment, HOUR, "code"),
    "an input is replaced": (f"study/{INPUT}", digit, HOUR, "inputs"),
    "an input is replaced, under an older date": (f"study/{INPUT}", digit, -HOUR, "inputs"),
    "an input is replaced, under an equal date and size": (f"study/{SIMULATED}", digit, 0, "made"),
    "an output is edited by hand": (f"study/{OUTPUT}", digit, HOUR, "made"),
    "an intermediate is flipped in one bit, under an older date": (f"study/{PANEL}", flipped, -HOUR, "made"),
    "an intermediate is cut, under an older date": (f"study/{PANEL}", lambda content: content[:-100], -HOUR, "made"),
    "the configuration is edited": ("study/config.yaml", comment, HOUR, "inputs"),
    "the lock file is edited": ("project/requirements.lock", comment, HOUR, "environment"),
}


def verified(place, capsys) -> tuple[int, list[str]]:
    """Exit status and lines of `make verify`."""
    parent, verify, _ = place
    status = verify.main(["--study", str(parent / "study")])
    text = capsys.readouterr()
    assert text.err == ""
    return status, text.out.splitlines()


def the_one(place, capsys) -> str:
    """The one difference that is told."""
    status, lines = verified(place, capsys)
    assert status == 1 and lines[-1].startswith("1 differences from the last finished run"), lines
    (line,) = lines[:-1]
    return line


def test_nothing_has_changed(place, capsys):
    status, lines = verified(place, capsys)
    assert status == 0 and len(lines) == 1 and lines[0].startswith("As the last finished run left it: ")


@pytest.mark.parametrize("change", CHANGES)
def test_changed_content_is_noticed_and_named(place, capsys, change):
    name, edit, seconds, section = CHANGES[change]
    path = place[0] / name
    kept = place[0] / "kept"
    shutil.copy2(path, kept)
    try:
        older(path, edit, seconds)
        assert the_one(place, capsys).split() == ["changed", section, name.partition("/")[2]]
    finally:
        os.replace(kept, path)


@pytest.mark.parametrize(
    ("name", "line"),
    [
        (OUTPUT, f"missing  made         {OUTPUT}"),
        (".snakemake", "missing  records      .snakemake/"),
        (INPUT, f"missing  inputs       {INPUT}"),
    ],
)
def test_a_loss_is_noticed_and_named(place, capsys, name, line):
    """The last two of twelve: an output is deleted, Snakemake's records are lost; and an input is gone."""
    path = place[0] / "study" / name
    away = place[0] / "away"
    os.replace(path, away)
    try:
        assert the_one(place, capsys) == line
    finally:
        os.replace(away, path)


def test_an_environment_variable_is_noticed_and_named(place, capsys, monkeypatch):
    monkeypatch.setenv("OPENBLAS_CORETYPE", "Haswell")
    assert the_one(place, capsys) == "new      environment  variable OPENBLAS_CORETYPE  not set -> Haswell"
    monkeypatch.delenv("OPENBLAS_CORETYPE")
    monkeypatch.setenv("LC_ALL", "nl_BE.UTF-8")  # results are the same in every locale
    assert verified(place, capsys)[0] == 0


def test_a_library_version_is_noticed_and_named(place, capsys, monkeypatch):
    real = list(manifest.metadata.distributions())

    class Older:
        metadata, version = {"Name": "statsmodels"}, "0.1"

    monkeypatch.setattr(
        manifest.metadata,
        "distributions",
        lambda: [*(one for one in real if one.metadata["Name"] != "statsmodels"), Older],
    )
    assert the_one(place, capsys).endswith("-> 0.1")


def test_what_cannot_be_verified_is_one_message(place, capsys, tmp_path):
    parent, verify, _ = place
    for folder, words in ((tmp_path / "nowhere", "no such folder"), (tmp_path, "a finished `make study` writes it")):
        assert verify.main(["--study", str(folder)]) == 1
        assert words in capsys.readouterr().err
    with load("run_study").study_lock(parent / "study"):
        assert verify.main(["--study", str(parent / "study")]) == 1
    assert "a run of this study is going on" in capsys.readouterr().err
    (parent / "study" / ".study.lock").unlink()


def test_a_part_that_was_made_confirms_the_rest_only_where_nothing_else_changed(place, tmp_path):
    parent, _, _ = place
    tampering = sys.modules.get("tampering") or load("tampering")
    study = tmp_path / "study"
    (study / "results").mkdir(parents=True)
    (study / "config.yaml").write_text("seed: 1\n")
    assert not tampering.write_manifest(study, whole=False)
    assert tampering.write_manifest(study, whole=True)
    (study / "results" / "fiche.html").write_text("a page more")
    assert tampering.write_manifest(study, whole=False)
    assert "results/fiche.html" in manifest.read_manifest(study)["made"]
    (study / "config.yaml").write_text("seed: 2\n")
    assert not tampering.write_manifest(study, whole=False)
