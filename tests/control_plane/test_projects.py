"""Projects and their code."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from gemini_control.store import tables as t
from sqlalchemy import insert, select, update

from control_plane.platform import Platform


async def make(platform: Platform, person: str = "member", **fields: Any) -> str:
    """A project of `person`; its id."""
    made = await platform.ask("POST", "/projects", person, {"name": f"of {person}", **fields})
    return str(made.data["id"])


def code_of(platform: Platform, project: str) -> Path:
    """Where its code lies."""
    return platform.home / "store" / "projects" / project / "code"


async def test_a_project_is_made_changed_and_deleted(platform: Platform, lab: str) -> None:
    """Covers: PROJ-1, TEN-4. Each change is in the audit log with what was and what is."""
    wanted = {
        "name": "  数字 <b>识别 😀 ",
        "description": "two\nlines",
        "tags": ["a", "a", ""],
        "defaultCommand": "python train.py",
    }
    made = (await platform.ask("POST", "/projects", body=wanted)).data
    assert made["name"] == "数字 <b>识别 😀"
    assert (made["tags"], made["workspaceId"], made["owner"], made["visibility"]) == (["a"], lab, "member", "workspace")
    assert code_of(platform, made["id"]).is_dir()
    changed = (await platform.ask("PATCH", f"/projects/{made['id']}", body={"name": "digits", "tags": None})).data
    assert (changed["name"], changed["description"], changed["tags"]) == ("digits", "two\nlines", ["a"])
    assert changed["updatedAt"] > made["updatedAt"]
    assert (await platform.ask("GET", f"/projects/{made['id']}", "colleague")).data == changed
    assert (await platform.ask("DELETE", f"/projects/{made['id']}")).data is None
    assert (await platform.ask("GET", f"/projects/{made['id']}")).status == 404
    assert not code_of(platform, made["id"]).parent.exists()
    audit = await platform.store.read(lambda tx: tx.execute(select(t.audit)).mappings().all())
    assert [(row["action"], row["old"], row["new"]) for row in audit] == [
        ("create", None, {"name": made["name"]}),
        ("change", {"name": made["name"]}, {"name": "digits"}),
        ("delete", {"name": "digits"}, None),
    ]


async def test_names_are_unique_in_a_workspace(platform: Platform, lab: str) -> None:
    """Covers: PROJ-1, TEN-3. Another workspace's name is no obstacle; a deleted project's neither."""
    first = await make(platform, name="x")
    taken = await platform.ask("POST", "/projects", "colleague", {"name": "x"})
    assert (taken.status, taken.error["name"], taken.error["field"]) == (409, "name-taken", "name")
    assert (await platform.ask("POST", "/projects", "stranger", {"name": "x"})).status == 200
    second = await make(platform, name="y")
    assert (await platform.ask("PATCH", f"/projects/{second}", body={"name": "x"})).status == 409
    await platform.ask("DELETE", f"/projects/{first}")
    assert (await platform.ask("PATCH", f"/projects/{second}", body={"name": "x"})).data["name"] == "x"


@pytest.mark.parametrize(
    ("visibility", "seen_by"),
    [
        ("private", {"member", "admin", "owner", "operator"}),
        ("workspace", {"member", "colleague", "admin", "owner", "operator"}),
        ("public", {"member", "colleague", "admin", "owner", "operator", "stranger"}),
    ],
)
async def test_who_sees_a_project(platform: Platform, lab: str, visibility: str, seen_by: set[str]) -> None:
    """Covers: TEN-2, TEN-3, TEN-5. In the list as by its id; to all others it is not there."""
    project = await make(platform, visibility=visibility)
    for person in ("member", "colleague", "admin", "owner", "operator", "stranger"):
        one = await platform.ask("GET", f"/projects/{project}", person)
        listed = await platform.ask("GET", "/projects", person)
        assert one.status == (200 if person in seen_by else 404), person
        assert [row["id"] for row in listed.data] == ([project] if person in seen_by else []), person
        assert listed.json["page"]["total"] == len(listed.data)
        code = await platform.ask("GET", f"/projects/{project}/code", person)
        assert code.status == one.status, person


async def test_who_changes_a_project(platform: Platform, credit: str) -> None:
    """Covers: TEN-2, TEN-3. Its creator, owners and admins; for others who see it a clear no, for the rest nothing."""
    project = await make(platform, visibility="public")
    for person, status in {"colleague": 403, "stranger": 403, "operator": 403, "admin": 200, "member": 200}.items():
        for method, body in (("PATCH", {"description": person}),):
            assert (await platform.ask(method, f"/projects/{project}", person, body)).status == status, person
    for person, status in {"stranger": 404, "operator": 404, "colleague": 200}.items():
        put = await platform.ask("PUT", f"/projects/{project}/code/{person}.py", person, b"x")
        assert put.status == status, person
    assert (await platform.ask("DELETE", f"/projects/{project}", "colleague")).status == 403


async def test_code_goes_in_and_comes_out(platform: Platform, credit: str) -> None:
    """Covers: PROJ-2, TRAIN-7. Bytes as they are, in the order of their paths, replaced whole."""
    project = await make(platform)
    files = {"train.py": b"print(1)\n", "data/数据.csv": b"\x00\xff" * 70_000, "data.txt": b"", "data/a/b": b"1"}
    for path, content in files.items():
        answer = await platform.ask(
            "PUT", f"/projects/{project}/code/{path.replace('数据', '%E6%95%B0%E6%8D%AE')}", body=content
        )
        assert answer.data == {"path": path, "size": len(content)}
    listed = await platform.ask("GET", f"/projects/{project}/code")
    assert [(one["path"], one["size"]) for one in listed.data] == [(path, len(files[path])) for path in sorted(files)]
    got = await platform.ask("GET", f"/projects/{project}/code/data/%E6%95%B0%E6%8D%AE.csv")
    assert got.body == files["data/数据.csv"]
    assert got.headers["Content-Disposition"].startswith("attachment")
    assert "sandbox" in got.headers["Content-Security-Policy"]
    await platform.ask("PUT", f"/projects/{project}/code/train.py", body=b"2")
    assert (code_of(platform, project) / "train.py").read_bytes() == b"2"
    pages = await platform.ask("GET", f"/projects/{project}/code?limit=3")
    rest = await platform.ask("GET", f"/projects/{project}/code?limit=3&cursor={pages.json['page']['next']}")
    assert [one["path"] for one in pages.data + rest.data] == sorted(files)
    assert not list((platform.home / "store" / "uploads").iterdir())


@pytest.mark.parametrize(
    "path",
    ["..%2Fx", "a%2F..%2F..%2Fx", "%2Fetc%2Fx", "a//b", ".", "a%00b", "a%5Cb", "%0A", "a" * 256, "%E6%95%B0" * 86],
)
async def test_no_path_leads_out(platform: Platform, lab: str, path: str) -> None:
    """Covers: CAT-2. 422 by name for each trick; nothing is written."""
    project = await make(platform)
    before = sorted(str(file) for file in platform.home.rglob("*"))
    answer = await platform.ask("PUT", f"/projects/{project}/code/{path}", body=b"x")
    assert (answer.status, answer.error["field"]) == (422, "path"), answer.body
    assert sorted(str(file) for file in platform.home.rglob("*")) == before


async def test_links_in_a_project_lead_nowhere(platform: Platform, credit: str, tmp_path: Path) -> None:
    """Covers: TEN-3. The root of a sandbox writes the project's folder: what it plants there must not lead us out."""
    project = await make(platform)
    secret = tmp_path / "secret"
    secret.mkdir()
    (secret / "file").write_text("secret")
    code = code_of(platform, project)
    (code / "folder").symlink_to(secret)
    (code / "link").symlink_to(secret / "file")
    (code / "loop").symlink_to("loop")
    os.mkfifo(code / "pipe")
    assert (await platform.ask("GET", f"/projects/{project}/code")).data == []
    for path in ("folder/file", "link", "loop", "pipe"):
        assert (await platform.ask("GET", f"/projects/{project}/code/{path}")).status in (404, 409), path
    assert (await platform.ask("PUT", f"/projects/{project}/code/folder/new", body=b"x")).status == 409
    assert (await platform.ask("PUT", f"/projects/{project}/code/link", body=b"mine")).status == 200
    assert (secret / "file").read_text() == "secret"
    assert sorted(entry.name for entry in secret.iterdir()) == ["file"]
    assert not (code / "link").is_symlink() and (code / "link").read_text() == "mine"
    await platform.ask("DELETE", f"/projects/{project}")
    assert (secret / "file").read_text() == "secret"


