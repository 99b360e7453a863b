# Docker's package repository, played on a Debian 13 host: the distribution's engine under the vendor's names, below /srv/vendor, signed.
# Prints the fingerprint of the key that signs it.
set -eu
cd /srv; mkdir -p packages vendor/debian/dists/trixie/stable/binary-$(dpkg --print-architecture) vendor/debian/pool
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq; apt-get install -y -qq gpg gpg-agent >/dev/null 2>&1
cd packages; apt-get download -qq docker.io docker-cli docker-compose >/dev/null 2>&1
rename() { # NAME OF THE DISTRIBUTION, NAME OF THE VENDOR
  dpkg-deb --raw-extract $1_*.deb tree
  sed -i -e "s/^Package: .*/Package: $2/" -e '/^Conflicts:/d' -e '/^Breaks:/d' -e '/^Replaces:/d' -e '/^Source:/d' tree/DEBIAN/control
  dpkg-deb -Znone --root-owner-group --build tree ../vendor/debian/pool/$2.deb >/dev/null; rm -rf tree
}
rename docker.io docker-ce; rename docker-cli docker-ce-cli; rename docker-compose docker-compose-plugin
mkdir -p tree/DEBIAN
cat > tree/DEBIAN/control <<'CONTROL'
Package: containerd.io
Version: 1.7
Architecture: all
Maintainer: Vendor <vendor@lab.test>
Depends: containerd, runc
Description: what the engine runs on
CONTROL
dpkg-deb -Znone --root-owner-group --build tree ../vendor/debian/pool/containerd.io.deb >/dev/null
cd ../vendor/debian; index=dists/trixie/stable/binary-$(dpkg --print-architecture)/Packages
for deb in pool/*.deb; do
  dpkg-deb --field $deb; echo "Filename: $deb"; echo "Size: $(stat -c %s $deb)"; echo "SHA256: $(sha256sum < $deb | cut -d' ' -f1)"; echo
done > $index
cd dists/trixie
{
  printf 'Origin: Docker\nLabel: Docker CE\nSuite: trixie\nCodename: trixie\n'
  printf 'Components: stable\nArchitectures: %s\n' $(dpkg --print-architecture)
  printf 'Date: %s\nSHA256:\n' "$(LC_ALL=C date -Ru)"
  printf ' %s %s %s\n' $(sha256sum < ${index#dists/trixie/} | cut -d' ' -f1) $(stat -c %s ${index#dists/trixie/}) ${index#dists/trixie/}
} > Release
gpg --batch --quiet --passphrase '' --quick-generate-key 'Vendor <vendor@lab.test>' ed25519 sign never
gpg --batch --quiet --yes --clearsign --output InRelease Release
gpg --armor --export vendor@lab.test > /srv/vendor/debian/gpg
gpg --list-keys --with-colons vendor@lab.test | awk -F: '$1 == "fpr" {print $10; exit}'
