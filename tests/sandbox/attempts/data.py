"""Attempts on the data, which is read-only."""

import os

from .calls import DATA, FILE, attempt


@attempt
def write_data():
    with open(FILE, "w") as file:
        file.write("changed")
    return "written"


@attempt
def append_data():
    with open(FILE, "a") as file:
        file.write("more")
    return "appended"


@attempt
def create_in_data():
    open(f"{DATA}/new", "w").close()
    return "created"


@attempt
def unlink_data():
    os.unlink(FILE)
    return "removed"


@attempt
def rename_in_data():
    os.rename(FILE, f"{DATA}/b.txt")
    return "renamed"


@attempt
def truncate_data():
    os.truncate(FILE, 0)
    return "truncated"


@attempt
def chmod_data():
    os.chmod(FILE, 0o777)
    return "mode changed"


@attempt
def chown_data():
    os.chown(FILE, 5, 5)
    return "owner changed"


@attempt
def touch_data():
    os.utime(FILE, (1, 1))
    return "time changed"


@attempt
def xattr_data():
    os.setxattr(FILE, "user.x", b"1")
    return "attribute set"


@attempt
def remove_data_mountpoint():
    os.rmdir(DATA)
    return "removed"


@attempt
def rename_data_mountpoint():
    os.rename(DATA, "/gemini/elsewhere")
    return "renamed"


@attempt
def hard_link_to_data():
    os.link(FILE, "/gemini/code/linked")
    return "linked"


@attempt
def hard_link_inside_data():
    os.link(FILE, f"{DATA}/linked")
    return "linked"


@attempt
def hard_link_by_descriptor():
    fd = os.open(FILE, os.O_RDONLY)
    os.link(f"/proc/self/fd/{fd}", "/gemini/code/linked", follow_symlinks=True)
    return "linked"


@attempt
def reopen_descriptor_writable():
    fd = os.open(FILE, os.O_RDONLY)
    os.close(os.open(f"/proc/self/fd/{fd}", os.O_RDWR))
    return "opened for writing"


@attempt
def reopen_path_descriptor_writable():
    fd = os.open(FILE, os.O_PATH)
    os.close(os.open(f"/proc/self/fd/{fd}", os.O_WRONLY | os.O_APPEND))
    return "opened for writing"


@attempt
def data_through_process_root():
    with open(f"/proc/1/root{FILE}", "w") as file:
        file.write("changed")
    return "written"


@attempt
def shared_writable_map():
    import mmap

    fd = os.open(FILE, os.O_RDONLY)
    try:
        mmap.mmap(fd, 1, mmap.MAP_SHARED, mmap.PROT_READ | mmap.PROT_WRITE)[0] = 65
    except PermissionError as error:
        raise OSError(error.errno, "denied") from error
    return "mapped for writing"
