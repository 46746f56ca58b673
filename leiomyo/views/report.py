"""The report: one HTML file, rendered from the one dict `results`, that needs neither network nor JavaScript.

Every chart is in the page as SVG. Where JavaScript runs, the same specification is drawn again at the width
of the screen with tooltips, and can be saved.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any
from urllib.parse import quote

import jinja2
from markupsafe import Markup

from leiomyo.spreadsheet import csv_text
from leiomyo.views import charts
from leiomyo.views import format as fmt
from leiomyo.views.sections import SECTIONS, Results


def write_report(results: dict[str, Any], path: Path) -> None:
    """Write the report of `results` to `path` as one self-contained HTML file.

    Parameters
    ----------
    results
        What `results.json` holds. Any key may be absent: its section is then absent too.
    path
        The file to write; its folder must exist.
    """
    path.write_text(render_report(results), encoding="utf-8")


def render_report(results: Results) -> str:
    """The report of `results` as HTML."""
    sections = []
    for section in SECTIONS:
        context = section.build(results)
        if context is not None:
            sections.append({"name": section.name, "title": section.title, "context": context})
    with bundling() as bundle:
        body = (
            environment()
            .get_template("report.html")
            .render(
                results=results,
                sections=sections,
                style=style(),
                theme=embedded(charts.theme()),
            )
        )
        scripts = f"<script>{bundle()}</script>\n<script>{_file('static', 'report.js')}</script>\n"
    return body.replace("</body>", f"{scripts}</body>")


def style() -> Markup:
    """The look of our pages, for inside a style element."""
    return Markup(_file("static", "report.css"))  # noqa: S704 - our own files


@cache
def environment() -> jinja2.Environment:
    """The templates, with the number formats as filters; what is absent reads as None."""
    env = jinja2.Environment(
        loader=jinja2.FunctionLoader(lambda name: _file("templates", name)),
        autoescape=True,
        undefined=jinja2.ChainableUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    names = (
        "integer", "number", "days", "months", "months_words", "median_months", "limits_of", "percent",
        "count_of", "count_share", "survival", "p_value", "is_unknown", "label", "slug",
    )  # fmt: skip
    env.filters |= {name: _absent_as_none(getattr(fmt, name)) for name in names}
    env.filters |= {"csv_text": _absent_as_none(csv_text), "drawn": drawn, "embedded": embedded, "data_link": data_link}
    return env


def _absent_as_none(function: Callable[..., Any]) -> Callable[..., Any]:
    def given(*values: Any) -> Any:
        return function(*(None if isinstance(value, jinja2.Undefined) else value for value in values))

    return given


def drawn(figure: charts.Figure) -> Markup:
    """The figure as SVG."""
    return Markup(figure.drawing or charts.svg(figure.spec))  # noqa: S704 - both renderers escape their text


def embedded(value: Mapping[str, Any]) -> Markup:
    """A value as JSON that is safe inside a script element.

    Examples
    --------
    >>> embedded({"name": "</script>"})
    Markup('{"name":"\\\\u003c/script\\\\u003e"}')
    """
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for sign in "<>&\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return Markup(text)  # noqa: S704 - no sign that HTML knows is left


def data_link(text: str, kind: str = "text/csv") -> str:
    """A text as a link that needs no network.

    Examples
    --------
    >>> data_link("a,b")
    'data:text/csv;charset=utf-8,a%2Cb'
    """
    return f"data:{kind};charset=utf-8,{quote(text)}"


@contextmanager
def bundling() -> Iterator[Callable[[], str]]:
    """Bundle Vega in a process beside this one; what is given waits for the bundle.

    Bundling takes as long as drawing all charts, and `vl_convert` does one thing at a time.
    """
    if getattr(sys, "frozen", False) or not sys.executable:
        yield library
        return
    ask = f"import vl_convert; print(vl_convert.javascript_bundle(vl_version={charts.VEGA_LITE!r}))"
    command = [sys.executable, "-X", "utf8", "-c", ask]
    pipes: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL, "encoding": "utf-8"}
    with subprocess.Popen(command, **pipes) as child:  # noqa: S603 - our own interpreter and words
        try:
            yield lambda: _safe(child.communicate()[0]) or library()
        finally:
            if child.poll() is None:
                child.kill()


def library() -> str:
    """Vega, Vega-Lite and vega-embed, from the package `vl_convert`, safe inside a script element."""
    import vl_convert

    return _safe(vl_convert.javascript_bundle(vl_version=charts.VEGA_LITE))  # type: ignore[call-arg]


def _safe(script: str) -> str:
    return script.strip().replace("</script", "<\\/script").replace("<!--", "<\\!--")


def _file(folder: str, name: str) -> str:
    return resources.files("leiomyo.views").joinpath(folder, name).read_text(encoding="utf-8")
