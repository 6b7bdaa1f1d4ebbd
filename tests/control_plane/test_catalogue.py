"""Datasets and models: drafts, immutable versions, shared contents."""

from __future__ import annotations

import asyncio
import hashlib
import os
import socket
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from gemini_control.files import blobs as sealing
from gemini_control.files.blobs import FIXED_TIME, Blobs, hash_of
from gemini_control.store import tables as t
from sqlalchemy import insert, select, update

from control_plane.platform import PREFIX, Platform
from control_plane.test_projects import add_environment, make

HOLDER = "env-aaaaaaaaaa"


async def new(platform: Platform, base: str = "/datasets", person: str = "member", **fields: Any) -> str:
    """A dataset or a model; its address."""
    made = await platform.ask("POST", base, person, {"name": "digits", **fields})
    return f"{base}/{made.data['id']}"


async def put(platform: Platform, asset: str, **files: bytes) -> None:
    """Files into the draft (`a__b` is `a/b`)."""
    for name, content in files.items():
        answer = await platform.ask("PUT", f"{asset}/draft/files/{name.replace('__', '/')}", body=content)
        assert answer.status == 200, answer.body


def tree(platform: Platform, version: str) -> Path:
    """Where a version lies."""
    return platform.home / "store" / "versions" / version


def blobs(platform: Platform) -> list[Path]:
    """All blobs on the disk."""
    return sorted((platform.home / "store" / "blobs").glob("*/*"))


@pytest.mark.parametrize("base", ["/datasets", "/models"])
async def test_a_draft_becomes_a_version(platform: Platform, credit: str, base: str) -> None:
    """Covers: CAT-1, CAT-7. Numbered, whole, read-only, with a fixed time; the two kinds behave the same."""
    asset = await new(platform, base)
    assert (await platform.ask("GET", asset)).data["latestVersion"] is None
    await put(platform, asset, a=b"one", sub__b=b"two")
    await platform.ask("PUT", f"{asset}/draft/files/run.sh?executable=true", body=b"#!/bin/sh\n")
    listed = await platform.ask("GET", f"{asset}/draft/files")
    assert [(one["path"], one["size"], one["executable"]) for one in listed.data] == [
        ("a", 3, False),
        ("run.sh", 10, True),
        ("sub/b", 3, False),
    ]
    version = (await platform.ask("POST", f"{asset}/versions", body={"note": "first"})).data
    assert (version["number"], version["files"], version["size"], version["note"]) == (1, 3, 16, "first")
    root = tree(platform, version["id"])
    assert (root / "sub" / "b").read_bytes() == b"two"
    modes = {str(path.relative_to(root)): path.stat().st_mode & 0o777 for path in root.rglob("*")}
    assert modes == {"a": 0o444, "run.sh": 0o555, "sub": 0o555, "sub/b": 0o444}
    assert {path.stat().st_mtime for path in root.rglob("*")} == {FIXED_TIME}
    assert root.stat().st_mode & 0o777 == 0o555
    files = await platform.ask("GET", f"{asset}/versions/{version['id']}/files?limit=2")
    assert [one["path"] for one in files.data] == ["a", "run.sh"]
    assert files.json["page"]["total"] == 3
    got = (await platform.ask("GET", asset)).data
    assert got["latestVersion"] == version
    other = "/models" if base == "/datasets" else "/datasets"
    assert (await platform.ask("GET", asset.replace(base, other))).status == 404


async def test_a_file_of_a_version_is_sent_as_it_is(platform: Platform, credit: str) -> None:
    """Covers: CAT-7, NB-2. To who sees the version, and nothing else of the store by any path."""
    asset = await new(platform, visibility="private")
    await put(platform, asset, sub__b=b"\0two\n")
    version = (await platform.ask("POST", f"{asset}/versions", body={})).data["id"]
    address = f"{asset}/versions/{version}/files"
    answer = await platform.ask("GET", f"{address}/sub/b")
    assert (answer.status, answer.body) == (200, b"\0two\n")
    assert answer.headers["Content-Disposition"].startswith("attachment")
    for other in ("sub", "sub/c", "sub/b/c"):
        assert (await platform.ask("GET", f"{address}/{other}")).status in (404, 409)
    assert (await platform.ask("GET", f"{address}/..%2F..%2Fsub")).status == 422
    assert (await platform.ask("GET", f"{address}/sub/b", "colleague")).error["name"] == "not-found"
    assert (await platform.ask("GET", f"{asset}/versions/ver-zzzzzzzzzz/files/sub/b")).status == 404


