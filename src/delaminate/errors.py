"""The one error tree. A name states the fact; the message says what is wrong and what to do, in one sentence."""


class DelaminateError(Exception):
    """Base of everything this package raises on purpose."""


class BadInput(DelaminateError):
    """What the caller handed in cannot be used; the message says why and what to do."""


class WrongType(BadInput, TypeError):
    """An argument is of a type that cannot be used; the message says which would be."""


class UnreadablePicture(BadInput):
    """The file cannot be opened, is not a picture, or is damaged."""


class PictureTooLarge(BadInput):
    """The picture has more pixels than the limit allows."""


class BadInstruction(BadInput):
    """The instruction, a box or a point cannot be understood or lies outside the picture."""


class BadArray(BadInput):
    """An array has the wrong shape, dtype or range for the door it came through."""


class BadStack(BadInput):
    """A layer stack or its manifest contradicts itself."""


class UnknownName(BadInput):
    """No engine, stage or model of that name is installed."""


class LicenceForbids(BadInput):
    """Only weights that allow commercial use were asked for, and these do not."""


class UnwritableOutput(DelaminateError):
    """The output folder or file cannot be written."""


class Cancelled(DelaminateError):
    """Raised by a progress callback to stop the work; nothing half-written stays."""


class StageFailed(DelaminateError):
    """A stage could not do its work because a resource failed (memory, network, weights)."""
