"""Errors that a person can mend: the command line prints their message alone, without a traceback."""


class CompanionError(ValueError):
    """Something in the input is wrong; the message names it and says what is allowed."""


class LedgerError(CompanionError):
    """A ``paper.yaml`` that cannot be used; the message names file, artefact and field."""


class ParameterError(CompanionError):
    """A parameter that is unknown, of the wrong type or out of its range."""


class SourceError(CompanionError):
    """Code of the project that does not parse."""


class UnknownNameError(CompanionError):
    """A paper, notebook or artefact that does not exist; the message has the nearest right name."""
