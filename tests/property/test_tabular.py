"""Whatever stands in a sheet: no row is lost, none is counted twice, and reading it again changes nothing."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leiomyo.registry import Registry
from tests.contract.sources.bad_tabular import GOOD, HEAD, MAPPING

LONG = bool(os.environ.get("LEIOMYO_LONG"))
_NASTY = st.sampled_from(["", "NA", "99/99/9999", "2019-13-01", "1e309", "-0", "=1+1", '"', '""', "a\x0bb", "R0", "½", "٣", "\u2028",
                          "0000-00-00", "2019-06", "x" * 300, "doxorubicin + ?", "<b>", "', --", "\ufeff", "8,5", "1;2"])  # fmt: skip
_CELL = st.one_of(_NASTY, st.text(max_size=12), st.sampled_from(list(GOOD.values())))
_ROW = st.lists(_CELL, min_size=len(GOOD), max_size=len(GOOD)).map(",".join)
_LINE = st.one_of(
    _ROW,
    st.just(",".join(GOOD.values())),
    st.text(max_size=40),
    st.lists(_CELL, max_size=len(GOOD) + 3).map(",".join),
)


@settings(max_examples=2000 if LONG else 60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(_LINE, min_size=1, max_size=8), st.booleans())
def test_every_row_of_a_sheet_is_kept_superseded_or_quarantined(rows: list[str], ended: bool) -> None:
    text = "\n".join([HEAD, ",".join(GOOD.values()), *rows]) + ("\n" if ended else "")
    with tempfile.TemporaryDirectory() as name, Registry() as registry:
        folder = Path(name)
        (folder / "mapping.yaml").write_text(MAPPING, encoding="utf-8")
        (folder / "sheet.csv").write_bytes(text.encode("utf-8", "surrogatepass"))
        result = registry.ingest(folder, name="made")
        if result.status == "refused":
            assert any(problem.severity == "error" for problem in result.problems)
            assert registry.store.rows("SELECT count(*) FROM input_row") == [(0,)]
            return
        [file] = result.files
        assert file["rows"] == file["kept"] + file["superseded"] + file["quarantined"] >= 1
        raw = registry.store.rows("SELECT row, raw FROM quarantine ORDER BY row")
        lines = text.split("\n")
        assert all(content.split("\n")[0] == lines[row - 1].removesuffix("\r") for row, content in raw)
        assert registry.ingest(folder, name="made").status == "unchanged"
        registry.survival("os")
        registry.courses()
