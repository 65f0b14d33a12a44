"""The process that shuts itself in, and then calls one function. Standard library alone.

Four processes, each the parent of the next, so that nothing outlives the one before it:

    outer    maps users, waits; all that tarl knows of; ends with tarl
    middle   leaves the namespaces of the machine (user, mount, network, process ids, IPC, names)
    first    process 1 of the new ones: builds the file system, drops every right, waits; its end
             ends whatever the function has started
    worker   gives up further system calls, looks around whether it really is shut in, calls the
             function, writes its answer

1. What the function sees of the file system is what it was given, read-only; nothing is writable.
2. There is no network: no interface but loopback, which is down, and no socket but local ones.
3. It has no capability, cannot get one, and cannot make a namespace in which it had some.
4. Whatever fails on the way in ends with ``NOT_SHUT_IN``, before the function is loaded.

Namespaces: namespaces(7), user_namespaces(7), pivot_root(2).
"""

from __future__ import annotations

import contextlib
import ctypes
import importlib
import json
import os
import resource
import signal
import socket
import stat
import struct
import sys
from collections.abc import Callable
from typing import Any, NoReturn

NOT_SHUT_IN = 70
CRASHED = 99
BY_SIGNAL = 100
"""Exit statuses; ``BY_SIGNAL`` plus the signal's number when one ended the worker."""

NOBODY = 65534
PROCESSES_MAX = 6
"""Of which two or three are ours; memory is bounded for each."""

FILES_MAX = 64
RESULT_FD = 3

_NEW_NAMESPACES = 0x00020000 | 0x04000000 | 0x08000000 | 0x10000000 | 0x20000000 | 0x40000000
_NEW_USER = 0x10000000
_MS_RDONLY, _MS_NOSUID, _MS_NODEV, _MS_REMOUNT = 1, 2, 4, 32
_MS_BIND, _MS_REC, _MS_PRIVATE = 4096, 16384, 1 << 18
_MNT_DETACH = 2
_PR_SET_PDEATHSIG, _PR_CAPBSET_DROP = 1, 24
_PR_SET_NO_NEW_PRIVS, _PR_GET_NO_NEW_PRIVS, _PR_SET_SECCOMP, _FILTER = 38, 39, 22, 2
_CAP_VERSION = 0x20080522
_CAPABILITIES = 64
_MS_NOEXEC = 8
_LOCKED = _MS_NOEXEC | _MS_NODEV | _MS_NOSUID
_DEVICES = ("/dev/null", "/dev/urandom")

_libc = ctypes.CDLL(None, use_errno=True)


def main() -> None:
    """Read what is to be done from standard input, and do it."""
    if sys.platform == "linux":
        _die_with_parent()
    request = json.loads(sys.stdin.buffer.read())
    null = os.open("/dev/null", os.O_RDWR)
    if not request["isolate"]:
        _work(request, null, isolated=False)
    try:
        _outer(request, null)
    except OSError as error:
        _not_shut_in(error)


def _not_shut_in(error: Exception) -> NoReturn:
    with contextlib.suppress(OSError):
        os.write(2, f"{type(error).__name__}: {error}"[:500].encode())
    os._exit(NOT_SHUT_IN)


# --- outer and middle


def _outer(request: dict[str, Any], null: int) -> NoReturn:
    apart, was_mapped = os.pipe(), os.pipe()
    middle = os.fork()
    if middle == 0:
        _guarded(lambda: _middle(request, null, apart[1], was_mapped[0]))
    os.close(apart[1])
    if os.read(apart[0], 1):
        _map_users(middle)
        os.write(was_mapped[1], b".")
    os.close(was_mapped[1])
    os._exit(_status_of(middle))


def _guarded(part: Callable[[], None]) -> NoReturn:
    """A forked process never returns into what its parent does."""
    try:
        part()
    except BaseException as error:
        _not_shut_in(error if isinstance(error, Exception) else OSError(str(error)))
    os._exit(NOT_SHUT_IN)


def _map_users(pid: int) -> None:
    """One user is mapped, our own; root is mapped with somebody who has no rights, who will run the
    function: bounds on the number of processes do not count for the machine's root."""
    user, group = os.geteuid(), os.getegid()
    if user == 0:
        lines = f"0 0 1\n{NOBODY} {NOBODY} 1\n"
        _write(f"/proc/{pid}/uid_map", lines)
        _write(f"/proc/{pid}/gid_map", lines)
    else:
        _write(f"/proc/{pid}/setgroups", "deny")
        _write(f"/proc/{pid}/uid_map", f"{user} {user} 1\n")
        _write(f"/proc/{pid}/gid_map", f"{group} {group} 1\n")


