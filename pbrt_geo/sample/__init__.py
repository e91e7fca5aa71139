"""The schematic region: an invented Kabupaten Sumbawa Barat to try everything with.

Names, codes and areas of the 65 desa are facts; outline, RTs, people and figures are invented.
"""

from pbrt_geo.sample.write import SEED, write_sample

__all__ = ["SEED", "write_sample"]
