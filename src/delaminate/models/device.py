"""Where models run: the device and precision at hand, models loaded once per process, memory that runs out."""

from __future__ import annotations

import importlib.util
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from delaminate.errors import StageFailed

Offload: TypeAlias = Literal["auto", "none", "parts", "layers"]

_LOADED: dict[object, Any] = {}
_LOCK = threading.RLock()


@dataclass(frozen=True)
class Device:
    """How models run.

    Parameters
    ----------
    name : "cuda", "cuda:1", "mps", "cpu", or "auto" for `DELAMINATE_DEVICE`, else the best there is.
    offload : keep in the device's memory only the part of a model that works ("parts": slower by the copying), or of
        that again only the layer that works ("layers": slow, least memory); "auto" for `DELAMINATE_OFFLOAD`, else none.
    """

    name: str = "auto"
    offload: Offload = "auto"

    def resolved(self) -> Device:
        """The same with nothing left open.

        Raises
        ------
        StageFailed
            If the device asked for is not there.
        """
        import torch

        name = os.environ.get("DELAMINATE_DEVICE", "auto") if self.name == "auto" else self.name
        if name == "auto":
            name = "cuda" if torch.cuda.is_available() else "mps" if torch.backends.mps.is_available() else "cpu"
        if name.startswith("cuda") and not torch.cuda.is_available():
            raise StageFailed(f"there is no device {name!r} on this machine; set DELAMINATE_DEVICE=cpu")
        return Device(name, "none" if name == "cpu" else self._offload())

    def _offload(self) -> Offload:
        if self.offload != "auto":
            return self.offload
        match os.environ.get("DELAMINATE_OFFLOAD", "none"):
            case "none":
                return "none"
            case "parts":
                return "parts"
            case "layers":
                return "layers"
            case other:
                raise StageFailed(f"DELAMINATE_OFFLOAD cannot be {other!r}; set it to none, parts or layers")

    @property
    def dtype(self) -> Any:
        """Half precision where the device is fast at it; of a resolved device."""
        import torch

        return (
            torch.bfloat16 if self.name.startswith("cuda") else torch.float16 if self.name == "mps" else torch.float32
        )

    def model(self, load: Callable[[], Any]) -> Any:
        """Put a transformers model on this device, for use and not for training."""
        return load().to(self.name, self.dtype).eval()

    def pipeline(self, load: Callable[[Any], Any]) -> Any:
        """Put a diffusers pipeline on this device; `load` takes the dtype."""
        made = load(self.dtype)
        made.set_progress_bar_config(disable=True)
        if self.offload == "parts":
            made.enable_model_cpu_offload(device=self.name)
        elif self.offload == "layers":
            made.enable_sequential_cpu_offload(device=self.name)
        else:
            made.to(self.name)
        return made


def has_gpu() -> bool:
    """Whether models would run on a GPU; `DELAMINATE_DEVICE` decides where it is set."""
    named = os.environ.get("DELAMINATE_DEVICE", "auto")
    if named != "auto":
        return named != "cpu"
    if importlib.util.find_spec("torch") is None:
        return False
    import torch

    return bool(torch.cuda.is_available() or torch.backends.mps.is_available())


def once(key: object, load: Callable[[], Any]) -> Any:
    """What `load` gives, loaded once per process and key; several threads wait for one."""
    with _LOCK:
        if key not in _LOADED:
            _LOADED[key] = load()
        return _LOADED[key]


def _empty() -> None:
    import torch

    if torch.cuda.is_available():
        torch.cuda.empty_cache()


@contextmanager
def working(who: str) -> Iterator[None]:
    """Run a model without gradients; memory that runs out, and weights that do not fit, become one sentence.

    Raises
    ------
    StageFailed
        With advice.
    """
    import torch

    try:
        with torch.inference_mode():
            yield
    except (torch.OutOfMemoryError, MemoryError) as error:
        _empty()
        raise StageFailed(_too_large(who)) from error
    except RuntimeError as error:
        if "memory" not in str(error).lower():
            raise StageFailed(f"{who} failed: {str(error).splitlines()[0]}") from error
        _empty()
        raise StageFailed(_too_large(who)) from error
    except (OSError, KeyError, ValueError) as error:
        first = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise StageFailed(f"the weights of {who} cannot be used: {first}; fetch them again") from error


def _too_large(who: str) -> str:
    return (
        f"there is not enough memory for {who}; set DELAMINATE_OFFLOAD=parts (or layers), close other programs, "
        "or take a smaller model"
    )
