"""The report as a reader opens it: from disk, in a real Chromium, with the network off."""

import json
import re
from pathlib import Path
from urllib.parse import unquote

import pytest

from leiomyo.course.therapy import courses
from leiomyo.views.patient import patient_page
from leiomyo.views.report import write_report

CHROMIUM = Path("/usr/bin/chromium")
SAMPLE = Path(__file__).parents[1] / "unit" / "views" / "sample_results.json"
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason=f"no Chromium at {CHROMIUM}: the page was not opened"),
]
playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed: the page was not opened")


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    path = tmp_path_factory.mktemp("report") / "report.html"
    write_report(json.loads(SAMPLE.read_text(encoding="utf-8")), path)
    return path.as_uri()


@pytest.fixture(scope="module")
def browser():
    with playwright.sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture(scope="module")
def patient_address(example, tmp_path_factory):
    path = tmp_path_factory.mktemp("patient") / "course.html"
    course = max(courses(example.store), key=lambda one: len(one.lines))
    path.write_text(patient_page(course), encoding="utf-8")
    return path.as_uri()


@pytest.fixture
def open_page(browser, address):
    """Open the report; the page keeps what it asked for and what it complained about."""
    contexts = []

    def opened(width=1280, address=address, **settings):
        context = browser.new_context(viewport={"width": width, "height": 900}, **settings)
        contexts.append(context)
        context.set_offline(True)
        page = context.new_page()
        page.asked, page.complaints = [], []
        page.on("request", lambda request: page.asked.append(request.url))
        page.on("console", lambda message: page.complaints.append(f"{message.type}: {message.text}"))
        page.on("pageerror", lambda error: page.complaints.append(str(error)))
        page.goto(address)
        return page

    yield opened
    for context in contexts:
        context.close()


def see_all(page):
    """Scroll through the page, so that every chart is drawn."""
    page.add_style_tag(content="html { scroll-behavior: auto !important }")
    for figure in page.query_selector_all("figure.chart:has(script.spec)"):
        figure.scroll_into_view_if_needed()
        figure.wait_for_selector(".live svg", timeout=20_000)


def test_every_chart_is_drawn_with_marks_and_nothing_is_asked_of_the_network(open_page, address):
    page = open_page()
    see_all(page)
    marks = page.evaluate("""() => [...document.querySelectorAll("figure.chart:has(script.spec)")].map(figure =>
        [figure.id, figure.querySelectorAll(".live svg [class*=mark-] path, .live svg [class*=mark-] text").length])""")
    assert len(marks) >= 15
    assert [name for name, count in marks if count < 4] == []
    assert page.complaints == []
    assert [url for url in page.asked if not url.startswith(("data:", address))] == []


def test_lines_are_drawn_as_many_ribbons_blocks_bars_and_signs_as_there_are(open_page):
    page = open_page()
    see_all(page)
    for figure, marks, data in (
        ("from-line-to-line", ".mark-area path", "new Set(data.ribbon.map(row => row.id)).size"),
        ("from-line-to-line", ".mark-rect path", "data.block.length"),
        ("courses-of-treated-patients", ".mark-rect path", "data.bar.length"),
        ("courses-of-treated-patients", ".mark-symbol path", "data.sign.length"),
        ("response-by-regimen", ".mark-symbol path", "data.forest.length"),
        ("what-doubtful-records-do-to-survival", ".mark-symbol path", "2 * data.pair.length"),
        ("how-alike-the-two-groups-are-radiation-after-the-operation", ".mark-symbol path", "2 * data.pair.length"),
    ):
        drawn, there = page.evaluate(f"""() => {{
            const figure = document.getElementById("figure-{figure}");
            const data = JSON.parse(figure.querySelector("script.spec").textContent).datasets;
            return [figure.querySelectorAll(".live svg {marks}").length, {data}]; }}""")
        assert drawn == there > 3, (figure, marks)


def test_each_line_has_a_panel_with_its_number_at_risk_under_every_labelled_month(open_page):
    page = open_page()
    see_all(page)
    for figure in ("progression-free-survival-by-line", "time-to-next-treatment-by-line"):
        panels, numbers, ticks = page.evaluate(f"""() => {{
            const figure = document.getElementById("figure-{figure}");
            const spec = JSON.parse(figure.querySelector("script.spec").textContent);
            const ticks = spec.params.find(param => param.name === "ticks").value.length;
            return [figure.querySelectorAll(".live svg .mark-area path").length,
                    figure.querySelectorAll(".live svg .mark-text[class*=layer] text").length, ticks]; }}""")
        assert panels == 3 and numbers == panels * ticks, figure


def test_the_flow_names_its_blocks_where_there_is_room_and_its_colours_where_there_is_none(open_page):
    for width, key_shown in ((1280, False), (360, True)):
        page = open_page(width=width)
        see_all(page)
        figure = page.locator("#figure-from-line-to-line")
        assert figure.locator(".key").is_visible() == key_shown
        assert (figure.locator(".live text", has_text="No further line").count() > 0) != key_shown


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 360])
def test_the_course_of_a_patient_is_read_on_any_screen_without_a_script(open_page, patient_address, width, scheme):
    page = open_page(width=width, address=patient_address, color_scheme=scheme)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    small, faint = page.evaluate(TEXT_SEEN)
    assert small == [] and faint == []
    assert page.locator("#figure-course .mark-rect path").count() > 3
    assert page.complaints == []


