import json
import xml.etree.ElementTree as ET

import pytest
import vl_convert

from leiomyo.views import charts, curves, treatment_charts
from leiomyo.views.bodymap import body_map
from leiomyo.views.sections import SECTIONS
from leiomyo.views.timeline import patient_timeline
from leiomyo.views.tolerance_section import tolerance
from tests.unit.views.events import EVENTS

TEMPLATES = (
    "age_by_site", "bars", "completeness", "forest", "incidence", "line_flow", "matrix", "survival",
    "survival_panels", "swimmer", "timeline",
)  # fmt: skip


def competing():
    local = {"label": "Local recurrence", "curve": [{"days": 100, "incidence": 0.1}, {"days": 900, "incidence": 0.3}]}
    death = {"label": "Death without recurrence", "curve": [{"days": 500, "incidence": 0.1}]}
    return {"label": "Recurrence", "groups": [{"causes": [local, death]}]}


def figures(results):
    survival = results["survival"]
    cells = [{**c, "row": c["site_group"], "column": c["label"]} for c in results["spread"]["matrix"]]
    return {
        "age_by_site": charts.age_by_site(results["sites"]),
        "bars": charts.bars("Kinds", [{"label": "Surgery", "n": 3}, {"label": None, "n": 1}], of=4),
        "by_time": tolerance(results)["events"]["over_time"]["figure"],
        "completeness": charts.completeness(results["quality"]["completeness"]),
        "forest": curves.five_year_forest(survival["os"], survival["os_by"]),
        "incidence": curves.incidence(competing()),
        "line_flow": treatment_charts.line_flow(results["lines"]),
        "matrix": charts.matrix("Spread", cells, axes=("primary", "metastasis")),
        "survival": curves.survival(survival["os_by"][1]),
        "survival_panels": curves.survival(survival["os_by"][0]),
        "swimmer": treatment_charts.swimmer(results["lines"]),
        "timeline": patient_timeline(EVENTS),
    }


def test_no_bar_is_cut_by_the_clipping_path_of_another_drawing():
    """Drawings on one page share the names of their clipping paths."""
    rows = [{"label": "Surgery", "series": series, "n": 3} for series in ("women", "men")]
    assert "clip-path" not in charts.svg(charts.bars("Kinds", rows, of=6).spec)


def texts(svg):
    return ["".join(node.itertext()) for node in ET.fromstring(svg).iter("{http://www.w3.org/2000/svg}text")]


@pytest.mark.parametrize("name", TEMPLATES)
def test_each_template_compiles_without_a_record(name):
    spec = charts.template(name)
    assert vl_convert.vegalite_to_vega(spec, vl_version=charts.VEGA_LITE)["marks"]


@pytest.mark.parametrize("name", TEMPLATES)
def test_each_chart_is_drawn_with_its_records(name, results):
    figure = figures(results)[name]
    drawn = charts.svg(figure.spec)
    assert drawn.count("<path") + drawn.count("<text") > 5
    assert "NaN" not in drawn and "undefined" not in drawn
    assert figure.alt and figure.rows


def test_nothing_drawn_is_smaller_than_11_px(results):
    for figure in figures(results).values():
        sizes = [float(size) for size in _attributes(charts.svg(figure.spec), "font-size")]
        assert min(sizes) >= 11


def _attributes(svg, name):
    return [node.get(name).removesuffix("px") for node in ET.fromstring(svg).iter() if node.get(name)]


def test_a_chart_template_refuses_data_that_it_has_no_place_for():
    with pytest.raises(ValueError, match=r"bars has no data named \['bard'\]"):
        charts.pour("bars", bard=[])


def test_survival_has_direct_labels_and_the_number_at_risk_on_the_same_axis(results):
    figure = curves.survival(results["survival"]["os_by"][1])
    curve, risk = figure.spec["vconcat"]
    assert figure.spec["resolve"] == {"scale": {"x": "shared"}}
    assert curve["encoding"]["x"]["title"] == "Months from diagnosis"
    drawn = texts(charts.svg(figure.spec))
    assert drawn.count("Negative") == 2
    assert "At risk" in drawn and str(risk and results["survival"]["os_by"][1]["groups"][0]["n"]) in drawn
    assert "median" in figure.alt and "35 patients" in figure.alt


