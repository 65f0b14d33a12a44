"""Running a function where it can do no harm: no network, nothing writable, bounded in all it uses.

running.py  what tarl calls: ``Sandbox``
places.py   which files of the machine the function sees
syscalls.py which calls of the kernel it may not make
child.py    the process that shuts itself in and calls the function; standard library alone
"""
