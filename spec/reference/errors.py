"""Every way in which the reference says no."""


class SpecificationError(Exception):
    """The base of them all."""


class ProgramError(SpecificationError):
    """This is no program: which rule it breaks."""


class DecodeError(SpecificationError):
    """These bytes encode nothing: where and why."""


class OperandError(SpecificationError):
    """An input or parameter of another shape, or with a cell outside its declared range."""


class InvalidInputError(SpecificationError):
    """A number that a model input does not take."""


class OutOfRangeError(SpecificationError):
    """Under `overflow = refuse` a requantisation left its range: there is no proof of this input."""
