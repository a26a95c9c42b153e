#!/bin/bash
# Names everything that the lab needs for the stack STACK (dev, unless told) and this box lacks, all at once, and changes
# nothing. The set-up's own lists say what that is. Prints the folder of the toolchain.
set -euo pipefail
setup=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../setup" && pwd)
for part in common table tools box packages; do . "$setup/$part.sh"; done

look_at_platform
look_at_box

mapfile -t missing < <(missing_packages "${lab_packages[@]}")
[ ${#missing[@]} -eq 0 ] ||
	problem "programs of these Debian packages: ${missing[*]}" "apt-get install --no-install-recommends ${missing[*]}"

folder=${KLUSTER_TOOLCHAIN:-$toolchain}
absent=()
for name in "${tools[@]}"; do
	is_for_stack "$name" "${STACK:-dev}" || continue
	for file in ${tool_files[$name]}; do [ -x "$folder/$file" ] || absent+=("${file##*/}"); done
done
[ ${#absent[@]} -eq 0 ] ||
	problem "in the toolchain ($folder): $(list "${absent[@]}")" "run setup/setup --lab ${STACK:-dev}"

report_problems "nothing was changed"
cd "$folder" && pwd
