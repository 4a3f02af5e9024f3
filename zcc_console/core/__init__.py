"""What every room of the house shares and nothing else: clocks, ids, canonical JSON, freshness, the handoff's
rules, configuration. It knows no screen, no network and no database."""
