"""English in, plan out: one table of sentences, then names, notes, marks and refusals, then any text at all."""

import contextlib
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from delaminate.contracts import Instruction, Kind, NamedBox, NamedPoint, Plan, Target
from delaminate.errors import BadInstruction
from delaminate.pixels import Box
from delaminate.stages.planning.grammar import words
from delaminate.stages.planning.grammar.planner import Grammar

PICTURE = np.zeros((500, 1000, 3), np.uint8)
TABLE = [
    tuple(line.split("  =>  "))
    for line in Path(__file__).with_name("sentences.txt").read_text(encoding="utf-8").splitlines()
    if line and not line.startswith("#")
]


def plan(text: str = "", boxes: tuple[NamedBox, ...] = (), points: tuple[NamedPoint, ...] = ()) -> Plan:
    """What the grammar makes of it for a picture 1000 wide and 500 high."""
    return Grammar()(Instruction(text, boxes=boxes, points=points), PICTURE)


def short(target: Target) -> str:
    """The notation of sentences.txt."""
    count = [] if target.count == 1 else [str(target.count or "*")]
    together = [] if target.each else ["together"]
    places = [f"@{place}" for place in target.positions]
    size = [target.size] if target.size else []
    role = [f"/{target.text_role}"] if target.text_role else []
    quoted = [repr(target.quoted)] if target.quoted is not None else []
    box = [str(target.box.as_tuple())] if target.box else []
    excluded = [f"!{noun}" for noun in target.excluded]
    start = [target.kind.value, target.noun or "-", *count, *together, *target.colours]
    return " ".join([*start, *places, *size, *role, *quoted, *box, *excluded])


@pytest.mark.parametrize(("sentence", "expected"), TABLE)
def test_a_sentence_becomes_its_plan(sentence: str, expected: str) -> None:
    """The table: kinds, nouns, counts, attributes, exclusions."""
    found = plan(sentence)
    assert ("all but " if found.inverted else "") + " | ".join(map(short, found.targets)) == expected
    assert found.planner == "grammar"


@pytest.mark.parametrize(
    ("sentence", "names"),
    [
        ("isolate the red apple", ["red apple"]),
        ("extract every object", [""]),
        ("every element of this card", [""]),
        ("isolate the main subject", [""]),
        ("every red object", ["red object"]),
        ("the cards and the die", ["card", "die"]),
        ("eyes, nose and mouth", ["eyes", "nose", "mouth"]),
        ("the red and blue balloons", ["red and blue balloon"]),
        ("the two planes on the left", ["plane"]),
        ("the girl with the red hat", ["girl with the red hat"]),
        ("the mug next to the laptop", ["mug next to the laptop"]),
        ("birds flying in the sky", ["bird flying in the sky"]),
        ("the glass of milk", ["glass of milk"]),
        ("the red and the blue car", ["red car", "blue car"]),
        ("the tiger, text as one layer", ["tiger", "text"]),
        ("each text line", [""]),
        ('the text "SALE"', ["SALE"]),
    ],
)
def test_layers_are_called_by_the_words_without_articles(sentence: str, names: list[str]) -> None:
    """Generic phrases leave the naming to whoever finds the thing."""
    assert [target.name for target in plan(sentence).targets] == names


def test_a_phrase_is_what_the_user_wrote() -> None:
    """Reports quote the user's own spelling."""
    assert [target.phrase for target in plan("Isolate THE Red Apple and the dog's bone!").targets] == [
        "THE Red Apple",
        "the dog's bone",
    ]


@pytest.mark.parametrize(
    ("sentence", "named"),
    [
        ("le chien et le ballon rouge", [("chien", "dog", "dog"), ("ballon rouge", "ball", "red ball")]),
        ("die Katzen", [("Katzen", "cat", "cat")]),
        ("赤いりんごと猫の目", [("赤いりんご", "apple", "red apple"), ("猫の目", "eye", "cat's eye")]),
        ("девушка с зонтом", [("девушка с зонтом", "girl", "girl with umbrella")]),
        ("모자를 쓴 소녀", [("모자를 쓴 소녀", "girl", "girl wearing hat")]),
        ("戴帽子的女孩", [("戴帽子的女孩", "girl", "girl wearing hat")]),
        ("die Schildkröten", [("Schildkröten", "turtle", "turtle")]),
        ("乌龟和灯塔", [("乌龟", "turtle", "turtle"), ("灯塔", "lighthouse", "lighthouse")]),
        ("거북이와 등대", [("거북이", "turtle", "turtle"), ("등대", "lighthouse", "lighthouse")]),
    ],
)
def test_a_layer_is_called_by_the_users_own_word(sentence: str, named: list[tuple[str, str, str]]) -> None:
    """The noun and the description are English, for whoever looks for the thing."""
    found = plan(sentence)
    assert [(target.name, target.noun, target.description) for target in found.targets] == named
    assert found.note.startswith("Read as ")