async def test_a_file_where_a_folder_is(platform: Platform, credit: str) -> None:
    """Covers: PROJ-2. Said by name, both ways around."""
    project = await make(platform)
    await platform.ask("PUT", f"/projects/{project}/code/a/b", body=b"x")
    over = await platform.ask("PUT", f"/projects/{project}/code/a", body=b"x")
    below = await platform.ask("PUT", f"/projects/{project}/code/a/b/c", body=b"x")
    assert (over.error["name"], below.error["name"]) == ("path-is-folder", "path-is-file")


async def test_code_that_the_platform_may_not_read(platform: Platform, credit: str, unprivileged: None) -> None:
    """Covers: PROJ-2. Root inside may keep its files to itself: said by name, with what to do."""
    project = await make(platform)
    for name in ("kept", "folder/file"):
        await platform.ask("PUT", f"/projects/{project}/code/{name}", body=b"x")
    for name in ("kept", "folder"):
        (code_of(platform, project) / name).chmod(0)
    for name in ("kept", "folder/file"):
        answer = await platform.ask("GET", f"/projects/{project}/code/{name}")
        assert (answer.status, answer.error["name"]) == (409, "path-denied")
        assert name.split("/")[0] in answer.json["message"]
    answer = await platform.ask("PUT", f"/projects/{project}/code/folder/file", body=b"x")
    assert (answer.status, answer.error["name"]) == (409, "path-denied")


