"""Invented results that follow the contract, and reports rendered without the long JavaScript bundle."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from leiomyo.views import charts, report

DRAWN: dict[str, str] = {}
DRAW = charts.svg
SAMPLE = Path(__file__).with_name("sample_results.json")


@pytest.fixture
def results() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(SAMPLE.read_text(encoding="utf-8"))
    return loaded


@pytest.fixture
def render(monkeypatch: pytest.MonkeyPatch) -> Callable[[dict[str, Any]], str]:
    @contextmanager
    def nothing() -> Iterator[Callable[[], str]]:
        yield lambda: ""

    def drawn_once(spec: dict[str, Any]) -> str:
        key = json.dumps(spec)
        if key not in DRAWN:
            DRAWN[key] = DRAW(spec)
        return DRAWN[key]

    monkeypatch.setattr(report, "bundling", nothing)
    monkeypatch.setattr(charts, "svg", drawn_once)
    return report.render_report
