"""Files of tensors: numbers are read, everything else is refused."""

import pickle
import struct
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from delaminate.errors import StageFailed
from delaminate.models.torch_file import tensors_in

KEY = "7"
SHAPE, STRIDES = (2, 3), (1, 2)
"""Columns after columns, as some of torch's own files lie."""


class Named:
    """Pickles as a global name, as torch's classes do."""

    def __init__(self, module: str, name: str) -> None:
        self.module, self.name = module, name


class Call:
    """Pickles as the call of a named function."""

    def __init__(self, function: Named, *arguments: Any) -> None:
        self.function, self.arguments = function, arguments


class Storage:
    """Pickles as a reference to numbers that follow."""


def pickled(value: object) -> bytes:
    """Opcodes of a value (protocol 2), written by hand so that names need not exist here."""
    if isinstance(value, Named):
        return b"c" + value.module.encode() + b"\n" + value.name.encode() + b"\n"
    if isinstance(value, Call):
        return pickled(value.function) + pickled(value.arguments) + b"R"
    if isinstance(value, Storage):
        return pickled(("storage", Named("torch", "FloatStorage"), KEY, "cpu", 6, None)) + b"Q"
    if isinstance(value, tuple):
        return b"(" + b"".join(map(pickled, value)) + b"t"
    if isinstance(value, dict):
        return b"}(" + b"".join(pickled(key) + pickled(held) for key, held in value.items()) + b"u"
    return pickle.dumps(value, 2)[2:-1]


def file_of(table: object, numbers: bytes = np.arange(6, dtype="<f4").tobytes()) -> bytes:
    """A file as torch wrote them before 1.6, with one storage of six numbers."""
    heads = (0x1950A86A20F9469CFC6C, 1001, {"little_endian": True})
    pickles = [*map(pickled, heads), pickled(table), pickle.dumps([KEY], 2)[2:-1]]
    return b"".join(b"\x80\x02" + each + b"." for each in pickles) + struct.pack("<q", 6) + numbers


def tensor(offset: int = 0, shape: tuple[int, ...] = SHAPE, strides: tuple[int, ...] = STRIDES) -> Call:
    """A view of the storage, as torch pickles one."""
    return Call(Named("torch._utils", "_rebuild_tensor_v2"), Storage(), offset, shape, strides, False, OrderedDict())


def test_a_tensor_is_read_in_the_order_its_strides_tell() -> None:
    """Its storage lies column after column."""
    (name, found), *others = tensors_in(file_of({"weight": tensor()})).items()
    assert name == "weight"
    assert others == []
    assert found.dtype == np.float32
    np.testing.assert_array_equal(found, [[0, 2, 4], [1, 3, 5]])


@pytest.mark.parametrize(
    ("module", "name"), [("builtins", "eval"), ("os", "system"), ("torch", "load"), ("collections", "Counter")]
)
def test_a_file_that_asks_for_anything_else_is_refused_before_it_gets_it(module: str, name: str) -> None:
    """Whatever it is: only the names of a table of tensors are known."""
    with pytest.raises(StageFailed, match=f"{module}.{name}"):
        tensors_in(file_of({"weight": Call(Named(module, name), "1")}))


@pytest.mark.parametrize("reach", [lambda: tensor(offset=1), lambda: tensor(shape=(2, 4)), lambda: tensor(offset=-1)])
def test_a_tensor_that_reaches_beyond_its_numbers_is_refused(reach: Callable[[], Call]) -> None:
    """Nothing but its own storage is ever read."""
    with pytest.raises(StageFailed, match="beyond its storage"):
        tensors_in(file_of({"weight": reach()}))


@pytest.mark.parametrize("kept", [0, 10, 60, -1, -23, -30])
def test_a_file_cut_short_is_refused(kept: int) -> None:
    """Wherever it was cut."""
    with pytest.raises(StageFailed):
        tensors_in(file_of({"weight": tensor()})[:kept])


def test_another_pickle_is_refused() -> None:
    """It must begin as torch's files do."""
    with pytest.raises(StageFailed):
        tensors_in(pickle.dumps({"weight": 1}) * 5)