def _middle(request: dict[str, Any], null: int, apart: int, was_mapped: int) -> None:
    _die_with_parent()
    _checked(_libc.unshare(_NEW_NAMESPACES), "unshare")
    os.write(apart, b".")
    if not os.read(was_mapped, 1):
        raise OSError("users were not mapped")
    first = os.fork()
    if first == 0:
        _guarded(lambda: _first(request, null))
    os._exit(_status_of(first))


def _status_of(pid: int) -> int:
    _, status = os.waitpid(pid, 0)
    if os.WIFSIGNALED(status):
        return BY_SIGNAL + os.WTERMSIG(status)
    return os.WEXITSTATUS(status)


# --- first


def _first(request: dict[str, Any], null: int) -> None:
    _die_with_parent()
    _write("/proc/sys/user/max_user_namespaces", "0")
    _new_root(request["files"])
    _drop_rights()
    worker = os.fork()
    if worker == 0:
        _guarded(lambda: _work(request, null, isolated=True))
    _, status = os.waitpid(worker, 0)
    if os.WIFSIGNALED(status):
        os._exit(BY_SIGNAL + os.WTERMSIG(status))
    code = os.WEXITSTATUS(status)
    os._exit(code if code in (0, NOT_SHUT_IN) else CRASHED)


def _new_root(files: list[str]) -> None:
    """A root that holds these files alone, each where it is on the machine.

    Two turns, as the sources must stay in sight while the new root is built: the machine's root
    moves to ``/old`` of a first one, and what is built in ``/new`` takes its place.
    """
    _mount(None, "/", None, _MS_REC | _MS_PRIVATE)
    _mount("tmpfs", "/tmp", "tmpfs", _MS_NOSUID | _MS_NODEV, "mode=0755,size=1m")
    os.mkdir("/tmp/old")
    os.mkdir("/tmp/new")
    _pivot("/tmp", "/tmp/old")
    _mount("tmpfs", "/new", "tmpfs", _MS_NOSUID | _MS_NODEV, "mode=0755,size=1m")
    os.mkdir("/new/.old")
    for path in files:
        _show(path)
    for path in _DEVICES:
        _show(path)
    _make_readonly()
    _pivot("/new", "/new/.old")
    _checked(_libc.umount2(b"/.old", _MNT_DETACH), "umount2")
    socket.sethostname("sandbox")


def _show(path: str) -> None:
    source, target = f"/old{path}", f"/new{path}"
    if os.path.lexists(target) or not os.path.lexists(source):
        return
    os.makedirs(os.path.dirname(target), mode=0o755, exist_ok=True)
    kind = os.lstat(source).st_mode
    if stat.S_ISLNK(kind):
        os.symlink(os.readlink(source), target)
        return
    if stat.S_ISDIR(kind):
        os.mkdir(target, 0o755)
    else:
        os.close(os.open(target, os.O_CREAT | os.O_WRONLY, 0o644))
    _mount(source, target, None, _MS_BIND | _MS_REC)


def _make_readonly() -> None:
    """Every mount below the new root, those that came along with a directory too."""
    with open("/old/proc/self/mountinfo", encoding="utf-8", errors="surrogateescape") as table:
        points = [_unescaped(line.split()[4]) for line in table]
    for point in points:
        if point == "/new" or point.startswith("/new/"):
            # Flags that the machine has set cannot be taken away again, and must be said.
            flags = (os.statvfs(point).f_flag & _LOCKED) | _MS_NOSUID
            flags |= 0 if point[len("/new") :] in _DEVICES else _MS_NODEV
            _mount(None, point, None, _MS_BIND | _MS_REMOUNT | _MS_RDONLY | flags)


