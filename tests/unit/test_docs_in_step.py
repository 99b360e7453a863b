"""Reference pages say what the code says."""

from __future__ import annotations

from pathlib import Path

import pytest

from sams.cli.pages import pages


@pytest.mark.parametrize(("path", "text"), pages().items(), ids=lambda value: value.name if isinstance(value, Path) else "")
def test_a_page_made_from_the_code_is_in_step_with_it(path: Path, text: str) -> None:
    assert path.read_text(encoding="utf-8") == text, f"{path.name} is behind the code. Next: make docs"
