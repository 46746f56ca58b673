import json
import re
from html.parser import HTMLParser
from urllib.parse import unquote

import pytest

from leiomyo.views import report
from leiomyo.views.report import write_report
from leiomyo.views.sections import SECTIONS

ATTACK = "<script>alert('x')</script>"
VOID = {"meta", "link", "br", "img", "input", "hr"}
OF_SECTION = {
    "attrition": ["attrition"],
    "cohort": ["sites", "table1"],
    "presentation": ["stage", "spread", "disease"],
    "treatment": ["treatment", "lines"],
    "tolerance": ["tolerance"],
    "outcomes": ["survival", "lines", "comparisons"],
    "caution": ["quality", "impact", "comparisons"],
    "method": ["product", "definitions", "rules", "lines"],
}


class Page(HTMLParser):
    """What a test asks of a page: its elements, whether they close, its headings, its words."""

    def __init__(self, html):
        super().__init__()
        self.elements, self.open, self.headings, self.words, self.skipping = [], [], [], [], False
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))
        if tag not in VOID:
            self.open.append(tag)
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))

    def handle_startendtag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if not {"script", "style"} & set(self.open):
            self.words.append(data)

    @property
    def text(self):
        return re.sub(r"\s+", " ", "".join(self.words))

    def attributes(self, tag):
        return [attributes for name, attributes in self.elements if name == tag]


@pytest.fixture
def page(results, render):
    return Page(render(results))


def test_sections_stand_in_the_order_of_the_readers_questions(page):
    assert [a["id"] for a in page.attributes("section")] == [section.name for section in SECTIONS]
    assert [a["href"] for a in page.attributes("a") if a["href"] in {f"#{s.name}" for s in SECTIONS}] == [
        f"#{section.name}" for section in SECTIONS
    ]


def test_every_element_closes_and_headings_never_skip_a_level(page):
    assert page.open == []
    assert page.headings[0] == 1 and page.headings.count(1) == 1
    assert all(b - a <= 1 for a, b in zip(page.headings, page.headings[1:], strict=False))


def test_anchors_are_unique(page):
    names = [a["id"] for _, a in page.elements if "id" in a]
    assert len(names) == len(set(names))


def test_the_headline_says_counts_shares_and_limits(page):
    assert "34 (53 %)" in page.text
    assert "95 % limits 50.3–111.2" in page.text
    assert "never a recommendation" in page.text


def test_nothing_reads_as_a_machine_would_write_it(page):
    assert not re.search(r"\b(NaN|None|null|undefined|nan)\b", page.text)
    assert "p = 0.00 " not in page.text and "p < 0.001" in page.text
    assert "not reached" in page.text


def test_unknown_keeps_a_grey_row_of_its_own(results, page):
    unknown = [a for a in page.attributes("tr") if a.get("class") == "unknown"]
    assert len(unknown) >= len(results["table1"])


def test_every_figure_tells_its_numbers_in_words_and_as_csv(page):
    drawings = [a for a in page.attributes("div") if a.get("class") == "drawing"]
    assert len(drawings) == len(page.attributes("figure")) >= 15
    assert all(a["role"] == "img" and re.search(r"\d", a["aria-label"]) for a in drawings)
    links = [a["href"] for a in page.attributes("a") if a.get("download", "").endswith(".csv")]
    assert len(links) >= len(drawings)
    assert all(unquote(link).startswith("data:text/csv;charset=utf-8,") for link in links)


def test_tables_have_scopes(page):
    assert all("scope" in a for a in page.attributes("th"))


def test_a_static_drawing_stands_in_each_figure_and_nothing_is_fetched(results, render):
    html = render(results)
    page = Page(html)
    assert len(page.attributes("svg")) >= len(page.attributes("figure"))
    fetched = [a.get(key, "") for _, a in page.elements for key in ("src", "href", "action")]
    assert not [address for address in fetched if re.match(r"(https?:)?//", address)]
    assert "@import" not in html and not re.search(r"url\(['\"]?(?!#)", html)


@pytest.mark.parametrize("name", OF_SECTION)
def test_a_section_without_data_is_absent(name, results, render):
    for key in OF_SECTION[name]:
        del results[key]
    page = Page(render(results))
    assert name not in [a.get("id") for a in page.attributes("section")]
    assert f"#{name}" not in [a.get("href") for a in page.attributes("a")]


@pytest.mark.parametrize(
    "key",
    [
        "product",
        "read",
        "cohort",
        "files",
        "sites",
        "table1",
        "stage",
        "spread",
        "lines",
        "tolerance",
        "disease",
        "impact",
        "comparisons",
    ],
)
@pytest.mark.parametrize("instead", ["absent", None, {}])
def test_any_key_may_be_missing(key, instead, results, render):
    del results[key]
    if instead != "absent":
        results[key] = instead
    assert "</html>" in render(results)


