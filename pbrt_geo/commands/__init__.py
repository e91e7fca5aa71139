"""The commands of `pbrt`, a file for each group; each says what it did."""
