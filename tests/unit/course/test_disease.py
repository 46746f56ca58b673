import csv
import os
from pathlib import Path

import pytest

from leiomyo.course.disease import Identity, SiteGroup, identify, is_gist_code, site_group
from leiomyo.model.codes import table

SHARED = Path(os.environ.get("LEIOMYO_SHARED", Path(__file__).parents[4] / "shared" / "data"))


@pytest.mark.parametrize(
    ("morphology", "histology", "lms", "entity", "subtype"),
    [
        ("8890/3", None, "yes", "leiomyosarcoma", None),
        ("8891/3", None, "yes", "leiomyosarcoma", "epithelioid"),
        ("8896/3", "Leiomyosarcoma (LMS)", "yes", "leiomyosarcoma", "myxoid"),
        ("M-88903", None, "yes", "leiomyosarcoma", None),
        ("8890/3 Leiomyosarcoma, NOS", None, "yes", "leiomyosarcoma", None),
        ("8890/6", None, "yes", "leiomyosarcoma", None),
        (None, "Leiomyosarcoma, NOS", "yes", "leiomyosarcoma", None),
        ("[Not Available]", "Leiomyosarcoma (LMS)", "yes", "leiomyosarcoma", None),
        ("8890/3", "[Not Available]", "yes", "leiomyosarcoma", None),
        ("8890/3", "Sarcoma, NOS", "yes", "leiomyosarcoma", None),
        ("8800/3", "Leiomyosarcoma", "yes", "leiomyosarcoma", None),
        ("8890", "Leiomyosarcoma, NOS", "yes", "leiomyosarcoma", None),
        ("8895/3", "Leiomyosarcoma", "yes", "leiomyosarcoma", None),
        (None, "LMS", "yes", "leiomyosarcoma", None),
        (None, "Conventional leiomyosarcoma", "yes", "leiomyosarcoma", "conventional"),
        (None, "Cutaneous leiomyosarcoma", "yes", "leiomyosarcoma", "cutaneous"),
        (None, "Myxoides Leiomyosarkom", "yes", "leiomyosarcoma", "myxoid"),
        (None, "Léiomyosarcome utérin", "yes", "leiomyosarcoma", None),
        ("8897/1", None, "no", "stump", None),
        ("8890/0", None, "no", "leiomyoma", None),
        ("8890/1", None, "no", "leiomyoma", None),
        ("8936/3", None, "no", "gist", None),
        ("8931/3", None, "no", "endometrial_stromal_sarcoma", None),
        ("8900/3", None, "no", "rhabdomyosarcoma", None),
        ("8858/3", "Dedifferentiated liposarcoma", "no", "liposarcoma", None),
        ("8140/3", None, "no", "other_tumour", None),
        ("8800/3", None, "no", "unspecified_sarcoma", None),
        (None, "STUMP", "no", "stump", None),
        (None, "GIST", "no", "gist", None),
        (None, "Sarcoma; synovial; poorly differentiated", "no", "synovial_sarcoma", None),
        (None, "tumour registry", "no", "unspecified_neoplasm", None),
        (None, None, "no", "unspecified_neoplasm", None),
        ("8890", "Leiomyoma", "no", "leiomyoma", None),
    ],
)  # fmt: skip
def test_code_and_text_that_agree_or_stand_alone(morphology, histology, lms, entity, subtype):
    found = identify(morphology, histology)
    assert (found.lms, found.entity, found.subtype, found.contradiction) == (lms, entity, subtype, None)


def test_a_benign_neighbour_in_the_text_does_not_speak_against_it():
    found = identify(None, "Well-differentiated leiomyosarcoma (resembling leiomyoma)")
    assert (found.lms, found.subtype) == ("yes", "well_differentiated")


def test_a_code_without_behaviour_is_a_query_and_not_assumed_malignant():
    assert identify("8890", None) == Identity(
        "query",
        "smooth_muscle_unsettled",
        None,
        "code 8890 without behaviour: malignant or benign is not said",
    )