async def test_a_version_never_changes(platform: Platform, credit: str) -> None:
    """Covers: CAT-6, CAT-7. What is uploaded after a commit is in the draft and the next version, never in the last."""
    asset = await new(platform)
    await put(platform, asset, same=b"same", changed=b"old")
    first = (await platform.ask("POST", f"{asset}/versions")).data
    await put(platform, asset, changed=b"new!")
    assert (await platform.ask("DELETE", f"{asset}/draft/files/same")).status == 200
    await put(platform, asset, added=b"same")
    second = (await platform.ask("POST", f"{asset}/versions")).data
    assert second["number"] == 2
    assert {path.name: path.read_bytes() for path in tree(platform, first["id"]).iterdir()} == {
        "same": b"same",
        "changed": b"old",
    }
    assert {path.name: path.read_bytes() for path in tree(platform, second["id"]).iterdir()} == {
        "added": b"same",
        "changed": b"new!",
    }
    # Unchanged contents cost nothing: one inode for the blob, both versions and the draft.
    assert len(blobs(platform)) == 3
    assert (tree(platform, first["id"]) / "same").stat().st_ino == (
        tree(platform, second["id"]) / "added"
    ).stat().st_ino


async def test_what_cannot_be_committed(platform: Platform, credit: str) -> None:
    """Covers: CAT-1. An empty draft, and one that nothing has changed."""
    asset = await new(platform)
    empty = await platform.ask("POST", f"{asset}/versions")
    assert (empty.status, empty.error["name"]) == (409, "draft-empty")
    await put(platform, asset, a=b"1")
    await platform.ask("POST", f"{asset}/versions")
    same = await platform.ask("POST", f"{asset}/versions")
    assert (same.status, same.error["name"]) == (409, "nothing-changed")
    assert len(list((platform.home / "store" / "versions").iterdir())) == 1


async def test_a_commit_repeated_is_one_version(platform: Platform, credit: str) -> None:
    """Covers: API-5, CAT-1. The same key: the same version, one tree on the disk."""
    asset = await new(platform)
    await put(platform, asset, a=b"1")
    key = {"Idempotency-Key": "commit"}
    answers = await asyncio.gather(*(platform.ask("POST", f"{asset}/versions", body={}, headers=key) for _ in range(4)))
    await platform.store.write(lambda tx: tx.execute(t.idempotency.delete().where(t.idempotency.c.part == -1)) and None)
    answers.append(await platform.ask("POST", f"{asset}/versions", body={}, headers=key))
    assert {answer.data["id"] for answer in answers} == {answers[0].data["id"]}
    assert [path.name for path in (platform.home / "store" / "versions").iterdir()] == [answers[0].data["id"]]


async def test_deleting_frees_what_nobody_else_uses(platform: Platform, credit: str) -> None:
    """Covers: CAT-6. The shared content stays for the other dataset, the rest is gone from disk and database."""
    one, two = await new(platform), await new(platform, name="other")
    await put(platform, one, shared=b"shared", own=b"own")
    await put(platform, two, shared=b"shared")
    first = (await platform.ask("POST", f"{one}/versions")).data
    second = (await platform.ask("POST", f"{two}/versions")).data
    assert len(blobs(platform)) == 2
    assert (await platform.ask("DELETE", f"{one}/versions/{first['id']}")).status == 200
    assert [path.read_bytes() for path in blobs(platform)] == [b"shared"]
    assert not tree(platform, first["id"]).exists()
    assert (await platform.ask("GET", f"{one}/versions/{first['id']}")).status == 404
    assert (await platform.ask("GET", f"{one}/versions")).data == []
    assert await platform.store.read(lambda tx: len(tx.execute(select(t.blobs)).all())) == 1
    # The number of a deleted version is not used again.
    assert (await platform.ask("POST", f"{one}/versions")).data["number"] == 2
    assert (await platform.ask("DELETE", two)).status == 200
    assert not tree(platform, second["id"]).exists()
    assert (await platform.ask("GET", two)).status == 404
    assert (await platform.ask("POST", "/datasets", body={"name": "other"})).status == 200


