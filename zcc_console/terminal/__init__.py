"""The terminal layer: how bytes become keys, how frames become bytes, and how a session ends. Knows no call or patient."""
