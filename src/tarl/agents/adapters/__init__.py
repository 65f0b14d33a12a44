"""Agents and tools of other libraries and protocols, one file each, each behind its extra."""