async def test_a_mounted_version_stays(platform: Platform, credit: str) -> None:
    """Covers: CAT-7. Refused while an environment has it, stopped or not; free once that is deleted."""
    asset = await new(platform)
    await put(platform, asset, a=b"1")
    version = (await platform.ask("POST", f"{asset}/versions")).data["id"]
    project = await make(platform)

    def mount(tx: Any) -> None:
        add_environment(tx, project, HOLDER)
        row = {"holder_id": HOLDER, "holder_kind": "environment", "kind": "dataset", "slot": 1, "version_id": version}
        tx.execute(insert(t.mounts).values(row))

    await platform.store.write(mount)
    for address in (f"{asset}/versions/{version}", asset):
        answer = await platform.ask("DELETE", address)
        assert (answer.status, answer.error["name"]) == (409, "version-mounted")
        assert "mounted in e." in answer.json["message"]
    assert (tree(platform, version) / "a").read_bytes() == b"1"
    gone = update(t.environments).values(deleted_at=t.environments.c.created_at)
    await platform.store.write(lambda tx: tx.execute(gone) and None)
    assert (await platform.ask("DELETE", asset)).status == 200


@pytest.mark.parametrize(
    ("visibility", "seen_by"),
    [
        ("private", {"member", "admin", "owner", "operator"}),
        ("workspace", {"member", "colleague", "admin", "owner", "operator"}),
        ("public", {"member", "colleague", "admin", "owner", "operator", "stranger"}),
    ],
)
async def test_who_sees_data(platform: Platform, credit: str, visibility: str, seen_by: set[str]) -> None:
    """Covers: CAT-1, TEN-3. Lists, drafts, versions and files alike."""
    asset = await new(platform, visibility=visibility)
    await put(platform, asset, a=b"1")
    version = (await platform.ask("POST", f"{asset}/versions")).data["id"]
    addresses = ["", "/draft/files", "/versions", f"/versions/{version}", f"/versions/{version}/files"]
    for person in ("member", "colleague", "admin", "owner", "operator", "stranger"):
        expected = 200 if person in seen_by else 404
        for address in addresses:
            assert (await platform.ask("GET", asset + address, person)).status == expected, (person, address)
        listed = await platform.ask("GET", "/datasets", person)
        assert len(listed.data) == (1 if person in seen_by else 0), person


async def test_who_changes_data(platform: Platform, credit: str) -> None:
    """Covers: TEN-2, TEN-3. Its creator, owners and admins; a private name of another's is no obstacle."""
    asset = await new(platform, visibility="workspace")
    await put(platform, asset, a=b"1")
    for person, status in {"colleague": 403, "stranger": 404, "operator": 403}.items():
        for method, address, body in (
            ("PATCH", "", {"name": "x"}),
            ("DELETE", "", None),
            ("PUT", "/draft/files/b", b"x"),
            ("DELETE", "/draft/files/a", None),
            ("POST", "/versions", {}),
        ):
            answer = await platform.ask(method, asset + address, person, body)
            assert answer.status == status, (person, method, address, answer.body)
    assert (await platform.ask("PATCH", asset, "admin", {"visibility": "private", "tags": ["t"]})).status == 200
    assert (await platform.ask("POST", "/datasets", "colleague", {"name": "digits"})).status == 200
    taken = await platform.ask("POST", "/datasets", "member", {"name": "digits"})
    assert (taken.status, taken.error["name"]) == (409, "name-taken")


