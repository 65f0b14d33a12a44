"""The floor of safety: what is checked while agents act, beside policies and permits.

``injection`` is the detector of prompt injection.
"""
