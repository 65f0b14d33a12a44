"""Benchmarks: ratios against the disk and against peers, measured in the same run.

    python -m benchmarks [--only NAME,...] [--quick] [--json FILE] [--dir DIR]

Short turns of the things compared alternate, so that the noise of a shared machine falls on all of
them. A rate is all work over all time; beside the ratio of the rates stands the median of the
rounds' own ratios, which one stall of the disk cannot move. What is not installed is reported as
not measured.
"""
