"""The desk without a screen: what a person sees (the cache with the own rows laid over it, computed on reading) and
what a person decides (one durable transaction each). It knows no Textual, no network and no hub; `Desk` is the door.

Every text in the records of `rows` that came from outside is already cleaned for the screen (`zcc_console.text.clean`)
and still must never be parsed as markup. Times are aware UTC; ages and waits are seconds of hub time.
"""
