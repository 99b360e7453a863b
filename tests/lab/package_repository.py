"""A signed package repository on a test host, shaped like a distribution's security archive; run by the host's own Python.

    python3 package_repository.py CODENAME NAME=VERSION[:broken] …

Makes tiny packages, an index and a signed release file in ``/srv/packages``, and names them to apt with the key that signed them. A broken
package cannot be configured: its script of the maintainer fails. Versions that are there already stay.
"""

import email.utils
import hashlib
import subprocess
import sys
import tempfile
from pathlib import Path

PLACE = Path("/srv/packages")
KEYRING = Path("/usr/share/keyrings/lab-packages.gpg")
SOURCE = Path("/etc/apt/sources.list.d/lab-packages.sources")
SIGNER = "Packages of the lab <packages@lab.test>"


def gpg(*arguments: str) -> bytes:
    """Run GnuPG without asking anybody."""
    return subprocess.run(["gpg", "--batch", "--quiet", "--yes", "--passphrase", "", *arguments], check=True, capture_output=True).stdout


def trusted() -> None:
    """Make the signing key, once, and trust it for this repository alone."""
    if not KEYRING.exists():
        gpg("--quick-generate-key", SIGNER, "ed25519", "sign", "never")
        KEYRING.write_bytes(gpg("--export", SIGNER))
    SOURCE.write_text(f"Types: deb\nURIs: file:{PLACE}\nSuites: ./\nSigned-By: {KEYRING}\n")


def package(name: str, version: str, broken: bool) -> None:
    """One package that holds one file with its version."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        (root / "DEBIAN").mkdir(mode=0o755)
        control = f"Package: {name}\nVersion: {version}\nArchitecture: all\nMaintainer: {SIGNER}\nDescription: package of the lab\n"
        (root / "DEBIAN/control").write_text(control)
        if broken:
            script = root / "DEBIAN/postinst"
            script.write_text("#!/bin/sh\necho this package is broken >&2\nexit 1\n")
            script.chmod(0o755)
        share = root / "usr/share/lab"
        share.mkdir(parents=True)
        (share / name).write_text(f"{version}\n")
        target = str(PLACE / f"{name}_{version}_all.deb")
        subprocess.run(["dpkg-deb", "--root-owner-group", "--build", folder, target], check=True, capture_output=True)


def entry(file: Path) -> str:
    """A package's paragraph in the index."""
    control = subprocess.check_output(["dpkg-deb", "--field", str(file)], text=True).rstrip()
    content = file.read_bytes()
    return f"{control}\nFilename: ./{file.name}\nSize: {len(content)}\nSHA256: {hashlib.sha256(content).hexdigest()}\n"


def index(codename: str) -> None:
    """Index and release file, signed."""
    packages = "\n".join(entry(file) for file in sorted(PLACE.glob("*.deb"))).encode()
    (PLACE / "Packages").write_bytes(packages)
    release = (
        f"Origin: Debian\nLabel: Debian-Security\nSuite: stable-security\nCodename: {codename}-security\n"
        f"Date: {email.utils.formatdate(usegmt=True)}\nArchitectures: all amd64 arm64\n"
        f"SHA256:\n {hashlib.sha256(packages).hexdigest()} {len(packages)} Packages\n"
    )
    (PLACE / "Release").write_text(release)
    gpg("--local-user", SIGNER, "--clearsign", "--output", str(PLACE / "InRelease"), str(PLACE / "Release"))


def main(codename: str, wanted: list[str]) -> None:
    """Make what is wanted, and the index over all."""
    PLACE.mkdir(parents=True, exist_ok=True)
    trusted()
    for item in wanted:
        name, _, version = item.partition("=")
        version, _, flaw = version.partition(":")
        package(name, version, flaw == "broken")
    index(codename)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
