"""The system calls that a function in the sandbox may not make, as a program for the kernel.

What namespaces do not part, or what would pass its bounds on memory: sockets other than local ones
(those to the host of a virtual machine belong to no network namespace), memory that has no address
space (shared segments, files in memory), keys, tracing, rings of calls, mounts and namespaces.

1. A call by another table of numbers than the machine's own ends the process.
2. A machine whose numbers are not known here cannot isolate.

seccomp(2); classic BPF: McCanne and Jacobson, 1993. The numbers are those of the kernel's tables.
"""

from __future__ import annotations

import errno
import platform
from socket import AF_UNIX
from typing import NamedTuple

Instruction = tuple[int, int, int, int]
"""Code, jump if true, jump if false, operand."""


class _Machine(NamedTuple):
    """A machine: its name to the kernel (AUDIT_ARCH), ``socket``, and what is forbidden."""

    arch: int
    socket: int
    forbidden: tuple[int, ...]


_EVERYWHERE = (425, 426, 427, 428, 429, 430, 431, 432, 433, 438, 442, 447)
"""io_uring_setup, _enter, _register; open_tree, move_mount, fsopen, fsconfig, fsmount, fspick;
pidfd_getfd; mount_setattr; memfd_secret."""

# In this order: shmget shmat semget msgget mq_open memfd_create; add_key request_key keyctl; ptrace
# process_vm_readv process_vm_writev; bpf perf_event_open userfaultfd; mount umount2 pivot_root
# chroot unshare setns open_by_handle_at; kexec_load init_module finit_module personality
_X86_64 = (
    *(29, 30, 64, 68, 240, 319),
    *(248, 249, 250),
    *(101, 310, 311),
    *(321, 298, 323),
    *(165, 166, 155, 161, 272, 308, 304),
    *(246, 175, 313, 135),
)
_AARCH64 = (
    *(194, 196, 190, 186, 180, 279),
    *(217, 218, 219),
    *(117, 270, 271),
    *(280, 241, 282),
    *(40, 39, 41, 51, 97, 268, 265),
    *(104, 105, 273, 92),
)
_MACHINES = {
    "x86_64": _Machine(0xC000003E, 41, _X86_64),
    "aarch64": _Machine(0xC00000B7, 198, _AARCH64),
}

_CLONE3 = 435
_X32 = 0x40000000
_LOAD, _EQUAL, _AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06
_NUMBER_AT, _ARCH_AT, _FIRST_ARGUMENT_AT = 0, 4, 16
_ALLOW, _KILL, _FAIL = 0x7FFF0000, 0x80000000, 0x00050000


def program() -> list[Instruction] | None:
    """The program for this machine; None where its numbers are not known."""
    machine = _MACHINES.get(platform.machine())
    if machine is None:
        return None
    refuse: Instruction = (_RETURN, 0, 0, _FAIL | errno.EPERM)
    steps: list[Instruction] = [
        (_LOAD, 0, 0, _ARCH_AT),
        (_EQUAL, 1, 0, machine.arch),
        (_RETURN, 0, 0, _KILL),
        (_LOAD, 0, 0, _NUMBER_AT),
        # On x86-64 the same calls have a second set of numbers.
        (_AT_LEAST, 0, 1, _X32),
        refuse,
        (_EQUAL, 0, 4, machine.socket),
        (_LOAD, 0, 0, _FIRST_ARGUMENT_AT),
        (_EQUAL, 0, 1, AF_UNIX),
        (_RETURN, 0, 0, _ALLOW),
        refuse,
        # Its flags lie in memory, out of sight: libraries then use clone.
        (_EQUAL, 0, 1, _CLONE3),
        (_RETURN, 0, 0, _FAIL | errno.ENOSYS),
    ]
    for number in (*machine.forbidden, *_EVERYWHERE):
        steps += [(_EQUAL, 0, 1, number), refuse]
    return [*steps, (_RETURN, 0, 0, _ALLOW)]
