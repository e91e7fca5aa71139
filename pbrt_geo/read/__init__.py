"""The only code that opens a foreign file; see `confined.py` for how.

`geojson`, `geopackage`, `shapefile`, `geoparquet`, `rows`, `limits`, `confine` and `child` run in
the confined process and import nothing of this library but each other.
"""
