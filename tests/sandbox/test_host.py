"""What is read of the host: accounts, name servers, Python's folders, control groups, processes. Pure, by tables."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from gemini_sandbox import Mount, SandboxError, SandboxSpec, cgroup, python_env
from gemini_sandbox.etc_copy import find_template, locked_passwords, resolver, system_accounts
from gemini_sandbox.network import Pasta, Resolver, find_resolver
from gemini_sandbox.outer import subordinate_ids
from gemini_sandbox.plain import path_of
from gemini_sandbox.process import ProcessIdentity
from gemini_sandbox.record import Record, remove_tree
from gemini_sandbox.rootfs import choose_stages, open_target

PASSWD = (
    "root:x:0:0:root:/root:/bin/bash\n"
    "_apt:x:42:65534::/nonexistent:/usr/sbin/nologin\n"
    "alice:x:1000:1000:Alice:/home/alice:/bin/bash\n"
    "nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n"
    "# broken\n"
)


def test_people_of_the_host_are_left_out() -> None:
    """System accounts and nobody stay; groups lose their members. Covers: ENV-2"""
    kept = system_accounts(PASSWD)
    assert [line.split(":")[0] for line in kept.splitlines()] == ["root", "_apt", "nobody"]
    assert system_accounts("sudo:x:27:alice,bob\nalice:x:1000:\n") == "sudo:x:27:\n"
    assert locked_passwords(kept).splitlines()[0] == "root:*:19000:0:99999:7:::"


def test_template_of_etc_holds_no_secret(tmp_path: Path) -> None:
    """Only what everybody may read; made once for one state of the host's. Covers: ENV-2"""
    template = find_template(tmp_path)
    assert find_template(tmp_path) == template
    assert list(tmp_path.iterdir()) == [template]
    assert not list(template.glob("ssh/ssh_host*key")) and not (template / "ssl/private").exists()
    assert "$" not in (template / "shadow").read_text()
    assert (template / "os-release").exists() or (template / "passwd").exists()
    for path in template.rglob("*"):
        if path.is_file() and not path.is_symlink() and path.name != "shadow":
            assert path.stat().st_mode & 0o004, path


@pytest.mark.parametrize(
    ("host", "upstream", "expected"),
    [
        ("nameserver 10.0.0.1\nnameserver 10.0.0.2\n", "", Resolver(("10.0.0.1", "10.0.0.2"))),
        ("nameserver 127.0.0.53\noptions edns0\n", "nameserver 192.168.1.1\n", Resolver(("192.168.1.1",))),
        ("nameserver 127.0.0.1\n", "", Resolver(("127.0.0.1",), local=True)),
        ("nameserver ::1\nnameserver 9.9.9.9\n", "", Resolver(("9.9.9.9",))),
        ("nameserver fe80::1%eth0\n", "", Resolver(("fe80::1%eth0",))),
        ("nameserver 127.0.0.53\n", "", Resolver(())),
        ("nameserver nonsense\n", "", Resolver(())),
        ("", "", Resolver(())),
    ],
)
def test_name_servers(host: str, upstream: str, expected: Resolver) -> None:
    """A server on the host's loopback is another one inside: the real ones are taken. Covers: ENV-2"""
    assert find_resolver(host, upstream) == expected


def test_resolver_keeps_the_hosts_other_lines(tmp_path: Path) -> None:
    """Search domains stay, other servers go. Covers: ENV-2"""
    path = tmp_path / "resolv.conf"
    path.write_text("# made by x\nnameserver 127.0.0.53\nsearch example.org\noptions edns0\n")
    assert resolver(path, ("10.0.0.1",)) == "nameserver 10.0.0.1\nsearch example.org\noptions edns0\n"
    assert resolver(tmp_path / "none", ()) == ""


