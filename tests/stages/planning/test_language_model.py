"""Planning by a language model, against an endpoint on this machine."""

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from delaminate.contracts import Instruction, Kind, NamedBox, Plan
from delaminate.errors import BadInstruction, Cancelled
from delaminate.models.cache import Cache
from delaminate.pixels import Box
from delaminate.stages.planning.answer import SCHEMA, Unreadable, read_answer
from delaminate.stages.planning.language_model import LanguageModel
from provider import Provider

RGB = np.full((500, 1000, 3), 99, np.uint8)


def target(**changes: Any) -> dict[str, Any]:
    """A proper target, with changes."""
    proper = {
        "phrase": "the wild boar",
        "name": "wild boar",
        "description": "brown wild boar",
        "noun": "Boar",
        "kind": "object",
        "box": [100, 200, 300.5, 500],
        "text": None,
        "together": False,
    }
    return proper | changes


def answer(*targets: dict[str, Any], note: str = "") -> dict[str, Any]:
    """A whole answer."""
    return {"targets": list(targets), "inverted": False, "note": note}


def plan(provider: Provider, folder: Path, text: str = "the wild boar", **more: Any) -> Plan:
    """What comes of a sentence."""
    timeout = 0.7 if provider.script == ["slow"] else 60.0
    planner = LanguageModel("tiny", provider.url, cache=Cache(folder), timeout=timeout, pause=0.01)
    return planner(Instruction(text, **more), RGB)


def test_an_answer_becomes_a_plan(provider: Provider, tmp_path: Path) -> None:
    """Names, kinds, letters, and boxes from the grid to pixels."""
    title = target(kind="text", name="title", text="SUMMER SALE", box=None)
    provider.script = [answer(target(), title, note="Two boars; the left one.")]
    found = plan(provider, tmp_path)
    boar, words = found.targets
    assert (boar.name, boar.noun, boar.box) == ("wild boar", "boar", Box(100, 200, 300, 500))
    assert (words.kind, words.quoted, words.box) == (Kind.TEXT, "SUMMER SALE", None)
    assert found.note == "Two boars; the left one."


def test_the_model_sees_the_picture_and_the_schema(provider: Provider, tmp_path: Path) -> None:
    """The picture in a square of 1000 pixels, the user's words, and strict structured output."""
    provider.script = [answer(target())]
    plan(provider, tmp_path, "das Wildschwein", max_layers=3)
    body = provider.asked[0].body
    words, picture = body["messages"][1]["content"]
    assert words["text"] == "Request: das Wildschwein\nAt most 3 layers."
    assert picture["image_url"]["url"].startswith("data:image/jpeg;base64,/9j/")
    assert body["response_format"]["json_schema"] == {"name": "plan", "strict": True, "schema": SCHEMA}


def test_a_wrong_answer_is_sent_back_once_with_what_is_wrong(provider: Provider, tmp_path: Path) -> None:
    """And the second answer counts."""
    provider.script = [answer(target(box=[5, 5, 7])), answer(target())]
    assert plan(provider, tmp_path).targets[0].name == "wild boar"
    assert "within 0..1000" in provider.asked[1].body["messages"][-1]["content"]


@pytest.mark.parametrize(
    ("script", "said"),
    [
        (["nonsense", "more nonsense"], "not JSON"),
        ([answer(), answer()], "is empty"),
        ([500] * 3, "out of order"),
        ([429] * 3, "too often"),
        ([401], "does not accept the key"),
        (["refused"], "refused"),
        (["slow"], "did not answer in time"),
        (["garbage"], "gave no answer|cannot be read"),
        ([""], "gave no answer"),
    ],
)
def test_without_a_usable_answer_the_grammar_plans_and_says_so(
    provider: Provider, tmp_path: Path, script: list[Any], said: str
) -> None:
    """The job goes on, and the note tells why it may be worse."""
    provider.script = list(script)
    found = plan(provider, tmp_path)
    assert (found.planner, found.targets[0].name) == ("grammar", "wild boar")
    assert found.note.startswith("The instruction was read by grammar: ")
    assert re.search(said, found.note)


def test_the_same_question_is_asked_once(provider: Provider, tmp_path: Path) -> None:
    """The answer comes from the store; another sentence is another question."""
    provider.script = [answer(target()), answer(target(name="lantern"))]
    assert plan(provider, tmp_path) == plan(provider, tmp_path)
    assert len(provider.asked) == 1
    assert plan(provider, tmp_path, "the lantern").targets[0].name == "lantern"


def test_what_is_marked_goes_first_and_is_not_the_models_to_judge(provider: Provider, tmp_path: Path) -> None:
    """Boxes of the user stay as they are; with boxes alone nobody is asked."""
    provider.script = [answer(target())]
    box = NamedBox(Box(1, 2, 3, 4), "lamp")
    assert [t.name for t in plan(provider, tmp_path, boxes=(box,)).targets] == ["lamp", "wild boar"]
    assert [t.name for t in plan(provider, tmp_path, "", boxes=(box,)).targets] == ["lamp"]
    assert len(provider.asked) == 1


