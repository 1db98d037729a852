"""Benchmarks: ours and the yardstick in one run, in turn, on a throw-away server."""
