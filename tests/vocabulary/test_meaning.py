"""What noun phrases mean among ImageNet's classes, the drawn names and the kinds."""

from pathlib import Path

import numpy as np
import pytest

import delaminate.vocabulary
from delaminate.stages.segmentation.embedded import network
from delaminate.vocabulary.meaning import is_word, kinds, meaning, name_of
from delaminate.vocabulary.tables import english_table

DOGS = set(range(151, 269))


@pytest.mark.parametrize("phrase", ["the dog", "dogs", "a puppy", "puppies", "my old dog with a ball", "two dogs"])
def test_a_dog_is_every_breed_of_dog(phrase: str) -> None:
    """The general word means all 118 classes, and no cat."""
    found = meaning(phrase)
    assert {i for i, weight in found.classes.items() if weight == 1} == DOGS
    assert {"dog", "dog face", "guide dog"} <= found.drawn.keys()
    assert found.kinds == {"animal", "dog"}


def test_a_breed_is_itself_before_its_kin() -> None:
    """A golden retriever is class 207; other retrievers are like it, and a drawn dog may be one."""
    found = meaning("a golden retriever")
    assert found.noun == "golden retriever"
    assert found.classes[207] == 1
    assert all(weight < 0.5 for i, weight in found.classes.items() if i != 207)
    assert set(found.classes) < DOGS
    assert 0.5 < found.drawn["dog"] < 1


@pytest.mark.parametrize(
    ("phrase", "classes"),
    [
        ("vehicle", {404, 436, 671, 780, 829}),
        ("animals", {0, 24, 151, 281, 292, 386}),
        ("bird", {7, 22, 88, 130, 145}),
        ("fruits", {948, 949, 950, 951, 954}),
        ("furniture", {423, 532, 559}),
        ("flower", {985, 986}),
        ("musical instruments", {402, 579, 889}),
        ("toy", {850}),
        ("building", {425, 497, 663}),
        ("weapon", {413, 471, 764}),
        ("mug", {504}),
        ("smartphone", {487}),
        ("boat", {472, 554, 814}),
        ("beach", {978}),
        ("the mouse", {673}),
    ],
)
def test_kinds_of_things_cover_their_classes(phrase: str, classes: set[int]) -> None:
    """A word for a kind means what WordNet has below it, an everyday word what people mean by it."""
    assert classes <= meaning(phrase).classes.keys()


def test_what_no_class_is_means_its_kin_less() -> None:
    """A kettle is no class: pots are near."""
    found = meaning("the kettle")
    assert name_of(849) == "teapot"
    assert 0 < found.classes[849] < 0.5


def test_a_word_with_two_meanings_means_both() -> None:
    """A crane is a bird and a machine, a bat an animal and a club."""
    assert {134, 517} <= meaning("crane").classes.keys()


@pytest.mark.parametrize(
    ("phrase", "kind"),
    [
        ("the man", "man"),
        ("a woman", "woman"),
        ("people", "person"),
        ("kids", "child"),
        ("the girl", "girl"),
        ("fisherman", "person"),
        ("face", "face"),
        ("head", "head"),
        ("hair", "hair"),
        ("title", "text"),
        ("headline", "text"),
        ("watermark", "text"),
        ("logo", "logo"),
        ("button", "shape"),
        ("shadow", "shadow"),
        ("sky", "sky"),
        ("clouds", "sky"),
        ("grass", "ground"),
        ("sea", "water"),
        ("mountains", "mountain"),
        ("smoke", "effect"),
        ("background", "background"),
        ("tree", "tree"),
        ("dress", "clothing"),
        ("castle", "building"),
        ("bus", "vehicle"),
        ("robot", "character"),
    ],
)
def test_kinds_say_who_looks_for_it(phrase: str, kind: str) -> None:
    """People, text, shapes, grounds and effects are told by their kind, since no class tells them."""
    found = meaning(phrase)
    assert found.known
    assert kind in found.kinds
    assert found.kinds <= set(kinds())


@pytest.mark.parametrize("phrase", ["asdfghjkl", "qwrtzp", "the blorf", "zzxxcv vvbbnn", "", "...", "42", "🙂"])
def test_random_letters_are_known_to_nobody(phrase: str) -> None:
    """What is no word means nothing."""
    found = meaning(phrase)
    assert not found.known
    assert not found.classes
    assert not found.drawn
    assert not found.kinds


def test_words_that_are_no_things_are_words_all_the_same() -> None:
    """An adverb means nothing in a picture, but it needs no other spelling."""
    assert not meaning("quickly").known
    assert is_word("quickly")
    assert is_word("umbrellas")
    assert all(map(is_word, ("kneeling", "frowning", "baking", "hugging", "curled", "cried", "eaten", "doing")))
    assert not is_word("botling")
    assert not is_word("umbrela")


def test_the_unicorn_is_drawn_and_never_photographed() -> None:
    """A thing of fables has drawn names only."""
    found = meaning("the unicorn")
    assert found.known
    assert not found.classes
    assert found.drawn == {"unicorn": 1.0}


def test_adjectives_prefer_the_drawn_names_that_have_them() -> None:
    """Of all toy cars the red one is meant first, the others still."""
    drawn = meaning("the red car").drawn
    assert drawn["red toy car"] == 1
    assert 0 < drawn["blue toy car"] < 1


@pytest.mark.parametrize(
    ("phrase", "noun"),
    [
        ("a glass of water", "glass"),
        ("a pair of shoes", "shoe"),
        ("a slice of the pizza", "pizza"),
        ("Hot Dogs", "hot dog"),
        ("the player kicking the ball", "player"),
        ("a cat curled up on the chair", "cat"),
        ("the girl hugging a dog", "girl"),
        ("a gold plated watch", "watch"),
        ("the wedding ring", "ring"),
        ("the waitress carrying plates", "waitress"),
        ("the couple walking hand in hand", "couple"),
        ("a red flying saucer", "flying saucer"),
        ("the man asleep", "man"),
        ("the swimming pool", "pool"),
    ],
)
def test_the_thing_is_told_from_what_is_said_about_it(phrase: str, noun: str) -> None:
    """What stands behind "of" is the thing only where the word before it counts or measures; what it does is not it."""
    assert meaning(phrase).noun == noun


def test_every_name_of_the_network_is_known_and_means_itself() -> None:
    """The table is made for the names the shipped network learned."""
    names = english_table().drawn
    assert set(names) == set(_names_of_the_network())
    unsaid = [name for name in names if meaning(name).drawn.get(name) != 1]
    assert unsaid == []


def _names_of_the_network() -> list[str]:
    with np.load(Path(network.__file__).with_name("network.npz"), allow_pickle=False) as stored:
        return bytes(stored["names"]).decode().split("\n")


def test_every_class_has_a_name_people_use() -> None:
    """A thousand names; the layer of a saluki is called so."""
    names = [name_of(i) for i in range(1000)]
    assert all(names)
    assert [names[i] for i in (176, 967, 608, 761)] == ["saluki", "espresso", "jeans", "remote control"]


def test_every_class_is_meant_by_its_own_name() -> None:
    """Saying the name of a class finds that class, all but a few whose names say more than WordNet does."""
    lost = [name_of(i) for i in range(1000) if meaning(name_of(i)).classes.get(i, 0) < 0.5]
    assert len(lost) <= 20, lost


def test_the_tables_stay_small() -> None:
    """The package may grow by 1.2 MB for all words of all languages."""
    folder = Path(delaminate.vocabulary.__file__).parent
    assert sum(path.stat().st_size for path in folder.glob("*.npz")) <= 1_200_000
