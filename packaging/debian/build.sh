#!/bin/sh
# Builds the Debian package of sched: packaging/debian/build.sh [FOLDER], by default target/debian.
# Needs cargo and dpkg-deb. Prints the size and the path of the package and of the program.
# PROFILE names another profile than small, such as dev to try the recipe.
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
out=${1:-$root/target/debian}
cd "$root"
profile=${PROFILE:-small}
build="cargo build --quiet --locked -p scheduler-cli --profile $profile --no-default-features"
# The profile dev has a folder of another name.
program=${CARGO_TARGET_DIR:-$root/target}/$(echo "$profile" | sed 's/^dev$/debug/')/sched

# The pages are those of this build: a program with `generate` writes them, and is not packaged.
$build --features https,generate
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
"$program" generate "$tree/generated"
$build --features https

version=$(cargo metadata --locked --no-deps --format-version 1 | sed 's/.*"name":"scheduler-cli","version":"\([^"]*\)".*/\1/')
package=$tree/package
install -D -m 755 "$program" "$package/usr/bin/sched"
install -D -m 644 packaging/sched.service "$package/usr/lib/systemd/system/sched.service"
install -d "$package/etc/sched.d" "$package/usr/share/man/man1"
for page in "$tree"/generated/man1/*.1; do
    gzip -9n < "$page" > "$package/usr/share/man/man1/$(basename "$page").gz"
done
install -D -m 644 "$tree/generated/completions/sched.bash" "$package/usr/share/bash-completion/completions/sched"
install -D -m 644 "$tree/generated/completions/_sched" "$package/usr/share/zsh/vendor-completions/_sched"
install -D -m 644 "$tree/generated/completions/sched.fish" "$package/usr/share/fish/vendor_completions.d/sched.fish"
for licence in LICENSE-MIT LICENSE-APACHE; do
    install -D -m 644 "$licence" "$package/usr/share/doc/sched/$licence"
done

install -d "$package/DEBIAN"
cat > "$package/DEBIAN/control" <<END
Package: sched
Version: $version
Architecture: $(dpkg --print-architecture)
Maintainer: the scheduler contributors <scheduler@example.org>
Depends: libc6
Section: admin
Priority: optional
Installed-Size: $(du -sk "$package" | cut -f1)
Description: runs crontabs, in containers and as a service
 A cron that is right at clock changes, keeps places over restarts, explains
 what ran and what did not, and serves metrics.
END
mkdir -p "$out"
deb=$out/sched_${version}_$(dpkg --print-architecture).deb
dpkg-deb --root-owner-group --build "$package" "$deb" > /dev/null
ls -l "$deb" "$program" | awk '{ print $5, $9 }'
