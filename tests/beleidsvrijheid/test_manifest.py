"""Manifests: what they list, what differs, and that nothing of one machine's paths or clock is in them."""

import json
import os
import re
from dataclasses import replace

import pytest

from beleidsvrijheid import manifest as module
from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.manifest import (
    MANIFEST,
    differences,
    environment,
    made_paths,
    read_manifest,
    study_manifest,
    written,
)

VARIABLES = {
    "OMP_NUM_THREADS": "1",
    "PATH": "/usr/bin",
    "LC_ALL": "nl_BE.UTF-8",
    "TZ": "UTC",
    "LD_PRELOAD": "/opt/x.so",
}


@pytest.fixture
def tree(tmp_path):
    """A project and a study of a few files; files outside the study are named by `data.files`."""
    files = {
        "project/Snakefile": "rule all",
        "project/scripts/step.py": "1",
        "project/scripts/__pycache__/step.pyc": "compiled",
        "project/requirements.lock": "numpy==1",
        "elsewhere/deep/a.csv": "1",
        "elsewhere/deep/b.csv": "2",
        "study/config.yaml": "data: {files: {staff: ../elsewhere/*/*.csv, cpi: ../elsewhere/deep/a.csv}}\n",
        "study/data/raw/population/x.csv": "nis",
        "study/data/raw/population/.x.csv.swp": "left by an editor",
        "study/data/raw/simulated/cpi/cpi.json": "{}",
        "study/data/processed/panel.parquet": "panel",
        "study/results/claims.csv": "claims",
        "study/results/.claims.csv.abcdefgh": "half",
        "study/results/logs/x.log": "log",
        "study/results/report.zip": "zip",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def manifest(tree, recorded=("data/processed/panel.parquet",), variables=VARIABLES):
    return study_manifest(tree / "project", tree / "study", variables, recorded)


def test_what_is_listed(tree):
    made = manifest(tree)
    outside = {"data.files staff: deep/a.csv", "data.files staff: deep/b.csv", "data.files cpi: a.csv"}
    assert set(made["inputs"]) == {"config.yaml", "data/raw/population/x.csv", *outside}
    assert set(made["code"]) == {"Snakefile", "scripts/step.py"}
    assert set(made["made"]) == {
        "data/raw/simulated/cpi/cpi.json",
        "data/processed/panel.parquet",
        "results/claims.csv",
    }
    assert made["without_record"] == ["data/raw/simulated/cpi/cpi.json", "results/claims.csv"]
    assert {"python", "system", "requirements.lock", "package numpy"} < set(made["environment"])
    named = {name for name in made["environment"] if name.startswith("variable")}
    assert named == {"variable OMP_NUM_THREADS", "variable LD_PRELOAD"}
    assert made["inputs"]["data.files cpi: a.csv"] == "6b86b273ff34fce19d6b804eff5a3f5747ada4eaa22f1d49c01e52ddb7875b4b"


def test_no_path_of_the_machine_and_the_same_bytes_in_another_folder(tree, tmp_path_factory):
    text = written(manifest(tree)).decode()
    assert str(tree) not in text and "/opt" not in text and "nl_BE" not in text
    other = tmp_path_factory.mktemp("other") / "één map"
    os.rename(tree, other)
    assert written(manifest(other)).decode() == text
    tree.mkdir()  # pytest looks for it


@pytest.mark.parametrize("text", ["data: [", "data: {files: 3}", "- 1", "data: {files: {cpi: [1]}}", ""])
def test_a_broken_configuration_still_has_its_checksum(tree, text):
    (tree / "study/config.yaml").write_text(text)
    found = manifest(tree)["inputs"]
    assert "config.yaml" in found and "data/raw/population/x.csv" in found


def test_differences_are_named(tree):
    before = manifest(tree)
    (tree / "study/data/raw/population/x.csv").write_text("NIS")
    (tree / "study/data/processed/panel.parquet").unlink()
    (tree / "study/results/new.csv").write_text("new")
    (tree / "elsewhere/deep/b.csv").write_text("3")
    (tree / "project/requirements.lock").write_text("numpy==2")
    after = manifest(tree, (), {**VARIABLES, "OMP_NUM_THREADS": "2"})
    found = [(one.what, one.section, one.name) for one in differences(before, after)]
    assert found == [
        ("changed", "inputs", "data.files staff: deep/b.csv"),
        ("changed", "inputs", "data/raw/population/x.csv"),
        ("changed", "environment", "requirements.lock"),
        ("changed", "environment", "variable OMP_NUM_THREADS"),
        ("missing", "made", "data/processed/panel.parquet"),
        ("new", "made", "results/new.csv"),
    ]
    assert differences(before, manifest(tree)) != [] == differences(before, before)
    told = {one.name: one.told() for one in differences(before, after)}
    assert told["variable OMP_NUM_THREADS"].endswith("variable OMP_NUM_THREADS  1 -> 2")
    assert not re.search("[0-9a-f]{64}", "".join(told.values()))


def test_lost_records_are_named(tree):
    names = made_paths(tree / "study")
    before = manifest(tree, names)
    (one,) = differences(before, manifest(tree, names[1:]))
    assert (one.section, one.name) == ("records", f".snakemake/: {names[0]}")
    (everything,) = differences(before, manifest(tree, ()))
    assert everything.name == ".snakemake/"


def test_a_library_of_another_version_is_named(tree, monkeypatch):
    before = manifest(tree)
    real = list(module.metadata.distributions())

    class Newer:
        metadata, version = {"Name": "NumPy"}, "99.0"

    others = [one for one in real if one.metadata["Name"].lower() != "numpy"]
    monkeypatch.setattr(module.metadata, "distributions", lambda: [*others, Newer])
    (one,) = differences(before, manifest(tree))
    assert one.name == "package numpy" and one.told().endswith("-> 99.0")
    assert environment(tree / "project", {})["package numpy"] == "99.0"
    assert replace(one, before="").told().endswith("not set -> 99.0")


@pytest.mark.parametrize("damage", [lambda text: text[:-40], lambda text: "[]", lambda text: text.replace('"made"', '"mad"'),
                                    lambda text: text.replace('"without_record": [', '"without_record": [3,')])  # fmt: skip
def test_a_damaged_manifest_is_one_message(tree, damage):
    path = tree / "study" / MANIFEST
    assert read_manifest(tree / "study") is None
    content = manifest(tree)
    path.write_bytes(written(content))
    assert read_manifest(tree / "study") == content == json.loads(path.read_text())
    path.write_text(damage(path.read_text()))
    with pytest.raises(StudyError, match="is not a manifest as `make study` writes it") as refusal:
        read_manifest(tree / "study")
    assert "\n" not in str(refusal.value)