def test_an_empty_instruction_is_refused_before_anyone_is_asked(provider: Provider, tmp_path: Path) -> None:
    """As the grammar does."""
    with pytest.raises(BadInstruction):
        plan(provider, tmp_path, "  ")
    assert provider.asked == []


def test_it_can_be_cancelled(provider: Provider, tmp_path: Path) -> None:
    """Before anything is sent."""

    def stop(_: float) -> None:
        raise Cancelled

    planner = LanguageModel("tiny", provider.url, cache=Cache(tmp_path))
    with pytest.raises(Cancelled):
        planner(Instruction("the boar"), RGB, stop)
    assert provider.asked == []


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("[]", "object"),
        ('{"targets": [1]}', "must be an object"),
        ('{"targets": [{"name": "x", "kind": "ghost"}]}', "kind"),
        ('{"targets": [{"name": "x", "kind": "text", "text": ""}]}', "letters"),
        ('{"targets": [{"name": "x", "kind": "object", "box": [9, 1, 9, 4]}]}', "left, top, right"),
        ('{"targets": [{"name": "x", "kind": "object", "box": [true, 1, 3, 4]}]}', "left, top, right"),
        ('{"targets": [{"name": "", "kind": "object"}]}', "name"),
        ('{"targets": [{"name": 5, "kind": "object"}]}', "name"),
    ],
)
def test_what_is_wrong_with_an_answer_is_named(text: str, wrong: str) -> None:
    """So that the model can mend it."""
    with pytest.raises(Unreadable, match=wrong):
        read_answer(text, 100, 100)


def test_a_fenced_answer_is_read() -> None:
    """Small models cannot leave the code fence away."""
    assert read_answer('```json\n{"targets": [{"name": "cat", "kind": "object"}]}\n```', 9, 9).targets[0].name == "cat"


@pytest.mark.parametrize(
    ("given", "read"),
    [
        ([100, 200, 300, 400], Box(200, 400, 600, 800)),
        ([0.1, 0.2, 0.3, 0.4], Box(200, 400, 600, 800)),
        ([200, 400, 1800, 800], Box(200, 400, 1800, 800)),
        ([300, 400, 100, 200], Box(200, 400, 600, 800)),
        ([-20, 200, 300, 1015], Box(0, 400, 600, 1000)),
        (["100", "200", "300", "400"], Box(200, 400, 600, 800)),
        ([[100, 200, 300, 400]], Box(200, 400, 600, 800)),
    ],
)
def test_boxes_on_the_grid_in_pixels_and_in_shares_are_understood_and_repaired(given: list[Any], read: Box) -> None:
    """For a picture of 2000 × 1000 pixels, shown in the upper half of the grid."""
    found = read_answer(json.dumps(answer(target(box=given))), 2000, 1000)
    assert found.targets[0].box == read


def test_the_form_that_vision_models_were_taught_is_understood() -> None:
    """A list in a code fence, with label and bbox_2d; names are kept."""
    text = 'Here you are:\n```json\n[{"bbox_2d": [100, 200, 300, 400], "label": "Omas Vase"}]\n```'
    (vase,) = read_answer(text, 1000, 1000).targets
    assert (vase.name, vase.box, vase.kind) == ("Omas Vase", Box(100, 200, 300, 400), Kind.OBJECT)


def test_a_box_that_stays_wrong_is_left_out_and_the_thing_is_looked_for_by_words(
    provider: Provider, tmp_path: Path
) -> None:
    """After the second answer; the rest of the plan is kept."""
    provider.script = [answer(target(box=[1, 2])), answer(target(box="left"))]
    (boar,) = plan(provider, tmp_path).targets
    assert (boar.name, boar.box) == ("wild boar", None)
    assert len(provider.asked) == 2


def test_an_endpoint_without_structured_output_is_asked_in_words(provider: Provider, tmp_path: Path) -> None:
    """Where it does not accept the form of the request."""
    provider.script = [400, answer(target())]
    assert plan(provider, tmp_path).targets[0].name == "wild boar"
    assert "response_format" in provider.asked[0].body
    assert "response_format" not in provider.asked[1].body


def test_two_machines_ask_once(provider: Provider, tmp_path: Path) -> None:
    """What one was told lies where the other finds it; both keep it, too."""

    class Store(dict[str, bytes]):
        """Anything that keeps bytes by name."""

        def put(self, key: str, content: bytes) -> None:
            self[key] = content

    provider.script = [answer(target())]
    store = Store()
    for machine in ("one", "two"):
        planner = LanguageModel("tiny", provider.url, cache=Cache(tmp_path / machine, shared=store))
        assert planner(Instruction("the wild boar"), RGB).targets[0].name == "wild boar"
    assert len(provider.asked) == 1
