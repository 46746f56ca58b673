import pytest

from leiomyo.model.codes import table, tokens
from leiomyo.model.ctcae import ctcae_term, organ_class, says_none


def test_no_word_means_two_terms():
    words = [tokens(word) for row in table("ctcae_terms") for word in (row["term"], *row["also"].split("|")) if word]
    assert len(set(words)) == len(words)


@pytest.mark.parametrize(
    ("written", "term"),
    [
        ("Neutropenia", "Neutrophil count decreased"),
        ("febrile neutropenia (grade 4)", "Febrile neutropenia"),
        ("ALT increased", "Alanine aminotransferase increased"),
        ("anaemia G3", "Anaemia G3"),
        ("  hiccough ", "Hiccough"),
        ("[Not Available]", None),
        (None, None),
    ],
)
def test_a_term_is_taken_by_its_whole_text_or_kept_as_written(written, term):
    assert ctcae_term(written) == term


def test_none_is_an_answer_and_silence_is_not():
    assert [says_none(text) for text in ("None", "no toxicity", "", None, "No appetite")] == [
        True,
        True,
        False,
        False,
        False,
    ]


def test_a_term_that_is_not_listed_has_no_organ_class():
    assert organ_class("Neutrophil count decreased") == "Investigations"
    assert organ_class("Hiccough") is None
