"""Which faults are tried: a seeded sample, spread over the modules by how many faults each can have."""

import random
from pathlib import Path

from mutation.operators import LIBRARY, Mutant, mutants

# What computes: folders and modules of the library.
FOLDERS = ("models", "multiverse", "diagnostics", "indicators", "qca")
MODULES = (
    *("attribution", "geography", "inference", "merger_draws", "mergers"),
    *("multiplicity", "necessity", "power"),
)


def modules(root: Path) -> list[Path]:
    """The modules of the statistics library."""
    library = root / LIBRARY
    paths = [path for folder in FOLDERS for path in (library / folder).glob("*.py") if path.name != "__init__.py"]
    return sorted([*paths, *(library / f"{name}.py" for name in MODULES)])


def all_mutants(root: Path) -> dict[str, list[Mutant]]:
    """Module -> every fault it can have."""
    named = {str(path.relative_to(root)): path.read_text(encoding="utf-8") for path in modules(root)}
    return {name: found for name, source in named.items() if (found := mutants(name, source))}


def sample(found: dict[str, list[Mutant]], number: int, seed: int) -> list[Mutant]:
    """About this many faults: each module at least one, the others in proportion (largest remainders). In random order, so that
    the first of them are a sample as well.
    """
    total = sum(map(len, found.values()))
    exact = {name: min(max(number * len(own) / total, 1), len(own)) for name, own in found.items()}
    taken = {name: int(share) for name, share in exact.items()}
    for name in sorted(exact, key=lambda name: (taken[name] - exact[name], name)):
        if sum(taken.values()) < number and taken[name] < len(found[name]):
            taken[name] += 1
    drawn = {name: random.Random(f"{seed} {name}").sample(own, len(own))[: taken[name]] for name, own in found.items()}
    whole = [one for name in sorted(drawn) for one in drawn[name]]
    return random.Random(seed).sample(whole, len(whole))
