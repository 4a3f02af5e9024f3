"""An ambulance control room for training, demo and tests: the receiving side of contract.md §4. It imports no screen."""