def test_on_paper_each_chart_stands_once_and_nothing_is_cut_off(open_page):
    page = open_page(width=680)
    see_all(page)
    page.emulate_media(media="print")
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    assert page.evaluate("document.documentElement.scrollWidth") <= 680
    shown = "[...document.querySelectorAll('figure.chart')].map(f => [...f.querySelectorAll('.still, .live')].filter(e => e.checkVisibility()).length)"
    assert set(page.evaluate(shown)) == {1}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_text_is_below_11_px_or_faint(open_page, scheme):
    page = open_page(color_scheme=scheme)
    see_all(page)
    small, faint = page.evaluate(TEXT_SEEN)
    assert small == []
    assert faint == []


TEXT_SEEN = """() => {
  const light = c => { const v = c.map(x => x / 255).map(x => x <= 0.03928 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4);
    return 0.2126 * v[0] + 0.7152 * v[1] + 0.0722 * v[2]; };
  const paper = getComputedStyle(document.body).backgroundColor.match(/[\\d.]+/g).map(Number);
  const small = [], faint = [];
  for (const element of document.querySelectorAll("main *, nav *")) {
    const own = [...element.childNodes].some(n => n.nodeType === 3 && n.textContent.trim());
    if (!own || !element.checkVisibility() || element.closest("script, style, .visually-hidden")) { continue; }
    const style = getComputedStyle(element), svg = element.closest("svg");
    const scale = svg ? svg.getBoundingClientRect().width / (svg.viewBox.baseVal.width || svg.clientWidth) : 1;
    if (parseFloat(style.fontSize) * scale < 11) { small.push(element.textContent.slice(0, 40)); }
    const ink = (svg ? style.fill : style.color).match(/[\\d.]+/g)?.map(Number);
    if (!ink || ink.length < 3 || style.opacity === "0") { continue; }
    const alpha = parseFloat(style.opacity) * (svg ? parseFloat(style.fillOpacity) : 1);
    const seen = ink.slice(0, 3).map((x, i) => alpha * x + (1 - alpha) * paper[i]);
    const [high, low] = [light(seen), light(paper)].sort((a, b) => b - a);
    if ((high + 0.05) / (low + 0.05) < 4.5) { faint.push(element.textContent.slice(0, 40)); }
  }
  return [small, faint];
}"""


def test_a_telephone_never_scrolls_sideways(open_page):
    page = open_page(width=360)
    see_all(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    small, _ = page.evaluate(TEXT_SEEN)
    assert small == []


def test_without_javascript_the_charts_and_the_numbers_are_there(open_page):
    page = open_page(java_script_enabled=False)
    stills = page.locator("figure.chart .still svg")
    assert stills.count() >= 16
    assert all(stills.nth(i).bounding_box()["height"] > 60 for i in range(stills.count()))
    assert page.locator(".save-svg").first.is_hidden()
    link = page.locator("#figure-overall-survival a[download$='.csv']").get_attribute("href")
    assert unquote(link).startswith("data:text/csv;charset=utf-8,group,days,survival,low,high")


def test_a_figure_is_saved_as_svg_and_its_numbers_as_csv(open_page, tmp_path):
    page = open_page()
    for kind, start in (("svg", "<svg"), ("csv", "group,days")):
        with page.expect_download() as download:
            page.locator(f"#figure-overall-survival a[download$='.{kind}']").click()
        assert download.value.suggested_filename == f"overall-survival.{kind}"
        saved = tmp_path / f"saved.{kind}"
        download.value.save_as(saved)
        assert saved.read_text(encoding="utf-8").startswith(start)


def test_a_point_of_a_curve_tells_its_numbers(open_page):
    page = open_page()
    figure = page.locator("#figure-overall-survival")
    figure.scroll_into_view_if_needed()
    figure.locator(".live svg").wait_for()
    figure.locator(".live .mark-symbol path[fill][opacity='0']").nth(5).hover(force=True)
    tooltip = page.locator("#vg-tooltip-element")
    tooltip.wait_for(state="visible")
    assert re.search(r"Survival \(95 % limits\).*\d+ % \(\d+–\d+\)", tooltip.inner_text(), re.DOTALL)


def test_definitions_open_on_paper_and_the_contents_do_not_print(open_page, tmp_path):
    page = open_page()
    page.emulate_media(media="print")
    assert page.locator("nav.contents").is_hidden()
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    assert page.locator("details.definition").first.get_attribute("open") is not None
    page.evaluate("window.dispatchEvent(new Event('afterprint'))")
    assert page.locator("details.definition").first.get_attribute("open") is None
    paper = tmp_path / "report.pdf"
    page.pdf(path=str(paper), prefer_css_page_size=True)
    assert paper.stat().st_size > 50_000
