"""The spool's folder: what an earlier process left there goes, and nothing else."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from service.engine.spool import PREFIX, Spool
from tests.conftest import settings_for


def test_a_start_clears_what_is_not_needed(tmp_path: Path) -> None:
    """Files of long results that nobody names any more, and the folders that formats were made in."""
    needed, old = tmp_path / "results" / "needed.arrow", tmp_path / "results" / "old.arrow"
    (tmp_path / "results" / f"{PREFIX}xlsx").mkdir(parents=True)
    for file in (needed, old):
        file.write_bytes(b"")
    Spool(settings_for(tmp_path, results_folder=tmp_path / "results")).clear(keep=[needed])
    assert list((tmp_path / "results").iterdir()) == [needed]


def test_a_folder_named_like_a_result_is_left_alone(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """It is not ours: the log warns of it, and the files beside it are cleared."""
    odd, old = tmp_path / "results" / "odd.arrow", tmp_path / "results" / "z.arrow"
    odd.mkdir(parents=True)
    old.write_bytes(b"")
    with caplog.at_level(logging.WARNING):
        Spool(settings_for(tmp_path, results_folder=tmp_path / "results")).clear()
    assert list((tmp_path / "results").iterdir()) == [odd]
    assert f"{odd} is left there: Is a directory" in caplog.text