def test_an_unspecified_code_of_another_family_gives_way_to_the_text():
    assert identify("8850/3", "Leiomyosarcoma (LMS)") == Identity(
        "yes",
        "leiomyosarcoma",
        None,
        "text 'leiomyosarcoma (LMS)'",
        "code 8850/3 (Liposarcoma, NOS) against text 'leiomyosarcoma (LMS)'",
    )


@pytest.mark.parametrize(
    ("morphology", "histology"),
    [
        ("8890/3", "Dedifferentiated liposarcoma"),
        ("8890/3", "Leiomyoma"),
        ("8890/3", "STUMP"),
        ("8890/3", "Adenocarcinoma"),
        ("8890/3", "Inflammatory leiomyosarcoma"),
        ("8890/3", "no evidence of leiomyosarcoma"),
        ("8890/3", "rule out leiomyosarcoma"),
        ("8936/3", "Leiomyosarcoma"),
        ("8858/3", "Leiomyosarcoma"),
        ("8890/0", "Leiomyosarcoma"),
        ("8897/1", "Leiomyosarcoma"),
    ],
)
def test_two_specific_statements_that_disagree_are_for_a_person(morphology, histology):
    found = identify(morphology, histology)
    assert found.lms == "query"
    assert found.contradiction is not None
    assert found.contradiction.startswith(f"code {morphology}")


def test_two_subtypes_are_told_without_doubting_the_leiomyosarcoma():
    found = identify("8896/3", "Conventional leiomyosarcoma")
    assert (found.lms, found.subtype) == ("yes", "myxoid")
    assert found.contradiction == "code 8896/3 (Myxoid leiomyosarcoma) against text 'leiomyosarcoma' (conventional)"


@pytest.mark.parametrize(
    "text",
    [
        "no evidence of leiomyosarcoma",
        "rule out leiomyosarcoma",
        "r/o leiomyosarcoma",
        "excluded leiomyosarcoma",
        "leiomyosarcoma was ruled out",
        "not leiomyosarcoma",
        "suspicious for leiomyosarcoma",
        "V.a. Leiomyosarkom",
        "Ausschluss Leiomyosarkom",
        "differential diagnosis: leiomyosarcoma",
        "Leiomyoma, no evidence of leiomyosarcoma",
        "Leiomyosarcoma vs STUMP",
        "leiomyoma; leiomyosarcoma cannot be excluded",
        "angioleiomyosarcomatoid",
    ],
)
def test_a_negated_or_suspected_leiomyosarcoma_is_never_in(text):
    assert identify(None, text).lms != "yes"


def test_a_negation_of_something_else_leaves_the_leiomyosarcoma_in():
    assert identify(None, "Leiomyosarcoma, no evidence of metastasis").lms == "yes"
    assert identify(None, "Leiomyosarcoma; not GIST").lms == "yes"


def test_lms_alone_counts_only_in_the_histology_field():
    assert identify("LMS", None).lms == "query"


@pytest.mark.parametrize("row", [row for row in table("histology_terms") if row["source"] == "misspelling"], ids=str)
def test_listed_misspellings_are_leiomyosarcoma(row):
    assert identify(None, row["term"]).lms == "yes"


def test_an_unlisted_misspelling_is_a_query_alone_and_no_obstacle_beside_the_code():
    assert identify(None, "liomyosarcomma").lms == "query"
    assert identify("8890/3", "liomyosarcomma").lms == "yes"


def test_other_sarcomas_named_beside_it_are_for_a_person():
    assert identify(None, "Carcinosarcoma with leiomyosarcoma component").lms == "query"


def test_icd10cm_has_codes_for_gist():
    assert [code for code in ("C49.A0", "C49A4", "c49.a", "C49.4", "C49", "", None) if is_gist_code(code)] == [
        "C49.A0",
        "C49A4",
        "c49.a",
    ]


