import csv
import os
import re
import string
from collections.abc import Iterator
from pathlib import Path

import pytest

from leiomyo.model.codes import codes, table, tokens
from leiomyo.model.drugs import DrugMatch, drug_class, is_anticancer, match_drug

SHARED = Path(os.environ.get("LEIOMYO_SHARED", Path(__file__).parents[4] / "shared" / "data"))
NEVER_MEET = [
    ("doxorubicin", "epirubicin", "daunorubicin", "idarubicin", "doxorubicin_liposomal", "mitoxantrone"),
    ("docetaxel", "paclitaxel", "cabazitaxel"),
    ("cisplatin", "carboplatin", "oxaliplatin"),
    ("vinorelbine", "vincristine", "vinblastine", "vindesine"),
    ("nivolumab", "pembrolizumab", "ipilimumab", "olaratumab", "avelumab", "durvalumab", "atezolizumab"),
    ("letrozole", "anastrozole", "exemestane"),
    ("ifosfamide", "cyclophosphamide", "trofosfamide", "evofosfamide", "palifosfamide"),
    ("trabectedin", "lurbinectedin"),
    ("pazopanib", "ponatinib"),
]


def synonyms() -> dict[str, str]:
    return {row["synonym"]: row["agent"] for row in table("drug_synonyms")}


def slips(name: str, letters: str) -> Iterator[str]:
    for at in range(len(name) + 1):
        head, tail = name[:at], name[at:]
        yield from (head + letter + tail for letter in letters)
        if tail:
            yield head + tail[1:]
            yield from (head + letter + tail[1:] for letter in letters)
        if len(tail) > 1:
            yield head + tail[1] + tail[0] + tail[2:]


def test_every_synonym_belongs_to_an_agent_of_the_table():
    assert set(synonyms().values()) <= set(codes("drugs"))


def test_no_synonym_maps_to_two_agents_even_without_blanks_and_punctuation():
    agents: dict[str, set[str]] = {}
    for name, agent in [*synonyms().items(), *((agent, agent) for agent in codes("drugs"))]:
        agents.setdefault("".join(tokens(name)), set()).add(agent)
    assert {name: found for name, found in agents.items() if len(found) > 1} == {}


def test_every_synonym_is_exact():
    assert {name: match_drug(name) for name in synonyms()} == {
        name: DrugMatch((agent,), "exact") for name, agent in synonyms().items()
    }


def is_listed(text: str) -> bool:
    """A slip may spell another listed name ("dox", "doc") or split into two of them ("doc/taxol")."""
    listed = {"".join(tokens(name)) for name in synonyms()}
    whole = "".join(tokens(text))
    return whole in listed or all("".join(tokens(part)) in listed for part in re.split(r"[/,+]", text))


def landed_elsewhere(letters: str) -> dict[str, tuple[str, ...]]:
    return {
        slip: found
        for name, agent in synonyms().items()
        for slip in slips(name, letters)
        if not set(found := match_drug(slip).agents) <= {agent} and not is_listed(slip)
    }


def test_one_slip_in_any_synonym_never_lands_on_another_agent():
    assert landed_elsewhere("ae/") == {}


@pytest.mark.slow
@pytest.mark.skipif(not os.environ.get("LEIOMYO_LONG"), reason="the long version: make test-long")
def test_any_slip_in_any_synonym_never_lands_on_another_agent():
    assert landed_elsewhere(string.ascii_lowercase + string.digits + " ,+-") == {}


def test_a_bracket_typed_into_a_liposomal_name_never_loses_the_form():
    liposomal = [name for name, agent in synonyms().items() if agent.endswith("_liposomal")]
    plain = {"doxorubicin", "daunorubicin"}
    assert [slip for name in liposomal for slip in slips(name, "(") if plain & set(match_drug(slip).agents)] == []


@pytest.mark.parametrize("family", NEVER_MEET, ids=lambda family: family[0])
def test_one_slip_in_a_name_never_meets_its_sister_drug(family):
    for agent in family:
        for slip in slips(agent.replace("_", " "), string.ascii_lowercase):
            assert set(match_drug(slip).agents) <= {agent}, slip


