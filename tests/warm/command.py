"""A command for shells: asks a template for a process, and stands for it until it ends.

``python -I -S command.py SOCKET WORD...`` does what ``python WORD...`` does. It imports next to
nothing, since it is started for each command. Signals are handed on; when it is killed itself, the
template kills the process, a moment later: where a test kills a command by SIGKILL, the command has
to be the process itself (``tests.docs.snippets``).
"""

import os
import sys
from _signal import SIG_DFL, SIG_IGN, SIGHUP, SIGINT, SIGQUIT, SIGTERM, getsignal, signal
from _socket import AF_UNIX, SCM_RIGHTS, SOCK_STREAM, SOL_SOCKET, socket

HANDED_ON = (SIGINT, SIGTERM, SIGHUP, SIGQUIT)


def request(words: list[str], *, umask: int, ignored: str) -> bytes:
    """A request, as the template reads it."""
    environment = [name + b"=" + value for name, value in os.environb.items()]
    fields = [os.getcwdb(), b"%d" % umask, ignored.encode(), b"%d" % len(words)]
    data = b"\0".join([*fields, *map(os.fsencode, words), *environment])
    return len(data).to_bytes(4, "big") + data


def main(path: str, words: list[str]) -> None:
    """Ask, wait and end as the process does."""
    umask = os.umask(0)
    os.umask(umask)
    ignored = " ".join(str(int(n)) for n in HANDED_ON if getsignal(n) == SIG_IGN)
    data = request(words, umask=umask, ignored=ignored)
    streams = b"".join(n.to_bytes(4, sys.byteorder) for n in range(3))
    told = path
    while told.startswith("/"):
        connection = socket(AF_UNIX, SOCK_STREAM)
        connection.connect(told)
        sent = connection.sendmsg([data], [(SOL_SOCKET, SCM_RIGHTS, streams)])
        if sent < len(data):  # else the answer may have come already, and nobody listens
            connection.sendall(data[sent:])
        told = _line(connection)
    if told == "cold":
        os.execv(sys.executable, [sys.executable, *words])
    for number in HANDED_ON:
        if getsignal(number) != SIG_IGN:
            signal(number, lambda number, _: os.kill(int(told), number))
    ended = _line(connection)
    status = os.waitstatus_to_exitcode(int(ended.split()[0]))
    if status < 0:
        if -status in HANDED_ON:
            signal(-status, SIG_DFL)
        os.kill(os.getpid(), -status)
    os._exit(status)


def _line(connection: socket) -> str:
    found = b""
    while not found.endswith(b"\n"):
        more = connection.recv(1)
        if not more:
            raise SystemExit("the template has ended")
        found += more
    return found.decode().strip()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
