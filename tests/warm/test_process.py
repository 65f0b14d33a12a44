"""A forked process does what a started one does."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.warm import process

LOOKS_AROUND = """
import os, signal, sys
print(__name__, sys.argv, sys.orig_argv[1:], sys.path, os.getcwd(), sorted(os.environ.items()))
print([stream.encoding + stream.errors for stream in (sys.stdin, sys.stdout, sys.stderr)])
print([signal.getsignal(n) for n in (signal.SIGINT, signal.SIGTERM, signal.SIGCHLD)])
print(sorted(os.listdir("/proc/self/fd")) if os.path.exists("/proc") else "")
print(os.umask(0), sys.executable, sys.stdin.read())
"""
ENDS = {
    "well": "print('ä')",
    "with a number": "import sys; print('out'); sys.exit(7)",
    "with a large number": "import sys; sys.exit(261)",
    "with words": "import sys; sys.exit('gone')",
    "with an exception": "def f():\n    1 / 0\nf()",
    "interrupted": "raise KeyboardInterrupt",
    "at once": "import os; print('lost'); os._exit(3)",
    "killed": "import os, signal; os.kill(os.getpid(), signal.SIGKILL)",
    "with something left to do": "import atexit; atexit.register(print, 'left')",
    "with a thread": "import threading, time\n"
    "threading.Thread(target=lambda: (time.sleep(0.05), print('late'))).start()",
    "with nobody to read": "import os, sys; os.close(1); print('lost')",
    "with a syntax error": "print(",
    "with a coroutine left": "async def f(): pass\nf()",
}


def both(*words: str, cwd: Path, **options: Any) -> tuple[Any, Any]:
    """What a forked and a started process come to."""
    options.setdefault("stdin", subprocess.DEVNULL)
    options = {"capture_output": True, "timeout": 60, "cwd": cwd, **options}
    command = [sys.executable, *words]
    return (
        (forked := process.run(command, **options)).returncode,
        forked.stdout,
        forked.stderr,
    ), ((started := subprocess.run(command, **options)).returncode, started.stdout, started.stderr)


@pytest.mark.parametrize("text", ENDS.values(), ids=ENDS)
def test_it_ends_as_the_other(text: str, tmp_path: Path) -> None:
    forked, started = both("-c", text, cwd=tmp_path)
    assert forked == started


@pytest.mark.parametrize("way", ["-c", "-m", "file"])
def test_it_finds_itself_in_the_same_place(way: str, tmp_path: Path) -> None:
    (tmp_path / "looks.py").write_text(LOOKS_AROUND)
    words = {"-c": ["-c", LOOKS_AROUND], "-m": ["-m", "looks"], "file": ["looks.py"]}[way]
    environ = {"PYTHONPATH": f"{tmp_path}/a{os.pathsep}b", "TARL_HOME": "x", "TZ": "Asia/Tokyo"}
    kept = {n: v for n, v in os.environ.items() if n.startswith(("PYTHON", "LC_", "LANG"))}
    forked, started = both(*words, "one", "two", cwd=tmp_path, env={**kept, **environ})
    assert forked == started
    assert forked[0] == 0, forked


def test_it_is_forked_and_knows_nothing_of_what_runs_it(tmp_path: Path) -> None:
    code = "import os, sys; print(os.getppid(), 'pytest' in sys.modules, 'msgspec' in sys.modules)"
    done = process.run([sys.executable, "-c", code], capture_output=True, text=True)
    parent, *loaded = done.stdout.split()
    assert int(parent) != os.getpid()
    assert loaded == ["False", "True"]


@pytest.mark.parametrize("environ", [{}, {"PYTHONHASHSEED": "1"}], ids=["forked", "started"])
def test_it_is_of_the_tree_that_the_tests_stand_in(environ: dict[str, str], tmp_path: Path) -> None:
    code = "import tarl, tarl_verify; print(*tarl.__path__, *tarl_verify.__path__)"
    env = {**os.environ, **environ}
    words = [sys.executable, "-P", "-c", code]
    done = process.run(words, cwd=tmp_path, env=env, capture_output=True, text=True)
    source = Path(__file__).parents[2] / "src"
    assert done.stdout.split() == [str(source / "tarl"), str(source / "tarl_verify")]


@pytest.mark.parametrize("name", ["PYTHONHASHSEED", "LC_ALL"])
def test_what_only_a_fresh_interpreter_can_do_is_started(name: str) -> None:
    code = f"import os, sys; print(os.getppid(), os.environ['{name}'], 'msgspec' in sys.modules)"
    env = {**os.environ, name: "0" if name == "PYTHONHASHSEED" else "C"}
    done = process.run([sys.executable, "-c", code], env=env, capture_output=True, text=True)
    assert done.stdout.split() == [str(os.getpid()), env[name], "False"]


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("way", ["of a test", "of a shell"])
def test_signals_reach_it(number: signal.Signals, way: str, tmp_path: Path) -> None:
    code = "import time; print('ready', flush=True); time.sleep(60)"
    if way == "of a test":
        running = process.popen([sys.executable, "-c", code], stdout=-1, stderr=-1, text=True)
    else:
        words = [*process.asking(), "-c", code]
        running = subprocess.Popen(words, stdout=-1, stderr=-1, text=True)
    assert running.stdout is not None
    assert running.stdout.readline() == "ready\n"
    with pytest.raises(subprocess.TimeoutExpired):
        running.wait(0.01)
    running.send_signal(number)
    running.communicate(timeout=30)  # the end of its output: it has ended too
    assert running.returncode == -number


@pytest.mark.parametrize("text", ENDS.values(), ids=ENDS)
def test_a_shell_sees_it_end_as_the_other(text: str, tmp_path: Path) -> None:
    done = subprocess.run(
        [*process.asking(), "-c", text], stdin=subprocess.DEVNULL, capture_output=True, cwd=tmp_path
    )
    started = both("-c", text, cwd=tmp_path)[1]
    assert (done.returncode, done.stdout, done.stderr) == started
