"""The packages that the project stands on: locked with hashes, listed in a bill of materials, audited where a network allows."""

import importlib.util
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


def load(name: str):
    spec = importlib.util.spec_from_file_location(name, ROOT / "workflow" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


SBOM, AUDIT = load("write_sbom"), load("audit")


def test_every_package_is_locked_with_hashes_once():
    packages = SBOM.locked((ROOT / "requirements.lock").read_text(encoding="utf-8"))
    pinned = re.findall(
        r"^[A-Za-z0-9][\w.-]*==", (ROOT / "requirements.lock").read_text(encoding="utf-8"), re.MULTILINE
    )
    assert len(packages) == len(pinned) > 100
    assert [one["name"] for one in packages if not one["hashes"]] == []
    assert len({(one["name"], one["version"]) for one in packages}) == len(packages)


def test_the_bill_has_every_package_and_is_the_same_twice(tmp_path):
    paths = [tmp_path / "one.json", tmp_path / "two.json"]
    for path in paths:
        command = [sys.executable, ROOT / "workflow/write_sbom.py", "--output", path]
        assert subprocess.run(command, capture_output=True).returncode == 0
    assert paths[0].read_bytes() == paths[1].read_bytes()
    bill = json.loads(paths[0].read_text(encoding="utf-8"))
    packages = SBOM.locked((ROOT / "requirements.lock").read_text(encoding="utf-8"))
    assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.5")
    assert {(one["name"], one["version"]) for one in bill["components"]} == {
        (p["name"], p["version"]) for p in packages
    }
    (numpy,) = (one for one in bill["components"] if one["name"] == "numpy")
    assert numpy["purl"] == f"pkg:pypi/numpy@{numpy['version']}" and "BSD" in numpy["licenses"][0]["license"]["name"]
    assert len(numpy["externalReferences"][0]["hashes"]) > 5
    assert "pkg:pypi/numpy@" + numpy["version"] in bill["dependencies"][0]["dependsOn"]
    assert not re.search(r"timestamp|serialNumber|/tmp/|/home/", paths[0].read_text(encoding="utf-8"))


FINE = {"name": "numpy", "version": "1", "vulns": []}
FLAWED = FINE | {"vulns": [{"id": "PYSEC-1"}]}
SKIPPED = {"name": "yarl", "skip_reason": "not found"}


@pytest.mark.parametrize(
    ("answer", "status", "told"),
    [
        ([FINE], 0, "no known vulnerability in the 1 packages"),
        ([FINE, FLAWED, SKIPPED], 1, "numpy 1: PYSEC-1"),
        ([FINE, SKIPPED], 2, "NOT CHECKED: 1 of 2"),  # pip-audit itself says that none is known, with status 0
        ([], 2, "NOT CHECKED"),
        (None, 2, "NOT CHECKED: no answer"),
    ],
)
def test_an_audit_says_what_it_found_and_when_it_did_not_look(tmp_path, answer, status, told):
    said = "" if answer is None else json.dumps({"dependencies": answer})
    script = f"import sys\nprint({said!r})\nprint('no answer', file=sys.stderr)\n"
    (tmp_path / "stand_in.py").write_text(script, encoding="utf-8")
    found = AUDIT.audit((sys.executable, str(tmp_path / "stand_in.py")))
    assert found[0] == status and told in found[1]


def test_without_pip_audit_nothing_is_called_checked(tmp_path):
    (tmp_path / "stand_in.py").write_text("import sys; sys.exit('error: no network')", encoding="utf-8")
    assert AUDIT.audit((sys.executable, str(tmp_path / "stand_in.py"))) == (
        2,
        "NOT CHECKED: pip-audit cannot be fetched: error: no network",
    )
    assert AUDIT.audit((str(tmp_path / "absent"),))[0] == 2