def test_what_nobody_understands_is_said_and_marked() -> None:
    """It is a target that is not known; engines that read may still know it, the embedded one finds nothing."""
    found = plan("the cat, asdf qwer zxcv")
    assert [target.known for target in found.targets] == [True, False]
    assert found.note == "Not understood: asdf qwer zxcv."
    (thai,) = plan("แมว").targets
    assert not thai.known
    assert thai.name == "แมว"


def test_a_colour_or_a_place_tells_what_an_unknown_word_means() -> None:
    """ "The red zorblat" can be looked for by its colour."""
    (target,) = plan("the red zorblatt").targets
    assert target.known
    assert target.colours == ("red",)


@pytest.mark.parametrize(
    ("sentence", "noun", "note"),
    [
        ("isolate the umbrela", "umbrella", "Read 'umbrela' as 'umbrella'."),
        ("seperate the charactor", "character", "Read 'seperate' as 'separate', 'charactor' as 'character'."),
        ("the butterfly", "butterfly", ""),
    ],
)
def test_slips_of_the_pen_are_mended_and_said(sentence: str, noun: str, note: str) -> None:
    """By edit distance against the words that are known."""
    found = plan(sentence)
    assert [target.noun for target in found.targets] == [noun]
    assert found.note == note


@pytest.mark.parametrize(
    ("sentence", "layers"),
    [
        ("split into 2 layers", 2),
        ("3 layers", 3),
        ("split the poster into two layers", 2),
        ("at most 4 layers", 4),
        ("in 5 Ebenen aufteilen", 5),
        ("split into layers", None),
        ("everything into one layer", 1),
        ("split into 1 layer", 1),
        ("everything, max 8", 8),
        ("at least 3 layers", None),
        ("four parts", 4),
    ],
)
def test_the_number_of_layers_asked_for_is_kept_apart_from_the_things(sentence: str, layers: int | None) -> None:
    """Everything is looked for; what belongs together is grouped later."""
    found = plan(sentence)
    assert found.layers == layers
    assert [(target.kind, target.count) for target in found.targets] == [(Kind.ANYTHING, None)]


def test_several_things_wanted_in_one_layer_share_it() -> None:
    """They are grouped when they are found; text that alone is to be one layer leaves the others theirs."""
    for sentence in ("the cat and the dog as one layer", "put the title and the logo into one layer"):
        found = plan(sentence)
        assert (found.layers, len(found.targets)) == (1, 2)
    assert plan("the tiger, text as one layer").layers is None


@pytest.mark.parametrize(
    ("sentence", "bands"),
    [
        ("foreground, midground, background", ("foreground", "midground", "background")),
        ("BG / MG / FG", ("FG", "MG", "BG")),
        ("split into front, middle and back", ("front", "middle", "back")),
        ("near and far", ("near", "far")),
        ("4 depth layers", ("foreground", "midground 1", "midground 2", "background")),
        ("前景、中景、背景", ("前景", "中景", "背景")),
        ("split the image into foreground and background", ()),
        ("the car in the background", ()),
    ],
)
def test_bands_of_distance_have_the_users_names_front_to_back(sentence: str, bands: tuple[str, ...]) -> None:
    """Foreground and background alone are the subject and what is behind it."""
    assert plan(sentence).depth == bands


@pytest.mark.parametrize(
    ("sentence", "nouns", "ignored"),
    [
        ("extract the logo for printing", ["logo"], ("for printing",)),
        ("separate the girl so I can animate her", ["girl"], ("so I can animate her",)),
        ("isolate the dog perfectly, high quality, 4k", ["dog"], ("perfectly", "high quality", "4k")),
        ("the cup with clean edges", ["cup"], ("with clean edges",)),
        ("isole le chat pour mon site", ["cat"], ("pour mon site",)),
        ("upscale it. the cat", ["cat"], ("upscale it",)),
        ("the girl with the hat", ["girl"], ()),
    ],
)
def test_purposes_and_manners_are_no_targets(sentence: str, nouns: list[str], ignored: tuple[str, ...]) -> None:
    """They are left out and told."""
    found = plan(sentence)
    assert [target.noun for target in found.targets] == nouns
    assert found.ignored == ignored


