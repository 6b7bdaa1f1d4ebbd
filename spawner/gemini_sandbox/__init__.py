"""The embedded sandbox: root file system, namespaces, network, OCI runtime. Standard library only.

`Sandboxes(home)` is its face; docs/architecture.md holds the contract.
"""

from .errors import SandboxError
from .sandboxes import Sandboxes
from .spec import Abilities, Mount, Observation, SandboxSpec, Usage

__all__ = ["Abilities", "Mount", "Observation", "SandboxError", "SandboxSpec", "Sandboxes", "Usage"]
