"""A language model that sees the picture plans what to separate; any OpenAI-compatible endpoint serves."""

from __future__ import annotations

import base64
import io
import os
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from delaminate.contracts import Instruction, Plan, Tick, no_tick
from delaminate.errors import BadInput, StageFailed
from delaminate.models import hosted
from delaminate.models.cache import Cache, key_of
from delaminate.models.servers import Server, price_of
from delaminate.pixels import Rgb, as_eight_bit
from delaminate.stages.planning.answer import GRID, SCHEMA, TASK, Unreadable, read_answer
from delaminate.stages.planning.grammar.planner import Grammar


@dataclass(frozen=True)
class LanguageModel:
    """Asks a model that can see; reads the instruction by grammar where it gives no usable answer.

    An answer is checked and, if wrong, sent back once with what is wrong. Answers are stored: the same picture and
    instruction are asked about once.

    Parameters
    ----------
    model : its name at the endpoint; default `DELAMINATE_PLANNER_MODEL`, else "gpt-5.4-mini".
    url : of the endpoint, such as "http://localhost:11434/v1" for Ollama; default `DELAMINATE_PLANNER_URL`, else
        `OPENAI_BASE_URL`, else OpenAI's own.
    api_key : default `OPENAI_API_KEY`; an endpoint on this machine needs none.
    timeout : seconds one answer may take.
    tries, pause : how often to ask a busy endpoint, and the most seconds before the second time.
    price : of one call, for the report; default `DELAMINATE_PLANNER_PRICE`.
    cache : where answers are stored.
    """

    model: str = ""
    url: str = ""
    api_key: str = field(default="", repr=False)
    timeout: float = 120.0
    tries: int = 3
    pause: float = 2.0
    price: float | None = None
    cache: Cache = field(default_factory=Cache)

    def __post_init__(self) -> None:
        if self.tries < 1 or not self.timeout > 0:
            raise BadInput("a language model needs tries ≥ 1 and timeout > 0")

    def missing(self) -> str:
        """What to install or set first; empty when the stage can work."""
        return hosted.missing(self._url, self._key)

    def sends(self) -> str:
        """Where the picture goes, for the report."""
        return f"For planning, pictures are sent to {self._model} at {hosted.host(self._url)}."

    @property
    def _server(self) -> Server:
        price = price_of("DELAMINATE_PLANNER_PRICE") if self.price is None else self.price
        return Server("planning", hosted.host(self._url), price)

    @property
    def _model(self) -> str:
        return self.model or os.environ.get("DELAMINATE_PLANNER_MODEL") or "gpt-5.4-mini"

    @property
    def _url(self) -> str:
        return self.url or os.environ.get("DELAMINATE_PLANNER_URL") or os.environ.get("OPENAI_BASE_URL", "")

    @property
    def _key(self) -> str:
        return self.api_key or os.environ.get("OPENAI_API_KEY", "")

    def __call__(self, instruction: Instruction, rgb: Rgb, tick: Tick = no_tick) -> Plan:
        """See `contracts.Planner`. What is marked goes first, and is not for the model to judge."""
        by_grammar = Grammar()(instruction, rgb)
        if not instruction.text.strip():
            return by_grammar
        try:
            plan = self._plan(instruction, rgb, tick)
        except (StageFailed, Unreadable) as error:
            note = f"The instruction was read by grammar: {error}. {by_grammar.note}".strip()
            return replace(by_grammar, note=note)
        tick(1.0)
        if instruction.boxes or instruction.points:
            marked = Grammar()(replace(instruction, text=""), rgb).targets
            plan = replace(plan, targets=(*marked, *plan.targets))
        return replace(plan, planner=f"language-model {self._model}")

    def _plan(self, instruction: Instruction, rgb: Rgb, tick: Tick) -> Plan:
        height, width = rgb.shape[:2]
        shown = _jpeg(rgb)
        wish = f"Request: {instruction.text}\nAt most {instruction.max_layers} layers."
        key = key_of("plan", self._url, self._model, TASK, wish, shown)

        def read(text: str, last: bool) -> Plan:
            return read_answer(text, width, height, last=last)

        said = self.cache.once(key, lambda: self._asked(wish, shown, read, tick).encode())
        return read(said.decode(), True)

    def _asked(self, wish: str, shown: bytes, read: Callable[[str, bool], Plan], tick: Tick) -> str:
        """An answer that can be read."""
        link = f"data:image/jpeg;base64,{base64.b64encode(shown).decode()}"
        talk: list[Any] = [
            {"role": "system", "content": TASK},
            {
                "role": "user",
                "content": [{"type": "text", "text": wish}, {"type": "image_url", "image_url": {"url": link}}],
            },
        ]
        said = self._answer(talk, tick)
        try:
            read(said, False)
        except Unreadable as error:
            tick(0.5)
            talk += [
                {"role": "assistant", "content": said},
                {"role": "user", "content": f"That cannot be used: {error}. Answer again, with the whole JSON."},
            ]
            said = self._answer(talk, tick)
            read(said, True)
        return said

    def _answer(self, talk: list[Any], tick: Tick) -> str:
        client = hosted.client(self._url, self._key, self.timeout)
        tick(0.05)
        form: Any = {"type": "json_schema", "json_schema": {"name": "plan", "strict": True, "schema": SCHEMA}}

        def asked(**how: Any) -> Any:
            return hosted.ask(
                lambda: client.chat.completions.create(model=self._model, messages=talk, **how),
                self._model,
                self._server,
                tick,
                self.tries,
                self.pause,
            )

        try:
            answer = asked(response_format=form)
        except hosted.NotAccepted:  # a server without structured output is asked in words alone
            answer = asked()
        choices = getattr(answer, "choices", None)
        said = choices[0].message.content if choices else None
        if not said:
            raise StageFailed(f"{self._model} gave no answer")
        return str(said)


@dataclass(frozen=True)
class LocalLanguageModel(LanguageModel):
    """The same where its user named an endpoint for planning; never an account that is there for something else."""

    def missing(self) -> str:
        if not (self.url or os.environ.get("DELAMINATE_PLANNER_URL")):
            return "set DELAMINATE_PLANNER_URL to an OpenAI-compatible endpoint, such as http://localhost:11434/v1"
        return super().missing()


def _jpeg(rgb: Rgb) -> bytes:
    """The picture as the model is shown it: in the upper left corner of a grey square that is the grid of its boxes."""
    import numpy as np
    from PIL import Image

    # Every n-th pixel is enough before the exact scaling, and spares a copy of a large picture at 8 bits.
    height, width = rgb.shape[:2]
    step = max(1, max(height, width) // (4 * GRID))
    picture = Image.fromarray(np.ascontiguousarray(as_eight_bit(rgb[::step, ::step])))
    scale = GRID / max(height, width)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    square = Image.new("RGB", (GRID, GRID), (128, 128, 128))
    square.paste(picture.resize(size, Image.Resampling.BOX if scale < 1 else Image.Resampling.BICUBIC))
    file = io.BytesIO()
    square.save(file, "JPEG", quality=90)
    return file.getvalue()