@pytest.mark.parametrize(
    ("sentence", "wanted", "kept"),
    [
        ("extract the fruit, leave the text", ["fruit"], ["text"]),
        ("avoid selecting the text, extract the dog", ["dog"], ["text"]),
        ("no text, only the bottles", ["bottle"], ["text"]),
        ("isolate the cat without removing the hat", ["cat"], []),
        ("background without people", ["person"], []),
    ],
)
def test_what_stays_is_told_from_what_is_wanted(sentence: str, wanted: list[str], kept: list[str]) -> None:
    """Verbs after "avoid" and "without" do not turn the wish round."""
    found = plan(sentence)
    assert [target.noun for target in found.targets] == wanted
    assert [target.noun for target in found.kept] == kept
    assert not found.inverted


@pytest.mark.parametrize("sentence", ["make it blue", "upscale this", "add a hat", "what is in this picture?"])
def test_another_job_is_refused_with_what_this_tool_does(sentence: str) -> None:
    """One sentence says what the tool does, where the job would be done, and what to write."""
    with pytest.raises(BadInstruction, match=r"separates a picture into layers.*use .*or write what to separate"):
        plan(sentence)


@pytest.mark.parametrize("sentence", ["isolate the main subject", "Isolate the main subject."])
def test_the_example_of_scenarios_documentation_keeps_its_meaning(sentence: str) -> None:
    """Code written for its API sends this sentence."""
    found = plan(sentence)
    assert [(target.kind, target.count, target.each) for target in found.targets] == [(Kind.SUBJECT, 1, True)]
    assert not found.inverted


def test_words_are_refused_before_there_is_a_picture() -> None:
    """What the words alone tell needs no picture: another job, nothing named, too many characters."""
    for text, reason in (("make it blue", "separates a picture"), ("?!", "names nothing"), ("x" * 4097, "4096 are")):
        with pytest.raises(BadInstruction, match=reason):
            Grammar().check(Instruction(text))
    Grammar().check(Instruction("the cat <bbox>1 2 30 40</bbox>"))
    Grammar().check(Instruction("", boxes=(NamedBox(Box(900, 9, 950, 30)),)))


def test_a_remove_request_says_that_hiding_the_layer_removes_it() -> None:
    """The thing is separated; nothing is thrown away."""
    found = plan("remove the watermark")
    assert [target.noun for target in found.targets] == ["watermark"]
    assert "hide or delete that layer" in found.note


@pytest.mark.parametrize(
    "text",
    [
        "„" * 4096,
        "<bbox" * 800,
        "for the " * 512,
        "so that " * 512,
        "고양이와개를" * 682,
        "猫和狗" * 1365,
        "( " * 2048,
        "l'" * 2048,
        "text " * 819,
        "text A" * 682,
        "max 8 " * 682,
        "w/ " * 1365,
        "keep the color and " * 215,
        "a - b, " * 585,
        "[" * 4096,
        "1) " * 1365,
        "the red " * 512,
        "x" * 4096,
        "seperate " * 455,
        "and " * 1024,
        "\u200b\n" * 2048,
    ],
)
def test_the_longest_instruction_is_read_in_time(text: str) -> None:
    """Work grows with the length, not with its square: 4,096 characters take less than two seconds of one core."""
    started = time.process_time()
    with contextlib.suppress(BadInstruction):
        plan(text)
    assert time.process_time() - started < 2


def test_a_plan_has_bounds_whatever_is_written() -> None:
    """The API takes a plan back: at most 50 targets, names of 200 letters."""
    found = plan("a" * 4000)
    assert max(len(target.name) for target in found.targets) <= 200
    many = plan(", ".join(f"cat {letter}{other}at" for letter in "bcdfghklmnpr" for other in "aeiouy"))
    assert len(many.targets) <= 50
    assert [target.count for target in plan("the 500 birds and the 5 cats").targets] == [None, 5]


@pytest.mark.parametrize(
    ("sentence", "noted"),
    [
        ("remove the background", "Only the background is named"),
        ("split the picture into layers", "every element becomes a layer"),
        ("please", "the main subject becomes a layer"),
        ("the second bird from the left", "'second' is not counted out"),
        ("the girl and the banner as one layer, and the cat", "merge the layers"),
        ("the girl and the banner as one layer", ""),
        ("the girl and the banner", ""),
    ],
)
def test_a_reading_that_is_not_obvious_is_noted(sentence: str, noted: str) -> None:
    """The note says how the instruction was read; a plain one needs none."""
    note = plan(sentence).note
    assert noted in note if noted else note == ""


def test_a_box_given_outright_needs_no_words() -> None:
    """Boxes and points are targets of their own, named ones by their noun phrase."""
    box, point = NamedBox(Box(1, 2, 30, 40), "red apple"), NamedPoint(999, 499)
    first, second = plan(boxes=(box,), points=(point,)).targets
    assert (first.box, first.noun, first.colours, first.name) == (Box(1, 2, 30, 40), "apple", ("red",), "red apple")
    assert (second.point, second.noun, second.name) == ((999, 499), "", "")