def test_network_command() -> None:
    """No port is open but the named ones, in either direction. Covers: ENV-2"""
    pasta = Pasta("/mnt/user", "/mnt/net", "/mnt/pid", 8899, 8888, (8001, 8000), Resolver(("10.0.0.1",)))
    assert " ".join(pasta.arguments(online=True)) == (
        "--quiet --netns-only --config-net --no-map-gw --pid /mnt/pid -T 8000,8001 "
        "-t 127.0.0.1/8899:8888 -u none -U none --netns /mnt/net"
    )
    closed = Pasta("/mnt/user", "/mnt/net", "/mnt/pid", None, None, (), Resolver(("127.0.0.1",), local=True)).arguments(
        online=False
    )
    assert closed[closed.index("-t") + 1] == "none"
    assert closed[closed.index("--interface") + 1] == "lo"
    assert (closed[closed.index("-T") + 1], closed[closed.index("-U") + 1]) == ("53", "53")


def test_variables_of_the_folders() -> None:
    """Names as the contract has them; other targets have none. Covers: ENV-2"""
    paths = {"/gemini/code": "/c", "/gemini/data-2": "/d", "/gemini/pretrain1": "/p", "/gemini/else": "/e"}
    assert python_env.path_variables({**paths, "/run/gemini": "/r"}) == {
        "GEMINI_CODE": "/c",
        "GEMINI_DATA_2": "/d",
        "GEMINI_PRETRAIN_1": "/p",
        "GEMINI_RUN": "/r",
    }


def test_only_named_variables_of_the_host_pass() -> None:
    """What pip and TLS need; no token, no place of installation. Covers: ENV-2"""
    host = {"PIP_INDEX_URL": "u", "PIP_TARGET": "/t", "SSL_CERT_FILE": "/s", "JUPYTERHUB_API_TOKEN": "x", "HOME": "/h"}
    assert python_env.passed_on(host) == {"PIP_INDEX_URL": "u", "SSL_CERT_FILE": "/s"}


def test_pythons_folders(tmp_path: Path) -> None:
    """PYTHONPATH and editable installs are shown; the working directory and a home are not. Covers: ENV-1"""
    source = tmp_path / "source"
    source.mkdir()
    script = "from gemini_sandbox import python_env; print(python_env.prefixes()); print(python_env.import_folders())"
    package = str(Path(python_env.__file__).parents[1])
    home = tmp_path / "home"
    (home / "work").mkdir(parents=True)
    path = os.pathsep.join([package, str(source), str(home)])
    environment = {**os.environ, "PYTHONPATH": path, "HOME": str(home)}
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=home / "work", env=environment, capture_output=True, text=True, check=True
    )
    prefixes, folders = done.stdout.splitlines()
    assert sys.prefix.startswith("/usr") or repr(os.path.realpath(sys.prefix)) in prefixes or sys.prefix in prefixes
    assert repr(str(source)) in folders
    assert str(home) not in folders


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/gemini/code", "/store/code"),
        ("/gemini/code/a/b.py", "/store/code/a/b.py"),
        ("/gemini/coder", "/gemini/coder"),
        ("/run/gemini/spec.json", "/store/spec.json"),
        ("/run/gemini/server.log", "/run-folder/server.log"),
        ("/bin/bash", "/bin/bash"),
        ("-c", "-c"),
    ],
)
def test_paths_without_a_sandbox(path: str, expected: str) -> None:
    """The longest target wins; words that are no paths stay. Covers: ENV-2"""
    mounts = (Mount(Path("/store/code"), "/gemini/code"), Mount(Path("/store/spec.json"), "/run/gemini/spec.json"))
    assert path_of(path, mounts, "/run-folder") == expected


def test_control_groups_of_both_versions() -> None:
    """v1 by controllers, v2 by its type; a container's view has a root of its own. Covers: ENV-8"""
    text = (
        "25 20 0:22 / /sys/fs/cgroup rw - tmpfs tmpfs rw\n"
        "26 25 0:23 /docker/x /sys/fs/cgroup/cpu,cpuacct rw shared:7 - cgroup cgroup rw,cpu,cpuacct\n"
        "27 25 0:24 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n"
    )
    first, second = cgroup.hierarchies(text)
    assert (first.folder, first.root) == ("/sys/fs/cgroup/cpu,cpuacct", "/docker/x")
    assert "cpuacct" in first.controllers and second.controllers == {"v2"}


