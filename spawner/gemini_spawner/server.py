"""The person's Jupyter server: its command line and its variables, wherever it is started."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping

from gemini_spawner.plan import LaunchPlan

CODE, RUN, PERSON = "/gemini/code", "/run/gemini", "/run/gemini/person"

Inside = Callable[[str], str]
"""What a path of the contract is called where the server runs: itself in a sandbox, else a plain folder."""


def server_argv(inside: Inside, python: str = sys.executable) -> tuple[str, ...]:
    """The command that serves JupyterLab to one person; address, port and prefix come by variables of the hub.

    `-P` keeps a module of the person's (`json.py`) out of the server itself.
    """
    return (
        python,
        "-P",
        "-m",
        "jupyterhub.singleuser",
        f"--ServerApp.root_dir={inside(CODE)}",
        f"--ServerApp.preferred_dir={inside(CODE)}",
        "--ServerApp.allow_root=True",
        "--ServerApp.terminado_settings={'shell_command': ['/bin/bash']}",
        # A trash can would lie in the temporary storage and keep nothing.
        "--FileContentsManager.delete_to_trash=False",
    )


def server_environment(plan: LaunchPlan, inside: Inside, hub: Mapping[str, str], api_url: str) -> dict[str, str]:
    """What the server gets beside process 1's variables: the plan's, ours, and last the hub's (`Spawner.get_env`)."""
    variables = {name: inside(value) for name, value in plan.variables.items()}
    return {**variables, **own_environment(plan, inside, api_url), **hub}


def own_environment(plan: LaunchPlan, inside: Inside, api_url: str) -> dict[str, str]:
    """What is the server's alone: where the API is, and the person's Lab."""
    settings = f"{inside(PERSON)}/lab"
    return {
        "GEMINI_API_URL": api_url,
        "JUPYTERLAB_SETTINGS_DIR": f"{settings}/user-settings",
        # Tabs show files, kernels and terminals of one environment: in another they would lead nowhere.
        "JUPYTERLAB_WORKSPACES_DIR": f"{settings}/workspaces/{plan.environment}",
        "JUPYTERHUB_DEFAULT_URL": "/lab",
    }


def runner_spec(
    plan: LaunchPlan, inside: Inside, server_env: Mapping[str, str], python: str = sys.executable
) -> dict[str, object]:
    """What process 1 is to run (docs/architecture.md, "The runner")."""
    server = {
        "argv": list(server_argv(inside, python)),
        "cwd": inside(CODE),
        "env": dict(server_env),
        "log": f"{inside(RUN)}/server.log",
    }
    return {"id": plan.environment, "kind": "environment", "run": inside(RUN), "server": server, "task": None}
