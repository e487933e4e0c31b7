#!/bin/sh
# Puts the desktop build beside this file into the person's menu, with its kinds of files. "remove" takes it out again.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
program="${1:-$here/../moltbox}"
share="${XDG_DATA_HOME:-$HOME/.local/share}"
entry="$share/applications/moltbox.desktop"
kinds="$share/mime/packages/moltbox.xml"

refresh() {
    for kind in mime:update-mime-database applications:update-desktop-database; do
        if command -v "${kind#*:}" >/dev/null 2>&1; then "${kind#*:}" "$share/${kind%%:*}" || true; fi
    done
}

if [ "$program" = remove ]; then
    rm -f "$entry" "$kinds"
    for side in 48 128 256; do rm -f "$share/icons/hicolor/${side}x$side/apps/moltbox.png"; done
    refresh
    exit 0
fi
if [ ! -x "$program" ]; then
    echo "install.sh: $program is not there; name the program: install.sh /opt/moltbox/moltbox" >&2
    exit 2
fi
program=$(cd "$(dirname "$program")" && pwd)/$(basename "$program")
mkdir -p "$share/applications" "$share/mime/packages"
# A path with a blank stands in quotation marks, as the specification wants it.
awk -v program="$program" '/^Exec=/ { print "Exec=\"" program "\" open %f"; next } { print }' "$here/moltbox.desktop" >"$entry"
cp "$here/moltbox.xml" "$kinds"
for side in 48 128 256; do
    mkdir -p "$share/icons/hicolor/${side}x$side/apps"
    cp "$here/icons/moltbox-$side.png" "$share/icons/hicolor/${side}x$side/apps/moltbox.png"
done
refresh
