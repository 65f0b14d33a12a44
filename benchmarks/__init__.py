"""Benchmarks: ratios against the disk and against peers, measured in the same run.

    python -m benchmarks [--only NAME,...] [--quick] [--json FILE]

Rounds of the things compared alternate, so that the noise of a shared machine falls on all of them.
A rate is all steps over all time; the ratio is that of the rates, with the median of the rounds
beside it. What is not installed is reported as not measured.
"""
