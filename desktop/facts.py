"""What the desktop build says of itself to the three systems: libraries, version, kinds of files."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, distribution, version
from pathlib import Path
from typing import Any

from engine import __version__

ROOT = Path(__file__).resolve().parent.parent
DESCRIPTION = "Boxes from image-level class labels"
OWNER = "The Moltbox authors"
IDENTIFIER = "org.moltbox.Moltbox"
MODEL_KIND = "application/x-moltbox-model"
PROJECT_KIND = "application/x-moltbox-project"

PHOTOS_FROM = "scikit-image"
"""Not in the build itself, but the demo's photos come with it, and so does its licence."""

RUNTIMES = {"cpu": "onnxruntime", "gpu": "onnxruntime-gpu"}
"""The package that runs the networks, by the build's variant."""

SHARED_LIBRARIES = (
    *("PySide6-Essentials", "shiboken6", "opencv-python-headless", "numpy"),
    *("pillow", "pyqtgraph", "safetensors", "defusedxml", "tqdm", "PyYAML"),
)
"""In every variant; resources/licences/libraries.md lists them with their licences."""


WHEEL_LIBRARIES = "opencv_python_headless.libs"
"""The folder of libraries that the wheel's OpenCV needs on Linux, and the slim one does not."""

SLIM_OPENCV = ROOT / "build" / "slim-opencv"
"""Where `desktop/slim_opencv.py` leaves OpenCV with only what Moltbox calls."""


def slim_opencv() -> Path | None:
    """The slim OpenCV of the installed version, to be carried in place of the wheel's; None where it was not built."""
    made = SLIM_OPENCV / version("opencv-python-headless") / "cv2.abi3.so"
    return made if sys.platform.startswith("linux") and made.is_file() else None


def libraries(variant: str) -> tuple[str, ...]:
    """The Python packages in a variant of the build."""
    return (*SHARED_LIBRARIES, RUNTIMES[variant])


def check_runtime(variant: str) -> None:
    """Makes sure that the environment holds the variant's ONNX Runtime and no other.

    Raises:
        SystemExit: it does not; both bring the same module and overwrite each other's files.
    """
    for name, package in RUNTIMES.items():
        try:
            distribution(package)
        except PackageNotFoundError:
            if name == variant:
                raise SystemExit(f"build.spec: the {variant} build needs the {variant} extra ({package}).") from None
        else:
            if name != variant:
                raise SystemExit(f"build.spec: {package} is installed; the {variant} build needs one without it.")


def licence_files(variant: str) -> Iterator[tuple[str, Path]]:
    """(folder in the build, file) of every licence file that the libraries in the build and the photos came with."""
    for name in (*libraries(variant), PHOTOS_FROM):
        found = distribution(name)
        for file in found.files or ():
            if file.suffix in ("", ".txt", ".md") and re.search("licen[cs]e|notice|copying", file.name, re.IGNORECASE):
                yield "/".join((name, *file.parent.parts)), Path(str(found.locate_file(file)))


def version_numbers() -> tuple[int, int, int, int]:
    """The version as Windows wants it: four numbers."""
    major, minor, patch = (int(number) for number in re.findall(r"\d+", __version__)[:3])
    return major, minor, patch, 0


def windows_strings() -> dict[str, str]:
    """The words of Windows' version resource."""
    return {
        "CompanyName": OWNER,
        "FileDescription": f"Moltbox: {DESCRIPTION.lower()}",
        "FileVersion": __version__,
        "InternalName": "moltbox",
        "LegalCopyright": f"{OWNER}. Apache License 2.0.",
        "OriginalFilename": "moltbox.exe",
        "ProductName": "Moltbox",
        "ProductVersion": __version__,
    }


def mac_plist() -> dict[str, Any]:
    """What macOS reads in Info.plist: version, category, and the files that Moltbox opens."""
    return {
        "CFBundleDisplayName": "Moltbox",
        "CFBundleShortVersionString": __version__,
        "CFBundleVersion": __version__,
        "LSApplicationCategoryType": "public.app-category.photography",
        "LSMinimumSystemVersion": "13.0",
        "NSHighResolutionCapable": True,
        "NSHumanReadableCopyright": f"{OWNER}. Apache License 2.0.",
        "CFBundleDocumentTypes": [
            {
                "CFBundleTypeName": "Moltbox model",
                "CFBundleTypeRole": "Viewer",
                "LSHandlerRank": "Owner",
                "LSItemContentTypes": [f"{IDENTIFIER}.model"],
            },
            {
                "CFBundleTypeName": "Folder of photos",
                "CFBundleTypeRole": "Editor",
                "LSHandlerRank": "Alternate",
                "LSItemContentTypes": ["public.folder"],
            },
        ],
        "UTExportedTypeDeclarations": [
            {
                "UTTypeIdentifier": f"{IDENTIFIER}.model",
                "UTTypeDescription": "Moltbox model",
                "UTTypeConformsTo": ["public.data", "public.zip-archive"],
                "UTTypeTagSpecification": {"public.filename-extension": ["molt"], "public.mime-type": [MODEL_KIND]},
            }
        ],
    }
