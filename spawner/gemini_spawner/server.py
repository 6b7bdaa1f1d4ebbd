"""The person's Jupyter server: its command line and its variables, wherever it is started."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass

from gemini_spawner.plan import LaunchPlan

SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


@dataclass(frozen=True)
class Places:
    """Where a server finds its folders: the paths of a sandbox, or plain folders."""

    code: str
    home: str
    run: str
    person: str


SANDBOX_PLACES = Places(code="/gemini/code", home="/root", run="/run/gemini", person="/run/gemini/person")


def server_argv(places: Places) -> tuple[str, ...]:
    """The command that serves JupyterLab to one person; address, port and prefix come by variables of the hub.

    `-P` keeps a module of the person's (`json.py`) out of the server itself.
    """
    return (
        sys.executable,
        "-P",
        "-m",
        "jupyterhub.singleuser",
        f"--ServerApp.root_dir={places.code}",
        f"--ServerApp.preferred_dir={places.code}",
        "--ServerApp.allow_root=True",
        "--ServerApp.terminado_settings={'shell_command': ['/bin/bash']}",
        # A trash can would lie in the temporary storage and keep nothing.
        "--FileContentsManager.delete_to_trash=False",
        # Both of these ask a foreign server and open a dialog of their own.
        "--LabApp.check_for_updates_class=jupyterlab.handlers.announcements.NeverCheckForUpdate",
        "--LabApp.news_url=None",
    )


def server_environment(
    plan: LaunchPlan, places: Places, hub: Mapping[str, str], api_url: str
) -> dict[str, str]:
    """All variables of the server: ours, the plan's, and last what the hub gives (`Spawner.get_env`)."""
    return {
        **base_environment(places),
        **plan.variables,
        "GEMINI_API_URL": api_url,
        "GEMINI_RUN": places.run,
        "JUPYTERLAB_SETTINGS_DIR": f"{places.person}/lab/user-settings",
        "JUPYTERLAB_WORKSPACES_DIR": f"{places.person}/lab/workspaces",
        **hub,
    }


def base_environment(places: Places) -> dict[str, str]:
    """What every program finds in a fresh machine: nothing of the platform's own variables."""
    return {
        "PATH": f"{sys.prefix}/bin:{SYSTEM_PATH}",
        "HOME": places.home,
        "USER": "root",
        "SHELL": "/bin/bash",
        "LANG": "C.UTF-8",
        "PYTHONUNBUFFERED": "1",
    }
