"""`inspect --picture` with files of every kind that folders may have."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from data.picture.test_dicom import write
from PIL import Image

from cli.conftest import Command, Refused
from snn_tui.data.picture import dicom
from snn_tui.runs.rundir import RunDir

FILM = Image.linear_gradient("L").resize((50, 40)).rotate(30)


@pytest.mark.parametrize(("kind", "options"), [("TIFF", {}), ("BMP", {}), ("WebP", {"lossless": True})])
def test_a_file_is_judged_as_the_same_picture_in_a_png(
    command: Command, finished: RunDir, tmp_path: Path, kind: str, options: dict[str, Any]
) -> None:
    answers = []
    for name in ("PNG", kind):
        FILM.save(tmp_path / "film", name, **(options if name == kind else {}))
        code, out, _ = command("inspect", finished.path, "--picture", tmp_path / "film", "--json")
        assert code == 0
        answers.append(json.loads(out))
    assert answers[0] == answers[1]


def test_a_dicom_file_is_judged_and_what_was_done_to_its_values_is_noted(
    command: Command, finished: RunDir, tmp_path: Path
) -> None:
    path = write(tmp_path / "film", np.asarray(FILM), PhotometricInterpretation="MONOCHROME1")
    code, out, _ = command("inspect", finished.path, "--picture", path)
    assert code == 0
    assert "note: 0 is white in this file, so its values were inverted" in " ".join(out.split())


def test_without_pydicom_the_error_says_what_to_install(
    refused: Refused, finished: RunDir, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "film.dcm"
    path.write_bytes(bytes(128) + b"DICM")
    monkeypatch.setattr(dicom, "available", lambda: False)
    error = refused(3, "inspect", finished.path, "--picture", path)
    assert error == f"error: {path}: DICOM files need pydicom\n  try: pip install '.[dicom]'\n"
