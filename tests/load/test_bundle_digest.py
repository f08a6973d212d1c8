"""One digest for a bundle, however it is carried."""

from __future__ import annotations

import tempfile
import zipfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from policykit.errors import BundleError
from policykit.load.bundle import load_bundle
from policykit.terms.bundle import Bundle

MANIFEST = b"policykit: bundle/1\nname: n\nversion: 1\ndatasets: {evaluation: {path: e.csv}}\n"
PARTS = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="/\0"), min_size=1, max_size=6)
PATHS = st.lists(PARTS, min_size=1, max_size=3).map("/".join)
FILES = st.dictionaries(PATHS, st.binary(max_size=20), max_size=6)


def carried(files: dict[str, bytes], root: Path) -> tuple[Path, Path]:
    """Write the files as a folder and as a zip, or raise OSError where no folder can hold them."""
    for path, data in files.items():
        (root / "b" / path).parent.mkdir(parents=True, exist_ok=True)
        (root / "b" / path).write_bytes(data)
    with zipfile.ZipFile(root / "b.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for path, data in reversed(files.items()):
            archive.writestr(path, data)
    return root / "b", root / "b.zip"


def read(path: Path) -> Bundle | set[str]:
    try:
        return load_bundle(path)
    except BundleError as error:
        return {problem.code for problem in error.problems}


@given(FILES)
@settings(deadline=None)
def test_a_folder_and_a_zip_are_read_alike_or_refused_alike(extra: dict[str, bytes]) -> None:
    files = {"bundle.yaml": MANIFEST, "e.csv": b"y\n1\n"} | {
        path: data for path, data in extra.items() if not {".", ".."}.intersection(path.split("/"))
    }
    with tempfile.TemporaryDirectory() as root:
        try:
            folder, archive = carried(files, Path(root))
        except OSError:
            return  # a file where a folder has to be
        loose, packed = read(folder), read(archive)
    if isinstance(loose, Bundle):
        assert isinstance(packed, Bundle)
        assert packed.files == loose.files
        assert packed.manifest_digest == loose.manifest_digest
        assert {file.path for file in loose.files} == set(files)
    else:
        assert packed == loose
