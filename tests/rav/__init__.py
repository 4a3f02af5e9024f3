"""Tests of the RAV gateway over HTTP and as a process, and the region they need."""
