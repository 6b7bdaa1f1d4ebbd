"""The one exception of this package, so that callers need to know one name only."""


class SandboxError(Exception):
    """A sandbox could not be made, found or changed; the text says what the system answered."""
