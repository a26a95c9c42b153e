# Looks for each tool of tools.sh in the order that is said there, and brings all of them together in
# `toolchain`, with bin/ and plugins/. The lab shows that folder's bin/ to its machines, where a link leads
# nowhere: what they run is a file in it, hard-linked to where it was found, or copied.

given=${KLUSTER_TOOLCHAIN:-}
given=${given%/}
[ "$given" -ef "$toolchain" ] && given= # the set-up's own answer, passed on by a script

forget_tools() {
	taken=()      # what is to be brought together: file and source
	stand_ins=()  # what this run takes a stand-in of the lab for
	by_publisher=() # titles of the downloads that are checked against their publisher's own list
	to_build=()   # modules of setup/go
}

look_for_tools() { # STACK…
	local name way
	forget_tools
	name_build_folders
	if [ -n "$given" ] && [ ! -d "$given/bin" ] && [ ! -d "$given/plugins" ]; then
		problem "KLUSTER_TOOLCHAIN: $given has neither bin/ nor plugins/" "name a folder that does, or unset it: PATH, downloads and registries are then looked at"
		return
	fi
	for name in "${tools[@]}"; do
		is_for_stack "$name" "$@" || continue
		for way in on_path given kept official registries; do
			if "from_$way" "$name"; then break; fi
		done
	done
	if [ ${#by_publisher[@]} -gt 0 ]; then
		note "what is downloaded is checked against its publisher's own checksums; this repository has none for: $(list "${by_publisher[@]}")"
	fi
	if [ ${#to_build[@]} -gt 0 ]; then plan_builds; fi
	if [ ${#taken[@]} -gt 0 ]; then step "bringing the tools together in $toolchain" bring_together; fi
}

# Each of these succeeds when it has the tool, or has planned the steps that get it.

from_on_path() {
	local file found
	# Somebody's program of that name is not enough; a plugin's folder has its version in its name.
	[[ -n ${tool_asked[$1]:-} || ${tool_files[$1]} == plugins/* ]] || return 1
	for file in ${tool_files[$1]}; do
		found=$(on_path "$file") || return 1
		is_linked "$file" "$found" || is_binary "$found" || return 1
	done
	for file in ${tool_files[$1]}; do has_version "$1" "$file" "$(on_path "$file")" || return 1; done
	for file in ${tool_files[$1]}; do take "$1" "$file" "$(on_path "$file")"; done
}

# on_path FILE: where the user's own installation has it; plugins are where a CLI on PATH keeps them. The toolchain's own
# folder may be on PATH, too.
on_path() {
	local found
	case $1 in
	plugins/*) found=${PULUMI_HOME:-${HOME:-/root}/.pulumi}/$1 ;;
	*) found=$(type -P "${1##*/}") || return 1 ;;
	esac
	[ -x "$found" ] && ! [ "${found%/*}" -ef "$toolchain/${1%/*}" ] && printf '%s' "$found"
}

from_given() {
	local file wrong
	[ -n "$given" ] || return 1
	for file in ${tool_files[$1]}; do [ -x "$given/$file" ] || return 1; done
	for file in ${tool_files[$1]}; do
		if ! has_version "$1" "$file" "$given/$file"; then
			problem "${tool_title[$1]} ${tool_version[$1]}: $given/$file is $(version_of "$1" "$given/$file")" "put that version in its place, or take it out of the folder that KLUSTER_TOOLCHAIN names"
			return 0
		fi
	done
	for file in ${tool_files[$1]}; do take "$1" "$file" "$given/$file"; done
}

# What an earlier set-up, of this checkout or another, has got already.
from_kept() {
	local file
	for file in ${tool_files[$1]}; do [ -n "$(kept "$1" "$file")" ] || return 1; done
	for file in ${tool_files[$1]}; do take "$1" "$file" "$(kept "$1" "$file")"; done
}

kept() { # NAME FILE: prints where it is
	local place
	for place in "$(download_folder "$1")/$2" ${tool_module[$1]:+"${build_folder[${tool_module[$1]}]}/$2"}; do
		[ -x "$place" ] && printf '%s' "$place" && return
	done
	place=$(stand_in "$1" "$2") && [ "$toolchain/$2" -ef "$place" ] && printf '%s' "$place"
}

from_official() {
	local file
	is_reachable "$1" || return 1
	step "downloading ${tool_title[$1]} ${tool_version[$1]}" download "$1"
	[ -z "${tool_checksums[$1]}" ] || by_publisher+=("${tool_title[$1]}")
	for file in ${tool_files[$1]}; do take "$1" "$file" "$(download_folder "$1")/$file"; done
}

from_registries() {
	local file place module=${tool_module[$1]:-}
	for file in ${tool_files[$1]}; do
		if ! place=$(stand_in "$1" "$file"); then
			place=${build_folder[$module]}/$file
			[ -x "$place" ] || [[ " ${to_build[*]} " == *" $module "* ]] || to_build+=("$module")
		fi
		take "$1" "$file" "$place"
	done
}

# stand_in NAME FILE: prints the lab's program that stands in for it, if there is one.
stand_in() {
	[ "${tool_stand_in[$1]:-}" = "${2##*/}" ] && printf '%s' "$checkout/lab/plugins/bin/${2##*/}"
}

# take NAME FILE SOURCE: plans that the toolchain's FILE is SOURCE, if it is not.
take() {
	if [[ $3 == "$checkout"/lab/* ]]; then stand_ins+=("${stand_in_title[$1]}"); fi
	is_taken "$2" "$3" || taken+=("$2"$'\t'"$3")
}

# Never shown to a machine, and theirs is what lies beside them: the user's own Pulumi and the lab's stand-ins.
is_linked() { # FILE SOURCE
	[[ $1 == bin/pulumi* || $1 == plugins/* ]] && [[ $2 != "$cache"/* ]]
}

is_taken() {
	if is_linked "$1" "$2"; then
		[ "$(readlink "$toolchain/$1")" = "$2" ] && [ -x "$2" ]
	else
		[ -f "$toolchain/$1" ] && [ -f "$2" ] && [ ! -L "$toolchain/$1" ] &&
			[ "$(stat -c '%s %Y' "$toolchain/$1")" = "$(stat -Lc '%s %Y' "$2")" ]
	fi
}

bring_together() {
	local line file source
	for line in "${taken[@]}"; do
		file=${line%%$'\t'*} source=${line#*$'\t'}
		mkdir -p "$(dirname "$toolchain/$file")"
		rm -f "$toolchain/$file.new"
		if is_linked "$file" "$source"; then
			ln -s "$source" "$toolchain/$file.new"
		else
			ln -L "$source" "$toolchain/$file.new" 2>/dev/null || cp -pL "$source" "$toolchain/$file.new"
		fi
		mv -fT "$toolchain/$file.new" "$toolchain/$file"
	done
}

is_binary() { [ "$(head -c 4 "$1" | tail -c 3)" = ELF ]; }

# has_version NAME FILE PATH: whether the program at PATH says that it is the table's version; what cannot be asked is
# believed.
has_version() {
	case ${tool_asked[$1]:-} in
	"{program} "* | "${2##*/} "*) [ "$(version_of "$1" "$3")" = "${tool_version[$1]}" ] ;;
	esac
}

# version_of NAME PATH: what the program says. Starting one takes up to half a second, so the answer is kept until the
# file changes.
version_of() {
	local seen answer words
	seen="$(readlink -f "$2") $(stat -Lc '%s %Y' "$2")"
	answer=$(grep -sF "$seen " "$cache/versions" | tail -n 1) || true
	if [ -z "$answer" ]; then
		words=${tool_asked[$1]}
		answer=$(PULUMI_SKIP_UPDATE_CHECK=true "$2" ${words#* } 2>&1 | grep -oE '[0-9]+\.[0-9]+\.[0-9]+[-+.0-9A-Za-z]*' | head -n 1) || true
		answer="$seen ${answer:-unknown}"
		mkdir -p "$cache"
		printf '%s\n' "$answer" >>"$cache/versions"
	fi
	printf '%s' "${answer##* }"
}
