"""The pages of the project: links lead somewhere, judgements in the code are on the page of assumptions and the other way round."""

import re
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"), ROOT / "data/raw/README.md"])
LINK = re.compile(r"!?\[[^\]]*\]\(([^()\s]+)\)")
FENCED = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
ASSUMPTIONS = (ROOT / "docs/assumptions.md").read_text(encoding="utf-8")


def slug(heading: str) -> str:
    """The anchor that GitHub gives a heading."""
    text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading)
    return re.sub(r"[^\w\- ]", "", text.strip().lower()).replace(" ", "-")


def anchors(text: str) -> set[str]:
    """Anchors of a page; a heading that occurs again gets a number."""
    seen: Counter[str] = Counter()
    found = set()
    for heading in re.findall(r"^#+ +(.+)$", FENCED.sub("", text), re.MULTILINE):
        name = slug(heading)
        found.add(f"{name}-{seen[name]}" if seen[name] else name)
        seen[name] += 1
    return found


def broken_links(page: Path) -> list[str]:
    """Links to files, or to anchors of pages, that are not there."""
    wrong = []
    for target in LINK.findall(FENCED.sub("", page.read_text(encoding="utf-8"))):
        if re.match(r"[a-z]+:", target):
            continue
        name, _, anchor = target.partition("#")
        path = page.parent / name if name else page
        if not path.exists() or (anchor and anchor not in anchors(path.read_text(encoding="utf-8"))):
            wrong.append(target)
    return wrong


def test_a_broken_link_is_seen(tmp_path):
    page = tmp_path / "page.md"
    links = "[a](#one-two-three) [b](other.md) [c](#four) [d](https://x.be/y) [e](other.md#x) [f](other.md#y-2)"
    page.write_text(f"# One `two`: three?\n{links}\n", encoding="utf-8")
    assert broken_links(page) == ["other.md", "#four", "other.md#x", "other.md#y-2"]
    (tmp_path / "other.md").write_text("```\n# x\n```\n# y\n# y\n# y\n", encoding="utf-8")
    assert broken_links(page) == ["#four", "other.md#x"]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page):
    assert broken_links(page) == []


def code_files() -> dict[str, str]:
    """Path from the project (without scripts/beleidsvrijheid/) -> text, of the library and what stands in workflow/."""
    paths = [*(ROOT / "scripts").rglob("*.py"), *(ROOT / "workflow").glob("*.yaml"), ROOT / "config.yaml"]
    paths += (ROOT / "workflow/tables").glob("*.csv")
    names = {
        path: str(path.relative_to(ROOT)).removeprefix("scripts/").removeprefix("beleidsvrijheid/") for path in paths
    }
    return {name: path.read_text(encoding="utf-8") for path, name in names.items()}


def places() -> set[str]:
    """What the column `where` of the page names: files, or module.name."""
    rows = [re.split(r" \| ", line) for line in ASSUMPTIONS.splitlines() if re.match(r"\| .+ \| .+ \| .+ \|$", line)]
    return {place for row in rows if len(row) == 3 for place in re.findall(r"`([\w./]+)`", row[1])}


def files_of(place: str, files: dict[str, str]) -> list[str]:
    """Files that a place names: by path, by the end of one, by module.name where the module has that name, or a folder."""
    if place.endswith("/"):
        return [name for name in files if name.startswith(place)]
    if place.endswith((".py", ".yaml", ".csv")):
        return [name for name in files if name == place or name.endswith(f"/{place}")]
    module, _, attribute = place.partition(".")
    known = re.compile(rf"\b{attribute.split('.')[0]}\b")
    return [name for name, text in files.items() if Path(name).stem == module and known.search(text)]


def test_every_assumption_in_the_code_is_on_the_page_and_every_place_on_the_page_is_in_the_code():
    files, named = code_files(), places()
    assert len(named) > 60
    assert {place for place in named if not files_of(place, files)} == set()
    told = {name for place in named for name in files_of(place, files)}
    assert {name for name, text in files.items() if re.search(r"# .*\bASSUME\b", text)} - told == set()
