"""Submissions as people type them: what is filled in, how names become ids, what is refused and how it is said."""

from __future__ import annotations

from typing import Any

import pytest
from control_plane.fake_hub import ACCESS, USE
from control_plane.world import DATASET, MODEL, MODEL_VERSION, PROJECT, VERSIONS, Lab
from gemini_client.options import OPTIONS
from gemini_client.submissions import command_of, draft_task, submit
from gemini_core.errors import GeminiError, InvalidInput
from gemini_core.messages import text
from gemini_core.ranks import Role

from .conftest import Person

MOUNTS = {
    "datasets": [{"datasetId": DATASET, "versionId": VERSIONS[0]}],
    "models": [{"modelId": MODEL, "versionId": MODEL_VERSION}],
}


@pytest.mark.parametrize(
    ("script", "arguments", "command"),
    [
        ("train.py", (), "python train.py"),
        ("/gemini/code/a/train.py", ("--name", "two words"), "python a/train.py --name 'two words'"),
        ("my model.py", ("$HOME; rm",), "python 'my model.py' '$HOME; rm'"),
        ("run.sh", (), "bash run.sh"),
        ("bin/prog", ("-v",), "./bin/prog -v"),
    ],
)
def test_a_script_becomes_a_command(script: str, arguments: tuple[str, ...], command: str) -> None:
    """Whatever a person typed stays one word of the shell. Covers: NB-1, NB-2."""
    assert command_of(script, arguments) == command


async def test_in_an_environment_all_is_filled_in(world: Lab, person: Person) -> None:
    """The mounted data, the environment, the name, the command. Covers: NB-1, TRAIN-3."""
    made = await world.running(name="my lab", **MOUNTS)
    client = person.client()
    body = await person.do(draft_task, client, {"env": "my lab"}, "train.py", ["--epochs", "3"])
    assert body == {
        "taskName": "train",
        "launchMode": "existing",
        "environmentId": made["id"],
        "datasetId": DATASET,
        "datasetVersionId": VERSIONS[0],
        "modelId": MODEL,
        "modelVersionId": MODEL_VERSION,
        "command": "python train.py --epochs 3",
    }
    task = await person.do(submit, client, body)
    assert await person.do(lambda: (task.name, task.model["environmentName"])) == ("train", "my lab")


async def test_resources_of_its_own(world: Lab, person: Person) -> None:
    """The only zone with such a card, its data by name and version. Covers: NB-2, TRAIN-1."""
    options: dict[str, Any] = {"gpu": "2xA100", "cpu": 4.0, "memory": 16.0, "dataset": ["digits@1"], "model": "net"}
    body = await person.do(draft_task, person.client(), {**options, "max_duration": 60.0}, "train.py")
    assert body == {
        "taskName": "train",
        "launchMode": "dynamic",
        "resourceConfig": {
            "availabilityZone": "az-bj-a",
            "cpuCores": 4.0,
            "memory": 16.0,
            "gpuType": "A100",
            "gpuCount": 2,
        },
        "datasetId": DATASET,
        "datasetVersionId": VERSIONS[0],
        "modelId": MODEL,
        "command": "python train.py",
        "maxDuration": 60.0,
    }


async def test_a_zone_s_specification(world: Lab, person: Person) -> None:
    """A zone alone means its default specification; one by its name brings its zone. Covers: RES-2."""
    client = person.client()
    body = await person.do(draft_task, client, {"zone": "Here", "dataset": "digits"}, "train.py")
    assert body["specificationId"] == "local-b1" and "resourceConfig" not in body
    task = await person.do(submit, client, body)
    assert await person.do(lambda: task.model["availabilityZone"]) == "local"
    other = await person.do(draft_task, client, {"spec": "B2", "dataset": "digits", "image": "local"}, "train.py")
    assert (other["specificationId"], other["resourceConfig"]) == ("local-b2", {"image": "local"})


async def test_roles_are_of_their_own_resources(world: Lab, person: Person) -> None:
    """One without a command runs the script; what runs them is named after it. Covers: TRAIN-6, NB-1."""
    client = person.client()
    options = {
        "zone": "local",
        "dataset": "digits",
        "role": [Role("chief", 1, "python chief.py"), Role("worker", 2, "")],
    }
    body = await person.do(draft_task, client, options, "train.py")
    assert (body["mode"], body["launchMode"], body["command"]) == ("distributed", "dynamic", "python train.py")
    assert body["roles"] == [
        {"name": "chief", "instances": 1, "command": "python chief.py"},
        {"name": "worker", "instances": 2},
    ]
    task = await person.do(submit, client, body)
    assert await person.do(lambda: task.model["instances"]) == 3
    alone = {"zone": "local", "dataset": "digits", "role": [Role("chief", 1, "python chief.py")]}
    assert (await person.do(draft_task, client, alone))["taskName"] == "chief"


