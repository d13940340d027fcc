"""Hostile configurations and study folders: refused by one message that names file and place.

Nothing that a payload asks for may happen: a canary file that it would make is not there.
"""

import contextlib
import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beleidsvrijheid.snapshots import recorded_md5

from .payloads import CODE, SPARQL, ids, judge
from .settings import checked, edited, warm
from .test_configurations import QUIET

SECONDS = 1.0  # within which an alias bomb is refused


# YAML: what it takes for something else. (text that stands in config.yaml, text instead of it)

SEED = "seed: 20200101"
YAML_TRAPS = {
    "an octal seed": (SEED, "seed: 02000"),
    "an octal with o": (SEED, "seed: 0o17"),
    "hexadecimal": (SEED, "seed: 0x1F"),
    "binary": (SEED, "seed: 0b101"),
    "underscores": (SEED, "seed: 1_000"),
    "a time of day": (SEED, "seed: 22:30"),
    "a time with a fraction": ("alpha: 0.05", "alpha: 1:30.5"),
    "a day": (SEED, "seed: 2020-01-01"),
    "not a number": ("alpha: 0.05", "alpha: .nan"),
    "infinity": ("dispersion_effect: 0.25", "dispersion_effect: .inf"),
    "minus infinity": ("threshold: 0.95", "threshold: -.INF"),
    "more than a number holds": ("threshold: 0.95", "threshold: 1.0e+999"),
    "Norway": ("language: en", "language: NO"),
    "on": ("on_absent: stop", "on_absent: on"),
    "yes": ("report: accounts", "report: yes"),
    "off as a key": ("language: en", "language: en\n  off: 1"),
    "a field that begins with zero": ('"016", "0902"', '016, "0902"'),
    "a field with a decimal point": ('"0902"', "09.02"),
    "null": (SEED, "seed: ~"),
    "a null key": (SEED, f"{SEED}\n~: 1"),
    "a list as a key": (SEED, f"{SEED}\n? [a]\n: 1"),
    "a tag of Python": (SEED, "seed: !!python/object/apply:os.system ['touch canary']"),
    "a new object": (SEED, "seed: !!python/object/new:os.system [touch canary]"),
    "a Python name": (SEED, "seed: !!python/name:os.system"),
    "a module": (SEED, "seed: !!python/module:canary"),
    "a tag of one's own": (SEED, "seed: !env HOME"),
    "binary data": (SEED, "seed: !!binary MTI="),
    "a set": ("lags: [1, 5]", "lags: !!set {1, 5}"),
    "a seed tagged as text": (SEED, "seed: !!str 7"),
    "a text tagged as a number": (SEED, 'seed: !!int "0777"'),
    "a merge key": ("  language: en", "  <<: {language: en}"),
    "a null character": ("Small study to test the pipeline", '"a\\0b"  #'),
    "an escape of a terminal": ("Small study to test the pipeline", '"a\\e[2Jb"  #'),
    "text from right to left": ("Small study to test the pipeline", '"a\\u202Eb"  #'),
    "half a character": ("Small study to test the pipeline", '"a\\ud800b"  #'),
    "UTF-16": (None, edited(SEED, SEED).encode("utf-16")),
    "Latin-1": (None, edited("Coëfficiënten", "Coëfficiënten").encode("latin-1")),
    "a zero byte": (None, edited(SEED, "seed: 1\x002").encode()),
}


@pytest.mark.parametrize(("name", "old", "new"), ids(YAML_TRAPS))
def test_a_trap_of_yaml_is_refused(canary, tmp_path, name, old, new):
    text = new if old is None else edited(old, new)
    judge("YAML traps", name, lambda: checked(text, tmp_path / "study"), ("config.yaml",), canary)


NUMBERS = st.sampled_from(["0{}", "0o{}", "0x{}", "{}:30", "{}_0", "+.inf #{}", ".NaN #{}", "1{}:00:00", "-0{}"])
WORDS = [
    "NO",
    "No",
    "no",
    "yes",
    "Yes",
    "on",
    "ON",
    "off",
    "Off",
    "True",
    "TRUE",
    "False",
    "y: n",
    "~",
    "=",
    "2020-02-30",
]


@QUIET
@given(form=NUMBERS, digits=st.integers(1, 777), key=st.sampled_from([SEED, "base_year: 2015", "draws: 99"]))
def test_a_number_that_yaml_reads_otherwise_is_refused(tmp_path_factory, form, digits, key):
    text = edited(
        key,
        f"{key.split(':')[0]}: {form.format(digits)}\n"
        if key == SEED
        else f"{key.split(':')[0]}: {form.format(digits)}".replace(" #", "x#"),
    )
    folder = tmp_path_factory.mktemp("study")
    judge("YAML traps", f"{key}: {form.format(digits)}", lambda: checked(text, folder), ("config.yaml",), None)


