"""The import doctor: what a file from the field would change in the registry, and what is wrong."""