async def test_in_arrears_no_code_is_taken(platform: Platform, lab: str) -> None:
    """Covers: BILL-6, CAT-11."""
    project = await make(platform)
    answer = await platform.ask("PUT", f"/projects/{project}/code/train.py", body=b"x")
    assert (answer.status, answer.error["name"]) == (403, "arrears")
    assert list(code_of(platform, project).iterdir()) == []


async def test_a_project_in_use_stays(platform: Platform, lab: str) -> None:
    """Covers: PROJ-3. Environments and unfinished tasks hold it; ended tasks do not."""
    project = await make(platform)
    await platform.store.write(lambda tx: add_environment(tx, project))
    answer = await platform.ask("DELETE", f"/projects/{project}")
    assert (answer.status, answer.error["name"]) == (409, "project-in-use")
    gone = update(t.environments).values(deleted_at=t.environments.c.created_at)
    await platform.store.write(lambda tx: tx.execute(gone) and None)
    assert (await platform.ask("DELETE", f"/projects/{project}")).status == 200


def add_environment(tx: Any, project: str, environment: str = "env-aaaaaaaaaa") -> None:
    """A stopped environment of the member's."""
    from datetime import UTC, datetime

    now = datetime.now(UTC)
    tx.execute(insert(t.zones).values(id="z", name="Z", region="R", available=True, local=True, position=0))
    tx.execute(
        insert(t.environments).values(
            id=environment,
            workspace_id="ws-aaaaaaaaaa",
            project_id=project,
            owner="member",
            name="e",
            type="notebook",
            image="local",
            zone_id="z",
            target="stopped",
            state="stopped",
            state_since=now,
            created_at=now,
        )
    )