def test_one_mark_and_one_name_are_one_target() -> None:
    """The words say what, the mark says where."""
    (target,) = plan("isolate the cat", points=(NamedPoint(5, 6),)).targets
    assert (target.noun, target.point) == ("cat", (5, 6))


@pytest.mark.parametrize("text", ["isolate this on its own layer", "cut it out", "remove the background"])
def test_this_is_what_is_marked(text: str) -> None:
    """Words that name nothing add no target to a mark."""
    (target,) = plan(text, boxes=(NamedBox(Box(1, 2, 3, 4)),)).targets
    assert (target.kind, target.noun, target.box) == (Kind.OBJECT, "", Box(1, 2, 3, 4))


def test_a_named_mark_finds_its_name_in_a_list() -> None:
    """Other marks stay targets of their own and come first."""
    boxes = (NamedBox(Box(0, 0, 9, 9), "dog"), NamedBox(Box(0, 0, 5, 5), "lamp"))
    found = plan("the cat and the dog", boxes=boxes).targets
    assert [(target.noun, target.box) for target in found] == [
        ("lamp", Box(0, 0, 5, 5)),
        ("cat", None),
        ("dog", Box(0, 0, 9, 9)),
    ]


@pytest.mark.parametrize(
    ("text", "boxes", "points", "message"),
    [
        ("", (), (), "names nothing"),
        ("  ?! ...", (), (), "names nothing"),
        ("cat " * 1025, (), (), "4100 characters, 4096 are allowed"),
        ("", (NamedBox(Box(0, 0, 1001, 10)),), (), "reaches outside the picture, which is 1000×500"),
        ("", (NamedBox(Box(-1, 0, 10, 10)),), (), "reaches outside"),
        ("", (), (NamedPoint(1000, 0),), "the point 1000,0 lies outside"),
        ("the cat <bbox>0 0 1001 10</bbox>", (), (), "lies outside the picture or is empty"),
        ("the cat <bbox>50 0 50 10</bbox>", (), (), "lies outside the picture or is empty"),
        ("the cat <bbox>1 2 3</bbox>", (), (), "needs four numbers"),
        ("the cat <bbox>1 2 3 4", (), (), "not closed"),
    ],
)
def test_what_cannot_be_used_is_refused_in_one_sentence(
    text: str, boxes: tuple[NamedBox, ...], points: tuple[NamedPoint, ...], message: str
) -> None:
    """The sentence says what is wrong and what to do."""
    with pytest.raises(BadInstruction, match=message) as refusal:
        plan(text, boxes, points)
    assert "\n" not in str(refusal.value)


def test_the_finest_tag_still_marks_a_pixel() -> None:
    """A thousandth of a small picture is less than a pixel."""
    (target,) = Grammar()(Instruction("<bbox>999 999 1000 1000</bbox>"), np.zeros((3, 7, 3), np.uint8)).targets
    assert target.box == Box(6, 2, 7, 3)


GRAMMATICAL = words.VERBS | words.FILLERS | words.JOINERS | words.EXCEPTING | words.RELATIONS | words.MANNER_WORDS
PLAIN = [
    *sorted(GRAMMATICAL),
    *("the", "every", "all", "both", "each", "two", "red", "left", "eyes", "text", "layers", "layer", "background"),
    *("rest", "everything", "image", "cats", ",", ";", ":", ".", '"SALE"', "<bbox>1 2 3 4</bbox>"),
]
VOCABULARY = [*PLAIN, "'", '"', "<bbox>cat 9 9 999 1000</bbox>", "<bbox>", "<bbox>1 2 3</bbox>"]
TEXTS = st.text(max_size=60) | st.lists(st.sampled_from(VOCABULARY), max_size=14).map(" ".join)


@settings(max_examples=500, deadline=None)
@given(TEXTS, st.integers(1, 90), st.integers(1, 90))
def test_any_text_gives_a_plan_or_a_refusal(text: str, height: int, width: int) -> None:
    """Never another exception, never a plan without targets, never a box outside, never two answers."""
    instruction, picture = Instruction(text), np.zeros((height, width, 3), np.uint8)
    try:
        found = Grammar()(instruction, picture)
    except BadInstruction:
        return
    assert found.targets
    assert found == Grammar()(instruction, picture)
    for box in (target.box for target in found.targets if target.box):
        assert 0 <= box.left < box.right <= width
        assert 0 <= box.top < box.bottom <= height


@settings(max_examples=100, deadline=None)
@given(st.lists(st.sampled_from(PLAIN), max_size=14).map(" ".join))
def test_words_without_broken_tags_are_never_refused(text: str) -> None:
    """Only emptiness, length and marks are reasons to refuse."""
    assert plan(f"lamp {text}").targets