MISTAKES: list[tuple[dict[str, Any], str | None, str, str]] = [
    ({"dataset": "digits"}, None, "task-name-required", "taskName"),
    ({"name": "  "}, None, "task-name-required", "taskName"),
    ({}, "train.py", "dataset-required", "datasetId"),
    ({"dataset": "digits"}, "train.py", "zone-required", "resourceConfig.availabilityZone"),
    ({"dataset": "digit", "zone": "local"}, "train.py", "no-such-dataset", "datasetId"),
    ({"dataset": "digits@7", "zone": "local"}, "train.py", "no-such-version", "datasetVersionId"),
    ({"dataset": "secret", "zone": "local"}, "train.py", "no-such-dataset", "datasetId"),
    ({"dataset": "digits", "zone": "moon"}, "train.py", "no-such-zone", "resourceConfig.availabilityZone"),
    ({"dataset": "digits", "env": "nobody"}, "train.py", "no-such-environment", "environmentId"),
    ({"env": "x", "gpu_count": 2}, "train.py", "environment-or-resources", "launchMode"),
    ({"dataset": "digits", "spec": "B9"}, "train.py", "no-such-specification", "specificationId"),
    ({"dataset": "digits", "spec": "B1", "cpu": 2.0}, "train.py", "resources-twice", "specificationId"),
    ({"dataset": "digits", "zone": "local", "project": "x"}, "train.py", "no-such-project", "projectId"),
    ({"dataset": "digits", "zone": "local", "workspace": "x"}, "train.py", "no-such-workspace", "workspaceId"),
    ({"dataset": "digits", "zone": "local", "command": "x"}, "train.py", "script-and-command", "command"),
    ({"dataset": ["digits"] * 4, "zone": "local"}, "train.py", "too-many-mounts", "datasets"),
    ({"dataset": "digits", "zone": "local", "role": [Role("A", 1, "")]}, "a.py", "role-name-unfit", "roles[0].name"),
    ({"dataset": "digits", "zone": "local", "max_duration": 0.5}, "a.py", "duration-out-of-range", "maxDuration"),
]


async def test_the_first_mistake_is_said(world: Lab, person: Person) -> None:
    """In the form's order, naming the field; and nothing is made. Covers: TRAIN-3, NB-1, NB-2."""
    client = person.client()
    for options, script, name, field in MISTAKES:
        with pytest.raises(GeminiError) as caught:
            await person.do(draft_task, client, options, script)
        assert (caught.value.name, caught.value.field) == (name, field), options
        assert caught.value.text("zh-CN")
    assert (await world.platform.ask("GET", "/training-tasks")).json["page"]["total"] == 0


async def test_what_is_there_is_listed(world: Lab, person: Person) -> None:
    """A slip of the finger is told what was meant. Covers: NB-1."""
    with pytest.raises(InvalidInput) as caught:
        await person.do(draft_task, person.client(), {"dataset": "digts", "zone": "local"}, "train.py")
    assert str(caught.value) == "There is no dataset digts. There are: digits, empty."
    assert caught.value.text("zh-CN").startswith("没有数据集 digts，可选：digits")


def test_every_option_has_a_help_in_both_languages() -> None:
    """Covers: NB-1, NB-2."""
    for option in OPTIONS:
        assert option.help("en") != option.help("zh-CN")


@pytest.mark.parametrize(
    ("option", "said", "value"),
    [
        ("gpu-count", "2", 2),
        ("memory", "16 GB", 16.0),
        ("memory", "0.5", 0.5),
        ("max-duration", "2h", 7200.0),
        ("role", "name=worker,instances=2,command=run a=1,b=2", Role("worker", 2, "run a=1,b=2")),
        ("role", "name=worker", Role("worker", 1, "")),
    ],
)
def test_values_are_read(option: str, said: str, value: object) -> None:
    """Covers: NB-1, NB-2."""
    assert next(one for one in OPTIONS if one.name == option).read(said) == value


@pytest.mark.parametrize(
    ("option", "said"),
    [("gpu-count", "-1"), ("gpu-count", "two"), ("cpu", "nan"), ("memory", "16MB"), ("cpu", "0")]
    + [("role", said) for said in ("worker", "instances=2", "name=a,size=2", "name=a,instances=x", "")],
)
def test_a_value_that_does_not_fit_is_said(option: str, said: str) -> None:
    """Covers: NB-1, NB-2."""
    found = next(one for one in OPTIONS if one.name == option)
    with pytest.raises(InvalidInput) as caught:
        found.read(said)
    assert str(caught.value) == f"--{option} does not take {said}. {text('expected.' + found.kind, 'en')}"


async def test_around_us(world: Lab, person: Person) -> None:
    """With an environment's own token nothing needs to be said. Covers: NB-1."""
    made = await world.running(name="my lab", **MOUNTS)
    scopes = {ACCESS, USE, f"access:servers!server=member/{made['id']}"}
    client = person.client(world.platform.hub.add_token("token-inside", "member", scopes))
    body = await person.do(draft_task, client, {}, "train.py")
    assert (body["environmentId"], body["datasetId"]) == (made["id"], DATASET)
    apart = await person.do(draft_task, client, {"cpu": 1.0}, "train.py")
    assert (apart["launchMode"], apart["datasetId"], apart["projectId"]) == ("dynamic", DATASET, PROJECT)
    assert apart["resourceConfig"]["availabilityZone"] == "local"
    assert (await person.do(draft_task, client, {}))["taskName"] == "digits"
