"""Benchmarks: each row of the design's budgets as a ratio to an anchor taken in turn in the same run. No gate."""
