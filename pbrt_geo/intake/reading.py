"""A file of people as it comes from a page: read by the confined process, for the doctor."""

from pbrt_geo.read.sheets import SheetFile, read_sheet_file

__all__ = ["SheetFile", "read_upload"]


def read_upload(content: bytes, name: str) -> SheetFile:
    """
    Read the bytes of a file that somebody uploaded; `name` is what messages call it.

    Raises
    ------
    FileRefused
        With one sentence. Nothing of the file is kept.
    """
    return read_sheet_file(content, name=name)