@pytest.mark.parametrize("word", WORDS)
def test_a_word_that_yaml_reads_otherwise_is_refused(canary, tmp_path, word):
    text = edited("language: en", f"language: {word}")
    judge("YAML traps", f"language: {word}", lambda: checked(text, tmp_path / "study"), ("config.yaml",), canary)


OVERRIDES = {
    "zero lost": "seed=02000",
    "nan": "primary=.nan",
    "NO": "primary=NO",
    "time": "seed=22:30",
    "underscore": "seed=1_000",
    "alias": "study=[&a 1, *a]",
    "tag": "seed=!!python/name:os.system",
}


@pytest.mark.parametrize("name", OVERRIDES)
@pytest.mark.parametrize("words", [["--config", "{}"], ["-C", "seed=1", "{}"], ["--config={}"]], ids=str)
def test_a_trap_on_the_command_line_is_refused(canary, tmp_path, name, words):
    arguments = tuple(word.format(OVERRIDES[name]) for word in words)
    key = "--config " + OVERRIDES[name].partition("=")[0]
    act = lambda: checked(edited(SEED, SEED), tmp_path / "study", arguments)  # noqa: E731
    judge("YAML traps", " ".join(arguments), act, (key,), canary)


# Alias bombs


def doubling(levels, width=9):
    rows = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    rows += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * width)}]" for n in range(1, levels)]
    return "\n".join(rows) + "\n"


BOMBS = {
    "nine levels of nine": doubling(9),
    "a hundred levels": doubling(100, 2),
    "in the middle": edited(SEED, f"{SEED}\n{doubling(8)}"),
    "through merge keys": "a: &a {x: 1}\nb: &b {<<: [*a, *a, *a]}\nc: {<<: [*b, *b, *b]}\n",
    "an alias of itself": "a: &a [*a]\n",
    "a mapping of itself": "a: &a {b: *a}\n",
    "deep lists": "a: " + "[" * 50_000,
    "deep mappings": "a: " + "{b: " * 20_000,
    "deep by indent": "\n".join("- " * n + "x" for n in range(1, 400)),
    "a megabyte of brackets": "[" * 1_000_000,
    "one alias": f"{SEED.replace('2', '&s 2', 1)}\nother: *s\n",
    "ten thousand aliases": "a: &a 1\nb: [" + ", ".join(["*a"] * 10_000) + "]\n",
}


@pytest.mark.parametrize(("name", "text"), ids(BOMBS))
def test_an_alias_bomb_is_refused_within_a_second(canary, tmp_path, name, text):
    def act():
        start = time.process_time()
        with contextlib.ExitStack() as after:
            after.callback(lambda: took.append(time.process_time() - start))
            return checked(text, tmp_path / "study")

    took: list[float] = []
    warm()
    judge("alias bombs", name, act, ("config.yaml", "line"), canary)
    assert took[0] < SECONDS


@pytest.mark.parametrize("name", ["nine levels of nine", "deep lists", "an alias of itself"])
def test_an_alias_bomb_in_a_dvc_file_is_refused(canary, name):
    text = BOMBS[name] + "\nouts:\n- {md5: *a7, path: cpi, hash: md5}\n"
    judge(
        "alias bombs",
        f"cpi.dvc: {name}",
        lambda: ("silent", recorded_md5(text.encode(), "cpi.dvc")),
        ("cpi.dvc",),
        canary,
    )


# Inheritance


def extending(*pairs):
    return edited(
        "  s2_ceiling:", "".join(f"  {one}: {{extends: {other}}}\n" for one, other in pairs) + "  s2_ceiling:"
    )


CYCLES = {
    "of itself": extending(("a", "a")),
    "of two": extending(("a", "b"), ("b", "a")),
    "of three": extending(("a", "b"), ("b", "c"), ("c", "a")),
    "of three hundred": extending(*((f"a{n}", f"a{(n + 1) % 300}") for n in range(300))),
    "behind a chain": extending(("a", "b"), ("b", "c"), ("c", "b")),
    "of nothing": extending(("a", "nothing")),
    "of a number": extending(("a", "7")),
    "of a list": extending(("a", "[s2_ceiling]")),
    "of a path": extending(("a", "../s2_ceiling")),
    "of an entry that is none": edited("  s2_ceiling:", "  b: 7\n  a: {extends: b}\n  s2_ceiling:"),
    "a chain of two thousand": extending(*((f"a{n}", f"a{n + 1}") for n in range(2000)), ("a2000", "s2_ceiling")),
}


@pytest.mark.parametrize(("name", "text"), ids(CYCLES))
def test_inheritance_that_leads_nowhere_is_refused(canary, tmp_path, name, text):
    judge(
        "cycles in extends", name, lambda: checked(text, tmp_path / "study"), ("config.yaml", "specifications"), canary
    )


# Paths in names, links out of the study