def test_every_inner_key_may_be_missing_or_empty(results, render):
    for path in list(_paths(results)):
        if len(path) == 2:
            cut = json.loads(json.dumps({path[0]: results[path[0]]}))
            del cut[path[0]][path[1]]
            assert "</html>" in render(cut)


def _paths(value, before=()):
    if isinstance(value, dict):
        for key, inner in value.items():
            yield (*before, key)
            yield from _paths(inner, (*before, key))


def test_no_results_at_all_still_give_a_page(render):
    assert "never a recommendation" in render({})


def test_symptoms_that_no_file_records_are_said_in_one_line(results, render):
    assert "Symptoms: not recorded in these files." not in Page(render(results)).text
    results["tolerance"]["symptoms"] = {}
    assert "Symptoms: not recorded in these files." in Page(render(results)).text


def test_adverse_events_that_no_file_records_are_said_in_one_line_without_a_table(results, render):
    assert "Adverse events of treatment: not recorded in these files." not in Page(render(results)).text
    results["tolerance"]["adverse_events"] = {}
    page = Page(render(results))
    assert "Adverse events of treatment: not recorded in these files." in page.text
    assert not [a for a in page.attributes("figure") if "adverse-events" in a["id"]]
    assert "Where each adverse event stands" not in page.text


def test_no_text_of_the_data_becomes_markup(results, render):
    hostile = _replace_text(results)
    html = render(hostile)
    assert ATTACK not in html
    assert "<script>alert" not in html
    assert len(Page(html).attributes("script")) == len(Page(render(results)).attributes("script"))


def _replace_text(value, key=""):
    if isinstance(value, dict):
        return {name: _replace_text(inner, name) for name, inner in value.items()}
    if isinstance(value, list):
        return [_replace_text(inner, key) for inner in value]
    return value + ATTACK if isinstance(value, str) and key != "endpoint" else value


def test_csv_never_holds_a_formula(results, render):
    results["sites"][0]["site_group"] = "=HYPERLINK(1)"
    links = [a["href"] for a in Page(render(results)).attributes("a") if a.get("download", "").endswith(".csv")]
    assert any("'=HYPERLINK(1)" in unquote(link) for link in links)
    assert not any("\n=HYPERLINK" in unquote(link) for link in links)


def test_only_fifty_conflicts_are_shown_and_the_rest_are_counted(page):
    assert "7 more in tables/conflict.parquet" in page.text


def test_patients_left_out_are_listed_behind_their_count(page):
    assert "NX-0006, NX-0007" in page.text


def test_a_guess_without_a_score_is_shown_without_one(results, render):
    results["quality"]["drug_guesses"] = [{"as_written": "Votrent", "agent": "pazopanib", "score": None, "n": 1}]
    assert "Votrent" in render(results)


def test_spread_known_only_ever_is_shown_as_such(results, render):
    results["spread"] = {
        "ever": {"yes": 48, "no": 0, "unknown": 57},
        "sites": [{"site": "lung", "label": "Lung", "n": 38}],
    }
    page = Page(render(results))
    assert "Spread at any time" in page.text and "57 of 105 (54 %)" in page.text
    assert "38 of 48 (79 %)" in page.text


def test_a_test_names_its_groups_as_the_curves_do(results, render):
    results["survival"]["os_by"][1]["test"]["groups"] = ["negative", "close", "positive"]
    results["survival"]["os_by"][1]["test"]["left_out"] = 13
    text = Page(render(results)).text
    assert "Log-rank test, Negative, Close, Positive: p = 0.032" in text
    assert "13 patients of unknown group are not in the test." in text


def test_a_test_that_was_not_made_says_why(results, render):
    results["survival"]["os_by"] = [
        results["survival"]["os_by"][1] | {"test": {"p": None, "reason": "One event only."}}
    ]
    assert "Not tested: One event only." in Page(render(results)).text


def test_the_file_is_whole_with_the_interactive_library_in_it_once(results, tmp_path):
    path = tmp_path / "report.html"
    write_report(results, path)
    html = path.read_text(encoding="utf-8")
    assert html.count("window.vegaEmbed=") == 1
    assert html.rstrip().endswith("</html>")
    assert len(html) < 4_000_000


def test_the_library_is_bundled_here_where_no_process_can_be_started(monkeypatch):
    monkeypatch.setattr(report, "library", lambda: "bundled here")
    monkeypatch.setattr(report.sys, "executable", "")
    with report.bundling() as bundle:
        assert bundle() == "bundled here"


def test_a_report_that_fails_leaves_no_process_behind():
    with pytest.raises(ZeroDivisionError), report.bundling():
        raise ZeroDivisionError
