"""Engines: shells that drive the kernel against the world."""