def _unescaped(text: str) -> str:
    for code, sign in (("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\")):
        text = text.replace(code, sign)
    return text


def _drop_rights() -> None:
    for capability in range(_CAPABILITIES):
        # Numbers that this kernel does not know are refused.
        _libc.prctl(_PR_CAPBSET_DROP, capability, 0, 0, 0)
    if os.geteuid() == 0:
        os.setgroups([])
        os.setresgid(NOBODY, NOBODY, NOBODY)
        os.setresuid(NOBODY, NOBODY, NOBODY)
    header = (ctypes.c_uint32 * 2)(_CAP_VERSION, 0)
    _checked(_libc.capset(header, (ctypes.c_uint32 * 6)()), "capset")
    _checked(_libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no_new_privs")
    # Changing users made the process forget whose end is its own.
    _die_with_parent()


# --- worker


def _work(request: dict[str, Any], null: int, *, isolated: bool) -> NoReturn:
    os.dup2(1, RESULT_FD)
    for fd in (0, 1, 2):
        os.dup2(null, fd)
    os.closerange(RESULT_FD + 1, FILES_MAX * 4)
    _bound(request["limits"], isolated=isolated)
    if isolated:
        is_alone = {name for _, name in socket.if_nameindex()} <= {"lo"}
        _give_up_calls(request["calls"])
        if not (is_alone and _is_shut_in()):
            os._exit(NOT_SHUT_IN)
    answer = _answer(request)
    text = json.dumps(answer, allow_nan=False, separators=(",", ":")).encode()
    while text:
        text = text[os.write(RESULT_FD, text) :]
    os._exit(0)


def _bound(limits: dict[str, int], *, isolated: bool) -> None:
    memory, cpu_s = limits["memory_mb"] * 1024 * 1024, limits["cpu_s"]
    for name, soft, hard in (
        ("AS", memory, memory),
        ("CPU", cpu_s, cpu_s + 1),
        ("NPROC", PROCESSES_MAX, PROCESSES_MAX),
        ("NOFILE", FILES_MAX, FILES_MAX),
        # Nothing is writable; this is about files in memory (memfd_create), which use no address.
        ("FSIZE", 0, 0),
        ("CORE", 0, 0),
        ("MEMLOCK", 0, 0),
        ("MSGQUEUE", 0, 0),
    ):
        # Where nothing is isolated, a system that lacks a bound does without it.
        with (
            contextlib.nullcontext()
            if isolated
            else contextlib.suppress(AttributeError, OSError, ValueError)
        ):
            resource.setrlimit(getattr(resource, f"RLIMIT_{name}"), (soft, hard))


def _give_up_calls(program: list[list[int]]) -> None:
    """See ``syscalls.py``."""
    code = b"".join(struct.pack("=HBBI", *instruction) for instruction in program)
    buffer = ctypes.create_string_buffer(code, len(code))
    header = struct.pack("@HP", len(program), ctypes.addressof(buffer))
    done = _libc.prctl(_PR_SET_SECCOMP, _FILTER, ctypes.c_char_p(header), 0, 0)
    _checked(done, "seccomp")


def _is_shut_in() -> bool:
    """What this process finds when it looks around; the last word on whether it is shut in."""
    return (
        bool(os.statvfs("/").f_flag & os.ST_RDONLY)
        and _fails(lambda: os.mkdir("/escaped"))
        and _fails(lambda: socket.socket(socket.AF_INET, socket.SOCK_STREAM))
        and _libc.prctl(_PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1
        and _libc.unshare(_NEW_USER) != 0
    )


def _fails(attempt: Callable[[], object]) -> bool:
    try:
        attempt()
    except OSError:
        return True
    return False


def _answer(request: dict[str, Any]) -> dict[str, Any]:
    module, _, name = request["function"].partition(":")
    sys.path[:] = request["path"]
    importlib.invalidate_caches()
    try:
        called = importlib.import_module(module)
        for part in name.split("."):
            called = getattr(called, part)
    except (ImportError, AttributeError) as error:
        return {"no_function": str(error)[:500]}
    except MemoryError:
        return {"memory": True}
    try:
        value = called(**request["arguments"])  # type: ignore[operator]  # what is no function fails as one
    except MemoryError:
        return {"memory": True}
    except BaseException as error:
        return {"raised": type(error).__name__, "message": str(error)[:2000]}
    try:
        json.dumps(value, allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        return {"no_json": str(error)[:500]}
    return {"value": value}


# --- the kernel


def _mount(
    source: str | None, target: str, kind: str | None, flags: int, options: str | None = None
) -> None:
    done = _libc.mount(
        os.fsencode(source) if source else None,
        os.fsencode(target),
        kind.encode() if kind else None,
        ctypes.c_ulong(flags),
        options.encode() if options else None,
    )
    _checked(done, f"mount {target}")


def _pivot(new: str, old: str) -> None:
    _checked(_libc.pivot_root(new.encode(), old.encode()), f"pivot_root {new}")
    os.chdir("/")


def _die_with_parent() -> None:
    _checked(_libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0), "pdeathsig")


def _write(path: str, text: str) -> None:
    fd = os.open(path, os.O_WRONLY)
    try:
        os.write(fd, text.encode())
    finally:
        os.close(fd)


def _checked(result: int, what: str) -> None:
    if result != 0:
        code = ctypes.get_errno()
        raise OSError(code, f"{what}: {os.strerror(code)}")


if __name__ == "__main__":
    main()
