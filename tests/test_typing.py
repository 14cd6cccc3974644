"""The types hold: a name that no longer exists is found here before somebody opens the page.

By day ``run.py lint`` asks the same of the same modules.
"""

from __future__ import annotations

import subprocess
import sys

import pytest

from base.rules.modules.loading import ROOT


@pytest.mark.slow
def test_strict_types_hold(tmp_path):
    modules = sorted(manifest.parent.name for manifest in ROOT.glob("*/__manifest__.py"))
    done = subprocess.run(
        [sys.executable, "-m", "mypy", f"--cache-dir={tmp_path}", "config.py", "run.py", *modules],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
