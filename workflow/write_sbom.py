"""make sbom: sbom.json, a bill of materials in CycloneDX 1.5 of every package in requirements.lock, its hashes with it.

The same bytes for the same lock and environment: no time, no serial number. Licences are those that installed packages state.
The file is made, not kept: the lock is the one place where versions stand.
"""

import argparse
import hashlib
import json
import re
import tomllib
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
LOCKED = re.compile(r"^([A-Za-z0-9][A-Za-z0-9._-]*)==([^\s;\\]+)(?:\s*;\s*([^\\]+?))?\s*\\?$")
HASH = re.compile(r"--hash=(sha256):([0-9a-f]{64})")


def canonical(name: str) -> str:
    """A package's name as PyPI compares it (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def locked(text: str) -> list[dict[str, Any]]:
    """Name, version, marker and hashes of every package of the lock, in its order."""
    found: list[dict[str, Any]] = []
    for line in text.splitlines():
        if entry := LOCKED.match(line):
            name, version, marker = entry.groups()
            found.append({"name": canonical(name), "version": version, "marker": marker, "hashes": []})
        elif found:
            found[-1]["hashes"] += [digest for _, digest in HASH.findall(line)]
    return found


def licence(name: str, version: str) -> str | None:
    """The licence that the installed package states; None where it is not installed in this version or states none."""
    try:
        told = metadata(name)
    except PackageNotFoundError:
        return None
    if told["Version"] != version:
        return None
    classified = [one.rpartition(" :: ")[2] for one in told.get_all("Classifier", []) if one.startswith("License ::")]
    stated = told.get("License-Expression") or ", ".join(classified) or told.get("License") or ""
    return stated.splitlines()[0][:120] if stated.strip() else None


def component(package: dict[str, Any]) -> dict[str, Any]:
    """One package as CycloneDX has it."""
    purl = f"pkg:pypi/{package['name']}@{package['version']}"
    page = f"https://pypi.org/project/{package['name']}/{package['version']}/"
    hashes = [{"alg": "SHA-256", "content": digest} for digest in package["hashes"]]
    result = {"type": "library", "bom-ref": purl, "name": package["name"], "version": package["version"], "purl": purl}
    result["externalReferences"] = [{"type": "distribution", "url": page, "hashes": hashes}]
    if stated := licence(package["name"], package["version"]):
        result["licenses"] = [{"license": {"name": stated}}]
    if package["marker"]:
        result["properties"] = [{"name": "requirements.lock:marker", "value": package["marker"]}]
    return result


def bill(root: Path) -> dict[str, Any]:
    """The whole bill: the project, what it asks for directly, every locked package."""
    text = (root / "requirements.lock").read_text(encoding="utf-8")
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    components = sorted(map(component, locked(text)), key=lambda one: one["bom-ref"])
    asked = {canonical(re.match(r"[A-Za-z0-9._-]+", one)[0]) for one in project["dependencies"]}
    own = {"type": "application", "bom-ref": project["name"], "name": project["name"], "licenses": []}
    own["licenses"] = [{"license": {"id": project["license"]}}]
    digest = hashlib.sha256(text.encode("utf-8")).hexdigest()
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": {"component": own, "properties": [{"name": "requirements.lock:sha256", "value": digest}]},
        "components": components,
        "dependencies": [
            {"ref": project["name"], "dependsOn": [one["bom-ref"] for one in components if one["name"] in asked]}
        ],
    }


def main() -> None:
    """Write the bill."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", type=Path, default=ROOT / "sbom.json", help="where to (sbom.json)")
    asked, made = parser.parse_args(), bill(ROOT)
    asked.output.write_text(json.dumps(made, indent=1, sort_keys=True, ensure_ascii=False) + "\n", encoding="utf-8")
    unknown = sum("licenses" not in one for one in made["components"])
    print(f"{asked.output}: {len(made['components'])} packages, {unknown} without a licence known here")


if __name__ == "__main__":
    main()