def test_more_than_four_groups_get_a_panel_each(results):
    site = curves.survival(results["survival"]["os_by"][0])
    assert "facet" in site.spec
    assert len({row["panel"] for row in site.spec["datasets"]["group"]}) == 8


def test_one_group_needs_no_label_at_the_end_of_its_curve(results):
    assert curves.survival(results["survival"]["os"]).spec["datasets"]["label"] == []


def test_a_median_not_reached_is_said_and_not_drawn():
    group = {
        "n": 4,
        "events": 0,
        "median_days": None,
        "curve": [{"days": 0, "survival": 1}, {"days": 90, "survival": 1}],
    }
    figure = curves.survival({"endpoint": "os", "groups": [group]})
    assert figure.spec["datasets"]["median"] == []
    assert "median not reached" in figure.alt
    assert charts.svg(figure.spec)


def test_a_result_without_curves_draws_nothing():
    assert curves.survival({"groups": []}) is None
    assert curves.survival({}) is None
    assert curves.incidence({}) is None
    assert curves.five_year_forest({}, []) is None


def test_a_curve_of_ten_thousand_steps_is_thinned_and_its_ends_are_kept():
    curve = [{"days": day, "survival": 1 - day / 20_000} for day in range(10_001)]
    drawn = curves.survival({"groups": [{"curve": curve}]}).spec["datasets"]["curve"]
    assert len(drawn) == charts.POINTS_SHOWN
    assert (drawn[0]["survival"], drawn[-1]["survival"]) == (1.0, 0.5)


def test_many_ages_are_sampled_and_the_figure_says_so():
    sites = [{"site_group": "uterine", "label": "Uterine", "ages": list(range(20, 90)) * 100, "median_age": 54.5}]
    figure = charts.age_by_site(sites)
    assert len(figure.spec["datasets"]["age"]) == charts.DOTS_SHOWN
    assert figure.note.startswith("1,500 of 7,000 (21 %) drawn")
    assert len(figure.rows) == 7000


def test_unknown_is_grey_and_a_site_keeps_its_colour():
    assert charts.colour(None, 3, "Unknown") == charts.GREY
    assert charts.colour("#0072B2", 5, "extremity").lower() == "#0072b2"
    assert charts.colour("javascript:alert(1)") in charts.PALETTE


@pytest.mark.parametrize(
    "hue", ["#F0E442", "#332288", "#882255", "#E69F00", "#CC79A7", "#999999", "#000000", "#ffffff"]
)
def test_every_colour_is_seen_on_light_and_on_dark_paper(hue):
    lights = [int(charts.legible(hue)[i : i + 2], 16) for i in (1, 3, 5)]
    luminance = charts._luminance(lights)
    assert 1.05 / (luminance + 0.05) > 2.8
    assert (luminance + 0.05) / 0.06 > 2.8


def test_a_wide_matrix_sets_its_column_names_aslant():
    cells = [{"row": "Uterine", "column": f"Metastasis number {i}", "n": 1, "of": 2} for i in range(14)]
    spec = charts.matrix("Wide", cells, axes=("primary", "metastasis")).spec
    assert spec["encoding"]["x"]["axis"]["labelAngle"] == -35
    narrow = charts.matrix("Narrow", cells[:3], axes=("primary", "metastasis")).spec
    assert narrow["encoding"]["x"]["axis"]["labelAngle"] == 0


def test_the_body_map_writes_every_site_once_and_names_those_it_cannot_place(results):
    figure = body_map(results["sites"])
    written = texts(figure.drawing)
    assert "Uterine" in written and "16 (25 %)" in written
    assert figure.drawing.count('r="0"') == 9
    assert figure.note == "Not on the map: Unknown: 2 of 64 (3 %)."


def test_labels_of_the_body_map_do_not_overlap(results):
    for site in results["sites"]:
        site["site_group"] = "uterine"
    tops = [float(y) for y in _attributes(body_map(results["sites"]).drawing, "y")]
    gaps = [b - a for a, b in zip(sorted(tops), sorted(tops)[1:], strict=False)]
    assert min(gaps) > 10


def test_charts_carry_only_json(results):
    for section in SECTIONS:
        for value in (section.build(results) or {}).values():
            if isinstance(value, charts.Figure):
                assert json.loads(json.dumps(value.spec, allow_nan=False)) == value.spec