@pytest.mark.parametrize(
    ("topography", "text", "morphology", "group", "lms", "subtype"),
    [
        ("C54.2", None, "8890/3", "uterine", "yes", None),
        ("C55.9", None, "8891/3", "uterine", "yes", "epithelioid"),
        ("C48.0", None, "8890/3", "retroperitoneal_abdominal", "yes", None),
        ("C49.2", None, "8896/3", "extremity", "yes", "myxoid"),
        ("C49.4", "IVC", "8890/3", "large_vessel", "yes", None),
        ("C54.2", None, "8897/1", "uterine", "no", None),
        ("C54.2", None, "8890/0", "uterine", "no", None),
        ("C16.9", None, "8936/3", "gi_visceral", "no", None),
        ("C49.2", None, "8890", "extremity", "query", None),
    ],
)
def test_site_and_morphology_together(topography, text, morphology, group, lms, subtype):
    site = site_group(free_text=text, topography=topography)
    tumour = identify(morphology, None)
    assert (site.code, site.flagged, tumour.lms, tumour.subtype) == (group, text is not None, lms, subtype)


@pytest.mark.parametrize(
    ("subsites", "region", "text", "topography", "group"),
    [
        (("Uterus",), "Gynecological", None, "C55.9", "uterine"),
        (("Uterus", "Cervix"), "Gynecological", None, "C55.9", "uterine"),
        (("Pelvic", "Uterus"), "Lower abdominal/Pelvic", None, "C55.9", "uterine"),
        (("Other",), None, "Myometrium", None, "uterine"),
        (("Ovary",), "Gynecological", None, "C56.9", "gynaecological_pelvic"),
        (("Pelvic",), "Lower abdominal/Pelvic", None, "C48.0", "gynaecological_pelvic"),
        (("Spermatic Cord",), "Lower abdominal/Pelvic", None, "C48.0", "gynaecological_pelvic"),
        (("Other",), "Lower abdominal/Pelvic", "Perineum", "C48.0", "gynaecological_pelvic"),
        (("Other",), "Lower abdominal/Pelvic", "Rectovaginal septum", "C48.0", "gynaecological_pelvic"),
        (("Retroperitoneum",), "Retroperitoneum/Upper abdominal", None, "C48.0", "retroperitoneal_abdominal"),
        (("Intraabdominal",), "Retroperitoneum/Upper abdominal", None, "C48.0", "retroperitoneal_abdominal"),
        (("Small Intestines", "Other"), None, "Mesentery", "C48.0", "retroperitoneal_abdominal"),
        (("Other",), None, "Perinephric fat, abutting the left kidney", "C48.0", "retroperitoneal_abdominal"),
        (("Colon",), "Retroperitoneum/Upper abdominal", None, "C48.0", "gi_visceral"),
        (("Kidney",), "Retroperitoneum/Upper abdominal", None, "C48.0", "gi_visceral"),
        (("Bladder",), "Lower abdominal/Pelvic", None, "C49.5", "gi_visceral"),
        (("Thigh/knee",), "Lower Extremity", None, "C49.2", "extremity"),
        (("Groin",), "Lower Extremity", None, "C49.9", "extremity"),
        (("Buttock",), "Superficial Trunk", None, "C49.5", "extremity"),
        (("Other",), "Lower Extremity", "Connective, Subcutaneous and other", "C49.9", "extremity"),
        (("Mediastinum",), "Chest", None, "C49.3", "trunk"),
        (("Breast",), "Chest", None, "C49.3", "trunk"),
        (("Other",), "Chest", "Pericardium", "C49.3", "trunk"),
        (("Other",), "Head and Neck", "Tongue", "C02.9", "head_neck"),
        ((), None, "skin of the thigh", "C44.7", "skin"),
        ((), None, None, "C4920", "extremity"),
        ((), None, None, "C49.9", "unknown"),
        ((), None, None, None, "unknown"),
    ],
)  # fmt: skip
def test_site_groups_of_real_records(subsites, region, text, topography, group):
    found = site_group(subsites=subsites, regions=(region,) if region else (), free_text=text, topography=topography)
    assert found.code == group


