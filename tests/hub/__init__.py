"""Tests of the hub: rules in process, HTTP, and real processes."""
