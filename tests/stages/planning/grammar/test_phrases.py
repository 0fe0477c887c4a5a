"""What people write, in a dozen languages, and what they mean by it: every phrase of phrases*.txt is one test."""

from pathlib import Path

import numpy as np
import pytest

from delaminate.contracts import Instruction, Kind, Plan, Target
from delaminate.errors import BadInstruction
from delaminate.stages.planning.grammar.planner import Grammar

PICTURE = np.zeros((500, 1000, 3), np.uint8)


def phrases() -> list[tuple[str, str]]:
    """All phrases with their meanings, as the files say them."""
    files = sorted(Path(__file__).parent.glob("phrases*.txt"))
    lines = [line for file in files for line in file.read_text(encoding="utf-8").splitlines()]
    pairs = [line.partition("  =>  ") for line in lines if "  =>  " in line and not line.startswith("#")]
    return [(said.replace("\\n", "\n"), meant) for said, _, meant in pairs]


def names(target: Target, words: str) -> bool:
    """Whether one of the words, given as "dog|puppy", stands in the target's noun, name or phrase."""
    said = f"{target.noun} {target.name} {target.phrase}".lower()
    return any(word in said for word in words.split("|"))


def is_meant(plan: Plan, meant: str) -> bool:
    """Whether the plan is what the notation says."""
    meant, _, layers = meant.partition(" layers=")
    if layers and plan.layers != int(layers):
        return False
    meant, plural = meant.removesuffix(" plural"), meant.endswith(" plural")
    one = plan.targets[0] if len(plan.targets) == 1 and not plan.inverted else None
    match meant.split():
        case ["all"]:
            return one is not None and (one.kind is Kind.ANYTHING or (one.kind is Kind.OBJECT and not one.noun))
        case ["subject"]:
            return one is not None and one.kind is Kind.SUBJECT
        case ["text"]:
            return one is not None and one.kind is Kind.TEXT
        case ["any"]:
            return bool(plan.targets)
        case ["depth", bands]:
            return len(plan.depth) == int(bands)
        case ["keep", words]:
            return any(names(target, words) for target in (plan.targets if plan.inverted else plan.kept))
    things = meant.split(", ")
    return (
        not plan.inverted
        and len(plan.targets) == len(things)
        and all(names(target, words) for target, words in zip(plan.targets, things, strict=True))
        and not any(target.kind is Kind.ANYTHING for target in plan.targets)
        and (not plural or all(target.count is None for target in plan.targets))
    )


@pytest.mark.parametrize(("said", "meant"), phrases())
def test_a_phrase_is_read_as_it_is_meant(said: str, meant: str) -> None:
    """One of the phrases; "refuse" means that it asks for no separation."""
    if meant == "refuse":
        with pytest.raises(BadInstruction, match="separates a picture into layers"):
            Grammar()(Instruction(said), PICTURE)
    else:
        plan = Grammar()(Instruction(said), PICTURE)
        assert is_meant(plan, meant), plan


def test_there_are_enough_phrases_of_every_language() -> None:
    """Twelve a language at least, and two hundred in all."""
    files = sorted(Path(__file__).parent.glob("phrases*.txt"))
    counts: dict[str, int] = {}
    language = ""
    for line in (line for file in files for line in file.read_text(encoding="utf-8").splitlines()):
        if line.startswith("[") and line.endswith("]"):
            language = line[1:-1]
        elif "  =>  " in line and not line.startswith("#"):
            counts[language] = counts.get(language, 0) + 1
    named = {name: n for name, n in counts.items() if name != "other"}
    assert {"en", "fr", "es", "pt", "it", "de", "nl", "pl", "ru", "zh", "ja", "ko"} <= named.keys()
    assert min(named.values()) >= 12
    assert sum(counts.values()) >= 200