@pytest.mark.parametrize(
    ("subsites", "text", "vessel"),
    [
        (("Other",), "IVC", "inferior_vena_cava"),
        (("Retroperitoneum", "Other"), "Inferior vena cava", "inferior_vena_cava"),
        (("Retroperitoneum", "Other"), "Renal vein", "renal_vein"),
        (("Thigh/knee",), "V. saphena, great saphenous vein", "saphenous_vein"),
        (("Pelvic",), "left external iliac vein", "iliac_vein"),
        (("Other",), "untere Hohlvene", "inferior_vena_cava"),
        ((), "ovarian vein", "gonadal_vein"),
    ],
)
def test_a_vessel_named_as_the_site_is_the_origin_and_flagged(subsites, text, vessel):
    found = site_group(subsites=subsites, free_text=text, topography="C48.0")
    assert (found.code, found.flagged, found.vessel_of_origin) == ("large_vessel", True, vessel)
    assert found.reason.startswith("by text")


@pytest.mark.parametrize(
    "text",
    [
        "with IVC involvement",
        "abutting the inferior vena cava",
        "no renal vein",
        "tumour invading the IVC",
        "IVC not involved",
        "No Major Vessel Involvement",
    ],
)
def test_a_vessel_that_is_involved_or_near_makes_no_group(text):
    found = site_group(subsites=("Retroperitoneum",), free_text=text, topography="C48.0")
    assert found == SiteGroup("retroperitoneal_abdominal", "site text 'Retroperitoneum'")


def test_an_organ_that_is_only_involved_counts_where_nothing_else_is_said_and_is_flagged():
    found = site_group(free_text="mass involving the uterus")
    assert (found.code, found.flagged) == ("uterine", True)
    assert site_group(free_text="mass involving the uterus", topography="C48.0").code == "retroperitoneal_abdominal"
    assert site_group(free_text="tumour involving the IVC").code == "unknown"


def test_the_uterus_goes_before_a_vessel():
    assert site_group(subsites=("Uterus",), free_text="uterine vein").code == "uterine"


def test_site_statements_of_one_rank_that_differ_are_flagged():
    assert site_group(subsites=("Retroperitoneum",), topography="C18.6").flagged
    assert not site_group(subsites=("Colon",), topography="C48.0").flagged


def test_leiomyosarcomas_of_tcga_are_found_and_grouped():
    path = SHARED / "tcga_sarc" / "nationwidechildrens.org_clinical_patient_sarc.txt"
    if not path.exists():
        pytest.skip("the TCGA exports are not here; set LEIOMYO_SHARED to their folder")
    rows = list(csv.reader(path.read_text().splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE))
    cases = [dict(zip(rows[0], row, strict=True)) for row in rows[3:]]
    found = {c["bcr_patient_barcode"]: identify(c["icd_o_3_histology"], c["histologic_diagnosis"]) for c in cases}
    assert sum(identity.lms == "yes" for identity in found.values()) == 105
    assert [case for case, identity in found.items() if identity.contradiction] == ["TCGA-DX-A6B8"]
    assert not any(identity.lms == "query" for identity in found.values())
    groups: dict[str, int] = {}
    for case in cases:
        if found[case["bcr_patient_barcode"]].lms == "yes":
            parts = [part.rpartition(" - ") for part in case["tumor_tissue_site"].split("|")]
            site = site_group(
                subsites=tuple(part[2] for part in parts),
                regions=tuple(part[0] for part in parts),
                free_text=case["site_of_primary_tumor_other"],
                topography=case["icd_o_3_site"],
            )
            groups[site.code] = groups.get(site.code, 0) + 1
    assert groups == {
        "uterine": 31,
        "retroperitoneal_abdominal": 25,
        "extremity": 22,
        "gi_visceral": 13,
        "gynaecological_pelvic": 6,
        "trunk": 4,
        "large_vessel": 3,
        "head_neck": 1,
    }
