"""The bill of materials of the desktop build, as CycloneDX JSON: what is in it, which version, under which licence.

python desktop/bill.py --build dist/moltbox --out bill.cdx.json
"""

from __future__ import annotations

import argparse
import hashlib
import json
import platform
import sys
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.metadata import distribution, version
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from desktop.facts import ROOT, RUNTIMES, libraries
from engine import __version__

SPECIFICATION = "1.6"
_FROM_CLASSIFIERS = "License :: OSI Approved :: "
_NAMESPACE = uuid.UUID("6d6f6c74-626f-5800-8000-000000000000")
STARTER = ROOT / "resources" / "models" / "starter.molt"


def bill(variant: str, build: Path | None = None) -> dict[str, Any]:
    """The bill of a variant; with the built folder also every native library in it.

    Raises:
        PackageNotFoundError: a library of the variant is not installed.
    """
    application = {
        "type": "application",
        "bom-ref": f"moltbox@{__version__}",
        "name": "Moltbox",
        "version": __version__,
        "licenses": [{"license": {"id": "Apache-2.0"}}],
    }
    components = [*_libraries(variant), *_others(), *(_native_files(build) if build is not None else ())]
    content = json.dumps(components, sort_keys=True)
    return {
        "$schema": f"http://cyclonedx.org/schema/bom-{SPECIFICATION}.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": SPECIFICATION,
        "serialNumber": f"urn:uuid:{uuid.uuid5(_NAMESPACE, content)}",
        "version": 1,
        "metadata": {
            "timestamp": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "tools": {"components": [{"type": "application", "name": "desktop/bill.py", "version": __version__}]},
            "component": application,
            "properties": [
                {"name": "moltbox:variant", "value": variant},
                {"name": "moltbox:system", "value": f"{platform.system()} {platform.machine()}"},
            ],
        },
        "components": components,
        "dependencies": [
            {"ref": application["bom-ref"], "dependsOn": [component["bom-ref"] for component in components]}
        ],
    }


def _libraries(variant: str) -> Iterator[dict[str, Any]]:
    for name in libraries(variant):
        found = distribution(name)
        address = f"pkg:pypi/{name.lower().replace('_', '-')}@{found.version}"
        yield {
            "type": "library",
            "bom-ref": address,
            "name": name,
            "version": found.version,
            "purl": address,
            "licenses": [_licence(name)],
        }


def _licence(name: str) -> dict[str, Any]:
    about = distribution(name).metadata.json
    if "license_expression" in about:
        return {"expression": about["license_expression"]}
    classifiers = about.get("classifier", [])
    told = [line.removeprefix(_FROM_CLASSIFIERS) for line in classifiers if line.startswith(_FROM_CLASSIFIERS)]
    return {"license": {"name": "; ".join(told) or str(about.get("license", "not told")).splitlines()[0]}}


def _others() -> Iterator[dict[str, Any]]:
    """The interpreter, the starter of the program, and the model."""
    yield {
        "type": "platform",
        "bom-ref": f"python@{platform.python_version()}",
        "name": "CPython",
        "version": platform.python_version(),
        "licenses": [{"license": {"id": "PSF-2.0"}}],
    }
    yield {
        "type": "application",
        "bom-ref": f"pyinstaller@{version('pyinstaller')}",
        "name": "PyInstaller's starter",
        "version": version("pyinstaller"),
        "licenses": [{"license": {"name": "GPL-2.0-or-later with PyInstaller's exception for the programs it builds"}}],
    }
    yield {
        "type": "machine-learning-model",
        "bom-ref": "starter.molt",
        "name": "Starter model",
        "licenses": [{"license": {"id": "Apache-2.0"}}],
        "hashes": [_hash(STARTER)],
        "properties": [{"name": "moltbox:terms", "value": "for its training photos' see starter-model.md"}],
    }


def _native_files(build: Path) -> Iterator[dict[str, Any]]:
    """Every native library of the build, with the package that brings it: faults are found in these.

    Those that lie beside Python's packages are of the system that built it.
    """
    inside = build / "_internal"
    for file in sorted(inside.rglob("*")):
        if file.is_file() and not file.is_symlink() and (".so" in file.name or file.suffix in (".dll", ".dylib")):
            place = file.relative_to(inside)
            brought_by = place.parts[0].removesuffix(".libs") if len(place.parts) > 1 else "the building system"
            yield {
                "type": "file",
                "bom-ref": f"file:{place.as_posix()}",
                "name": place.as_posix(),
                "hashes": [_hash(file)],
                "properties": [{"name": "moltbox:brought-by", "value": brought_by}],
            }


def _hash(file: Path) -> dict[str, str]:
    return {"alg": "SHA-256", "content": hashlib.sha256(file.read_bytes()).hexdigest()}


def write_bill(out: Path, variant: str, build: Path | None = None) -> None:
    """Writes the bill as a file."""
    out.write_text(json.dumps(bill(variant, build), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--variant", choices=tuple(RUNTIMES), default="cpu")
    parser.add_argument("--build", type=Path, help="the built folder, to list the native libraries in it too")
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    write_bill(options.out, options.variant, options.build)


if __name__ == "__main__":
    main()
