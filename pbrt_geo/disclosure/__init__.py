"""The door between internal and public editions: what may be said, and the attack on it.

A public edition says of every number only that it lies between two limits. `statements` chooses
the limits, `attack` plays a reader who puts everything together that was ever published, and
`publish` seals the public edition if the attack finds nothing. Why so: docs/privacy.md.
"""