async def test_arrears_refuse_an_upload_before_its_bytes(platform: Platform, lab: str) -> None:
    """Covers: CAT-11, BILL-6. The answer comes while the body does not."""
    asset = await new(platform)
    path = f"{PREFIX}api/v1{asset}/draft/files/a"
    head = f"PUT {path} HTTP/1.1\r\nHost: x\r\nAuthorization: token token-of-member\r\nContent-Length: 1000000\r\n\r\n"
    reader, writer = await asyncio.open_connection("127.0.0.1", platform.app.port)
    writer.write(head.encode())
    first = await asyncio.wait_for(reader.readline(), 10)
    writer.close()
    assert first == b"HTTP/1.1 403 Forbidden\r\n"


async def test_a_file_that_is_too_large(platform: Platform, credit: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Covers: CAT-3. Refused by its length before it comes, and while it comes where it does not say."""
    monkeypatch.setattr("gemini_control.managers.versions.FILE_LIMIT", 1000)
    asset = await new(platform)
    said = await platform.ask("PUT", f"{asset}/draft/files/a", body=b"x" * 1001)
    assert (said.status, said.error["name"]) == (413, "body-too-large")
    reader, writer = await asyncio.open_connection("127.0.0.1", platform.app.port)
    head = f"PUT {PREFIX}api/v1{asset}/draft/files/a HTTP/1.1\r\nHost: x\r\nAuthorization: token token-of-member\r\n"
    writer.write(f"{head}Transfer-Encoding: chunked\r\n\r\n".encode())
    writer.write(b"3e9\r\n" + b"x" * 1001 + b"\r\n0\r\n\r\n")
    assert b"413" in await asyncio.wait_for(reader.readline(), 10)
    writer.close()
    assert (await platform.ask("PUT", f"{asset}/draft/files/a", body=b"x" * 1000)).status == 200
    assert [path.name for path in (platform.home / "store" / "uploads").iterdir()] == []


async def test_an_upload_that_breaks_off_leaves_nothing(platform: Platform, credit: str) -> None:
    """Covers: CAT-3. Half a file is no file."""
    asset = await new(platform)
    head = f"PUT {PREFIX}api/v1{asset}/draft/files/a HTTP/1.1\r\nHost: x\r\nAuthorization: token token-of-member\r\n"
    connection = socket.create_connection(("127.0.0.1", platform.app.port))
    connection.sendall(f"{head}Content-Length: 5000000\r\n\r\n".encode() + b"x" * 100_000)
    uploads = platform.home / "store" / "uploads"
    while not (uploads.exists() and any(uploads.iterdir())):
        await asyncio.sleep(0.01)
    connection.close()
    while any(uploads.iterdir()):
        await asyncio.sleep(0.01)
    assert (await platform.ask("GET", f"{asset}/draft/files")).data == []


@pytest.mark.parametrize("path", ["..%2Fx", "a%00b", "a" * 65, "%2Fx", "a//b", "."])
async def test_names_of_files(platform: Platform, credit: str, path: str) -> None:
    """Covers: CAT-2. 1 to 64 characters, no tricks."""
    asset = await new(platform)
    for method in ("PUT", "DELETE"):
        answer = await platform.ask(method, f"{asset}/draft/files/{path}", body=b"x" if method == "PUT" else None)
        assert (answer.status, answer.error["field"]) == (422, "path"), answer.body


async def test_a_crash_between_disk_and_database(platform: Platform, credit: str) -> None:
    """Covers: CAT-6. The next start takes away trees and blobs that no row knows, and nothing else."""
    asset = await new(platform)
    await put(platform, asset, a=b"1")
    version = (await platform.ask("POST", f"{asset}/versions")).data["id"]
    store = platform.home / "store"
    stray = store / "versions" / ".new-ver-zzzzzzzzzz" / "sub"
    stray.mkdir(parents=True)
    (stray / "x").write_text("x")
    stray.chmod(0o555)
    lost = store / "blobs" / "aa" / ("aa" * 32)
    lost.parent.mkdir(exist_ok=True)
    lost.write_text("lost")
    await platform.parts.versions.sweep()
    assert [path.name for path in (store / "versions").iterdir()] == [version]
    assert [path.name for path in blobs(platform)] == [hashlib.sha256(b"1").hexdigest()]
    assert (tree(platform, version) / "a").read_bytes() == b"1"


def test_at_the_link_limit_a_second_copy_is_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Covers: CAT-6. A content that more versions share than the file system allows links."""
    store = Blobs(tmp_path / "blobs", tmp_path / "versions")
    store.root.mkdir()
    draft = tmp_path / "draft"
    draft.mkdir()
    (draft / "a").write_text("x")
    real = os.link

    def limited(source: Any, target: Any, **kwargs: Any) -> None:
        if os.stat(source, dir_fd=kwargs.get("src_dir_fd"), follow_symlinks=False).st_nlink >= 4:
            raise OSError(31, "Too many links")
        real(source, target, **kwargs)

    # ext4's limit is 65,000; the boundary is the system's, so it is moved there.
    monkeypatch.setattr(os, "link", limited)
    for number in range(8):
        files = store.seal(draft)
        store.build(f"v{number}", files)
    found = [(tmp_path / "versions" / f"v{number}" / "a").stat() for number in range(8)]
    assert len({one.st_ino for one in found}) > 1
    assert {(one.st_mode & 0o777, one.st_mtime) for one in found} == {(0o444, FIXED_TIME)}


@pytest.mark.parametrize("known", [False, True], ids=["new content", "known content"])
async def test_a_file_that_is_replaced_while_it_is_sealed(
    platform: Platform, credit: str, monkeypatch: pytest.MonkeyPatch, known: bool
) -> None:
    """Covers: CAT-6. A version's files and all blobs have the content of their hash, whoever uploads meanwhile."""
    if known:
        other = await new(platform, name="other")
        await put(platform, other, a=b"genuine")
        await platform.ask("POST", f"{other}/versions")
    asset = await new(platform)
    await put(platform, asset, a=b"genuine", b=b"genuine too")
    draft = platform.parts.versions.draft(asset.rpartition("/")[2])
    seen: list[str] = []

    def replaced(file: int) -> str:
        found = hash_of(file)
        seen.append(found)
        if len(seen) == 1:
            (platform.home / "coming").write_bytes(b"another")
            os.rename(platform.home / "coming", draft / "a")
            (draft / "b").unlink()
        return found

    monkeypatch.setattr(sealing, "hash_of", replaced)
    version = (await platform.ask("POST", f"{asset}/versions")).data
    listed = (await platform.ask("GET", f"{asset}/versions/{version['id']}/files")).data
    content = (tree(platform, version["id"]) / "a").read_bytes()
    assert [(one["path"], one["sha256"]) for one in listed] == [("a", hashlib.sha256(content).hexdigest())]
    assert listed[0]["size"] == version["size"] == len(content)
    assert (draft / "a").read_bytes() == b"another"
    for blob in blobs(platform):
        assert hashlib.sha256(blob.read_bytes()).hexdigest() == blob.name


async def test_assets_are_found_by_name_and_tag(platform: Platform, lab: str) -> None:
    """Covers: CAT-1. On the server, whatever the case, with the total of what was found; no wildcard is one."""
    for number in range(3):
        await new(platform, name=f"Digits {number}", tags=["手写", "small"])
    await new(platform, name="faces 100%", tags=["large"])
    for search, found in (("digits", 3), ("手写", 3), ("LARGE", 1), ("100%", 1), ("%", 1), ("none", 0)):
        answer = await platform.ask("GET", f"/datasets?limit=2&search={quote(search)}")
        assert (answer.json["page"]["total"], len(answer.data)) == (found, min(2, found)), search
    assert (await platform.ask("GET", "/models?search=digits")).data == []
