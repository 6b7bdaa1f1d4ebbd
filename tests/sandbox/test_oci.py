"""The runtime's configuration, whole: a change of the walls is a change here."""

from __future__ import annotations

import dataclasses

from gemini_sandbox import SandboxSpec, oci, seccomp
from gemini_sandbox.idmap import range_of

SPEC = SandboxSpec(
    id="env-1",
    workspace_index=2,
    mounts=(),
    argv=("python3", "-I"),
    env={},
    cwd="/gemini/code",
    cpu_cores=1.5,
    memory_bytes=2**30,
    hostname="alice",
)
AROUND = oci.Surroundings(
    rootfs="/media",
    user_namespace="/mnt/user",
    net_namespace="/mnt/net",
    ids=range_of("root", 2),
    cgroup="/gemini-1",
    swap=True,
    devices=(oci.Device("/dev/nvidia0", "c", 195, 0),),
    environment={"B": "2", "A": "1"},
    machine="x86_64",
)
ELEVEN = [
    "CAP_CHOWN",
    "CAP_DAC_OVERRIDE",
    "CAP_FOWNER",
    "CAP_FSETID",
    "CAP_KILL",
    "CAP_SETGID",
    "CAP_SETUID",
    "CAP_SETPCAP",
    "CAP_SETFCAP",
    "CAP_NET_BIND_SERVICE",
    "CAP_SYS_CHROOT",
]
IDS = [{"containerID": 0, "hostID": 0x70020000, "size": 65536}]


def test_the_whole_configuration() -> None:
    """What the runtime is told, field by field. Covers: ENV-2"""
    assert oci.config(SPEC, AROUND) == {
        "ociVersion": "1.0.2",
        "process": {
            "terminal": False,
            "user": {"uid": 0, "gid": 0},
            "args": ["python3", "-I"],
            "env": ["A=1", "B=2"],
            "cwd": "/gemini/code",
            "capabilities": {"bounding": ELEVEN, "effective": ELEVEN, "permitted": ELEVEN},
            "rlimits": [{"type": "RLIMIT_CORE", "hard": 0, "soft": 0}],
            "noNewPrivileges": True,
        },
        "root": {"path": "/media", "readonly": False},
        "hostname": "alice",
        "mounts": [
            {
                "destination": "/proc",
                "type": "proc",
                "source": "proc",
                "options": ["nosuid", "noexec", "nodev"],
            },
            {
                "destination": "/dev",
                "type": "tmpfs",
                "source": "tmpfs",
                "options": ["nosuid", "strictatime", "mode=755", "size=65536k"],
            },
            {
                "destination": "/dev/pts",
                "type": "devpts",
                "source": "devpts",
                "options": ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"],
            },
            {
                "destination": "/dev/shm",
                "type": "tmpfs",
                "source": "tmpfs",
                "options": ["nosuid", "noexec", "nodev", "mode=1777"],
            },
            {
                "destination": "/dev/mqueue",
                "type": "mqueue",
                "source": "mqueue",
                "options": ["nosuid", "noexec", "nodev"],
            },
            {
                "destination": "/sys",
                "type": "sysfs",
                "source": "sysfs",
                "options": ["nosuid", "noexec", "nodev", "ro"],
            },
        ],
        "linux": {
            "namespaces": [
                {"type": "user", "path": "/mnt/user"},
                {"type": "network", "path": "/mnt/net"},
                {"type": "pid"},
                {"type": "mount"},
                {"type": "ipc"},
                {"type": "uts"},
                {"type": "cgroup"},
            ],
            "uidMappings": IDS,
            "gidMappings": IDS,
            "devices": [{"path": "/dev/nvidia0", "type": "c", "major": 195, "minor": 0}],
            "seccomp": seccomp.profile("x86_64"),
            "maskedPaths": [
                "/proc/acpi",
                "/proc/asound",
                "/proc/kcore",
                "/proc/keys",
                "/proc/key-users",
                "/proc/kmsg",
                "/proc/latency_stats",
                "/proc/timer_list",
                "/proc/timer_stats",
                "/proc/sched_debug",
                "/proc/scsi",
                "/sys/firmware",
                "/sys/devices/virtual/powercap",
                "/sys/kernel/debug",
                "/sys/kernel/security",
            ],
            "readonlyPaths": ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"],
            "rootfsPropagation": "rprivate",
            "cgroupsPath": "/gemini-1",
            "resources": {
                "devices": [
                    {"allow": False, "access": "rwm"},
                    {"allow": True, "type": "c", "major": 195, "minor": 0, "access": "rw"},
                ],
                "pids": {"limit": 8192},
                "cpu": {"shares": 1536},
                "memory": {"limit": 2**30, "swap": 2**30},
            },
        },
    }


def test_without_control_groups_nothing_is_limited() -> None:
    """No section that the runtime would fail on. Covers: ENV-2"""
    linux = oci.config(SPEC, dataclasses.replace(AROUND, cgroup=None))["linux"]
    assert "resources" not in linux and "cgroupsPath" not in linux


def test_limits_follow_the_spec_and_the_host() -> None:
    """No memory limit when none is asked for; no swap limit where the kernel counts none. Covers: RES-1"""
    free = dataclasses.replace(SPEC, memory_bytes=0, cpu_cores=0.001)
    resources = oci.config(free, AROUND)["linux"]["resources"]
    assert "memory" not in resources and resources["cpu"] == {"shares": 2}
    swapless = oci.config(SPEC, dataclasses.replace(AROUND, swap=False))["linux"]["resources"]
    assert swapless["memory"] == {"limit": 2**30}


def test_a_persons_ids_lie_in_two_extents() -> None:
    """The person, and the subordinate ids: the kernel refuses one extent across both. Covers: ENV-2"""
    linux = oci.config(SPEC, dataclasses.replace(AROUND, ids=range_of("person", 2)))["linux"]
    assert linux["uidMappings"] == [
        {"containerID": 0, "hostID": 0, "size": 1},
        {"containerID": 1, "hostID": 1, "size": 65535},
    ]


def test_ranges_of_workspaces_do_not_touch() -> None:
    """Each has 65,536 ids of its own, all below 2^31. Covers: TEN-2b"""
    extents = [range_of("root", index).extents[0] for index in (0, 1, 4095)]
    assert extents[0] == (0, 1879048192, 65536)
    assert extents[1][1] == extents[0][1] + 65536
    assert extents[2][1] + extents[2][2] == 2**31


def test_clone3_falls_back_and_new_users_are_refused() -> None:
    """libc tries clone3 first: ENOSYS sends it to clone, whose flags a filter can read. Covers: ENV-2"""
    rules = {name: rule for rule in seccomp.profile("x86_64")["syscalls"] for name in rule["names"]}
    assert rules["clone3"]["errnoRet"] == 38
    for name in ("clone", "unshare"):
        assert rules[name]["args"] == [
            {"index": 0, "value": 0x10000000, "valueTwo": 0x10000000, "op": "SCMP_CMP_MASKED_EQ"}
        ]
    assert seccomp.profile("aarch64")["architectures"] == ["SCMP_ARCH_AARCH64", "SCMP_ARCH_ARM"]
