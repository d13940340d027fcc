"""The canary of the hostile inputs."""

from pathlib import Path

import pytest


@pytest.fixture
def canary(tmp_path, monkeypatch) -> Path:
    """The file that a payload makes where it runs; the working folder is one of its own."""
    monkeypatch.chdir(tmp_path)
    return tmp_path / "canary"
