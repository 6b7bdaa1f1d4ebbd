"""Exit codes of the command `gemini`, and how each error becomes one of them and a sentence."""

from __future__ import annotations

from gemini_core.errors import Forbidden, GeminiError, Unauthenticated, Unavailable

OK = 0
FAILED = 1
USAGE = 2
NOT_SIGNED_IN = 3
UNREACHABLE = 4
INTERRUPTED = 130

TABLE = """Exit codes:
  0  done
  1  refused, failed or declined
  2  the command line is wrong, or a confirmation is missing
  3  not signed in, or the token is not good enough
  4  the platform does not answer
`train --follow` and `logs --follow` end with the exit code of the task itself."""


def exit_code(error: GeminiError) -> int:
    """The exit code that tells a script what kind of refusal this was."""
    if isinstance(error, Unauthenticated) or (isinstance(error, Forbidden) and error.name == "scope-missing"):
        return NOT_SIGNED_IN
    if isinstance(error, Unavailable):
        return UNREACHABLE
    return FAILED
