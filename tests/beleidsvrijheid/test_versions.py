"""Versions by name: of packages, of Python, and the kind of machine."""

import platform

import numpy as np

from beleidsvrijheid.versions import environment, versions


def test_environment_names_packages_python_and_machine():
    known = environment()
    assert known["numpy"] == np.__version__ and {"statsmodels", "linearmodels"} <= set(known)
    assert (known["python"], known["machine"]) == (
        platform.python_version(),
        f"{platform.system()} {platform.machine()}",
    )
    assert set(known) == {*versions(), "python", "machine"}
