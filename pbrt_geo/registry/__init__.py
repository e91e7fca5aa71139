"""SIOS, the registry of the poor: people, transactions, rights. Nothing here enters an edition."""
