"""What numbers are computed by."""

import platform
from importlib import metadata

PACKAGES = ("numpy", "pandas", "scipy", "statsmodels", "linearmodels", "matplotlib", "pandera", "pyarrow", "python-calamine",
            "snakemake")  # fmt: skip


def versions() -> dict[str, str]:
    """Versions of the packages that numbers depend on."""
    return {name: metadata.version(name) for name in PACKAGES}


def environment() -> dict[str, str]:
    """Versions of packages and of Python, and the kind of machine."""
    return versions() | {"python": platform.python_version(), "machine": f"{platform.system()} {platform.machine()}"}