def test_use_of_processes_counts_ended_children() -> None:
    """CPU time of children that came and went is in it. Covers: ENV-8"""
    burn = (
        "import os\n"
        "if os.fork() == 0:\n"
        "    x = sum(i for i in range(3000000)); os._exit(0)\n"
        "os.wait(); print(1, flush=True); input()"
    )
    with subprocess.Popen([sys.executable, "-c", burn], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        child.stdout.readline()
        use = cgroup.usage_of_processes([child.pid, 2**22 + 1])
        child.kill()
    assert use.cpu_seconds > 0.05 and use.memory_bytes > 2**20 and use.processes == 1


def test_subordinate_ids() -> None:
    """By name or number, and enough of them. Covers: ENV-2"""
    text = "bob:100000:65536\n1001:165536:65536\nfew:1:10\nbroken\n"
    assert subordinate_ids(text, "bob", 1000) == 100000
    assert subordinate_ids(text, "alice", 1001) == 165536
    for name in ("few", "nobody"):
        with pytest.raises(SandboxError, match=f"usermod .* {name}"):
            subordinate_ids(text, name, 5)


def test_identity_of_a_process() -> None:
    """A number with another start or boot is another process; a zombie has ended. Covers: TRAIN-9"""
    with subprocess.Popen(["sleep", "1000"]) as child:
        identity = ProcessIdentity.of(child.pid)
        assert identity is not None and identity.alive()
        assert ProcessIdentity.from_json(identity.to_json()) == identity
        assert not ProcessIdentity(identity.pid, identity.start + 1, identity.boot).alive()
        assert not ProcessIdentity(identity.pid, identity.start, "another").alive()
        assert identity.end(15, 10)
        assert not identity.alive()
    assert ProcessIdentity.of(child.pid) is None
    assert identity.end(15, 0)


def test_no_link_is_followed_to_a_target(tmp_path: Path) -> None:
    """Folders are made on the way; a link or a file in it is refused. Covers: CAT-8"""
    (tmp_path / "link").symlink_to("/etc")
    (tmp_path / "file").touch()
    root = os.open(tmp_path, os.O_PATH)
    os.close(open_target(root, "/a/b/c", True, os.getuid()))
    os.close(open_target(root, "/a/b/f", False, os.getuid()))
    assert (tmp_path / "a/b/c").is_dir() and (tmp_path / "a/b/f").is_file()
    for target in ("/link", "/link/x", "/file/x", "/file"):
        with pytest.raises(SandboxError, match=target):
            open_target(root, target, True, os.getuid())
    os.close(root)


def test_stages_hold_nothing_that_is_needed() -> None:
    """A mount must not hide the home or a dataset. Covers: ENV-1"""
    usual = choose_stages([Path("/home/x")])
    assert len(set(usual)) == 2
    others = choose_stages([Path("/home/x"), usual[0] / "data"])
    assert usual[0] not in others


def test_spec_travels() -> None:
    """The witness gets what the caller gave. Covers: ENV-1"""
    mounts = (Mount(Path("/a"), "/gemini/code", read_only=False),)
    spec = SandboxSpec(
        "env-1", 3, mounts, ("a", "b"), {"A": "1"}, "/gemini/code", host_port=1, inner_port=2, reach=(3,)
    )
    assert SandboxSpec.from_json(spec.to_json()) == spec


def test_half_written_file_reads_as_none(tmp_path: Path) -> None:
    """What a power cut left is as good as nothing. Covers: TRAIN-9"""
    record = Record(tmp_path, "env-1")
    record.make_folders(os.getuid())
    record.write("end", {"exit_code": 1})
    assert record.read("end") == {"exit_code": 1}
    (record.folder / "end.json").write_text('{"exit')
    assert record.read("end") is None
    (record.folder / "upper/0").mkdir()
    (record.folder / "upper/0").chmod(0)
    remove_tree(record.folder)
    assert not record.exists()