PATHS = [
    "../canary",
    "/tmp/canary",
    "..",
    ".",
    "a/b",
    "a\\b",
    "~",
    "$HOME",
    "%2e%2e",
    "c:canary",
    "-rf",
    "canary\u2215a",
    "con.txt",
]
SECTIONS = {
    "specifications": ("  s2_ceiling:", "  {}:"),
    "tables": ("  attrition:", "  {}:"),
    "figures": ("  shift_map:", "  {}:"),
    "outliers": ("  coast:", "  {}:"),
    "multiverse": ("  staff_and_scale:\n", "  {}:\n"),
    "outcome": ("outcome: portfolio_shift", "outcome: {}"),
    "beleidsveld": ("beleidsveld: domains", "beleidsveld: {}"),
    "formats": ("tables: [", "tables: [{}, "),
}


@pytest.mark.parametrize("section", SECTIONS)
@pytest.mark.parametrize("path", PATHS)
def test_a_path_for_a_name_is_refused(canary, tmp_path, section, path):
    old, new = SECTIONS[section]
    text = edited(old, new.format(json.dumps(path)))
    act = lambda: checked(text, tmp_path / "study")  # noqa: E731
    judge("paths and links", f"{section}: {path}", act, ("config.yaml",), canary)


OPEN = edited("source: simulated", "source: open")


def link(at, to):
    def make(study, outside):
        place = study / at
        place.parent.mkdir(parents=True, exist_ok=True)
        place.symlink_to(outside / to)

    return make


LINKS = {
    "a raw file": (OPEN, link("data/raw/municipalities/TU_COM_REFNIS.zip", "secret"), "TU_COM_REFNIS.zip"),
    "a tidy file": (OPEN, link("data/raw/municipalities/tidy.csv", "secret"), "tidy.csv"),
    "a folder of a source": (OPEN, link("data/raw/municipalities", "source"), "TU_COM_REFNIS.zip"),
    "results elsewhere": (edited(SEED, SEED), link("results", "folder"), "results"),
    "tables elsewhere": (edited(SEED, SEED), link("results/tables", "folder"), "results/tables"),
    "a log": (edited(SEED, SEED), link("results/logs/build_panel.log", "secret"), "build_panel.log"),
    "processed data": (edited(SEED, SEED), link("data/processed", "folder"), "data/processed"),
    "simulated data": (edited(SEED, SEED), link("data/raw/simulated", "folder"), "data/raw/simulated"),
    "a simulated file": (edited(SEED, SEED), link("data/raw/simulated/cpi/cpi.json", "secret"), "cpi.json"),
}


@pytest.mark.parametrize(("name", "text", "make", "named"), ids(LINKS))
def test_a_link_out_of_the_study_is_refused(canary, tmp_path, name, text, make, named):
    outside = tmp_path / "outside"
    (outside / "folder").mkdir(parents=True)
    (outside / "source").mkdir()
    (outside / "source/TU_COM_REFNIS.zip").write_bytes(b"PK")
    (outside / "secret").write_text("private", encoding="utf-8")
    (tmp_path / "study").mkdir()
    make(tmp_path / "study", outside)
    judge("paths and links", f"link: {name}", lambda: checked(text, tmp_path / "study"), (named,), canary)
    assert (outside / "secret").read_text(encoding="utf-8") == "private" and not list((outside / "folder").iterdir())


@pytest.mark.parametrize(
    "name", ["REFNIS {wildcards.source}.txt", "REFNIS\x1b[2J.txt", "REFNIS\n.txt", "REFNIS {0}.txt"]
)
def test_a_raw_file_whose_name_means_something_is_refused(canary, tmp_path, name):
    path = tmp_path / "study/data/raw/municipalities" / name
    path.parent.mkdir(parents=True)
    path.write_text("a|b\n1|2\n", encoding="utf-8")
    judge(
        "paths and links", repr(name), lambda: checked(OPEN, tmp_path / "study"), (repr(name)[1:-1], "rename"), canary
    )


@pytest.mark.parametrize("text", [*CODE, *SPARQL[:4]])
@pytest.mark.parametrize("where", ["outcome", "control", "transform", "focal", "term", "contact", "files"])
def test_code_in_a_configuration_is_refused(canary, tmp_path, text, where):
    quoted = json.dumps(text)
    edits = {
        "outcome": ("outcome: portfolio_shift", f"outcome: {quoted}"),
        "control": ("controls: [belfius_family", f"controls: [{quoted}, belfius_family"),
        "transform": ("controls: [belfius_family, reform_dose]", f"transforms: {{{quoted}: [log]}}"),
        "focal": ("focal: log_population", f"focal: log_population\n    equation: mean\n    strata: {quoted}"),
        "term": ("lags: [1, 5]", f"lags: [{quoted}]"),
        "contact": ("on_absent: stop", f"on_absent: stop\n  mirror: {quoted}"),
        "files": ("source: simulated\n", f"source: open\n  files: {{municipalities: {quoted}}}\n"),
    }
    act = lambda: checked(edited(*edits[where]), tmp_path / "study")  # noqa: E731
    judge("SPARQL and code", f"{where}: {text}", act, ("config.yaml",), canary)