@pytest.mark.parametrize(
    ("as_written", "agents", "how"),
    [
        ("DTIC, Dacarbazine", ("dacarbazine",), "normalised"),
        ("Dacarbazine (DTIC)", ("dacarbazine",), "normalised"),
        ("TMZ + accutane", ("temozolomide", "isotretinoin"), "normalised"),
        ("Carboplatin|Taxol", ("carboplatin", "paclitaxel"), "normalised"),
        ("Tamoxifen|[Not Available]", ("tamoxifen",), "normalised"),
        ("AP-23573 (ARIAD)", ("ridaforolimus",), "normalised"),
        ("et 743", ("trabectedin",), "normalised"),
        ("Gem/Doc", ("gemcitabine", "docetaxel"), "normalised"),
        ("Doxorubicin and Trabectedin", ("doxorubicin", "trabectedin"), "normalised"),
        ("Gemcitabine 900 mg/m2 d1, d8 + docetaxel 75 mg/m2", ("gemcitabine", "docetaxel"), "normalised"),
        ("Pazopanib 800mg daily", ("pazopanib",), "normalised"),
        ("Eribulin mesilate i.v.", ("eribulin",), "normalised"),
        ("Doxorubicin (ADR)", ("doxorubicin",), "normalised"),
        ("DOCETOXEL/TAXOTERE", ("docetaxel",), "normalised"),
        ("Doxetaxel", ("docetaxel",), "exact"),
        ("Doxirubicin", ("doxorubicin",), "exact"),
        ("Taxol", ("paclitaxel",), "exact"),
        ("ADR", ("doxorubicin",), "exact"),
    ],
)
def test_names_as_centres_write_them(as_written, agents, how):
    assert match_drug(as_written) == DrugMatch(agents, how)


@pytest.mark.parametrize(
    "as_written",
    [
        "Doxil",
        "Caelyx",
        "Liposomal doxorubicin",
        "doxorubicin, liposomal",
        "Doxorubicin (liposomal)",
        "Doxorubicin HCl liposome injection",
        "pegylated liposomal doxorubicin (Caelyx)",
        "doxorubicin_liposomal",
    ],
)
def test_liposomal_doxorubicin_is_its_own_agent(as_written):
    assert match_drug(as_written).agents == ("doxorubicin_liposomal",)


def test_a_form_that_makes_another_drug_is_not_left_out_as_a_remark():
    assert match_drug("Trastuzumab (deruxtecan)").how == "ambiguous"
    assert match_drug("epirubicin (liposomal)").agents == ()
    assert match_drug("daunorubicin (iposomal)").agents == ()


def test_an_unlisted_misspelling_is_fuzzy_and_says_how_near():
    assert match_drug("gemcitabinne") == DrugMatch(("gemcitabine",), "fuzzy", 91.7)
    assert match_drug("gemcitabinne + docetaxel") == DrugMatch(("gemcitabine", "docetaxel"), "fuzzy", 91.7)


def test_a_name_between_two_agents_is_ambiguous():
    assert match_drug("idirubicin") == DrugMatch((), "ambiguous", None, ("epirubicin", "idarubicin"))


def test_a_doubtful_abbreviation_counts_only_alone():
    assert match_drug("Cisplatin, ADR") == DrugMatch((), "ambiguous", None, ("cisplatin", "doxorubicin"))


def test_a_known_drug_with_an_unknown_partner_is_not_taken_for_the_known_one():
    assert match_drug("doxorubicin + XB-9001") == DrugMatch((), "ambiguous", None, ("doxorubicin",))


@pytest.mark.parametrize(
    "as_written", ["", None, "[Not Available]", "NA", "External beam", "AZD2282", "clinical trial"]
)
def test_what_is_no_drug_is_none(as_written):
    assert match_drug(as_written) == DrugMatch((), "none")


def test_supportive_drugs_are_no_part_of_a_regimen():
    assert [a for a in ("mesna", "pegfilgrastim", "placebo", "dexrazoxane", "ifosfamide") if is_anticancer(a)] == [
        "ifosfamide"
    ]
    assert drug_class("nivolumab") == "checkpoint_pd1"
    assert drug_class("no such drug") == ""


@pytest.mark.parametrize("study", ["sarc", "ucs"])
def test_every_drug_name_of_tcga_is_recognised_without_guessing(study):
    path = SHARED / f"tcga_{study}" / f"nationwidechildrens.org_clinical_drug_{study}.txt"
    if not path.exists():
        pytest.skip("the TCGA exports are not here; set LEIOMYO_SHARED to their folder")
    rows = list(csv.reader(path.read_text().splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE))
    at = rows[0].index("pharmaceutical_therapy_drug_name")
    names = {row[at] for row in rows[3:]} - {"[Not Available]", "[Unknown]"}
    assert {name for name in names if match_drug(name).how not in {"exact", "normalised"}} == set()


def test_names_of_other_drugs_are_not_taken_for_ours():
    path = SHARED / "regimen_dictionaries" / "artemis_validdrugs.csv"
    if not path.exists():
        pytest.skip("the drug dictionaries are not here; set LEIOMYO_SHARED to their folder")
    names = {row["name"] for row in csv.DictReader(path.read_text().splitlines())}
    assert {name: match_drug(name).agents for name in names if match_drug(name).how == "fuzzy"} == {
        "Lipefilgrastim": ("lipegfilgrastim",)
    }
