#!/bin/bash
# Names everything that the lab needs and this box lacks, all at once, and changes nothing. The set-up's own lists say
# what that is.
set -euo pipefail
setup=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../setup" && pwd)
for part in common versions box packages toolchain; do . "$setup/$part.sh"; done

look_at_platform
look_at_box

missing=()
for entry in "${lab_packages[@]}"; do
	read -r name probe <<<"$entry"
	case $probe in
	/*) [ -e "$probe" ] || missing+=("$name") ;;
	*) have "$probe" || missing+=("$name") ;;
	esac
done
[ ${#missing[@]} -eq 0 ] ||
	problem "programs of these Debian packages: ${missing[*]}" "apt-get install --no-install-recommends ${missing[*]}"

toolchain=${KLUSTER_TOOLCHAIN:-}
if [ -z "$toolchain" ] || [ ! -d "$toolchain/bin" ]; then
	toolchain=$("$setup/toolchain" 2>/dev/null) || toolchain=
fi
absent=()
for part in "pulumi pulumi-language-nodejs" "${kubernetes_parts[@]}"; do
	for program in ${part%%|*}; do [ -x "$toolchain/bin/$program" ] || absent+=("$program"); done
done
for plugin in "${pulumi_plugins[@]}"; do
	[ -e "$toolchain/plugins/resource-${plugin/ /-v}" ] || absent+=("plugin $plugin")
done
if [ ${#absent[@]} -gt 0 ]; then
	absent=$(printf ', %s' "${absent[@]}")
	problem "in the toolchain (${toolchain:-none found}): ${absent:2}" "run setup/setup --lab"
fi

report_problems "nothing was changed"
cd "$toolchain" && pwd
