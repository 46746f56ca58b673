import csv
import os
from pathlib import Path

import pytest

from leiomyo.model.codes import codes, find_words, label, match_word, match_words, table, tokens
from leiomyo.model.tables import TABLES

SHARED = Path(os.environ.get("LEIOMYO_SHARED", Path(__file__).parents[4] / "shared" / "data"))
FILES = (
    "ctcae_terms",
    "drugs",
    "drug_synonyms",
    "histology_terms",
    "lists",
    "metastatic_sites",
    "morphology",
    "site_groups",
    "topography",
    "words",
)
CONFIDENCE = {"seen", "recalled", "own convention"}
#: Lists of words that stand for site groups, or that change what stands beside them.
WORDS_FOR = {"subsite": "site_groups", "region": "site_groups"}
MODIFIERS = {"month", "negation", "uncertainty", "adjacency", "drug_remark", "masked_drug"}


@pytest.mark.parametrize("name", FILES)
def test_every_row_of_the_vocabulary_says_where_it_comes_from(name):
    rows = table(name)
    assert rows
    assert all(row["source"] for row in rows)
    assert {row["confidence"] for row in rows} <= CONFIDENCE


@pytest.mark.parametrize(
    "name", ["ctcae_terms", "drugs", "histology_terms", "metastatic_sites", "morphology", "topography"]
)
def test_no_code_stands_twice_in_its_list(name):
    assert len(codes(name)) == len(table(name))


def test_no_code_stands_twice_in_the_short_lists():
    pairs = [(row["list"], row["code"]) for row in table("lists")]
    assert len(set(pairs)) == len(pairs)


def test_every_list_that_a_table_names_exists():
    named = {column.codes for each in TABLES.values() for column in each.columns if column.codes}
    assert {name: bool(codes(name)) for name in named} == dict.fromkeys(named, True)


def test_every_word_means_one_code_of_its_list():
    meanings: dict[tuple[str, tuple[str, ...]], set[str]] = {}
    for row in table("words"):
        name = WORDS_FOR.get(row["list"], row["list"])
        assert name in MODIFIERS or row["code"] in codes(name), row
        meanings.setdefault((row["list"], tokens(row["word"])), set()).add(row["code"])
    assert {word: found for word, found in meanings.items() if len(found) > 1 or not word[1]} == {}


def test_every_code_and_label_means_itself():
    short = {row["list"] for row in table("lists")}
    for name in (short | {"metastatic_sites", "site_groups"}) - {"drug_match", "axis"}:
        for code, row in codes(name).items():
            assert match_word(name, row["label"]) == code, (name, code)
            assert match_word(name, code) == code or code in {"other", "unknown", "none"}


def test_site_groups_have_one_precedence_and_one_colour_each():
    rows = list(codes("site_groups").values())
    assert [int(row["precedence"]) for row in rows] == list(range(1, 11))
    assert len({row["colour"] for row in rows}) == len(rows)
    assert rows[-1]["code"] == "unknown"


def test_every_topography_and_site_word_has_a_known_site_group():
    assert {row["site_group"] for row in table("topography")} <= set(codes("site_groups"))


def test_an_unknown_list_is_an_error_and_an_unknown_code_is_its_own_label():
    with pytest.raises(KeyError, match="no code list named 'colours'"):
        codes("colours")
    assert label("margins", "elsewhere") == "elsewhere"


@pytest.mark.parametrize(
    ("name", "text", "code"),
    [
        ("response", "Clinical Progressive Disease", "PD"),
        ("response", "Complete Remission/Response", "CR"),
        ("vital_status", "1:DECEASED", "dead"),
        ("vital_status", "Décédé", "dead"),
        ("missing", "[Not Available]", "not_available"),
        ("missing", "margin not available for review", None),
        ("margins", "not involved", "negative"),
        ("margins", "Positive", "positive"),
        ("symptoms", "swelling of the left leg", "swelling_or_mass"),
        ("symptoms", "Deep vein thrombosis", "blood_clot"),
        ("vessels", "Common or superficial femoral vein", "femoral_vein"),
        ("vessels", "Pelvic vein,common,external, or iliac", "iliac_vein"),
        ("vessels", "No Major Vessel Involvement", "none"),
        ("vessels", "no renal vein", None),
        ("vessels", "Other", None),
        ("disease_status", "Locoregional Recurrence", "local_recurrence"),
        ("disease_status", "TUMOR FREE", "no_evidence_of_disease"),
        ("metastatic_sites", "Other, specify", "other"),
        ("metastatic_sites", "other lung nodule", "lung"),
        ("residual_tumor", "R1", "R1"),
        ("margins", "", None),
        ("margins", None, None),
    ],
)
def test_words_as_sources_write_them(name, text, code):
    assert match_word(name, text) == code


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Lung & liver", ("lung", "liver")),
        ("Axillary LN/Chest Wall", ("lymph_node", "soft_tissue")),
        ("Groin - lymph nodes", ("lymph_node",)),
        ("Spine T6 to apical lung", ("bone", "lung")),
        ("small bowel, diagphragm, omentum, appendix and pelvic implant", ("bowel", "peritoneum")),
        ("lung, no liver or bone metastases", ("lung",)),
        ("lung nodules; liver negative", ("lung",)),
        ("adjeacent area", ()),
    ],
)
def test_sites_of_metastases_as_tcga_writes_them(text, found):
    assert match_words("metastatic_sites", text) == found


def test_a_longer_word_is_taken_before_the_word_inside_it():
    assert match_words("vessels", "superior vena cava") == ("superior_vena_cava",)
    assert [hit.list_name for hit in find_words(("subsite", "vessels"), "ovarian vein")] == ["vessels"]


def test_words_are_whole_words():
    assert match_word("metastatic_sites", "plunging") is None
    assert match_word("histology_terms", "registry") is None


def test_a_clause_ends_what_a_negation_takes_back():
    assert match_words("symptoms", "no pain, bleeding") == ("bleeding",)
    assert match_words("symptoms", "no pain or bleeding but weight loss") == ("weight_loss",)
    assert match_words("symptoms", "kein Hinweis auf Blutung") == ()


@pytest.mark.parametrize("kind", ["nte", "follow_up_v4.0_nte"])
def test_nearly_every_metastatic_site_of_tcga_is_recognised(kind):
    path = SHARED / "tcga_sarc" / f"nationwidechildrens.org_clinical_{kind}_sarc.txt"
    if not path.exists():
        pytest.skip("the TCGA exports are not here; set LEIOMYO_SHARED to their folder")
    rows = list(csv.reader(path.read_text().splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE))
    at = rows[0].index("new_tumor_event_site_other")
    texts = {row[at] for row in rows[3:]} - {"[Not Available]"}
    assert {text for text in texts if not match_words("metastatic_sites", text)} <= {"adjeacent area"}
