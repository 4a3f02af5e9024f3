"""The courier: one process a desk that keeps the cache equal to the region and delivers what the journal holds.

machine    what every lane shares: `step(state, event, now) -> (state, effects)`, and the effects all lanes know
pull deliver lane events beat audit   the lanes' rules, pure
answers readings epoch                what bodies and a new epoch mean, pure
stores wire shell process             files, sockets, asyncio, the process: thin

The pure half imports no asyncio, no httpx and no database driver, so it can run in a simulation.
"""
